"""A year of a campaign, as the annual report prints it: how many issues, sent to how many, read how. Never counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from mailer.domain.rates import Reading, mean, pooled

ALIKE = 0.2
"""Audiences within 20 % of the largest of a group are « the same send » to a reader of the annual report."""


class Headline(StrEnum):
    """Which of the two rates of a year the association publishes."""

    POOLED = "pooled"
    """Of all letters together: an issue weighs as much as it had letters."""
    MEAN = "mean"
    """The mean of the issues' rates: each issue weighs the same."""


@dataclass(frozen=True)
class Sends:
    """Several sends to about as many contacts."""

    count: int
    contacts: int


@dataclass(frozen=True)
class PastYear:
    """A campaign's year as another program counted it: any fetch is a reading there."""

    year: int
    campaign: str
    issues: int
    sends: int
    """Letters delivered."""
    rate: float


@dataclass(frozen=True)
class YearRates:
    """A year's rates by both ways of taking issues together; None where there is none."""

    pooled: float | None
    mean: float | None
    pooled_raw: float | None
    mean_raw: float | None
    """The raw ones count any fetch, as figures of other programs do."""

    def headline(self, which: Headline, *, raw: bool = False) -> float | None:
        """The one that the association publishes."""
        rates = {Headline.POOLED: (self.pooled, self.pooled_raw), Headline.MEAN: (self.mean, self.mean_raw)}
        return rates[which][raw]


def year_rates(readings: Sequence[Reading]) -> YearRates:
    """Of the issues of a year whose readings are counted."""
    together = Reading(
        sum(one.measured for one in readings),
        sum(one.people for one in readings),
        sum(one.machines for one in readings),
    )
    raw = [one.rate_raw for one in readings if one.rate_raw is not None]
    return YearRates(pooled(readings), mean(readings), together.rate_raw, sum(raw) / len(raw) if raw else None)


def letters_an_issue(readings: Sequence[Reading]) -> int:
    """What one issue usually has: the middle one by size, which a single large send does not move."""
    return round(median(one.measured for one in readings)) if readings else 0


def group_sends(audiences: Sequence[int]) -> tuple[Sends, ...]:
    """Sends grouped by size, the most frequent size first: 11 audiences read as « 10 to 2 500 + 1 to 20 000 »."""
    groups: list[list[int]] = []
    for size in sorted(audiences, reverse=True):
        if groups and size >= groups[-1][0] * (1 - ALIKE):
            groups[-1].append(size)
        else:
            groups.append([size])
    sends = [Sends(len(group), rounded(sum(group) / len(group))) for group in groups]
    return tuple(sorted(sends, key=lambda one: (-one.count, one.contacts)))


def rounded(contacts: float) -> int:
    """As a person would say it: exact below 1 000, to the nearest hundred above."""
    return round(contacts) if contacts < 1000 else round(contacts / 100) * 100
