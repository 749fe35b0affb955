"""`mailer schedule`: what leaves when."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from mailer.cli.options import JsonOption, read_day
from mailer.cli.terminal import terminal
from mailer.domain.issues import IssueState
from mailer.language import N_, moment
from mailer.services import planning
from mailer.services.planning import Calendar, Planned

YEAR = timedelta(days=365)

NO_CADENCE = N_(
    "No campaign says when its issues leave. In a campaign.toml, write for instance: [cadence], then below it "
    'day = "first wednesday" and time = 12:00:00.'
)
NOTHING = N_("Nothing is planned from {first} to {last}.")
UNREADABLE = N_("{issues}: these issues do not say when they leave. See what is wrong with: mailer check")
ON_HOLIDAY = N_("public holiday ({holiday})")
MOVED = N_("moved (planned on {planned})")
NO_ISSUE = N_("no issue yet")
EDITED = N_("approved, then changed")
APPROVALS = N_("approved {given} of {needed}")


def add_to(cli: typer.Typer) -> None:
    """Adds this module's commands to the command line."""
    cli.command()(schedule)


def schedule(
    from_: Annotated[str, typer.Option("--from", metavar="DAY", help="First day; by default, today.")] = "",
    to: Annotated[str, typer.Option(metavar="DAY", help="Last day; by default, a year after the first.")] = "",
    json: JsonOption = False,
) -> None:
    """Show what leaves when: the slots of every campaign, their issues, public holidays, letters outside a cadence."""
    terminal.json = json
    with terminal.open() as app:
        first = read_day(from_) if from_ else terminal.now().astimezone(terminal.zone).date()
        last = read_day(to) if to else first + YEAR
        calendar = planning.schedule(app, first, last)
    if calendar.lines:
        terminal.show(_table(calendar))
    elif calendar.has_cadence:
        terminal.say(NOTHING, first=first, last=last)
    if not calendar.has_cadence:
        terminal.say(NO_CADENCE)
    if names := ", ".join(calendar.unreadable):
        terminal.say(UNREADABLE, issues=names)
    terminal.result({"from": first, "to": last, "slots": calendar.lines, "unreadable": calendar.unreadable})


def _table(calendar: Calendar) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(terminal.text(N_("when")))
    # An issue's name must be whole to be copied; on a narrow terminal the moment is what is broken.
    table.add_column(terminal.text(N_("issue or campaign")), no_wrap=True)
    table.add_column(terminal.text(N_("state")), no_wrap=True)
    for line in calendar.lines:
        table.add_row(_when(line), line.issue or line.campaign, _state(line))
    return table


def _when(line: Planned) -> str:
    """« mercredi 1er novembre 2023 à 12:00 – férié (Toussaint) »."""
    parts = [moment(terminal.language, line.at, terminal.zone)]
    if line.moved:
        parts.append(terminal.text(MOVED, planned=line.planned))
    if line.holiday:
        parts.append(terminal.text(ON_HOLIDAY, holiday=line.holiday))
    return " – ".join(parts)


def _state(line: Planned) -> str:
    if line.edited:
        return terminal.text(EDITED)
    if line.state == IssueState.APPROVED:
        return terminal.text(APPROVALS, given=line.approvals, needed=line.needed)
    return terminal.text(NO_ISSUE if line.state == planning.NONE else line.state)
