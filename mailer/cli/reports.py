"""`mailer report …`: how issues were read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from mailer.cli.figures import issue_json, past_json, year_json
from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.domain.rates import MeasureMode
from mailer.domain.years import PastYear
from mailer.errors import Refused
from mailer.language import N_, moment, number, percent
from mailer.services import reporting
from mailer.services.reporting import CampaignYear, Grid, IssueReport

commands = typer.Typer(help="How an issue or a year was read.", no_args_is_help=True)

TWO_OUTPUTS = N_("--json and --csv both write to the standard output: choose one of them.")
CANNOT_WRITE = N_("{path} cannot be written: {reason}.")

CsvOption = Annotated[
    bool, typer.Option("--csv", help="Print a table for a spreadsheet on stdout, all else on stderr.")
]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write a page that needs nothing else.")
]


@commands.command()
def issue(
    issue: Annotated[str, typer.Argument(metavar="ISSUE", help="campaign/slug, like sirene/2023-09")],
    csv: CsvOption = False,
    html: HtmlOption = None,
    json: JsonOption = False,
) -> None:
    """One issue: delivered, read, clicked, left, and how sure the reading rate is."""
    _outputs(json, csv)
    with terminal.open() as app:
        report = reporting.issue_report(app, issue)
        if html is not None:
            _write(html, reporting.issue_page(app, report, terminal.now()))
    terminal.table(reporting.issue_table(terminal.language, terminal.zone, report))
    terminal.show(_issue_table(report))
    terminal.line(reporting.rate_sentence(terminal.language, report))
    for grid in reporting.issue_grids(terminal.language, report):
        _show_grid(grid)
    if report.closed_at is None:
        terminal.line(reporting.left_to_count(terminal.language, 1))
    terminal.result(issue_json(report))


@commands.command()
def year(
    year: Annotated[int, typer.Argument(metavar="YEAR", min=1990, max=9998)],
    bilan: Annotated[bool, typer.Option("--bilan", help="Only the text for the annual report, to be copied.")] = False,
    csv: CsvOption = False,
    html: HtmlOption = None,
    json: JsonOption = False,
) -> None:
    """A year: each issue, then each campaign's sentence for the annual report."""
    _outputs(json, csv)
    with terminal.open() as app:
        campaigns, past = reporting.year_report(app, year), reporting.past_years(app, year)
        if html is not None:
            _write(html, reporting.year_page(app, year, campaigns, past, terminal.now()))
    terminal.table(reporting.year_table(terminal.language, terminal.zone, campaigns, past))
    if not campaigns:
        terminal.say(N_("No issue was released in {year}."), year=year)
    if bilan:
        terminal.show(reporting.bilan_text(terminal.language, campaigns, past))
    else:
        show_year(campaigns, past)
    counted = {one.campaign: year_json(one) for one in campaigns}
    terminal.result({"year": year, "campaigns": counted, "imported": {one.campaign: past_json(one) for one in past}})


@commands.command(name="import-past")
def import_past(file: Annotated[Path, typer.Argument(metavar="FILE")], json: JsonOption = False) -> None:
    """Bring in past years counted by another program: a CSV file with year, campaign, issues, sends, rate."""
    terminal.json = json
    with terminal.open() as app:
        done = reporting.import_past(app, file, terminal.now())
    for past in done.years:
        terminal.line(reporting.past_sentence(terminal.language, past))
    terminal.say_count("{count} year is new or corrected.", "{count} years are new or corrected.", done.changed)
    terminal.result({"years": [vars(one) for one in done.years], "changed": done.changed})


def show_year(campaigns: Sequence[CampaignYear], past: Sequence[PastYear]) -> None:
    """Each issue, then what is said of each campaign's year."""
    language = terminal.language
    if campaigns:
        issues = [one for campaign in campaigns for one in campaign.reports]
        terminal.show(issues_table(sorted(issues, key=lambda one: one.released_at)))
    for campaign in campaigns:
        terminal.show("")
        terminal.show(f"{campaign.title} : {campaign.sentence}")
        for sentence in reporting.year_sentences(language, campaign):
            terminal.show(f"  {sentence}")
        for line in reporting.rate_lines(language, campaign):
            terminal.show(f"  {line.name} : {line.value}")
    for one in past:
        terminal.show(reporting.past_sentence(language, one))


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


def _outputs(json: bool, csv: bool) -> None:
    terminal.json, terminal.csv = json, csv
    if json and csv:
        raise Refused(TWO_OUTPUTS)


def _write(path: Path, page: str) -> None:
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise Refused(CANNOT_WRITE, path=path, reason=error.strerror or str(error)) from error
    terminal.say(N_("The page is in {path}."), path=path)


def _line(one: IssueReport) -> list[str]:
    counted = one.measure is not MeasureMode.OFF
    return [
        one.name,
        one.released_at.astimezone(terminal.zone).strftime("%Y-%m-%d"),
        number(terminal.language, one.delivered),
        number(terminal.language, one.readers) if counted else "–",
        "–" if one.reading_rate is None else percent(terminal.language, one.reading_rate),
        number(terminal.language, one.clicks) if counted else "–",
        number(terminal.language, one.unsubscribed),
    ]


def _issue_table(report: IssueReport) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row(terminal.text(N_("issue")), f"{report.name} – {report.title}, {report.number}")
    released = moment(terminal.language, report.released_at, terminal.zone)
    table.add_row(terminal.text(N_("released on")), released)
    for line in reporting.issue_lines(terminal.language, report):
        table.add_row(line.name, line.value)
    return table


def _show_grid(grid: Grid) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", title=grid.title, title_justify="left")
    for at, name in enumerate(grid.columns):
        table.add_column(name, justify="right" if at else "left")
    for row in grid.rows:
        table.add_row(*row)
    terminal.show("")
    terminal.show(table)
    if grid.note:
        terminal.show(grid.note)
