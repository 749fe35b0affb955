"""Days and moments as people write them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.content.moments import in_zone, parse_moment

PARIS = ZoneInfo("Europe/Paris")
START = datetime(1970, 1, 2, tzinfo=UTC)
MINUTES = st.integers(0, 200 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@given(MINUTES)
def test_what_is_written_as_iso_8601_is_read_back(moment: datetime) -> None:
    local = moment.astimezone(PARIS).replace(tzinfo=None)
    for written in (moment, local, local.date()):
        assert parse_moment(written.isoformat()) == parse_moment(f" {written.isoformat()} ") == written
        assert type(parse_moment(written.isoformat())) is type(written)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.times(), st.none(), st.dates(), st.datetimes()))
def test_anything_else_is_nothing_and_never_an_exception(value: object) -> None:
    read = parse_moment(value)
    assert read is None or 1970 <= read.year <= 2200


@given(MINUTES)
def test_a_local_moment_that_exists_is_read_on_the_clocks_of_its_zone(moment: datetime) -> None:
    there = moment.astimezone(PARIS)
    read = in_zone(there.replace(tzinfo=None, fold=0), PARIS)
    assert read is not None
    assert read.replace(tzinfo=None) == there.replace(tzinfo=None)
    assert there.fold or read.astimezone(UTC) == moment


@pytest.mark.parametrize("hour", ["02:00", "02:30", "02:59:59"])
def test_an_hour_that_march_skips_is_none(hour: str) -> None:
    assert in_zone(datetime.fromisoformat(f"2024-03-31T{hour}"), PARIS) is None
    assert parse_moment("2024-03-31") == date(2024, 3, 31)
