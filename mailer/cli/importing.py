"""`mailer contacts import`: what a file is, what would come of it, a question, the import."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mailer.app import App
from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.domain.meanings import MEANT, Wish
from mailer.domain.people import Basis
from mailer.errors import Refused
from mailer.language import N_, number
from mailer.services import people
from mailer.services.people import Examination, ImportReport, ReadAs

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
IN_THE_BASE = N_("In the base: {new} new, {changed} changed, {structures} structures named for the first time.")
SAME_FILE = N_("This very file came in before, by import {before}: {new} new, {changed} changed.")
TAKE_BACK = N_("To take it back: mailer contacts undo {batch}")
LOOK_AT_THEM = N_("To look at those that wait: mailer contacts to-check")
LINE = N_("line {line}: {why}")
SHEET_LINE = N_("{sheet}, line {line}: {why}")
TO_CHECK_LINE = N_("line {line}, to check: {why}")
SHEET_TO_CHECK_LINE = N_("{sheet}, line {line}, to check: {why}")
AND_MORE = N_("… and {count} more. All of them, in a table: --report FILE")
COLUMN = N_("  {name} → {meaning}")
NAMELESS = "–"
READ_AS_BEFORE = N_("The columns are read as they were in the last file of this shape.")
WHAT_IS_MEANT = N_('{count} times the column of subscriptions says "{word}": yes or no? --value "{word}=no"')
SLIPS = N_(
    "{count} times {domain} looks like a slip for {proposal}: --accept-corrections takes them as they were meant."
)
MENDABLE = N_("{count} texts were garbled by a wrong encoding: --repair mends them.")
NOT_A_PAIR = N_('"{text}" must read NAME=MEANING, as in "Fonction=role" or "Adhésion=year:2023".')
NOT_A_WISH = N_('"{text}" must read WORD=yes, WORD=no or WORD=check.')


class ImportAs(StrEnum):
    """What the rows of a file are."""

    CONTACTS = "contacts"
    OPPOSITIONS = "oppositions"


def import_(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, xlsx or ods, with a column of addresses.")],
    list_: Annotated[str, typer.Option("--list", help="Subscribe the good rows to this list.")] = "",
    as_: Annotated[ImportAs, typer.Option("--as", help="What the rows are.")] = ImportAs.CONTACTS,
    basis: Annotated[Basis, typer.Option(help="Why we may write to them (GDPR art. 6).")] = Basis.INFORMED,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write what becomes of each row to this table.")] = None,
    sheet: Annotated[list[str] | None, typer.Option(help="A sheet of the workbook; once for each.")] = None,
    columns: Annotated[str, typer.Option(help="What the columns are, in order: email,nom,-,prenom.")] = "",
    column: Annotated[list[str] | None, typer.Option(help="What one column is: Fonction=role. Once for each.")] = None,
    value: Annotated[list[str] | None, typer.Option(help="What a word of the newsletter column means: N=no.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Mend accents that were garbled before.")] = False,
    accept: Annotated[
        bool, typer.Option("--accept-corrections", help="Take addresses with a slip of hand as they were meant.")
    ] = False,
    payers: Annotated[bool, typer.Option("--payers", help="Who paid for somebody else is a contact too.")] = False,
    tag: Annotated[list[str] | None, typer.Option(help="Tag everyone of the file; once for each tag.")] = None,
    tag_sheets: Annotated[bool, typer.Option("--tag-sheets", help="Tag everyone with their sheet's name.")] = False,
    json: JsonOption = False,
) -> None:
    """Import contacts from CSV, xlsx or ods: counts, a question, the import. Refused rows are named by line."""
    terminal.json = json
    if list_ and as_ is ImportAs.OPPOSITIONS:
        raise Refused(ONE_OR_OTHER)
    read_as = ReadAs(
        sheets=tuple(sheet or ()),
        columns=columns,
        corrected=tuple(_pair(one) for one in column or ()),
        values=tuple(_wish(one) for one in value or ()),
        repair=repair,
        accept=accept,
        payers=payers,
        tags=tuple(tag or ()),
        tag_sheets=tag_sheets,
    )

    def rehearse_or_import(app: App, dry_run: bool) -> ImportReport:
        now = terminal.now()
        if as_ is ImportAs.OPPOSITIONS:
            return people.import_oppositions(app, file, now, dry_run=dry_run, read_as=read_as, table=report)
        slug = list_ or None
        return people.import_contacts(
            app, file, now, list_slug=slug, basis=basis, dry_run=dry_run, read_as=read_as, table=report
        )

    with terminal.open() as app:
        if dry_run or not yes:
            _show(people.examine(app, file, read_as))
            done = rehearse_or_import(app, dry_run=True)
            _tell(done, REHEARSAL)
        if not dry_run:
            _confirm(yes)
            done = rehearse_or_import(app, dry_run=False)
            _tell(done, SUMMARY)
            _tell_what_next(done)
    terminal.result(_counts(done) | {"batch": done.batch, "before": done.before})


def _pair(text: str) -> tuple[str, str]:
    name, equals, meaning = text.rpartition("=")
    if not (equals and name.strip() and meaning.strip()):
        raise Refused(NOT_A_PAIR, text=text)
    return name, meaning


def _wish(text: str) -> tuple[str, Wish]:
    word, _, wish = text.rpartition("=")
    if wish.strip() not in set(Wish):
        raise Refused(NOT_A_WISH, text=text)
    return word, Wish(wish.strip())


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not terminal.err.is_terminal or not typer.confirm(terminal.text(N_("Import them?")), err=True):
        raise Refused(NOT_CONFIRMED)


def _show(examined: Examination) -> None:
    """What was recognised, and what to ask whoever knows the file."""
    for table in examined.tables:
        for column in table.columns:
            meaning = " ".join(filter(None, (terminal.text(MEANT[column.meaning]), column.field)))
            terminal.say(COLUMN, name=column.name or NAMELESS, meaning=meaning)
    if examined.remembered:
        terminal.say(READ_AS_BEFORE)
    for word, count in examined.wishes.items():
        terminal.say(WHAT_IS_MEANT, count=_number(count), word=word)
    for (domain, proposal), count in examined.slips.items():
        terminal.say(SLIPS, count=_number(count), domain=domain, proposal=proposal)
    if examined.garbled:
        terminal.say(MENDABLE, count=_number(examined.garbled))


def _tell(report: ImportReport, summary: str) -> None:
    for taken in report.noted:
        _line(taken.sheet, taken.line, LINE, SHEET_LINE, terminal.text(taken.sentence, **taken.values))
    for doubtful in report.doubtful:
        why = terminal.text(doubtful.sentence, **doubtful.values)
        _line(doubtful.sheet, doubtful.line, TO_CHECK_LINE, SHEET_TO_CHECK_LINE, why)
    for row in report.refused:
        _line(row.sheet, row.line, LINE, SHEET_LINE, terminal.text(row.sentence, **row.values))
    shown = len(report.noted) + len(report.doubtful) + len(report.refused)
    if report.worth_telling > shown:
        terminal.say(AND_MORE, count=_number(report.worth_telling - shown))
    terminal.say(summary, **{name: _number(count) for name, count in _counts(report).items()})
    said = {name: _number(getattr(report, name)) for name in ("new", "changed", "structures")}
    if report.before is not None:
        terminal.say(SAME_FILE, before=report.before, **said)
    else:
        terminal.say(IN_THE_BASE, **said)


def _line(sheet: str, line: int, alone: str, with_sheet: str, why: str) -> None:
    if sheet:
        terminal.say(with_sheet, sheet=sheet, line=line, why=why)
    else:
        terminal.say(alone, line=line, why=why)


def _tell_what_next(report: ImportReport) -> None:
    if report.to_check:
        terminal.say(LOOK_AT_THEM)
    terminal.say(TAKE_BACK, batch=report.batch)


def _number(count: int) -> str:
    return number(terminal.language, count)


def _counts(report: ImportReport) -> dict[str, int]:
    return {
        "rows": report.rows,
        "ready": report.ready,
        "merged": report.merged,
        "suppressed": report.suppressed,
        "to_check": report.to_check,
        "refused": report.refusals,
        "new": report.new,
        "changed": report.changed,
        "structures": report.structures,
    }
