"""When something last happened on this machine: an empty file each, whose date tells. Decides nothing."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

FOLDER = Path("var") / "last"


class Heartbeat(StrEnum):
    """What is noted."""

    CLOCK = "clock"
    BACKUP = "backup"
    RETURNS = "returns"
    """The mailbox of returns was opened."""
    RETENTION = "retention"
    """Who was silent for years was looked for."""
    HITS = "hits"
    """The order in which hits came was made away with."""


def beat(site: Path, what: Heartbeat) -> None:
    """It happened now. A site that cannot be written is not refused for that."""
    path = site / FOLDER / what
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError:
        return


def last(site: Path, what: Heartbeat) -> datetime | None:
    """When it happened last; None where it never did here."""
    try:
        return datetime.fromtimestamp((site / FOLDER / what).stat().st_mtime, UTC)
    except OSError:
        return None
