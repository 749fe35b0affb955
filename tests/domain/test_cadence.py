"""When issues leave: the rule against the calendar, over 130 years."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.cadence import (
    LAST,
    Cadence,
    DayOfMonth,
    NthWeekday,
    Slot,
    has_slots,
    moment_on,
    nearest,
    next_slot,
    slot_at,
    slot_of,
    slots,
)

PARIS = ZoneInfo("Europe/Paris")
NOON = time(12)
SIRENE = Cadence(NthWeekday(1, 2), NOON, PARIS, frozenset({8}))
"""The first Wednesday at noon, except in August."""

ZONES = st.sampled_from([ZoneInfo(name) for name in ("Europe/Paris", "America/New_York", "Pacific/Auckland", "UTC")])
RULES = st.one_of(
    st.builds(NthWeekday, st.sampled_from([1, 2, 3, 4, 5, LAST]), st.integers(0, 6)),
    st.builds(DayOfMonth, st.sampled_from([*range(1, 32), LAST])),
)
CADENCES = st.builds(
    Cadence, RULES, st.times().map(lambda at: at.replace(microsecond=0)), ZONES, st.frozensets(st.integers(1, 12))
).filter(has_slots)
MOMENTS = st.builds(
    lambda minutes, zone: (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(zone),
    st.integers(0, 130 * 365 * 24 * 60),
    ZONES,
)


def paris(*numbers: int, fold: int = 0) -> datetime:
    return datetime(*numbers, tzinfo=PARIS, fold=fold)  # type: ignore[arg-type, misc]


def planned(cadence: Cadence, year: int) -> list[date]:
    return [slot.planned for slot in slots(cadence, paris(year, 1, 1), paris(year + 1, 1, 1))]


# The calendar of the Collectif --------------------------------------------------------------------------------------


def test_2023_has_eleven_first_wednesdays_and_the_one_of_november_is_a_holiday() -> None:
    found = slots(SIRENE, paris(2023, 1, 1), paris(2024, 1, 1))
    assert [(slot.planned.month, slot.planned.day) for slot in found] == [
        (1, 4), (2, 1), (3, 1), (4, 5), (5, 3), (6, 7), (7, 5), (9, 6), (10, 4), (11, 1), (12, 6),
    ]  # fmt: skip
    assert {slot.at.time() for slot in found} == {NOON}
    assert {slot.at.astimezone(UTC).hour for slot in found} == {10, 11}
    assert [slot.planned.month for slot in found if slot.holiday] == [11]


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2023, 11, 1), "All Saints' Day"),
        (date(2024, 5, 1), "Labour Day"),
        (date(2025, 1, 1), "New Year's Day"),
        (date(2024, 1, 3), ""),
    ],
)
def test_a_slot_says_that_its_day_is_a_holiday(day: date, name: str) -> None:
    slot = slot_of(SIRENE, day)
    assert slot is not None
    assert slot.holiday == name


def test_a_moved_slot_keeps_its_name_and_changes_its_moment() -> None:
    moved = Cadence(SIRENE.day, NOON, PARIS, SIRENE.without, {date(2023, 11, 1): paris(2023, 11, 8, 14)})
    expected = Slot(date(2023, 11, 1), paris(2023, 11, 8, 14), "", moved=True)
    assert slot_of(moved, date(2023, 11, 1)) == expected
    assert slot_at(moved, datetime(2023, 11, 8, 13, tzinfo=UTC)) == expected
    assert slot_at(moved, paris(2023, 11, 1, 12)) is None
    assert slots(moved, paris(2023, 11, 1), paris(2023, 12, 1)) == [expected]
    assert nearest(moved, paris(2023, 11, 1)) == expected


def test_slots_moved_past_each_other_come_by_their_moments() -> None:
    moved = Cadence(SIRENE.day, NOON, PARIS, SIRENE.without, {date(2023, 9, 6): paris(2023, 10, 10, 12)})
    assert [slot.planned.month for slot in slots(moved, paris(2023, 9, 1), paris(2023, 11, 1))] == [10, 9]
    assert next_slot(moved, paris(2023, 10, 4, 12)).planned == date(2023, 9, 6)


def test_a_day_that_the_rule_does_not_name_is_no_slot_even_when_it_is_moved() -> None:
    moved = Cadence(SIRENE.day, NOON, PARIS, SIRENE.without, {date(2023, 8, 2): paris(2023, 8, 9, 12)})
    assert slot_of(moved, date(2023, 8, 2)) is None
    assert slot_of(moved, date(2023, 9, 5)) is None
    assert slots(moved, paris(2023, 8, 1), paris(2023, 9, 1)) == []


def test_a_span_takes_its_start_and_not_its_end() -> None:
    noon = paris(2023, 9, 6, 12)
    assert [slot.at for slot in slots(SIRENE, noon, noon + timedelta(seconds=1))] == [noon]
    assert slots(SIRENE, noon - timedelta(days=1), noon) == []
    assert slots(SIRENE, noon, noon) == []
    assert slots(SIRENE, noon, noon - timedelta(days=400)) == []


def test_around_the_new_year() -> None:
    assert next_slot(SIRENE, paris(2023, 12, 31, 23, 59)).planned == date(2024, 1, 3)
    assert next_slot(Cadence(DayOfMonth(1), time(0), PARIS), paris(2023, 12, 31, 23, 59)).planned == date(2024, 1, 1)
    last = Cadence(DayOfMonth(LAST), time(23, 59), ZoneInfo("America/New_York"))
    assert slot_at(last, datetime(2024, 1, 1, 4, 59, tzinfo=UTC)) == slot_of(last, date(2023, 12, 31))


# Months that are too short ------------------------------------------------------------------------------------------


def test_a_month_without_a_fifth_friday_has_no_slot() -> None:
    assert [day.month for day in planned(Cadence(NthWeekday(5, 4), NOON, PARIS), 2023)] == [3, 6, 9, 12]


def test_the_31st_is_in_seven_months_and_the_last_day_in_all() -> None:
    assert len(planned(Cadence(DayOfMonth(31), NOON, PARIS), 2023)) == 7
    assert [day.day for day in planned(Cadence(DayOfMonth(LAST), NOON, PARIS), 2024)][:3] == [31, 29, 31]


def test_the_29_february_comes_in_leap_years() -> None:
    leap = Cadence(DayOfMonth(29), NOON, PARIS, frozenset(range(1, 13)) - {2})
    assert next_slot(leap, paris(2023, 1, 1)).planned == date(2024, 2, 29)
    assert next_slot(leap, paris(2096, 3, 1)).planned == date(2104, 2, 29)


def test_a_slot_that_comes_once_in_forty_years_is_found() -> None:
    rare = Cadence(NthWeekday(5, 0), NOON, PARIS, frozenset(range(1, 13)) - {2})
    assert next_slot(rare, paris(2016, 3, 1)).planned == date(2044, 2, 29)
    assert next_slot(rare, paris(2072, 3, 1)).planned == date(2112, 2, 29)


@pytest.mark.parametrize(
    ("rule", "without"),
    [
        (NthWeekday(1, 2), range(1, 13)),
        (DayOfMonth(30), {*range(1, 13)} - {2}),
        (DayOfMonth(31), {1, 3, 5, 7, 8, 10, 12}),
    ],
)
def test_a_rule_that_never_yields_is_known_as_such(rule: NthWeekday | DayOfMonth, without: Iterable[int]) -> None:
    never = Cadence(rule, NOON, PARIS, frozenset(without))
    assert not has_slots(never)
    with pytest.raises(LookupError):
        next_slot(never, paris(2023, 1, 1))
    with pytest.raises(LookupError):
        nearest(never, paris(2023, 1, 1))


# Both clock changes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "hour", "utc"),
    [
        (date(2024, 3, 31), time(1, 59), datetime(2024, 3, 31, 0, 59, tzinfo=UTC)),
        (date(2024, 3, 31), time(2, 0), datetime(2024, 3, 31, 1, 0, tzinfo=UTC)),
        (date(2024, 3, 31), time(2, 30), datetime(2024, 3, 31, 1, 0, tzinfo=UTC)),
        (date(2024, 3, 31), time(2, 59, 59), datetime(2024, 3, 31, 1, 0, tzinfo=UTC)),
        (date(2024, 3, 31), time(3, 0), datetime(2024, 3, 31, 1, 0, tzinfo=UTC)),
        (date(2024, 10, 27), time(2, 30), datetime(2024, 10, 27, 0, 30, tzinfo=UTC)),
        (date(2024, 10, 27), time(3, 0), datetime(2024, 10, 27, 2, 0, tzinfo=UTC)),
    ],
)
def test_an_hour_that_march_skips_becomes_the_next_and_of_octobers_two_it_is_the_first(
    day: date, hour: time, utc: datetime
) -> None:
    assert moment_on(Cadence(DayOfMonth(LAST), hour, PARIS), day).astimezone(UTC) == utc


def test_the_second_of_octobers_hours_is_not_the_slot_again() -> None:
    cadence = Cadence(NthWeekday(LAST, 6), time(2, 30), PARIS)
    first, second = paris(2024, 10, 27, 2, 30), paris(2024, 10, 27, 2, 30, fold=1)
    assert slot_at(cadence, first) is not None
    assert slot_at(cadence, second) is None
    assert next_slot(cadence, first).planned == date(2024, 11, 24)
    assert next_slot(cadence, second).planned == date(2024, 11, 24)
    assert next_slot(cadence, first - timedelta(minutes=31)).at.astimezone(UTC) == first.astimezone(UTC)


def test_a_day_that_a_zone_left_out_is_stepped_over() -> None:
    """Samoa went from 29 to 31 December 2011."""
    samoa = Cadence(DayOfMonth(30), NOON, ZoneInfo("Pacific/Apia"))
    assert moment_on(samoa, date(2011, 12, 30)).isoformat() == "2011-12-31T00:00:00+14:00"


# Over 130 years -----------------------------------------------------------------------------------------------------


def keeps_the_rule(rule: NthWeekday | DayOfMonth, day: date) -> bool:
    length = monthrange(day.year, day.month)[1]
    match rule:
        case DayOfMonth(number):
            return day.day == (length if number == LAST else number)
        case NthWeekday(nth, weekday):
            place = day.day + 7 > length if nth == LAST else (day.day - 1) // 7 + 1 == nth
            return day.weekday() == weekday and place


@given(CADENCES, MOMENTS)
def test_every_slot_keeps_the_rule_its_hour_and_the_months_left_out(cadence: Cadence, start: datetime) -> None:
    for slot in slots(cadence, start, start + timedelta(days=800)):
        assert keeps_the_rule(cadence.day, slot.planned)
        assert slot.planned.month not in cadence.without
        assert slot.at.date() == slot.planned
        assert slot.at.tzinfo is cadence.zone
        early = slot.at.replace(tzinfo=None) - datetime.combine(slot.planned, cadence.time)
        # Only an hour that does not exist is another one.
        assert timedelta(0) <= early <= timedelta(hours=1)
        assert not early or slot.at.time() == time(3)
        assert slot_at(cadence, slot.at) == slot == slot_of(cadence, slot.planned)
        assert nearest(cadence, slot.at) == slot


@given(CADENCES, st.integers(1970, 2100))
def test_no_day_of_the_rule_is_missed(cadence: Cadence, year: int) -> None:
    expected = [
        day
        for day in (date(year, 1, 1) + timedelta(days=number) for number in range(366))
        if day.year == year and day.month not in cadence.without and keeps_the_rule(cadence.day, day)
    ]
    zone = cadence.zone
    found = slots(cadence, datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone))
    assert [slot.planned for slot in found] == expected


@given(CADENCES, MOMENTS, st.integers(0, 700))
def test_slots_are_the_next_ones_one_after_the_other(cadence: Cadence, start: datetime, days: int) -> None:
    end = start.astimezone(UTC) + timedelta(days=days)
    walked, at = [], start.astimezone(UTC) - timedelta(microseconds=1)
    while (slot := next_slot(cadence, at)).at.astimezone(UTC) < end:
        walked.append(slot)
        at = slot.at
    assert walked == slots(cadence, start, end)


@given(CADENCES, MOMENTS)
def test_the_nearest_slot_is_the_one_before_or_the_one_after(cadence: Cadence, moment: datetime) -> None:
    close, after = nearest(cadence, moment), next_slot(cadence, moment)
    distance = abs(close.at.astimezone(UTC) - moment.astimezone(UTC))
    assert distance <= after.at.astimezone(UTC) - moment.astimezone(UTC)
    assert slots(cadence, moment.astimezone(UTC) - distance + timedelta(microseconds=1), moment) == []
