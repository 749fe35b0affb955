"""The `[cadence]` table of campaign.toml: when the issues of a campaign leave. Reads the rule; never applies it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, PlainValidator

from mailer.config.toml import line_of, mistake
from mailer.content.fields import Strict
from mailer.content.files import close_to
from mailer.content.moments import NO_SUCH_HOUR, in_zone, parse_moment
from mailer.domain.cadence import LAST, Cadence, DayOfMonth, NthWeekday, has_slots, moment_on, nearest, slot_of, slots
from mailer.errors import Problem
from mailer.language import N_

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PLACES = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": LAST}
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
RULES: Mapping[str, NthWeekday | DayOfMonth] = {
    **{f"{place} {name}": NthWeekday(nth, at) for place, nth in PLACES.items() for at, name in enumerate(WEEKDAYS)},
    **{f"day {number}": DayOfMonth(number) for number in range(1, 32)},
    "last day": DayOfMonth(LAST),
}

NOT_A_RULE = N_('"{value}" is not a day of the month: write it like "first wednesday", "last friday", "day 15".')
NOT_A_RULE_CLOSE = N_('"{value}" is not a day of the month. Did you mean "{close}"?')
NOT_AN_HOUR = N_('"{value}" is not an hour of the day; write it like 12:00:00.')
NOT_A_MONTH = N_('"{value}" is not a month; the months are: {known}.')
NOT_A_MONTH_CLOSE = N_('"{value}" is not a month. Did you mean "{close}"?')
NO_SUCH_ZONE = N_('there is no time zone "{value}". One is Europe/Paris.')
NEVER = N_("this cadence never yields a day: look at its day and at the months it leaves out.")
NOT_A_DAY = N_('"{value}" is not a day; write it like 2023-11-01.')
NOT_PLANNED = N_("nothing is planned on {planned}, so it cannot be moved; the nearest slot is planned on {nearest}.")
TWICE = N_("the slots planned on {planned} and on {other} would leave at the same moment: move one elsewhere.")


def _rule(value: object) -> NthWeekday | DayOfMonth:
    words = " ".join(str(value).lower().split())
    if rule := RULES.get(words):
        return rule
    if close := close_to(words, RULES):
        raise mistake(NOT_A_RULE_CLOSE, value=value, close=close)
    raise mistake(NOT_A_RULE, value=value)


def _hour(value: object) -> time:
    try:
        read = value if isinstance(value, time) else time.fromisoformat(str(value).strip())
    except ValueError as error:
        raise mistake(NOT_AN_HOUR, value=value) from error
    if read.tzinfo is not None:
        raise mistake(NOT_AN_HOUR, value=value)
    return read


def _month(value: object) -> int:
    word = str(value).strip().lower()
    if word in MONTHS:
        return MONTHS.index(word) + 1
    if close := close_to(word, MONTHS):
        raise mistake(NOT_A_MONTH_CLOSE, value=value, close=close)
    raise mistake(NOT_A_MONTH, value=value, known=", ".join(MONTHS))


def _zone(value: object) -> ZoneInfo:
    if str(value) not in available_timezones():
        raise mistake(NO_SUCH_ZONE, value=value)
    return ZoneInfo(str(value))


class CadenceTable(Strict):
    """`[cadence]` as it is written."""

    day: Annotated[NthWeekday | DayOfMonth, PlainValidator(_rule)]
    time: Annotated[time, PlainValidator(_hour)]
    without: list[Annotated[int, PlainValidator(_month)]] = Field([])
    timezone: Annotated[ZoneInfo | None, PlainValidator(_zone)] = None
    moved_to: dict[str, Any] = Field({})
    """By planned day, another day or a whole moment, as TOML gives it."""


def read_cadence(table: CadenceTable, zone: ZoneInfo, text: str, path: str) -> tuple[Cadence | None, list[Problem]]:
    """The rule, or every mistake in it; `zone` is the site's, `text` the file."""
    cadence = Cadence(table.day, table.time, table.timezone or zone, frozenset(table.without))
    if not has_slots(cadence):
        return None, [Problem(path, line_of(text, ["cadence", "day"]), NEVER)]
    moved: dict[date, datetime] = {}
    problems: list[Problem] = []
    for key, value in table.moved_to.items():
        line = line_of(text, ["cadence", "moved_to", key])
        planned, moment, wrong = _move(cadence, key, value)
        problems += [Problem(path, line, sentence, values) for sentence, values in wrong]
        if planned and moment:
            moved[planned] = moment
    moving = replace(cadence, moved_to=moved)
    return moving, problems or _check_twice(moving, text, path)


Wrong = list[tuple[str, dict[str, object]]]


def _move(cadence: Cadence, key: str, value: object) -> tuple[date | None, datetime | None, Wrong]:
    """A planned day, the moment that it is moved to, and what is wrong with either."""
    wrong: Wrong = []
    planned = parse_moment(key)
    if planned is None or isinstance(planned, datetime):
        wrong.append((NOT_A_DAY, {"value": key}))
    elif slot_of(cadence, planned) is None:
        close = nearest(cadence, moment_on(cadence, planned)).planned
        wrong.append((NOT_PLANNED, {"planned": planned, "nearest": close}))
    moment = parse_moment(value)
    if moment is None:
        return None, None, [*wrong, (NOT_A_DAY, {"value": value})]
    if not isinstance(moment, datetime):
        moment = moment_on(cadence, moment)
    at = in_zone(moment, cadence.zone)
    if at is None:
        wrong.append((NO_SUCH_HOUR, {"zone": str(cadence.zone)}))
    return planned, at, wrong


def _check_twice(cadence: Cadence, text: str, path: str) -> list[Problem]:
    problems = []
    for planned, moment in cadence.moved_to.items():
        at = moment.astimezone(UTC)
        for other in slots(cadence, at, at + timedelta(microseconds=1)):
            if other.planned != planned:
                line = line_of(text, ["cadence", "moved_to", planned.isoformat()])
                problems.append(Problem(path, line, TWICE, {"planned": planned, "other": other.planned}))
    return problems
