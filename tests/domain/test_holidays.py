"""Public holidays, against the calendar."""

from collections import Counter
from datetime import date, timedelta

import pytest
from dateutil.easter import easter as easter_of_dateutil

from mailer.domain.holidays import AFTER_EASTER, FIXED, Holiday, easter, holiday


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2023, 1, 1), "New Year's Day"),
        (date(2023, 4, 10), "Easter Monday"),
        (date(2023, 5, 1), "Labour Day"),
        (date(2023, 5, 8), "Victory in Europe Day"),
        (date(2023, 5, 18), "Ascension Day"),
        (date(2023, 5, 29), "Whit Monday"),
        (date(2023, 7, 14), "Bastille Day"),
        (date(2023, 8, 15), "Assumption Day"),
        (date(2023, 11, 1), "All Saints' Day"),
        (date(2023, 11, 11), "Armistice Day"),
        (date(2023, 12, 25), "Christmas Day"),
        (date(2024, 2, 29), None),
        (date(2023, 4, 9), None),
        (date(2023, 12, 26), None),
    ],
)
def test_the_holidays_of_2023(day: date, name: str | None) -> None:
    assert holiday(day) == name


@pytest.mark.parametrize("year", range(1970, 2101))
def test_each_year_has_its_eleven_holidays(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    found = Counter(holiday(day) for day in days if day.year == year and holiday(day))
    assert set(found) <= set(Holiday)
    # In 2008 Ascension Day was the 1 May: one day, two reasons.
    shared = sum((easter(year) + timedelta(days=after)).timetuple()[1:3] in FIXED for after in AFTER_EASTER)
    assert sum(found.values()) == 11 - shared


def test_easter_is_the_one_of_the_church() -> None:
    assert (easter(2008), easter(2011), easter(2038)) == (date(2008, 3, 23), date(2011, 4, 24), date(2038, 4, 25))
    assert [year for year in range(1583, 4100) if easter(year) != easter_of_dateutil(year)] == []
