"""`mailer contacts …`: people in, one person shown, one forgotten."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mailer.app import App
from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.domain.people import Basis
from mailer.errors import Refused
from mailer.language import N_, number
from mailer.services import people, rights
from mailer.services.people import ImportReport

commands = typer.Typer(help="Bring contacts in, show one, forget one.", no_args_is_help=True)

ONE_OR_OTHER = N_("Either --list or --as oppositions, not both: an opposition is never a subscription.")
NOT_CONFIRMED = N_("Nothing was imported. Say --yes to import without the question.")
SUMMARY = N_(
    "{rows} rows read: {ready} contacts ready, {merged} duplicates merged, {suppressed} oppositions respected, "
    "{refused} refused. Nothing was sent."
)
REHEARSAL = N_(
    "{rows} rows would give: {ready} contacts ready, {merged} duplicates merged, {suppressed} oppositions respected, "
    "{refused} refused. Nothing is changed yet."
)

ERASE = N_("Erase everything about this address? It cannot be undone.")
NOT_ERASED = N_("Nothing was erased. Say --yes to erase without the question.")


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
    json: JsonOption = False,
) -> None:
    """Import contacts from CSV: counts first, then a question, then the import. Refused rows are named by line."""
    terminal.json = json
    if list_ and as_ is ImportAs.OPPOSITIONS:
        raise Refused(ONE_OR_OTHER)
    with terminal.open() as app:
        if dry_run or not yes:
            report = _import(app, file, list_, as_, basis, dry_run=True)
            _tell(report, REHEARSAL)
        if not dry_run:
            _confirm(yes)
            report = _import(app, file, list_, as_, basis, dry_run=False)
            _tell(report, SUMMARY)
    terminal.result({**vars(report), "refused": len(report.refused)})


@commands.command()
def show(
    address: Annotated[str, typer.Argument(help="An e-mail address.")],
    csv: Annotated[bool, typer.Option("--csv", help="A table, one value a line.")] = False,
    json: JsonOption = False,
) -> None:
    """Everything that is held about an address: what a person may ask for (GDPR art. 15 and 20)."""
    terminal.json = json
    with terminal.open() as app:
        found = rights.find(app, address, terminal.now())
    if csv:
        terminal.out.print(found.as_csv(), end="")
    elif not json:
        for table, rows in found.tables.items():
            for row in rows:
                said = "; ".join(f"{name}: {value}" for name, value in row.items() if value not in (None, ""))
                terminal.out.print(f"{table}: {said}")
    terminal.result(found.as_json())


@commands.command()
def forget(
    address: Annotated[str, typer.Argument(help="An e-mail address.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Erase everything about an address but a keyed hash, so that no file brings it back (GDPR art. 17)."""
    terminal.json = json
    with terminal.open() as app:
        rights.find(app, address, terminal.now())
        if not yes and not (terminal.err.is_terminal and typer.confirm(terminal.text(ERASE), err=True)):
            raise Refused(NOT_ERASED)
        erased = rights.forget(app, address, terminal.now())
    terminal.say_count(
        "{count} address is forgotten: only a coded print of it is left. Older backups still hold it.",
        "{count} addresses of one person are forgotten: only coded prints are left. Older backups still hold them.",
        erased,
    )
    terminal.result({"addresses": erased})


def _import(app: App, file: Path, list_slug: str, as_: ImportAs, basis: Basis, *, dry_run: bool) -> ImportReport:
    now = terminal.now()
    if as_ is ImportAs.OPPOSITIONS:
        return people.import_oppositions(app, file, now, dry_run=dry_run)
    return people.import_contacts(app, file, now, list_slug=list_slug or None, basis=basis, dry_run=dry_run)


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not terminal.err.is_terminal or not typer.confirm(terminal.text(N_("Import them?")), err=True):
        raise Refused(NOT_CONFIRMED)


def _tell(report: ImportReport, summary: str) -> None:
    for row in report.refused:
        terminal.say(N_("line {line}: {why}"), line=row.line, why=terminal.text(row.sentence, **row.values))
    counts = {
        "rows": report.rows,
        "ready": report.ready,
        "merged": report.merged,
        "suppressed": report.suppressed,
        "refused": len(report.refused),
    }
    terminal.say(summary, **{name: number(terminal.language, count) for name, count in counts.items()})
