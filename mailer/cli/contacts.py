"""`mailer contacts …`: people in, looked at, taken back; of one person: `persons`."""

from typing import Annotated

import typer

from mailer.cli import cards, importing, keeping, persons
from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.language import N_, number
from mailer.services import people
from mailer.services.people import DoubtRow

commands = typer.Typer(help="Bring contacts in, find, correct, show, forget one.", no_args_is_help=True)
cards.add_to(commands)
commands.command("import")(importing.import_)
commands.command("show")(persons.show)
commands.command("proof")(persons.proof)
commands.command("forget")(persons.forget)
commands.command("export")(keeping.export)
commands.command("retention")(keeping.retention)

NOTHING_TO_CHECK = N_("No row waits: every one was taken or refused.")
WAITING = N_("{number}  {written} → {proposal}  {name}\n    {file}, line {line}: {why}")
HOW_TO_DECIDE = N_("Take one with: mailer contacts take NUMBER. Leave one out with: mailer contacts drop NUMBER.")
TAKEN = N_("Row {number} was taken.")
DROPPED = N_("Row {number} was left out: nobody is written to for it.")
UNDONE = N_(
    "Import {batch} was taken back: {contacts} contacts, {subscriptions} subscriptions and {doubts} rows to check "
    "went; {skipped} letters that waited for them will not leave. Who left since stays out."
)


@commands.callback()
def group() -> None:
    """Bring contacts in, find, correct, show, forget one."""


@commands.command("to-check")
def to_check(json: JsonOption = False) -> None:
    """Show the rows of imported files that wait for a person."""
    terminal.json = json
    with terminal.open() as app:
        rows = people.to_check(app)
    for row in rows:
        why = terminal.text(row.sentence, **row.details)
        said = {"written": row.written, "proposal": row.proposal or "?", "name": row.name, "file": row.file_name}
        terminal.say(WAITING, number=row.number, line=row.line, why=why, **said)
    terminal.say(HOW_TO_DECIDE if rows else NOTHING_TO_CHECK)
    terminal.result({"to_check": [_as_json(row) for row in rows]})


@commands.command("take")
def take(
    number: Annotated[int, typer.Argument(help="Of the row, as to-check shows it.")],
    address: Annotated[str, typer.Option(help="Another address than the proposed one.")] = "",
) -> None:
    """Take in a row that waited."""
    with terminal.open() as app:
        people.take(app, number, terminal.now(), address)
    terminal.say(TAKEN, number=number)


@commands.command("drop")
def drop(number: Annotated[int, typer.Argument(help="Of the row, as to-check shows it.")]) -> None:
    """Leave out a row that waited."""
    with terminal.open() as app:
        people.drop(app, number, terminal.now())
    terminal.say(DROPPED, number=number)


@commands.command("undo")
def undo(
    batch: Annotated[int, typer.Argument(help="The number that the import told.")], json: JsonOption = False
) -> None:
    """Take an import back as a whole."""
    terminal.json = json
    with terminal.open() as app:
        undone = people.undo(app, batch, terminal.now())
    counts = {name: number(terminal.language, count) for name, count in vars(undone).items()}
    terminal.say(UNDONE, batch=batch, **counts)
    terminal.result({"batch": batch, **vars(undone)})


def _as_json(row: DoubtRow) -> dict[str, object]:
    shown = vars(row) | {"why": terminal.text(row.sentence, **row.details)}
    return {name: value for name, value in shown.items() if name not in ("sentence", "details", "row")}
