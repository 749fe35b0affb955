"""What is worth saying about an issue before it leaves. Values only; the sentences belong to whoever finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How much a finding weighs: an error stops an approval, a warning wants a look, advice may be left."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


@dataclass(frozen=True)
class Finding:
    """One thing found, and where."""

    level: Level
    path: str
    """From the site's folder."""
    line: int | None
    sentence: str
    """An English message id with named holes."""
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.sentence.format(**self.values)}"
