"""`mailer contacts …`: people in, and what proves that they asked."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mailer.app import App
from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.domain.people import Basis
from mailer.errors import Refused
from mailer.language import N_, moment, number
from mailer.services import joining, people
from mailer.services.people import ImportReport

commands = typer.Typer(help="Bring contacts in, show what proves that they asked.", no_args_is_help=True)

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
PROOF = N_("{title} ({list}): asked for on {asked_at}, confirmed from the mailbox on {confirmed_at}.")
WAYS = {
    "page": N_("Asked on our own page."),
    "form": N_("Asked by a form on another site: {origin}"),
}
UNTOLD = "?"


class ImportAs(StrEnum):
    """What the rows of a file are."""

    CONTACTS = "contacts"
    OPPOSITIONS = "oppositions"


@commands.callback()
def group() -> None:
    """Bring contacts in, show what proves that they asked."""


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
def proof(address: Annotated[str, typer.Argument(help="An e-mail address.")], json: JsonOption = False) -> None:
    """Show what proves that somebody asked for our letters: in which words, when, where, and when they confirmed."""
    terminal.json = json
    with terminal.open() as app:
        found = joining.proofs(app, address)
    if not found:
        terminal.say(N_("No proof is kept for that address: whoever uses it did not subscribe on our pages."))
    for one in found:
        asked_at = moment(terminal.language, one.asked_at, terminal.zone)
        confirmed_at = moment(terminal.language, one.confirmed_at, terminal.zone)
        terminal.say(PROOF, title=one.title, list=one.list_slug, asked_at=asked_at, confirmed_at=confirmed_at)
        terminal.say(WAYS[one.way], origin=one.origin or UNTOLD)
        terminal.say(N_("Words shown ({version}): {text}"), version=one.version or UNTOLD, text=one.text or UNTOLD)
    terminal.result({"address": address, "proofs": found})


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
