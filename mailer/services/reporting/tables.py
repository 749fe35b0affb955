"""A report as a table for a spreadsheet: one row an issue, one a year; rates are percentages without their sign."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from mailer.domain.rates import MeasureMode
from mailer.domain.spreadsheets import spreadsheet
from mailer.domain.years import PastYear
from mailer.language import N_, say
from mailer.services.reporting.issues import IssueReport
from mailer.services.reporting.telling import measure_words
from mailer.services.reporting.years import CampaignYear

Cell = str | float | None

HEADINGS = (
    N_("campaign"), N_("issue"), N_("date"), N_("kind"), N_("readings"), N_("audience"), N_("delivered"),
    N_("not arrived"), N_("measured"), N_("read"), N_("hidden by machines"), N_("reading rate (%)"), N_("from (%)"),
    N_("to (%)"), N_("any fetch counted (%)"), N_("clicked"), N_("left"), N_("complaints"),
)  # fmt: skip
EXCEPTIONAL, ORDINARY = N_("exceptional send"), N_("issue")
YEAR, BROUGHT_IN = N_("year, all letters together"), N_("brought in")


def issue_table(language: str, zone: ZoneInfo, report: IssueReport) -> str:
    """The issue, then its links; fewer than ten clicks are not shown."""
    links: list[list[Cell]] = [[say(language, name) for name in (N_("link"), N_("leads to"), N_("letters clicked"))]]
    links += [[one.number, one.url, one.people] for one in report.links]
    rows = [_headings(language), _issue(language, zone, report), *(links if report.links else [])]
    # As wide as the widest: some programs refuse a table with ragged rows.
    return spreadsheet(language, [row + [None] * (len(HEADINGS) - len(row)) for row in rows])


def year_table(language: str, zone: ZoneInfo, years: Sequence[CampaignYear], past: Sequence[PastYear]) -> str:
    """Each issue, then each campaign's year, then what was brought in."""
    rows = [_headings(language)]
    rows += [_issue(language, zone, one) for year in years for one in year.reports]
    rows += [_year(language, year) for year in years]
    rows += [_past(language, one) for one in past]
    return spreadsheet(language, rows)


def _headings(language: str) -> list[Cell]:
    return [say(language, name) for name in HEADINGS]


def _issue(language: str, zone: ZoneInfo, one: IssueReport) -> list[Cell]:
    counted = one.measure is not MeasureMode.OFF
    rates = (one.reading_rate, one.ci_low, one.ci_high, one.rate_raw)
    readings: tuple[Cell, ...] = (one.measured, one.readers, one.machines) if counted else (None, None, None)
    return [
        one.campaign,
        one.name,
        one.released_at.astimezone(zone).strftime("%Y-%m-%d"),
        say(language, EXCEPTIONAL if one.exceptional else ORDINARY),
        measure_words(language, one.measure),
        one.audience,
        one.delivered,
        sum(one.causes.values()),
        *readings,
        *(_percentage(rate) for rate in rates),
        one.clicks if counted else None,
        one.unsubscribed,
        one.complaints,
    ]


def _year(language: str, year: CampaignYear) -> list[Cell]:
    counts: list[Cell] = [year.audience, year.sends, year.not_arrived, year.measured, year.readers, year.machines]
    rates = [_percentage(year.rates.pooled), None, None, _percentage(year.rates.pooled_raw)]
    names: list[Cell] = [year.campaign, "", str(year.year), say(language, YEAR), ""]
    return [*names, *counts, *rates, year.clicks, year.unsubscribed, year.complaints]


def _past(language: str, past: PastYear) -> list[Cell]:
    names: list[Cell] = [past.campaign, "", str(past.year), say(language, BROUGHT_IN), ""]
    return [*names, None, past.sends, *[None] * 7, _percentage(past.rate), *[None] * 3]


def _percentage(share: float | None) -> float | None:
    return None if share is None else 100 * share
