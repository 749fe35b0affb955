"""The public holidays of mainland France, on which a letter may find nobody. Pure."""

from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from mailer.language import N_


class Holiday(StrEnum):
    """The eleven of them (Code du travail, L3133-1)."""

    NEW_YEAR = N_("New Year's Day")
    EASTER_MONDAY = N_("Easter Monday")
    LABOUR = N_("Labour Day")
    VICTORY = N_("Victory in Europe Day")
    ASCENSION = N_("Ascension Day")
    WHIT_MONDAY = N_("Whit Monday")
    BASTILLE = N_("Bastille Day")
    ASSUMPTION = N_("Assumption Day")
    ALL_SAINTS = N_("All Saints' Day")
    ARMISTICE = N_("Armistice Day")
    CHRISTMAS = N_("Christmas Day")


FIXED = {
    (1, 1): Holiday.NEW_YEAR,
    (5, 1): Holiday.LABOUR,
    (5, 8): Holiday.VICTORY,
    (7, 14): Holiday.BASTILLE,
    (8, 15): Holiday.ASSUMPTION,
    (11, 1): Holiday.ALL_SAINTS,
    (11, 11): Holiday.ARMISTICE,
    (12, 25): Holiday.CHRISTMAS,
}
"""By month and day."""

AFTER_EASTER = {1: Holiday.EASTER_MONDAY, 39: Holiday.ASCENSION, 50: Holiday.WHIT_MONDAY}
"""By the number of days after Easter Sunday."""


def holiday(day: date) -> Holiday | None:
    """The public holiday on this day; of two on one day, the one that has it every year."""
    return FIXED.get((day.month, day.day)) or AFTER_EASTER.get((day - easter(day.year)).days)


@cache
def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Nature, 20 April 1876; Butcher's rule, exact for every year)."""
    century, within = divmod(year, 100)
    moon = year % 19
    skipped, left = divmod(century, 4)
    epact = (19 * moon + century - skipped - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    leaps, rest = divmod(within, 4)
    weekday = (32 + 2 * left + 2 * leaps - epact - rest) % 7
    late = (moon + 11 * epact + 22 * weekday) // 451
    return date(year, 3, 22) + timedelta(days=epact + weekday - 7 * late)
