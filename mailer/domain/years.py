"""A year of a campaign, as the annual report prints it: how many issues, sent to how many. Pure grouping."""

from collections.abc import Sequence
from dataclasses import dataclass

ALIKE = 0.2
"""Audiences within 20 % of the largest of a group are « the same send » to a reader of the annual report."""


@dataclass(frozen=True)
class Sends:
    """Several sends to about as many contacts."""

    count: int
    contacts: int


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
