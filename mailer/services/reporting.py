"""How issues were read: one issue, one year. Counts rows, decides nothing, stores nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from mailer.app import App
from mailer.domain.rates import MeasureMode, Reading, mean, pooled
from mailer.domain.years import Sends, group_sends
from mailer.errors import NotFound
from mailer.language import N_, percent, say, say_plural
from mailer.store import closing, issues, reports
from mailer.store.database import Connection
from mailer.store.issues import IssueRow

COUNTED_FOR = timedelta(days=30)
"""After the last first attempt; the privacy page says so."""

NOT_RELEASED = N_("{issue} has not been released: there is nothing to report yet.")


@dataclass(frozen=True)
class IssueReport:
    """One issue's figures; rates are None where they cannot be said (nothing measured, too many machines)."""

    name: str
    title: str
    number: str
    released_at: datetime
    audience: int
    by_state: Mapping[str, int]
    delivered: int
    bounced: int
    measured: int
    readers: int
    machines: int
    reading_rate: float | None
    rate_raw: float | None
    bound_low: float | None
    bound_high: float | None
    ci_low: float | None
    ci_high: float | None
    clicks: int
    unsubscribed: int
    measure: MeasureMode

    @property
    def reading(self) -> Reading | None:
        """The counts behind the rate; None where readings are not counted."""
        if self.measure is MeasureMode.OFF:
            return None
        return Reading(self.measured, self.readers, self.machines)


@dataclass(frozen=True)
class CampaignYear:
    """A campaign's year, with the sentence that the annual report prints."""

    campaign: str
    title: str
    issues: int
    sends: int
    """Letters delivered."""
    readers: int
    rate_pooled: float | None
    rate_mean: float | None
    previous: float | None
    sentence: str


def issue_report(app: App, name: str) -> IssueReport:
    """The figures of a released issue, from its rows as they are now. Raises NotFound."""
    with app.database.reading() as tx:
        row = issues.find(tx, name)
        if row is None or row.released_at is None:
            raise NotFound(NOT_RELEASED, issue=name)
        return _report(tx, row, row.released_at)


def year_reports(app: App, year: int) -> list[IssueReport]:
    """Every issue released in a year of the site's time zone, oldest first."""
    start, end = year_bounds(app, year)
    with app.database.reading() as tx:
        rows = issues.released_between(tx, start, end)
        return [_report(tx, row, row.released_at) for row in rows if row.released_at is not None]


def year_report(app: App, year: int) -> list[CampaignYear]:
    """The year of each campaign that released anything."""
    reports_by_campaign = groupby(
        sorted(year_reports(app, year), key=lambda one: (_campaign(one), one.released_at)), key=_campaign
    )
    return [_campaign_year(app, year, slug, list(found)) for slug, found in reports_by_campaign]


def close_counts(app: App, now: datetime) -> int:
    """Ends the counting of issues whose last letter left 30 days ago: figures stay, hits and keys are erased.

    How many were closed. Twice, or from two clocks, closes each once.
    """
    with app.database.transaction() as tx:
        ripe = closing.issues_counted_since(tx, now - COUNTED_FOR)
        return sum(closing.close_count(tx, issue_id, now) for issue_id in ripe)


def year_bounds(app: App, year: int) -> tuple[datetime, datetime]:
    """Midnight of 1 January in the site's zone, and the next one, in UTC."""
    zone = app.config.zone
    first, after = datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    return first.astimezone(UTC), after.astimezone(UTC)


def _report(tx: Connection, row: IssueRow, released_at: datetime) -> IssueReport:
    figures = reports.issue_figures(tx, row.id)
    measured = figures.measured if row.measure is not MeasureMode.OFF else 0
    reading = Reading(measured, figures.people, figures.machines)
    low, high = reading.bounds
    ci_low, ci_high = reading.interval or (None, None)
    return IssueReport(
        name=row.name,
        title=row.title,
        number=row.number,
        released_at=released_at,
        audience=figures.audience,
        by_state=figures.by_state,
        delivered=figures.delivered,
        bounced=figures.bounced,
        measured=measured,
        readers=figures.people,
        machines=figures.machines,
        reading_rate=reading.reading_rate,
        rate_raw=reading.rate_raw,
        bound_low=low,
        bound_high=high,
        ci_low=ci_low,
        ci_high=ci_high,
        clicks=figures.clicks,
        unsubscribed=figures.unsubscribed,
        measure=row.measure,
    )


def _campaign(report: IssueReport) -> str:
    return report.name.partition("/")[0]


def _campaign_year(app: App, year: int, slug: str, found: Sequence[IssueReport]) -> CampaignYear:
    readings = [reading for one in found if (reading := one.reading) is not None]
    rate = pooled(readings)
    return CampaignYear(
        campaign=slug,
        title=found[-1].title,
        issues=len(found),
        sends=sum(one.delivered for one in found),
        readers=sum(one.readers for one in found),
        rate_pooled=rate,
        rate_mean=mean(readings),
        previous=None,
        sentence=year_sentence(app.config.language, year, group_sends([one.audience for one in found]), rate),
    )


def year_sentence(language: str, year: int, sends: Sequence[Sends], rate: float | None) -> str:
    """« 11 numéros produits en 2023 – 10 envois à 2 500 contacts + 1 envoi à 20 000 contacts ; taux de lecture … »."""
    count = sum(one.count for one in sends)
    made = say_plural(
        language, "{count} issue produced in {year}", "{count} issues produced in {year}", count, year=year
    )
    parts = " + ".join(_send(language, one) for one in sends)
    if rate is None:
        return say(language, "{made} – {sends}; readings not counted", {"made": made, "sends": parts})
    values = {"made": made, "sends": parts, "rate": percent(language, rate)}
    return say(language, "{made} – {sends}; reading rate {rate}", values)


def _send(language: str, one: Sends) -> str:
    contacts = say_plural(language, "{count} contact", "{count} contacts", one.contacts)
    return say_plural(
        language, "{count} send to {contacts}", "{count} sends to {contacts}", one.count, contacts=contacts
    )
