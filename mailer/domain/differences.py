"""Whether two years were read differently, or only as chance would have it. Pure; never counts."""

from dataclasses import dataclass
from math import sqrt

from mailer.domain.rates import Z_95


@dataclass(frozen=True)
class Year:
    """A year's rate, and how many letters an issue of it had."""

    rate: float
    letters_an_issue: int


@dataclass(frozen=True)
class Difference:
    """This year's rate less the year before's, and the least difference that would mean something; both as shares."""

    change: float
    least: float

    @property
    def means_something(self) -> bool:
        """Whether chance alone would seldom (5 times in 100 at most) make as much."""
        return abs(self.change) >= self.least


def difference(year: Year, before: Year) -> Difference | None:
    """The z-test of two proportions, at the size of the list; None where a year has no letters.

    With p the mean of both rates and n, m the letters of one issue of each year, the least difference is
    1.96 · sqrt(p · (1 - p) · (1/n + 1/m)). The letters of a whole year must not stand in the place of n: they go to the
    same people month after month, who read alike, so that eleven issues tell hardly more than one. Where readers do
    change their mind from month to month, the least difference is larger than it need be, never smaller.
    """
    n, m = year.letters_an_issue, before.letters_an_issue
    if n <= 0 or m <= 0:
        return None
    p = (year.rate + before.rate) / 2
    return Difference(year.rate - before.rate, Z_95 * sqrt(p * (1 - p) * (1 / n + 1 / m)))
