"""A contact file as a person kept it: every row is taken, or refused with its line and the reason. Guesses nothing."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mailer.content.tables import SEPARATORS, Row, declared_separator, read_lines, rows
from mailer.domain.addresses import read_address
from mailer.domain.people import ContactFile, ContactKind, ContactRow, RefusedRow
from mailer.errors import Refused
from mailer.language import N_

HEADER_WITHIN = 10
"""Rows: a title and a date often stand above the names of the columns."""

AN_ADDRESS = re.compile(r"\S@\S+\.\S")

NO_ADDRESS_COLUMN = N_(
    "{file} has no column of addresses. Its first row must name the columns, and one of them must be "
    '"email", "mail" or "courriel".'
)
ABOVE_HEADER = N_("this row stands above the names of the columns.")
BAD_QUOTES = N_("the quotation marks of this row do not pair: a cell that opens with one must close with one.")
NO_ADDRESS = N_("this row has no address.")
MACHINE_ADDRESS = N_('nobody reads "{address}": it belongs to a machine.')

# Names of columns as associations write them, without accents, capitals, signs and final digits.
ADDRESS = frozenset(
    {
        "@", "email", "e mail", "mail", "mel", "courriel", "email address", "e mail address", "mail address",
        "adresse email", "adresse e mail", "adresse mail", "adresse courriel", "adresse electronique",
        "adresse de courriel", "adresse de messagerie", "courrier electronique",
    }
)  # fmt: skip
LAST_NAME = frozenset({"nom", "nom de famille", "last name", "surname", "name", "full name", "nom complet"})
FIRST_NAME = frozenset({"prenom", "first name", "given name"})
STRUCTURE = frozenset(
    {
        "structure", "association", "asso", "organisation", "organization", "organisme", "raison sociale", "reseau",
        "nom de la structure", "nom de l association", "nom association", "nom structure", "company",
    }
)  # fmt: skip
KIND = frozenset({"type", "kind", "type de contact", "nature"})
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
MACHINES = frozenset({"no-reply", "noreply", "ne-pas-repondre", "postmaster", "mailer-daemon", "abuse", "root"})


def read_contacts(path: Path) -> ContactFile:
    """The contacts of a CSV file. Raises NotFound or Refused where there is no table of contacts at all."""
    lines = read_lines(path)
    table = _find_table(lines, path.name)
    good: list[ContactRow] = []
    refused: list[RefusedRow] = []
    for row in rows(lines, table.separator, table.start):
        if row.line <= table.header_line:
            refused += _above_header(row, table)
            continue
        if not row.blank:
            taken = _read_row(row, table.columns)
            good.append(taken) if isinstance(taken, ContactRow) else refused.append(taken)
    return ContactFile(path.name, tuple(good), tuple(refused))


@dataclass(frozen=True)
class _Columns:
    """Which cell is what; None where the file has no such column."""

    address: int
    last_name: int | None
    first_name: int | None
    structure: int | None
    kind: int | None


@dataclass(frozen=True)
class _Table:
    separator: str
    start: int
    header_line: int
    columns: _Columns


def _find_table(lines: list[str], name: str) -> _Table:
    declared = declared_separator(lines)
    start = 1 if declared else 0
    found = [table for one in (declared or SEPARATORS) if (table := _table_cut_at(one, lines, start))]
    if not found:
        raise Refused(NO_ADDRESS_COLUMN, file=name)
    return max(found, key=_recognised)


def _table_cut_at(separator: str, lines: list[str], start: int) -> _Table | None:
    for row in islice(rows(lines, separator, start), HEADER_WITHIN):
        if any(AN_ADDRESS.search(cell) for cell in row.cells):
            # Names of columns do not come after contacts.
            return None
        if columns := _columns(row.cells):
            return _Table(separator, start, row.line, columns)
    return None


def _recognised(table: _Table) -> int:
    columns = table.columns
    return sum(one is not None for one in (columns.last_name, columns.first_name, columns.structure, columns.kind))


def _columns(cells: Sequence[str]) -> _Columns | None:
    names = [_plain(cell) for cell in cells]
    address = _first(names, ADDRESS)
    if address is None:
        return None
    return _Columns(
        address, _first(names, LAST_NAME), _first(names, FIRST_NAME), _first(names, STRUCTURE), _first(names, KIND)
    )


def _first(names: Sequence[str], wanted: frozenset[str]) -> int | None:
    return next((at for at, name in enumerate(names) if name in wanted), None)


def _plain(name: str) -> str:
    """« E-mail 1 » and « Adresse  électronique » as the tables above write them."""
    if name.strip() == "@":
        return "@"
    bare = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    return re.sub(r"[^a-z]+", " ", bare.casefold()).strip()


def _above_header(row: Row, table: _Table) -> list[RefusedRow]:
    if row.line == table.header_line or row.blank:
        return []
    return [RefusedRow(row.line, ABOVE_HEADER)]


def _read_row(row: Row, columns: _Columns) -> ContactRow | RefusedRow:
    if not row.cells:
        return RefusedRow(row.line, BAD_QUOTES)
    written = _cell(row, columns.address)
    if not written:
        return RefusedRow(row.line, NO_ADDRESS)
    try:
        address = read_address(written)
    except Refused as refused:
        return RefusedRow(row.line, refused.sentence, refused.values)
    local = address.canonical.rpartition("@")[0]
    if local in MACHINES:
        return RefusedRow(row.line, MACHINE_ADDRESS, {"address": written})
    person = " ".join(filter(None, (_cell(row, columns.first_name), _cell(row, columns.last_name))))
    structure = _cell(row, columns.structure)
    kind = KINDS.get(_plain(_cell(row, columns.kind))) or _kind(local, person, structure)
    name = (structure or person) if kind is ContactKind.STRUCTURE else (person or structure)
    return ContactRow(row.line, address, name, kind)


def _kind(local: str, person: str, structure: str) -> ContactKind:
    if local in ROLES or (structure and not person):
        return ContactKind.STRUCTURE
    return ContactKind.PERSON


def _cell(row: Row, at: int | None) -> str:
    """A cell on one line: a name goes into headers."""
    if at is None or at >= len(row.cells):
        return ""
    words = " ".join(row.cells[at].split())
    return words if words.isprintable() else "".join(one for one in words if unicodedata.category(one) != "Cc")
