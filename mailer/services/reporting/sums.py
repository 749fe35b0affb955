"""Sums that do not add up are not printed: a figure is compared with what it is made of before anybody reads it."""

from collections.abc import Sequence
from enum import StrEnum

from mailer.domain.hits import READ_CLASSES, HitClass
from mailer.domain.rates import Reading
from mailer.domain.years import Sends, year_rates
from mailer.errors import Refused
from mailer.language import N_
from mailer.store.reports import IssueFigures

DO_NOT_ADD_UP = N_(
    "The figures of {what} do not add up: {fault}. Nothing is printed. Ask whoever looks after the program to "
    "restore the last backup, or to look at the database."
)


class SumFault(StrEnum):
    """What does not fit together."""

    AUDIENCE = N_("letters by outcome are not as many as the audience")
    MEASURED = N_("more letters are measured than were delivered")
    READERS = N_("readings by kind are not as many as the readings")
    CLICKS = N_("more letters were clicked than read")
    LINKS = N_("the clicks by link do not fit the clicks")
    DEPARTURES = N_("more readers left than the letter had")
    SENDS = N_("the issues by size are not as many as the issues")
    RATES = N_("the year's rate lies outside those of its issues")


def check_issue(name: str, figures: IssueFigures) -> None:
    """Raises Refused with what is wrong."""
    for fault, wrong in (*_of_letters(figures), *_of_hits(figures)):
        if wrong:
            raise Refused(DO_NOT_ADD_UP, what=name, fault=fault)


def check_year(campaign: str, readings: Sequence[Reading], issues: int, sends: Sequence[Sends]) -> None:
    """Raises Refused with what is wrong between a year and its issues."""
    if sum(one.count for one in sends) != issues:
        raise Refused(DO_NOT_ADD_UP, what=campaign, fault=SumFault.SENDS)
    rates, year = [one.rate_raw for one in readings if one.rate_raw is not None], year_rates(readings)
    outside = any(
        rate is not None and not min(rates) - _ROUNDING <= rate <= max(rates) + _ROUNDING
        for rate in (year.pooled_raw, year.mean_raw)
    )
    if outside:
        raise Refused(DO_NOT_ADD_UP, what=campaign, fault=SumFault.RATES)


def _of_letters(figures: IssueFigures) -> list[tuple[SumFault, bool]]:
    letters, audience = figures.letters, figures.letters.audience
    return [
        (SumFault.AUDIENCE, audience is not None and audience != figures.audience),
        (SumFault.AUDIENCE, min(letters.ended.values(), default=0) < 0),
        (SumFault.MEASURED, not 0 <= letters.measured <= figures.delivered),
        (SumFault.DEPARTURES, not 0 <= letters.unsubscribed <= figures.audience),
        (SumFault.DEPARTURES, not 0 <= letters.complaints <= figures.audience),
    ]


def _of_hits(figures: IssueFigures) -> list[tuple[SumFault, bool]]:
    hits = figures.hits
    followed = hits.by_link.values()
    kept_whole = figures.closed_at is None or figures.letters.audience is not None
    people = sum(hits.by_class.get(one, 0) for one in READ_CLASSES)
    by_kind = (people, hits.by_class.get(HitClass.MACHINE, 0))
    return [
        (SumFault.READERS, kept_whole and by_kind != (hits.people, hits.machines)),
        (SumFault.READERS, min(hits.people, hits.machines, *hits.by_class.values()) < 0),
        (SumFault.CLICKS, not 0 <= hits.clicks <= hits.people),
        (SumFault.LINKS, kept_whole and not max(followed, default=0) <= hits.clicks <= sum(followed)),
    ]


_ROUNDING = 1e-12
