"""`mailer report …`: how issues were read."""

from typing import Annotated

import typer
from rich.table import Table

from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.domain.rates import MeasureMode
from mailer.language import N_, moment, number, percent
from mailer.services import reporting
from mailer.services.reporting import IssueReport

commands = typer.Typer(help="How an issue or a year was read.", no_args_is_help=True)


@commands.command()
def issue(
    issue: Annotated[str, typer.Argument(metavar="ISSUE", help="campaign/slug, like sirene/2023-09")],
    json: JsonOption = False,
) -> None:
    """One issue: delivered, read, clicked, left, and how sure the reading rate is."""
    terminal.json = json
    with terminal.open() as app:
        report = reporting.issue_report(app, issue)
    terminal.show(_issue_table(report))
    terminal.say(rate_sentence(report))
    terminal.result({**vars(report), "campaign": report.name.partition("/")[0]})


@commands.command()
def year(year: Annotated[int, typer.Argument(metavar="YEAR", min=1990, max=9998)], json: JsonOption = False) -> None:
    """A year: each issue, then each campaign's sentence for the annual report."""
    terminal.json = json
    with terminal.open() as app:
        issues = reporting.year_reports(app, year)
        campaigns = reporting.year_report(app, year)
    if issues:
        terminal.show(issues_table(issues))
    else:
        terminal.say(N_("No issue was released in {year}."), year=year)
    for campaign in campaigns:
        terminal.show(f"{campaign.title} : {campaign.sentence}")
    terminal.result({"year": year, "campaigns": {one.campaign: vars(one) for one in campaigns}})


def issues_table(reports: list[IssueReport]) -> Table:
    """One line an issue: delivered, read, clicked, left."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    headings = (N_("issue"), N_("date"), N_("delivered"), N_("read"), N_("reading rate"), N_("clicked"), N_("left"))
    for index, heading in enumerate(headings):
        words = terminal.text(heading)
        # On a narrow terminal only a heading of several words is broken: an issue's name must be whole to be copied.
        table.add_column(words, justify="left" if index < 2 else "right", no_wrap=" " not in words)
    for one in reports:
        table.add_row(*_line(one))
    return table


def rate_sentence(report: IssueReport) -> str:
    """The rate with what it rests on, or why there is none."""
    if report.measure is MeasureMode.OFF:
        return terminal.text(N_("Readings are not counted for this letter."))
    if report.measured == 0:
        return terminal.text(N_("No letter has been delivered yet: there is no reading rate."))
    if report.reading_rate is None or report.ci_low is None or report.ci_high is None:
        return terminal.text(
            N_("Reading rate between {low} and {high}: machines fetched too many letters to say more."),
            low=_percent(report.bound_low),
            high=_percent(report.bound_high),
        )
    return terminal.text(
        N_("Estimated reading rate {rate} (between {low} and {high}), counted on {measured} delivered letters, "
           "automatic fetches left out; readers who block images are not seen."),
        rate=_percent(report.reading_rate),
        low=_percent(report.ci_low),
        high=_percent(report.ci_high),
        measured=number(terminal.language, report.measured),
    )  # fmt: skip


def _line(one: IssueReport) -> list[str]:
    counted = one.measure is not MeasureMode.OFF
    return [
        one.name,
        one.released_at.astimezone(terminal.zone).strftime("%Y-%m-%d"),
        number(terminal.language, one.delivered),
        number(terminal.language, one.readers) if counted else "–",
        _percent(one.reading_rate),
        number(terminal.language, one.clicks) if counted else "–",
        number(terminal.language, one.unsubscribed),
    ]


def _issue_table(report: IssueReport) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    rows: list[tuple[str, str]] = [
        (N_("issue"), f"{report.name} – {report.title}, {report.number}"),
        (N_("released on"), moment(terminal.language, report.released_at, terminal.zone)),
        (N_("audience"), number(terminal.language, report.audience)),
        (N_("delivered"), number(terminal.language, report.delivered)),
        (N_("bounced"), number(terminal.language, report.bounced)),
    ]
    if report.measure is not MeasureMode.OFF:
        rows += [
            (N_("read"), number(terminal.language, report.readers)),
            (N_("clicked"), number(terminal.language, report.clicks)),
        ]
    rows += [(N_("left"), number(terminal.language, report.unsubscribed))]
    for label, value in rows:
        table.add_row(terminal.text(label), value)
    return table


def _percent(share: float | None) -> str:
    return "–" if share is None else percent(terminal.language, share)
