"""The plots of a report, with the table and the words that say the same. Draws nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from babel.dates import format_date

from mailer.domain.plots import Bar, Column, Drawing, Level, columns_plot, round_top, rows_plot
from mailer.language import N_, number, percent, say
from mailer.services.reporting.grids import Grid, links_grid
from mailer.services.reporting.issues import IssueReport
from mailer.services.reporting.telling import measure_words, share_words
from mailer.services.reporting.years import CampaignYear

WIDE, NARROW = 680.0, 336.0
MOST_LINKS = 10


@dataclass(frozen=True)
class Plot:
    """One plot, drawn for a wide and for a narrow page, and its data."""

    id: str
    title: str
    description: str
    wide: Drawing
    narrow: Drawing
    data: Grid


def issue_plots(language: str, report: IssueReport) -> list[Plot]:
    """The rate with how sure it is, and the most followed links."""
    plots = []
    if report.measured:
        plots.append(_rate_plot(language, report))
    if report.links:
        plots.append(_links_plot(language, report))
    return plots


def year_plots(language: str, zone: ZoneInfo, year: CampaignYear) -> list[Plot]:
    """Each issue's rate, the year before behind it; nothing where readings are not counted."""
    if not year.measured:
        return []
    columns = _columns(language, zone, year)
    level = _level(language, year)
    words = _percent_words(language)
    title = say(language, N_("{title}: reading rate of each issue of {year}"), {"title": year.title, "year": year.year})
    said = [say(language, N_("One column an issue; the thin bar is what chance alone may change."))]
    if any(column.exceptional for column in columns):
        said.append(say(language, N_("The paler column is an exceptional send.")))
    if level or any(column.before is not None for column in columns):
        said.append(say(language, N_("The thin line behind is {year}."), {"year": year.year - 1}))
    if year.breaks:
        said.append(say(language, N_("At the dotted line the way of counting changed.")))
    wide, narrow = (columns_plot(columns, words, width, level) for width in (WIDE, NARROW))
    return [Plot(f"rates-{year.campaign}", title, " ".join(said), wide, narrow, _year_grid(language, year, title))]


def _columns(language: str, zone: ZoneInfo, year: CampaignYear) -> list[Column]:
    earlier: dict[int, IssueReport] = {}
    if year.before:
        earlier = {one.released_at.astimezone(zone).month: one for one in year.before.reports}
    columns = []
    for one in year.reports:
        local = one.released_at.astimezone(zone)
        before = earlier.get(local.month)
        hidden = one.reading_rate is None
        columns.append(
            Column(
                name=format_date(local, "LLL", locale=language),
                value=one.reading_rate,
                low=one.bound_low if hidden else one.ci_low,
                high=one.bound_high if hidden else one.ci_high,
                before=before.reading_rate if before else None,
                exceptional=one.exceptional,
                broken=one.name in year.breaks,
            )
        )
    return columns


def _level(language: str, year: CampaignYear) -> Level | None:
    before = year.before
    if before is None or before.rate is None or not before.imported:
        return None
    values = {"year": before.year, "rate": percent(language, before.rate)}
    return Level(before.rate, say(language, N_("{year}: {rate}, a figure brought in"), values))


def _year_grid(language: str, year: CampaignYear, title: str) -> Grid:
    names = N_("issue"), N_("delivered"), N_("read"), N_("reading rate"), N_("chance, 95 %"), N_("readings")
    rows = tuple(
        (
            _issue_name(language, one),
            number(language, one.delivered),
            number(language, one.readers) if one.reading else "–",
            share_words(language, one.reading_rate),
            f"{share_words(language, one.ci_low)} – {share_words(language, one.ci_high)}",
            measure_words(language, one.measure),
        )
        for one in year.reports
    )
    return Grid(title, tuple(say(language, name) for name in names), rows)


def _issue_name(language: str, one: IssueReport) -> str:
    return f"{one.number} ({say(language, N_('exceptional send'))})" if one.exceptional else one.number


def _rate_plot(language: str, report: IssueReport) -> Plot:
    bars = []
    if report.reading_rate is not None:
        name, rate = say(language, N_("reading rate")), report.reading_rate
        bars.append(Bar(name, rate, percent(language, rate), report.ci_low, report.ci_high))
    low, high = share_words(language, report.bound_low), share_words(language, report.bound_high)
    bars.append(Bar(say(language, N_("bounds")), None, f"{low} – {high}", report.bound_low, report.bound_high))
    bars.append(Bar(say(language, N_("any fetch counted")), report.rate_raw, share_words(language, report.rate_raw)))
    title = say(language, N_("How the issue was read"))
    description = say(
        language,
        N_("A bar for each way of counting; the thin bars are what chance may change, and what machines may hide."),
    )
    return _rows(language, "rate", title, description, bars, _percent_words(language))


def _links_plot(language: str, report: IssueReport) -> Plot:
    bars = [
        Bar(one.url.partition("://")[2] or one.url, float(one.people), number(language, one.people))
        for one in report.links[:MOST_LINKS]
    ]
    title = say(language, N_("Links followed by the most readers"))
    description = say(language, N_("One bar a link: in how many letters a person followed it."))
    plot = _rows(language, "links", title, description, bars, lambda value: number(language, round(value)))
    return replace(plot, data=links_grid(language, report))


def _rows(
    language: str, plot_id: str, title: str, description: str, bars: Sequence[Bar], words: Callable[[float], str]
) -> Plot:
    top = round_top(max(value for bar in bars for value in (bar.value, bar.high) if value is not None))
    wide, narrow = (rows_plot(bars, words, width, top) for width in (WIDE, NARROW))
    columns = (say(language, N_("figure")), say(language, N_("value")))
    return Plot(plot_id, title, description, wide, narrow, Grid(title, columns, tuple((b.name, b.text) for b in bars)))


def _percent_words(language: str) -> Callable[[float], str]:
    return lambda share: percent(language, share, 0 if abs(share * 100 - round(share * 100)) < 1e-6 else 1)
