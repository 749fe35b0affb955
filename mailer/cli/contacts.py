"""`mailer contacts …`: people in, looked at, taken back; of one person: `persons`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mailer.app import App
from mailer.cli import keeping, persons
from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.domain.people import Basis
from mailer.errors import Refused
from mailer.language import N_, number
from mailer.services import people
from mailer.services.people import DoubtRow, ImportReport, ReadAs

commands = typer.Typer(help="Bring contacts in, show one, forget one.", no_args_is_help=True)
commands.command("show")(persons.show)
commands.command("proof")(persons.proof)
commands.command("forget")(persons.forget)
commands.command("export")(keeping.export)
commands.command("retention")(keeping.retention)

ONE_OR_OTHER = N_("Either --list or --as oppositions, not both: an opposition is never a subscription.")
NOT_CONFIRMED = N_("Nothing was imported. Say --yes to import without the question.")
SUMMARY = N_(
    "{rows} rows read: {ready} contacts ready, {merged} duplicates merged, {suppressed} oppositions respected, "
    "{to_check} to check, {refused} refused. Nothing was sent."
)
REHEARSAL = N_(
    "{rows} rows would give: {ready} contacts ready, {merged} duplicates merged, {suppressed} oppositions respected, "
    "{to_check} to check, {refused} refused. Nothing is changed yet."
)
TAKE_BACK = N_("To take it back: mailer contacts undo {batch}")
LOOK_AT_THEM = N_("To look at those that wait: mailer contacts to-check")
LINE = N_("line {line}: {why}")
TO_CHECK_LINE = N_("line {line}, to check: {why}")
NOTHING_TO_CHECK = N_("No row waits: every one was taken or refused.")
WAITING = N_("{number}  {written} → {proposal}  {name}\n    {file}, line {line}: {why}")
HOW_TO_DECIDE = N_("Take one with: mailer contacts take NUMBER. Leave one out with: mailer contacts drop NUMBER.")
TAKEN = N_("Row {number} was taken.")
DROPPED = N_("Row {number} was left out: nobody is written to for it.")
UNDONE = N_(
    "Import {batch} was taken back: {contacts} contacts, {subscriptions} subscriptions and {doubts} rows to check "
    "went; {skipped} letters that waited for them will not leave. Who left since stays out."
)


class ImportAs(StrEnum):
    """What the rows of a file are."""

    CONTACTS = "contacts"
    OPPOSITIONS = "oppositions"


@commands.callback()
def group() -> None:
    """Bring contacts in, show one, forget one."""


@commands.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file with an address column.")],
    list_: Annotated[str, typer.Option("--list", help="Subscribe the good rows to this list.")] = "",
    as_: Annotated[ImportAs, typer.Option("--as", help="What the rows are.")] = ImportAs.CONTACTS,
    basis: Annotated[Basis, typer.Option(help="Why we may write to them (GDPR art. 6).")] = Basis.INFORMED,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    sheet: Annotated[list[str] | None, typer.Option(help="A sheet of the workbook; once for each.")] = None,
    columns: Annotated[str, typer.Option(help="What the columns are, in order: email,nom,-,prenom.")] = "",
    repair: Annotated[bool, typer.Option("--repair", help="Mend accents that were garbled before.")] = False,
    json: JsonOption = False,
) -> None:
    """Import contacts from CSV, xlsx or ods: counts, a question, the import. Refused rows are named by line."""
    terminal.json = json
    if list_ and as_ is ImportAs.OPPOSITIONS:
        raise Refused(ONE_OR_OTHER)
    read_as = ReadAs(tuple(sheet or ()), columns, repair)

    def rehearse_or_import(app: App, dry_run: bool) -> ImportReport:
        now = terminal.now()
        if as_ is ImportAs.OPPOSITIONS:
            return people.import_oppositions(app, file, now, dry_run=dry_run, read_as=read_as)
        slug = list_ or None
        return people.import_contacts(app, file, now, list_slug=slug, basis=basis, dry_run=dry_run, read_as=read_as)

    with terminal.open() as app:
        if dry_run or not yes:
            report = rehearse_or_import(app, dry_run=True)
            _tell(report, REHEARSAL)
        if not dry_run:
            _confirm(yes)
            report = rehearse_or_import(app, dry_run=False)
            _tell(report, SUMMARY)
            _tell_what_next(report)
    terminal.result(_counts(report) | {"batch": report.batch})


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


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not terminal.err.is_terminal or not typer.confirm(terminal.text(N_("Import them?")), err=True):
        raise Refused(NOT_CONFIRMED)


def _tell(report: ImportReport, summary: str) -> None:
    for taken in report.noted:
        terminal.say(LINE, line=taken.line, why=terminal.text(taken.sentence, **taken.values))
    for doubtful in report.doubtful:
        terminal.say(TO_CHECK_LINE, line=doubtful.line, why=terminal.text(doubtful.sentence, **doubtful.values))
    for row in report.refused:
        terminal.say(LINE, line=row.line, why=terminal.text(row.sentence, **row.values))
    terminal.say(summary, **{name: number(terminal.language, count) for name, count in _counts(report).items()})


def _tell_what_next(report: ImportReport) -> None:
    if report.to_check:
        terminal.say(LOOK_AT_THEM)
    terminal.say(TAKE_BACK, batch=report.batch)


def _counts(report: ImportReport) -> dict[str, int]:
    return {
        "rows": report.rows,
        "ready": report.ready,
        "merged": report.merged,
        "suppressed": report.suppressed,
        "to_check": report.to_check,
        "refused": len(report.refused),
    }


def _as_json(row: DoubtRow) -> dict[str, object]:
    shown = vars(row) | {"why": terminal.text(row.sentence, **row.details)}
    return {name: value for name, value in shown.items() if name not in ("sentence", "details")}
