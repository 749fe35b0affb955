"""What a reader may ask of us beside leaving: a pause, one letter a month, another address. Pure rules."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from mailer.errors import ReaderRefused
from mailer.language import N_

PAUSES = (1, 2, 3)
"""Months that a pause may last without a date."""
LONGEST_PAUSE_MONTHS = 12
NOT_A_PAUSE = N_("A pause ends on a day between tomorrow and twelve months from now. Choose another day.")

CONFIRM_WITHIN = timedelta(days=7)
UNDO_MOVE_WITHIN = timedelta(days=30)
UNDO_LEAVING_WITHIN = timedelta(hours=24)
OWN_DATA_WITHIN = timedelta(hours=1)
NOT_AGAIN_WITHIN = timedelta(days=30)
"""After a change of address was undone, links in letters cannot ask for another one for so long."""


class MoveState(StrEnum):
    """Where a change of address stands."""

    ASKED = "asked"
    DONE = "done"
    UNDONE = "undone"
    DROPPED = "dropped"
    """Another request took its place, or an undone change ended it."""


class LeaveWay(StrEnum):
    """How somebody left."""

    ONE_CLICK = "one_click"
    PAGE = "page"


class LeaveReason(StrEnum):
    """Why somebody left, if they care to say. Kept without the person."""

    TOO_MANY = "too_many"
    NOT_FOR_ME = "not_for_me"
    NEVER_ASKED = "never_asked"
    HARD_TO_READ = "hard_to_read"
    READS_ELSEWHERE = "reads_elsewhere"
    OTHER = "other"


REASONS: Mapping[LeaveReason, str] = {
    LeaveReason.TOO_MANY: N_("Too many letters"),
    LeaveReason.NOT_FOR_ME: N_("The subjects do not concern me, or no longer"),
    LeaveReason.NEVER_ASKED: N_("I never asked for it"),
    LeaveReason.HARD_TO_READ: N_("It is hard to read, on my screen or for me"),
    LeaveReason.READS_ELSEWHERE: N_("I follow you in another way"),
    LeaveReason.OTHER: N_("Something else"),
}
"""As the page offers them, and the year's report prints them."""

MOST_WORDS = 300
"""Characters of a reason in somebody's own words."""


@dataclass(frozen=True)
class When:
    """The moment that letters would leave at, and the calendar month around it in the zone of the site."""

    at: datetime
    month_from: datetime
    month_until: datetime


def when(at: datetime, zone: tzinfo) -> When:
    """A moment with its month."""
    first = at.astimezone(zone).date().replace(day=1)
    return When(at, _midnight(first, zone), _midnight(_months_later(first, 1), zone))


def pause_of_months(months: int, now: datetime, zone: tzinfo) -> datetime:
    """The end of a pause of 1, 2 or 3 months: the morning of that day. Raises ReaderRefused."""
    if months not in PAUSES:
        raise ReaderRefused(NOT_A_PAUSE)
    return _midnight(_months_later(now.astimezone(zone).date(), months), zone)


def pause_until(day: date, now: datetime, zone: tzinfo) -> datetime:
    """The end of a pause: letters come again from that day on. Raises ReaderRefused."""
    today = now.astimezone(zone).date()
    if not today < day <= _months_later(today, LONGEST_PAUSE_MONTHS):
        raise ReaderRefused(NOT_A_PAUSE)
    return _midnight(day, zone)


def said_words(text: str) -> str:
    """A reader's own words as they are kept: one line, cut, without what might be an address."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return " ".join("…" if "@" in word else word for word in line[:MOST_WORDS].split())


def _months_later(day: date, months: int) -> date:
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
