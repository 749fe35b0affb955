"""A reader's « no » as it is kept outside the database: a keyed hash, what was refused, when. Names nobody."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Refusal(StrEnum):
    """What somebody does not want any more."""

    OPPOSED = "opposed"
    """Any letter, ever."""
    LEFT = "left"
    """One list."""
    SUPPRESSED = "suppressed"
    """Nobody refused: the mailbox does not exist, its owner pressed « spam », or asked to be forgotten."""
    RETRIED = "retried"
    """Somebody of ours knows that the mailbox exists: it is written to again."""
    WITHDRAWN = "withdrawn"
    """Took « opposed » back."""
    BACK = "back"
    """Took « left » back, or asked for the list again."""
    UNCOUNTED = "uncounted"
    """Does not want to be counted as a reader of one list."""
    COUNTED = "counted"
    """Took « uncounted » back."""


@dataclass(frozen=True)
class Opposition:
    """One line of the journal."""

    fingerprint: bytes
    refusal: Refusal
    detail: str
    """The list that was left, asked for again or is not to count its reader, or the reason of a suppression."""
    at: datetime

    def line(self) -> str:
        """As it is written, without the end of the line."""
        written = {"who": self.fingerprint.hex(), "what": self.refusal.value, "at": self.at.isoformat()}
        return json.dumps(written | ({"of": self.detail} if self.detail else {}))


def still_refused(told: Iterable[Opposition]) -> list[Opposition]:
    """What still stands at the end: a refusal that its owner took back later does not."""
    standing: dict[tuple[bytes, Refusal, str], Opposition] = {}
    for one in sorted(told, key=lambda each: each.at):
        match one.refusal:
            case Refusal.WITHDRAWN:
                standing.pop((one.fingerprint, Refusal.OPPOSED, ""), None)
            case Refusal.RETRIED:
                standing.pop((one.fingerprint, Refusal.SUPPRESSED, one.detail), None)
            case Refusal.BACK:
                standing.pop((one.fingerprint, Refusal.LEFT, one.detail), None)
            case Refusal.COUNTED:
                standing.pop((one.fingerprint, Refusal.UNCOUNTED, one.detail), None)
            case _:
                standing[one.fingerprint, one.refusal, one.detail] = one
    return list(standing.values())


def read_opposition(line: str) -> Opposition | None:
    """The line read; None where it is torn."""
    try:
        written = json.loads(line)
        at = datetime.fromisoformat(written["at"])
        found = Opposition(bytes.fromhex(written["who"]), Refusal(written["what"]), str(written.get("of", "")), at)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if found.fingerprint and at.tzinfo is not None else None
