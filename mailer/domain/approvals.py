"""What an approval is worth: who gave it, for which sources, for how many readers. Pure."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

LOOKED_AT = 6
"""How many earlier audiences of a campaign say what is usual."""

UNUSUAL_TIMES = 3
GROWTH_PERCENT = 10
GROWTH_PEOPLE = 20
"""An audience may grow after its approval by the larger of the two."""


@dataclass(frozen=True)
class Approval:
    """Somebody's word that exactly these sources may leave, and how many readers they had before their eyes."""

    who: str
    at: datetime
    digest: str
    count: int | None
    """The number that they typed; None where none was asked."""
    voided_at: datetime | None = None


def person(who: str) -> str:
    """The same for « Zoé Martin », « zoe  martin » and « ZOÉ MARTIN »: one person approves once."""
    apart = unicodedata.normalize("NFKD", who.casefold())
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())


def digest(sources: Mapping[str, str]) -> str:
    """One hash of all the sources: sha256 over their sorted paths and hashes."""
    return hashlib.sha256(json.dumps(sorted(sources.items()), ensure_ascii=False).encode()).hexdigest()


def usual(audiences: Sequence[int]) -> int | None:
    """The median of a campaign's latest audiences, newest first; None before its first issue."""
    return round(median(audiences[:LOOKED_AT])) if audiences else None


def is_unusual(count: int, usually: int | None, *, everyone: bool) -> bool:
    """Whether two people must type the number: a list of everyone, or more than three times the usual."""
    return everyone or (usually is not None and count > UNUSUAL_TIMES * usually)


def approvals_needed(wanted: int, *, unusual: bool) -> int:
    """How many different people must approve; `wanted` is the campaign's own number."""
    return max(wanted, 2) if unusual else wanted


def most_readers(counts: Iterable[int | None]) -> int | None:
    """How many readers those who typed a number agreed to; None where nobody typed one."""
    typed = [count for count in counts if count is not None]
    if not typed:
        return None
    return max(typed) + max(max(typed) * GROWTH_PERCENT // 100, GROWTH_PEOPLE)
