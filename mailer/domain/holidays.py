"""The public holidays of mainland France, on which a letter may find nobody. Pure."""

from datetime import date, timedelta
from functools import cache

from mailer.language import N_

FIXED = {
    (1, 1): N_("New Year's Day"),
    (5, 1): N_("Labour Day"),
    (5, 8): N_("Victory in Europe Day"),
    (7, 14): N_("Bastille Day"),
    (8, 15): N_("Assumption Day"),
    (11, 1): N_("All Saints' Day"),
    (11, 11): N_("Armistice Day"),
    (12, 25): N_("Christmas Day"),
}
"""By month and day."""

AFTER_EASTER = {1: N_("Easter Monday"), 39: N_("Ascension Day"), 50: N_("Whit Monday")}
"""By the number of days after Easter Sunday."""


def holiday(day: date) -> str:
    """The public holiday on this day, empty if there is none (Code du travail, L3133-1)."""
    return FIXED.get((day.month, day.day)) or AFTER_EASTER.get((day - easter(day.year)).days, "")


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
