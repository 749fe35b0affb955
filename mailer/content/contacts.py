"""A contact file as a person kept it: every row is taken, kept aside for a person, or refused with the reason.

Guesses nothing silently: what was mended is noted, what could mean two things waits.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mailer.content.columns import Columns, columns_in, columns_named, plain
from mailer.content.remarks import doubt_about, doubt_about_wish
from mailer.content.sheets import read_sheets
from mailer.content.tables import SEPARATORS, Row, declared_separator, is_workbook, read_lines, rows
from mailer.domain.addresses import Address
from mailer.domain.cells import Cell, Remark, read_cell
from mailer.domain.names import bare_name, in_order, is_couple
from mailer.domain.people import ContactFile, ContactKind, ContactRow, DoubtfulRow, NotedRow, RefusedRow
from mailer.domain.spreadsheets import without_apostrophe
from mailer.errors import Refused
from mailer.language import N_

HEADER_WITHIN = 10
"""Rows: a title and a date often stand above the names of the columns."""

AN_ADDRESS = re.compile(r"\S@\S+\.\S")

NO_ADDRESS_COLUMN = N_(
    "{file} has no column of addresses. Its first row must name the columns, and one of them must be "
    '"email", "mail" or "courriel"; or say what the columns are: --columns "email,nom,prenom".'
)
NO_NAMES_OF_COLUMNS = N_(
    "{file} does not name its columns: its row {line} is a contact already. Say what they are, in order: "
    '--columns "nom,prenom,email" (- for a column to skip).'
)
WHICH_SHEET = N_("{file} has several sheets with addresses: {sheets}. Say which: --sheet NAME, once for each.")
ABOVE_HEADER = N_("this row stands above the names of the columns.")
BAD_QUOTES = N_("the quotation marks of this row do not pair: a cell that opens with one must close with one.")
NO_ADDRESS = N_("this row has no address.")
A_TOTAL = N_("this row is a total, not a contact.")
MACHINE_ADDRESS = N_('nobody reads "{address}": it belongs to a machine.')
A_COUPLE = N_('"{name}" are two people: who of them asked for the letter?')
ANOTHER_COLUMN = N_("the address stands in another column than the others: are the cells of this row shifted?")
GARBLED = N_('"{name}" was garbled by a wrong encoding, and reads "{mended}" with --repair.')

PERSONS = ("person", "personne", "personne physique", "individu", "individuel", "particulier")
STRUCTURES = (
    "structure", "association", "asso", "organisation", "personne morale", "reseau", "collectif", "federation",
)  # fmt: skip
KINDS = {
    **dict.fromkeys(PERSONS, ContactKind.PERSON),
    **dict.fromkeys(STRUCTURES, ContactKind.STRUCTURE),
}
"""What a column of kinds may say; any other word leaves the kind to the name and the address."""

ROLES = frozenset(
    {
        "contact", "info", "infos", "secretariat", "presidence", "accueil", "communication", "com", "direction",
        "bureau", "coordination", "tresorerie", "administration", "asso", "association", "collectif", "federation",
        "ca", "mairie", "office",
    }
)  # fmt: skip
"""Local parts that belong to a structure, whoever reads them this year."""
MACHINES = frozenset(
    {"no-reply", "noreply", "ne-pas-repondre", "nepasrepondre", "postmaster", "mailer-daemon", "abuse", "root"}
)


@dataclass(frozen=True)
class ReadAs:
    """What a person said about a file: which sheets, what its columns are, whether garbled accents are mended."""

    sheets: tuple[str, ...] = ()
    columns: str = ""
    repair: bool = False


def read_contacts(path: Path, read_as: ReadAs = ReadAs()) -> ContactFile:
    """The contacts of a CSV file or workbook. Raises NotFound or Refused where there is no table of contacts at all."""
    tables = _workbook(path, read_as) if is_workbook(path) else [_text_table(path, read_as)]
    good: list[ContactRow] = []
    doubtful: list[DoubtfulRow] = []
    refused: list[RefusedRow] = []
    noted: list[NotedRow] = []
    for table in tables:
        for row in table.rows:
            for one in _read_row(row, table, read_as):
                match one:
                    case ContactRow():
                        good.append(one)
                    case DoubtfulRow():
                        doubtful.append(one)
                    case RefusedRow():
                        refused.append(one)
                    case NotedRow():
                        noted.append(one)
    return ContactFile(path.name, tuple(good), tuple(refused), tuple(doubtful), tuple(noted))


Read = ContactRow | DoubtfulRow | RefusedRow | NotedRow


@dataclass(frozen=True)
class _Table:
    name: str
    rows: Iterable[Row]
    header_line: int
    columns: Columns


def _workbook(path: Path, read_as: ReadAs) -> list[_Table]:
    found = []
    for sheet in read_sheets(path, read_as.sheets):
        try:
            found.append(_table(path.name, sheet.name, sheet.rows, read_as.columns))
        except Refused:
            if read_as.sheets:
                raise
    if not found:
        raise Refused(NO_ADDRESS_COLUMN, file=path.name)
    if len(found) > 1 and not read_as.sheets:
        raise Refused(WHICH_SHEET, file=path.name, sheets=", ".join(f"« {table.name} »" for table in found))
    return found


def _text_table(path: Path, read_as: ReadAs) -> _Table:
    lines = read_lines(path)
    declared = declared_separator(lines)
    start = 1 if declared else 0
    found: list[_Table] = []
    refusals: list[Refused] = []
    for separator in declared or SEPARATORS:
        top = list(islice(rows(lines, separator, start), HEADER_WITHIN))
        try:
            at = _table(path.name, "", top, read_as.columns)
        except Refused as refused:
            refusals.append(refused)
            continue
        found.append(_Table("", rows(lines, separator, start), at.header_line, at.columns))
    if not found:
        raise next((one for one in refusals if one.sentence == NO_NAMES_OF_COLUMNS), refusals[0])
    return max(found, key=lambda table: table.columns.recognised)


def _table(file: str, name: str, rows: Sequence[Row], named: str) -> _Table:
    for row in rows[:HEADER_WITHIN]:
        contact = any(AN_ADDRESS.search(cell) for cell in row.cells)
        if named and (contact or columns_in(row.cells)):
            return _Table(name, rows, row.line - 1 if contact else row.line, columns_named(named))
        if contact:
            # Names of columns do not come after contacts.
            raise Refused(NO_NAMES_OF_COLUMNS, file=file, line=row.line)
        if columns := columns_in(row.cells):
            return _Table(name, rows, row.line, columns)
    raise Refused(NO_ADDRESS_COLUMN, file=file)


def _read_row(row: Row, table: _Table, read_as: ReadAs) -> Iterator[Read]:
    if row.blank or row.line == table.header_line:
        return
    if row.line < table.header_line:
        yield RefusedRow(row.line, ABOVE_HEADER)
    elif not row.cells:
        yield RefusedRow(row.line, BAD_QUOTES)
    else:
        yield from _read_contact(row, table.columns, read_as)


def _read_contact(row: Row, columns: Columns, read_as: ReadAs) -> Iterator[Read]:
    written = without_apostrophe(_raw(row, columns.address).strip())
    if not AN_ADDRESS.search(written) and (elsewhere := _address_elsewhere(row, columns)):
        yield _shifted(row, columns, elsewhere)
        return
    if not written:
        yield RefusedRow(row.line, A_TOTAL if _is_total(row) else NO_ADDRESS)
        return
    try:
        cell = read_cell(written)
    except Refused as refused:
        yield RefusedRow(row.line, refused.sentence, refused.values)
        return
    local = cell.address.canonical.rpartition("@")[0]
    if local in MACHINES:
        yield RefusedRow(row.line, MACHINE_ADDRESS, {"address": written})
        return
    name, kind = _who(row, columns, cell, local)
    mended = _ungarbled(name)
    if mended != name and read_as.repair:
        name = mended
    if doubt := cell.doubt or _doubt(row, columns, name):
        yield DoubtfulRow(row.line, written, cell.address, name, kind, doubt.sentence, doubt.values)
        return
    yield ContactRow(row.line, cell.address, name, kind)
    yield from (NotedRow(row.line, note.sentence, note.values) for note in cell.notes)
    if mended != name:
        yield NotedRow(row.line, GARBLED, {"name": name, "mended": mended})


def _doubt(row: Row, columns: Columns, name: str) -> Remark | None:
    """Why a person must look before anyone is written to; None where nothing speaks against it."""
    if is_couple(_cell(row, columns.last_name)) or is_couple(_cell(row, columns.first_name)):
        return Remark(A_COUPLE, {"name": name})
    for at in (columns.remarks, columns.last_name, columns.first_name):
        if sentence := doubt_about(remark := _cell(row, at)):
            return Remark(sentence, {"remark": remark})
    wish = _cell(row, columns.wanted)
    if columns.wanted is not None and (sentence := doubt_about_wish(wish)):
        return Remark(sentence, {"remark": wish})
    return None


def _who(row: Row, columns: Columns, cell: Cell, local: str) -> tuple[str, ContactKind]:
    first, last = bare_name(_cell(row, columns.first_name)), bare_name(_cell(row, columns.last_name))
    person = " ".join(filter(None, (first, last))) if columns.first_name is not None else in_order(last)
    person = person or bare_name(cell.name)
    structure = _cell(row, columns.structure)
    kind = KINDS.get(plain(_cell(row, columns.kind))) or _kind(local, person, structure)
    return (structure or person) if kind is ContactKind.STRUCTURE else (person or structure), kind


def _kind(local: str, person: str, structure: str) -> ContactKind:
    if local in ROLES or (structure and not person):
        return ContactKind.STRUCTURE
    return ContactKind.PERSON


def _shifted(row: Row, columns: Columns, elsewhere: str) -> Read:
    address: Address | None
    try:
        address = read_cell(elsewhere).address
    except Refused:
        address = None
    name = " ".join(
        filter(None, (_cell(row, at) for at in (columns.first_name, columns.last_name) if at is not None))
    ).replace(elsewhere, "")
    return DoubtfulRow(row.line, elsewhere, address, name.strip(), ContactKind.PERSON, ANOTHER_COLUMN)


def _address_elsewhere(row: Row, columns: Columns) -> str:
    """An address in a column of names; the columns of remarks may well hold one of somebody else."""
    others = (at for at in range(len(row.cells)) if at not in (columns.address, columns.remarks))
    return next((_cell(row, at) for at in others if AN_ADDRESS.search(_cell(row, at))), "")


def _is_total(row: Row) -> bool:
    return any(plain(cell).startswith("total") for cell in row.cells)


def _ungarbled(name: str) -> str:
    """« AngÃ©lique » as it was before UTF-8 was read as Windows-1252; any other name as it is."""
    if not any(sign in name for sign in ("Ã", "Â", "â€")):
        return name
    try:
        return name.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return name


def _raw(row: Row, at: int | None) -> str:
    return row.cells[at] if at is not None and at < len(row.cells) else ""


def _cell(row: Row, at: int | None) -> str:
    """A cell on one line: a name goes into headers."""
    words = without_apostrophe(" ".join(_raw(row, at).split()))
    return words if words.isprintable() else "".join(one for one in words if unicodedata.category(one) != "Cc")
