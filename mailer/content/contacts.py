"""A contact file as a person kept it: its tables found, its columns recognised, its rows read in parts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mailer.content.columns import columns_in, columns_named, corrected, has_addresses, names_some, shape
from mailer.content.rows import RowReader
from mailer.content.sheets import is_coloured, read_sheets
from mailer.content.tables import SEPARATORS, Row, TextFile, is_blank, is_workbook, read_text, rows
from mailer.content.whose import AN_ADDRESS
from mailer.domain.incoming import Chunk, NotedRow, RefusedRow
from mailer.domain.meanings import Column, Field, Meaning, ReadAs
from mailer.errors import Refused
from mailer.language import N_

HEADER_WITHIN = 10
"""Rows: a title and a date often stand above the names of the columns."""
OF_A_CHUNK = 10_000

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
NOT_KEPT = N_('these columns are not kept: {columns}. To keep one: --column "{first}=notes", or a field of the site.')
COLOURS = N_("the colours of cells are not read: what they mean must stand in a column.")


@dataclass(frozen=True)
class Table:
    """One table of a file: where its rows are, and what its columns mean."""

    sheet: str
    separator: str
    encoding: str
    header_line: int
    """The line with the names of the columns; 0 where there is none."""
    columns: tuple[Column, ...]
    rows: Callable[[], Iterator[Row]]


@dataclass(frozen=True)
class ContactFile:
    """A contact file, recognised and not yet read."""

    name: str
    tables: tuple[Table, ...]
    coloured: bool = False

    @property
    def shape(self) -> str:
        """What the next file of this kind will have in common with it: the names of its columns."""
        return shape([column.name for column in self.tables[0].columns])

    def chunks(self, read_as: ReadAs, fields: Sequence[Field] = ()) -> Iterator[Chunk]:
        """All rows, some thousands at a time; each table begins with what is not kept of it."""
        for table in self.tables:
            into = Chunk(noted=list(_not_kept(table, self.coloured)))
            reader = RowReader(table.columns, read_as, fields, table.sheet)
            for line, cells in table.rows():
                if line <= table.header_line:
                    if line < table.header_line and not is_blank(cells):
                        into.refused.append(RefusedRow(line, ABOVE_HEADER, sheet=table.sheet))
                elif not is_blank(cells):
                    reader.read(line, cells, into)
                    if len(into) >= OF_A_CHUNK:
                        yield into
                        into = Chunk()
            yield into


def recognise(path: Path, read_as: ReadAs = ReadAs(), fields: Sequence[Field] = ()) -> ContactFile:  # noqa: B008 - frozen
    """The tables of a CSV file or workbook. Raises NotFound or Refused where there is no table of contacts at all."""
    if is_workbook(path):
        return ContactFile(path.name, tuple(_workbook(path, read_as, fields)), is_coloured(path))
    return ContactFile(path.name, (_text_table(path, read_as, fields),))


def shapes_in(path: Path, read_as: ReadAs) -> list[str]:
    """What the file may have in common with one that was read before. Raises NotFound or Refused."""
    if is_workbook(path):
        tops = [list(islice(sheet.rows(), HEADER_WITHIN)) for sheet in read_sheets(path, read_as.sheets)]
    else:
        text = read_text(path)
        tops = [list(islice(rows(text, one), HEADER_WITHIN)) for one in text.declared or SEPARATORS]
    return [shape(cells) for top in tops for _, cells in top if len(cells) > 1 and not is_blank(cells)]


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook; none of another file. Raises Refused."""
    return [sheet.name for sheet in read_sheets(path)] if is_workbook(path) else []


def _workbook(path: Path, read_as: ReadAs, fields: Sequence[Field]) -> list[Table]:
    found = []
    for sheet in read_sheets(path, read_as.sheets):
        top = list(islice(sheet.rows(), HEADER_WITHIN))
        try:
            line, columns = _header(path.name, top, read_as, fields)
        except Refused:
            if read_as.sheets:
                raise
            continue
        found.append(Table(sheet.name, "", "", line, columns, sheet.rows))
    if not found:
        raise Refused(NO_ADDRESS_COLUMN, file=path.name)
    if len(found) > 1 and not read_as.sheets:
        raise Refused(WHICH_SHEET, file=path.name, sheets=", ".join(f"« {table.sheet} »" for table in found))
    return found


def _text_table(path: Path, read_as: ReadAs, fields: Sequence[Field]) -> Table:
    text = read_text(path)
    found: list[Table] = []
    refusals: list[Refused] = []
    for separator in text.declared or SEPARATORS:
        top = list(islice(rows(text, separator), HEADER_WITHIN))
        try:
            line, columns = _header(path.name, top, read_as, fields)
        except Refused as refused:
            refusals.append(refused)
            continue
        found.append(Table("", separator, text.encoding, line, columns, _reading(text, separator)))
    if not found:
        raise next((one for one in refusals if one.sentence == NO_NAMES_OF_COLUMNS), refusals[0])
    return max(found, key=lambda table: _recognised(table.columns))


def _header(file: str, top: Sequence[Row], read_as: ReadAs, fields: Sequence[Field]) -> tuple[int, tuple[Column, ...]]:
    """The line of the names of the columns, and what they mean. Raises Refused."""
    for line, cells in top:
        contact = any(AN_ADDRESS.search(cell) for cell in cells)
        columns = columns_in(cells, fields)
        if read_as.columns and (contact or has_addresses(columns)):
            return line - 1 if contact else line, columns_named(read_as.columns, () if contact else cells)
        if contact:
            # Names of columns do not come after contacts.
            raise Refused(NO_NAMES_OF_COLUMNS, file=file, line=line)
        if names_some(columns, read_as):
            columns = corrected(columns, read_as, file)
        if has_addresses(columns):
            return line, columns
    raise Refused(NO_ADDRESS_COLUMN, file=file)


def _reading(text: TextFile, separator: str) -> Callable[[], Iterator[Row]]:
    return lambda: rows(text, separator)


def _recognised(columns: Sequence[Column]) -> int:
    return sum(column.meaning not in (Meaning.UNKNOWN, Meaning.SKIPPED) for column in columns)


def _not_kept(table: Table, coloured: bool) -> Iterator[NotedRow]:
    left_out = [column.name for column in table.columns if column.meaning in (Meaning.UNKNOWN, Meaning.PHONE)]
    if left_out:
        said = {"columns": ", ".join(left_out), "first": left_out[0]}
        yield NotedRow(table.header_line, NOT_KEPT, said, table.sheet)
    if coloured:
        yield NotedRow(table.header_line, COLOURS, sheet=table.sheet)
