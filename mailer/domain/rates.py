"""The reading rate: what is divided by what, and how sure it is. Never counts anything itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

Z_95 = 1.959963984540054
"""Quantile 0.975 of the normal law."""

MOST_MACHINES = 0.40
"""Above this share of machine-only letters the bounds stand alone."""


class MeasureMode(StrEnum):
    """How an issue's readings are counted; stored with the issue and printed with each figure."""

    ANONYMOUS = "anonymous"
    CONSENT = "consent"
    OFF = "off"


@dataclass(frozen=True)
class Reading:
    """How an issue was read: of `measured` letters, `people` were fetched by people, `machines` by machines only."""

    measured: int
    people: int
    machines: int

    @property
    def rate_raw(self) -> float | None:
        """(H+M)/D: any fetch counts, as most tools print it; the past figures compare with this one only."""
        return _share(self.people + self.machines, self.measured)

    @property
    def reading_rate(self) -> float | None:
        """H/(D-M): readers among the letters that a machine did not hide from us; None above 40 % machines."""
        if self.machines > MOST_MACHINES * self.measured:
            return None
        return _share(self.people, self.measured - self.machines)

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """From « no hidden letter was read » to « every hidden letter was read »."""
        return _share(self.people, self.measured), self.rate_raw

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % Wilson interval of the reading rate."""
        if self.reading_rate is None:
            return None
        return wilson(self.measured - self.machines, self.people)


def wilson(trials: int, successes: int) -> tuple[float, float] | None:
    """The 95 % Wilson score interval (Wilson 1927), both ends as shares; None without trials."""
    if trials <= 0:
        return None
    share, spread = successes / trials, Z_95 * Z_95 / trials
    centre = (share + spread / 2) / (1 + spread)
    half = Z_95 * sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def pooled(readings: Sequence[Reading]) -> float | None:
    """The rate of all letters of a year taken together."""
    together = Reading(
        sum(reading.measured for reading in readings),
        sum(reading.people for reading in readings),
        sum(reading.machines for reading in readings),
    )
    return together.reading_rate


def mean(readings: Sequence[Reading]) -> float | None:
    """The mean of the issues' rates, each issue weighing the same."""
    rates = [rate for reading in readings if (rate := reading.reading_rate) is not None]
    return sum(rates) / len(rates) if rates else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None
