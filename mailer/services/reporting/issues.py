"""How an issue was read: its rows counted, its sums checked, small cells hidden. Stores nothing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mailer.app import App
from mailer.domain.addresses import Family
from mailer.domain.causes import FailureCause
from mailer.domain.deliveries import DeliveryState
from mailer.domain.rates import MeasureMode, Reading
from mailer.domain.small_counts import LEAST_SHOWN, hide_small
from mailer.errors import NotFound
from mailer.language import N_
from mailer.services.reporting.sums import check_issue
from mailer.store import issues, reports
from mailer.store.database import Connection
from mailer.store.issues import IssueRow
from mailer.store.reports import NOT_ARRIVED, IssueFigures

NOT_RELEASED = N_("{issue} has not been released: there is nothing to report yet.")


@dataclass(frozen=True)
class FamilyLine:
    """The letters to one receiver family; None where so few are not shown."""

    family: Family
    delivered: int | None
    not_arrived: int | None
    """Refused for good, or bounced."""


@dataclass(frozen=True)
class LinkLine:
    """A link that at least ten people followed."""

    number: int
    url: str
    people: int


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
    complaints: int = 0
    list_slug: str = ""
    exceptional: bool = False
    """It went further than its own list, as September's does."""
    closed_at: datetime | None = None
    """None while its readings are still counted."""
    causes: Mapping[FailureCause, int] = field(default_factory=dict)
    """Letters that were refused for good or bounced."""
    families: tuple[FamilyLine, ...] = ()
    links: tuple[LinkLine, ...] = ()
    """The most followed first."""
    other_links: int = 0
    """Links that fewer than ten people followed, or nobody."""

    @property
    def reading(self) -> Reading | None:
        """The counts behind the rate; None where readings are not counted."""
        if self.measure is MeasureMode.OFF:
            return None
        return Reading(self.measured, self.readers, self.machines)

    @property
    def campaign(self) -> str:
        """The first part of its name."""
        return self.name.partition("/")[0]

    @property
    def click_rate(self) -> float | None:
        """Clicks among readers (click-to-read)."""
        return self.clicks / self.readers if self.readers else None


def issue_report(app: App, name: str) -> IssueReport:
    """The figures of a released issue, from its rows as they are now. Raises NotFound, or Refused for wrong sums."""
    with app.database.reading() as tx:
        row = issues.find(tx, name)
        if row is None or row.released_at is None:
            raise NotFound(NOT_RELEASED, issue=name)
        return report_of(tx, row, row.released_at)


def year_reports(app: App, year: int) -> list[IssueReport]:
    """Every issue released in a year of the site's time zone, oldest first."""
    start, end = year_bounds(app, year)
    with app.database.reading() as tx:
        rows = issues.released_between(tx, start, end)
        return [report_of(tx, row, row.released_at) for row in rows if row.released_at is not None]


def latest_names(app: App, since: datetime, now: datetime, most: int) -> list[str]:
    """The issues that left since then, the newest first."""
    with app.database.reading() as tx:
        return [row.name for row in reversed(issues.released_between(tx, since, now)[-most:])]


def year_bounds(app: App, year: int) -> tuple[datetime, datetime]:
    """Midnight of 1 January in the site's zone, and the next one, in UTC."""
    zone = app.config.zone
    first, after = datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    return first.astimezone(UTC), after.astimezone(UTC)


def report_of(tx: Connection, row: IssueRow, released_at: datetime) -> IssueReport:
    """A released issue's figures. Raises Refused where they do not add up."""
    figures = reports.issue_figures(tx, row.id)
    check_issue(row.name, figures)
    reading = Reading(figures.measured, figures.people, figures.machines)
    low, high = reading.bounds
    ci_low, ci_high = reading.interval or (None, None)
    links = _links(figures)
    return IssueReport(
        name=row.name,
        title=row.title,
        number=row.number,
        released_at=released_at,
        audience=figures.audience,
        by_state=figures.by_state,
        delivered=figures.delivered,
        bounced=figures.bounced,
        measured=figures.measured,
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
        complaints=figures.complaints,
        list_slug=row.list_slug,
        exceptional=figures.exceptional,
        closed_at=figures.closed_at,
        causes=_causes(figures),
        families=_families(figures),
        links=links,
        other_links=len(figures.links) - len(links),
    )


def _causes(figures: IssueFigures) -> dict[FailureCause, int]:
    """Not hidden, however few: what a server refused is no deed of a reader's, and the staff sees it name by name."""
    causes = Counter[FailureCause]()
    for ended, letters in figures.letters.ended.items():
        if ended.cause is not None:
            causes[ended.cause] += letters
    return {cause: causes[cause] for cause in FailureCause}


def _families(figures: IssueFigures) -> tuple[FamilyLine, ...]:
    delivered, not_arrived = dict.fromkeys(Family, 0), dict.fromkeys(Family, 0)
    for ended, letters in figures.letters.ended.items():
        if ended.state is DeliveryState.SENT:
            delivered[ended.family] += letters
        elif ended.state in NOT_ARRIVED:
            not_arrived[ended.family] += letters
    shown, missing = (hide_small(cells, total_is_shown=True) for cells in (delivered, not_arrived))
    there = [family for family in Family if delivered[family] or not_arrived[family]]
    there.sort(key=lambda family: (-(shown[family] or 0), family))
    return tuple(FamilyLine(family, shown[family], missing[family]) for family in there)


def _links(figures: IssueFigures) -> tuple[LinkLine, ...]:
    followed = sorted(figures.hits.by_link.items(), key=lambda link: (-link[1], link[0]))
    return tuple(
        LinkLine(number, figures.links.get(number, ""), min(people, figures.clicks))
        for number, people in followed
        if min(people, figures.clicks) >= LEAST_SHOWN
    )
