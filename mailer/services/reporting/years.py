"""How a campaign's year was read, beside the year before. Stores nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby, pairwise

from mailer.app import App
from mailer.domain.choices import LeaveReason
from mailer.domain.differences import Difference, Year, difference
from mailer.domain.rates import MeasureMode, Reading
from mailer.domain.small_counts import hide_small
from mailer.domain.years import (
    Headline,
    PastYear,
    Sends,
    YearRates,
    group_sends,
    letters_an_issue,
    year_rates,
)
from mailer.services.reporting.issues import IssueReport, year_reports
from mailer.services.reporting.sentences import year_sentence
from mailer.services.reporting.sums import check_year
from mailer.store import issues, leavings, past


@dataclass(frozen=True)
class Before:
    """The year before: counted here, or brought in from another program."""

    year: int
    rate: float | None
    imported: bool
    comparable: bool
    """False where the way of counting changed in between."""
    reports: tuple[IssueReport, ...] = ()


@dataclass(frozen=True)
class CampaignYear:
    """A campaign's year, with the sentence that the annual report prints."""

    campaign: str
    title: str
    year: int
    issues: int
    audience: int
    sends: int
    """Letters delivered."""
    not_arrived: int
    measured: int
    readers: int
    machines: int
    clicks: int
    unsubscribed: int
    complaints: int
    rates: YearRates
    without_exceptional: YearRates | None
    """None where every issue went to its own list."""
    headline: Headline
    rate: float | None
    """The one that is published."""
    rate_compared: float | None
    """This year's, counted as the year before was."""
    before: Before | None
    difference: Difference | None
    sentence: str
    sizes: tuple[Sends, ...]
    reports: tuple[IssueReport, ...]
    breaks: tuple[str, ...]
    """Issues that are counted in another way than the issue before them."""
    reasons: Mapping[LeaveReason, int | None] = field(default_factory=dict)
    """Why readers left its lists, of those who said; None where so few are not shown."""

    @property
    def rate_pooled(self) -> float | None:
        """Of all letters of the year together."""
        return self.rates.pooled

    @property
    def rate_mean(self) -> float | None:
        """The mean of the issues' rates."""
        return self.rates.mean

    @property
    def previous(self) -> float | None:
        """The rate of the year before."""
        return self.before.rate if self.before else None

    @property
    def provisional(self) -> int:
        """How many issues are still counted."""
        return sum(one.closed_at is None for one in self.reports)


def year_report(app: App, year: int) -> list[CampaignYear]:
    """The year of each campaign that released anything. Raises Refused where sums do not add up."""
    before = _by_campaign(year_reports(app, year - 1))
    with app.database.reading() as tx:
        brought_in = past.of_year(tx, year - 1)
        said = leavings.reasons(tx, date(year, 1, 1), date(year, 12, 31))
    years = [
        _campaign_year(app, year, found, before.get(slug, []), brought_in.get(slug))
        for slug, found in _by_campaign(year_reports(app, year)).items()
    ]
    return [replace(one, reasons=_reasons(one, said)) for one in years]


def past_years(app: App, year: int) -> list[PastYear]:
    """What was brought in for a year from another program."""
    with app.database.reading() as tx:
        return list(past.of_year(tx, year).values())


def years_told(app: App) -> list[int]:
    """The years of which there is anything to tell, the latest first."""
    with app.database.reading() as tx:
        counted = {at.astimezone(app.config.zone).year for at in issues.release_moments(tx)}
        return sorted(counted.union(past.years(tx)), reverse=True)


def _by_campaign(found: Sequence[IssueReport]) -> dict[str, list[IssueReport]]:
    ordered = sorted(found, key=lambda one: (one.campaign, one.released_at))
    return {slug: list(reports) for slug, reports in groupby(ordered, key=lambda one: one.campaign)}


def _campaign_year(
    app: App, year: int, found: list[IssueReport], earlier: list[IssueReport], brought_in: PastYear | None
) -> CampaignYear:
    slug, settings = found[0].campaign, app.config.report
    headline, published = Headline(settings.headline), _readings(found, exceptional=settings.exceptional)
    readings = _readings(found)
    before = _before(app, year, found, earlier, brought_in)
    rates = year_rates(published)
    compared = rates.headline(headline, raw=before is not None and before.imported)
    sizes = group_sends([one.audience for one in found])
    check_year(slug, readings, len(found), sizes)
    rate = rates.headline(headline)
    return CampaignYear(
        campaign=slug,
        title=found[-1].title,
        year=year,
        issues=len(found),
        audience=sum(one.audience for one in found),
        sends=sum(one.delivered for one in found),
        not_arrived=sum(sum(one.causes.values()) for one in found),
        measured=sum(one.measured for one in readings),
        readers=sum(one.people for one in readings),
        machines=sum(one.machines for one in readings),
        clicks=sum(one.clicks for one in found),
        unsubscribed=sum(one.unsubscribed for one in found),
        complaints=sum(one.complaints for one in found),
        rates=year_rates(readings),
        without_exceptional=_without_exceptional(found),
        headline=headline,
        rate=rate,
        rate_compared=compared,
        before=before,
        difference=_difference(compared, published, before, earlier, brought_in),
        sentence=year_sentence(
            app.config.language, year, sizes, rate, (before.year, before.rate) if before and before.rate else None
        ),
        sizes=sizes,
        reports=tuple(found),
        breaks=_breaks([*earlier[-1:], *found]),
    )


def _reasons(year: CampaignYear, said: Mapping[tuple[str, LeaveReason], int]) -> dict[LeaveReason, int | None]:
    lists = {one.list_slug for one in year.reports}
    counts = {reason: sum(said.get((slug, reason), 0) for slug in lists) for reason in LeaveReason}
    shown = hide_small(counts, total_is_shown=False)
    return {reason: shown[reason] for reason, count in counts.items() if count}


def _readings(found: Sequence[IssueReport], *, exceptional: bool = True) -> list[Reading]:
    """Of the issues whose readings are counted; a year of exceptional sends only has nothing else to tell."""
    kept = [one for one in found if exceptional or not one.exceptional] or found
    return [reading for one in kept if (reading := one.reading) is not None]


def _without_exceptional(found: Sequence[IssueReport]) -> YearRates | None:
    ordinary = [one for one in found if not one.exceptional]
    return year_rates(_readings(ordinary)) if ordinary and len(ordinary) < len(found) else None


def _before(
    app: App, year: int, found: list[IssueReport], earlier: list[IssueReport], brought_in: PastYear | None
) -> Before | None:
    settings = app.config.report
    if earlier:
        rates = year_rates(_readings(earlier, exceptional=settings.exceptional))
        same = len(_modes([*earlier, *found])) == 1
        return Before(year - 1, rates.headline(Headline(settings.headline)), False, same, tuple(earlier))
    if brought_in:
        return Before(year - 1, brought_in.rate, True, True)
    return None


def _modes(found: Sequence[IssueReport]) -> set[MeasureMode]:
    return {one.measure for one in found if one.measure is not MeasureMode.OFF}


def _difference(
    compared: float | None,
    published: list[Reading],
    before: Before | None,
    earlier: list[IssueReport],
    brought_in: PastYear | None,
) -> Difference | None:
    if before is None or before.rate is None or compared is None or not before.comparable:
        return None
    size = letters_an_issue(published)
    if before.imported and brought_in:
        # Sends divided by issues: a large send among them makes that too large, and the year would seem too sure.
        earlier_size = min(size, brought_in.sends // brought_in.issues)
    else:
        earlier_size = letters_an_issue(_readings(earlier))
    return difference(Year(compared, size), Year(before.rate, earlier_size))


def _breaks(found: Sequence[IssueReport]) -> tuple[str, ...]:
    return tuple(one.name for before, one in pairwise(found) if one.measure is not before.measure)
