"""`mailer contacts export|retention`: the base taken out whole, and nobody kept for ever."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.errors import Refused
from mailer.language import N_, number
from mailer.services import rights

TWO_OUTPUTS = N_("--json and the table both write to the standard output: name a file with --out.")
RETAINED = N_(
    "{asked} people asked whether we may keep their address, {erased} erased because nothing was heard, "
    "{waiting} still have time to answer, {out_of_reach} silent as long whom no question reaches."
)
FORESEEN = N_(
    "{asked} people would be asked whether we may keep their address, {erased} would be erased, "
    "{waiting} still have time to answer, {out_of_reach} are silent as long and no question reaches them. "
    "Nothing is changed."
)
DECIDE = N_("Those whom no question reaches are never erased by themselves: mailer contacts forget ADDRESS")


def export(
    list_: Annotated[str, typer.Option("--list", help="Only those who would get this list's next issue.")] = "",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it there instead of stdout.")] = None,
    json: JsonOption = False,
) -> None:
    """Take contacts out as a table that a spreadsheet opens and `contacts import` reads back unchanged."""
    terminal.json, terminal.csv = json, out is None
    if json and out is None:
        raise Refused(TWO_OUTPUTS)
    with terminal.open() as app:
        done = rights.export_contacts(app, out or sys.stdout, terminal.now(), list_)
    terminal.say_count("{count} contact.", "{count} contacts.", done.count)
    terminal.result(done)


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, change nothing.")] = False,
    json: JsonOption = False,
) -> None:
    """Ask who was silent for years whether they stay, and erase who was asked and did not answer in time."""
    terminal.json = json
    with terminal.open() as app:
        done = rights.foresee(app, terminal.now()) if dry_run else rights.retain(app, terminal.now())
    counts = {name: number(terminal.language, count) for name, count in vars(done).items()}
    terminal.say(FORESEEN if dry_run else RETAINED, **counts)
    if done.out_of_reach:
        terminal.say(DECIDE)
    terminal.result(done)
