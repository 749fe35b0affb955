"""When a campaign's issues leave: the rule, and the moments that it yields. Pure; knows no file and no clock.

Moments are compared in UTC throughout: two local times of one zone compare as numbers on a dial, which is wrong
in the hour that October has twice.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailer.domain.holidays import holiday

LAST = -1
"""The last day of a month, or the last such weekday in it."""

INSTANT = timedelta(microseconds=1)
REACH_DAYS = (70, 400, 3_000, 16_000)
"""How far to look for a slot; a fifth Friday of February comes once in 28 years, and in 40 around 2100."""


@dataclass(frozen=True)
class NthWeekday:
    """« The first Wednesday »."""

    nth: int
    """1 to 5, or LAST."""
    weekday: int
    """0 is Monday."""


@dataclass(frozen=True)
class DayOfMonth:
    """« The 15th »; a month that has no such day has no slot."""

    number: int
    """1 to 31, or LAST."""


@dataclass(frozen=True)
class Cadence:
    """When the issues of a campaign leave."""

    day: NthWeekday | DayOfMonth
    time: time
    """Local."""
    zone: ZoneInfo
    without: frozenset[int] = frozenset()
    """Months, 1 to 12, in which there is none."""
    moved_to: Mapping[date, datetime] = field(default_factory=dict)
    """By planned day, the aware moment that its slot was moved to."""


@dataclass(frozen=True)
class Slot:
    """One moment that a cadence yields."""

    planned: date
    """The day by the rule: which slot this is, for ever, even when it was moved."""
    at: datetime
    """Aware, in the cadence's zone."""
    holiday: str
    """The French public holiday on that day, a `Holiday` that doors say in their language; empty if there is none."""
    moved: bool


def slots(cadence: Cadence, start: datetime, end: datetime) -> list[Slot]:
    """The slots with start <= at < end, the oldest first."""
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    days = {*_planned_days(cadence, first, last), *cadence.moved_to}
    found = [slot for day in days if (slot := slot_of(cadence, day))]
    return sorted((one for one in found if first <= one.at.astimezone(UTC) < last), key=_order)


def next_slot(cadence: Cadence, after: datetime) -> Slot:
    """The first slot later than a moment. Raises LookupError for a cadence that `has_slots` refuses."""
    start = after.astimezone(UTC) + INSTANT
    for days in REACH_DAYS:
        if found := slots(cadence, start, start + timedelta(days=days)):
            return found[0]
    raise LookupError("this cadence yields no slot")


def slot_at(cadence: Cadence, moment: datetime) -> Slot | None:
    """The slot whose moment this is."""
    start = moment.astimezone(UTC)
    return next(iter(slots(cadence, start, start + INSTANT)), None)


def slot_of(cadence: Cadence, planned: date) -> Slot | None:
    """The slot planned on this day, wherever it was moved to."""
    if planned.month in cadence.without or _day_in(cadence.day, planned.year, planned.month) != planned:
        return None
    moved = cadence.moved_to.get(planned)
    at = moved.astimezone(cadence.zone) if moved else moment_on(cadence, planned)
    return Slot(planned, at, holiday(at.date()) or "", moved is not None)


def slot_on(cadence: Cadence, day: date) -> Slot | None:
    """The slot planned on this day, or moved to it."""
    moved = (slot_of(cadence, planned) for planned in cadence.moved_to)
    return slot_of(cadence, day) or next((slot for slot in moved if slot and slot.at.date() == day), None)


def slot_in(cadence: Cadence, year: int, month: int) -> Slot | None:
    """The slot planned in a month, wherever it was moved to."""
    day = _day_in(cadence.day, year, month)
    return slot_of(cadence, day) if day else None


def nearest(cadence: Cadence, moment: datetime) -> Slot:
    """The slot closest to a moment, the earlier of two. Raises LookupError for a cadence that `has_slots` refuses."""
    middle = moment.astimezone(UTC)
    for reach in map(timedelta, REACH_DAYS):
        if found := slots(cadence, middle - reach, middle + reach):
            return min(found, key=lambda slot: abs(slot.at.astimezone(UTC) - middle))
    raise LookupError("this cadence yields no slot")


def moment_on(cadence: Cadence, day: date) -> datetime:
    """The cadence's hour on a day. One that March skips becomes the next that exists; of October's two, the first."""
    wanted = datetime.combine(day, cadence.time)
    while (local := wanted.replace(tzinfo=cadence.zone)) != _there_and_back(local):
        wanted = wanted.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return local


def has_slots(cadence: Cadence) -> bool:
    """Whether the rule ever yields a moment: it does not where all months are left out, or on a 30 February."""
    number = cadence.day.number if isinstance(cadence.day, DayOfMonth) else LAST
    # 2024, because it has a 29 February; a fifth weekday comes to every month in time.
    return any(number <= monthrange(2024, month)[1] for month in range(1, 13) if month not in cadence.without)


def _planned_days(cadence: Cadence, first: datetime, last: datetime) -> Iterator[date]:
    """The rule's days in the months that touch a span, months left out included."""
    start, end = first.astimezone(cadence.zone), last.astimezone(cadence.zone)
    for month in range(start.year * 12 + start.month - 1, end.year * 12 + end.month):
        if day := _day_in(cadence.day, month // 12, month % 12 + 1):
            yield day


def _day_in(rule: NthWeekday | DayOfMonth, year: int, month: int) -> date | None:
    length = monthrange(year, month)[1]
    match rule:
        case DayOfMonth(number):
            day = length if number == LAST else number
        case NthWeekday(nth, weekday) if nth == LAST:
            day = length - (date(year, month, length).weekday() - weekday) % 7
        case NthWeekday(nth, weekday):
            day = 7 * (nth - 1) + 1 + (weekday - date(year, month, 1).weekday()) % 7
    return date(year, month, day) if day <= length else None


def _order(slot: Slot) -> tuple[datetime, date]:
    return slot.at.astimezone(UTC), slot.planned


def _there_and_back(local: datetime) -> datetime:
    return local.astimezone(UTC).astimezone(local.tzinfo)
