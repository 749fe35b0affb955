"""A report as a page of its own: what stands on it, in which order. The markup is in templates/reports/."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.domain.years import PastYear
from mailer.language import N_, day, moment, say
from mailer.rendering.reports import render_report
from mailer.services.reporting.bilan import Bilan, bilans
from mailer.services.reporting.graphs import Plot, issue_plots, year_plots
from mailer.services.reporting.grids import Grid, arrival_grids
from mailer.services.reporting.issues import IssueReport
from mailer.services.reporting.lines import DEFINITIONS, Line, define, issue_lines, year_lines
from mailer.services.reporting.telling import left_to_count, past_sentence, rate_sentence, year_sentences
from mailer.services.reporting.years import CampaignYear


@dataclass(frozen=True)
class Section:
    """One part of a page: an issue, or a campaign's year."""

    heading: str
    sentences: tuple[str, ...]
    plots: tuple[Plot, ...] = ()
    lines: tuple[Line, ...] = ()
    grids: tuple[Grid, ...] = ()
    bilan: Bilan | None = None


def issue_page(app: App, report: IssueReport, now: datetime) -> str:
    """An issue's report. Raises BadFiles where a template of the site's own is wrong."""
    return _page(app, report.title, [issue_section(app, report)], (), now)


def year_page(app: App, year: int, years: Sequence[CampaignYear], past: Sequence[PastYear], now: datetime) -> str:
    """A year's report, with the text for the annual report. Raises BadFiles as above."""
    language = app.config.language
    title = say(language, N_("Readings of {year}"), {"year": year})
    return _page(app, title, year_sections(app, years), [past_sentence(language, one) for one in past], now)


def issue_section(app: App, report: IssueReport) -> Section:
    """All that is told of an issue."""
    language, zone = app.config.language, app.config.zone
    sent = say(language, N_("Released on {moment}."), {"moment": moment(language, report.released_at, zone)})
    still = left_to_count(language, int(report.closed_at is None))
    return Section(
        heading=f"{report.title}, {report.number}",
        sentences=tuple(filter(None, (sent, rate_sentence(language, report), still))),
        plots=tuple(issue_plots(language, report)),
        lines=tuple(issue_lines(language, report)),
        grids=tuple(arrival_grids(language, report)),
    )


def year_sections(app: App, years: Sequence[CampaignYear]) -> list[Section]:
    """All that is told of a year, one part a campaign."""
    language = app.config.language
    return [
        Section(
            heading=one.title,
            sentences=tuple(year_sentences(language, one)),
            plots=tuple(year_plots(language, app.config.zone, one)),
            lines=tuple(year_lines(language, one)),
            bilan=bilan,
        )
        for one, bilan in zip(years, bilans(language, years), strict=True)
    ]


def _page(app: App, title: str, sections: Sequence[Section], notes: Sequence[str], now: datetime) -> str:
    language = app.config.language
    used = {line.definition for section in sections for line in section.lines}
    made = day(language, now.astimezone(app.config.zone).date())
    values = {
        "title": title,
        "organisation": app.config.organisation.name,
        "made": made,
        "sections": sections,
        "notes": notes,
        "definitions": {key: define(language, key) for key in DEFINITIONS if key in used},
    }
    return render_report(values, app.templates, language)
