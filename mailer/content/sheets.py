"""Sheets of a workbook (xlsx, ods, xls) as rows of texts. Reads values only: no formula, macro or colour."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from mailer.content.tables import Row, open_file
from mailer.errors import Refused
from mailer.language import N_

MOST_UNPACKED = 512 * 1024 * 1024
MOST_TIMES = 200
"""A workbook shrinks some twenty times when packed; one made to fill a disk, a thousand times."""
SMALL = 16 * 1024 * 1024
MOST_STYLE = 4 * 1024 * 1024
COLOUR = re.compile(rb'patternType="solid"|table-cell-properties[^>]*fo:background-color="#')

BROKEN = N_("{file} cannot be read as a spreadsheet: open it, then save it again as .xlsx, .ods or CSV.")
A_BOMB = N_("{file} unpacks to {size} MB: that is no list of contacts. Save the sheet that you need as CSV.")
MACROS = N_("{file} holds macros, which are never run here: save it as .xlsx, without macros.")
NOT_A_WORKBOOK = N_("{file} is an archive, not a spreadsheet: take the table out of it, then import that.")
NO_SHEET = N_('{file} has no sheet "{sheet}". Its sheets are: {sheets}.')

Value = int | float | str | bool | time | date | datetime | timedelta


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, and its rows with their numbers as the program shows them."""

    name: str
    rows: Callable[[], Iterator[Row]]
    """From the first; may be asked for again."""


def read_sheets(path: Path, only: Sequence[str] = ()) -> Iterator[Sheet]:
    """The sheets that hold anything, or those named. Raises Refused."""
    _refuse_traps(path)
    workbook = _open(path)
    for name in only:
        if name not in workbook.sheet_names:
            raise Refused(NO_SHEET, file=path.name, sheet=name, sheets=", ".join(workbook.sheet_names))
    for name in only or workbook.sheet_names:
        cells = _cells(workbook, name, path)
        if cells.height:
            yield Sheet(name, partial(_rows, cells))


def _cells(workbook: CalamineWorkbook, name: str, path: Path) -> CalamineSheet:
    try:
        return workbook.get_sheet_by_name(name)
    except (CalamineError, ValueError) as error:
        raise Refused(BROKEN, file=path.name) from error


def is_coloured(path: Path) -> bool:
    """Whether cells of a workbook are filled with a colour, which may mean something to whoever filled them."""
    try:
        with ZipFile(path) as packed:
            members = {member.filename: member for member in packed.infolist()}
            style = members.get("xl/styles.xml") or members.get("content.xml")
            return style is not None and COLOUR.search(packed.read(style)[:MOST_STYLE]) is not None
    except (BadZipFile, OSError):
        return False


def _rows(sheet: CalamineSheet) -> Iterator[Row]:
    for number, cells in enumerate(sheet.iter_rows(), 1):
        yield number, [_text(cell) for cell in cells]


def _open(path: Path) -> CalamineWorkbook:
    try:
        # By its content: given a path, the reader would believe the ending of the name.
        with open_file(path) as file:
            return CalamineWorkbook.from_filelike(BytesIO(file.read()))
    # The reader is written in another language, whose faults arrive as these.
    except (CalamineError, OSError, ValueError) as error:
        raise Refused(BROKEN, file=path.name) from error


def _refuse_traps(path: Path) -> None:
    try:
        with ZipFile(path) as packed:
            members = packed.infolist()
    except (BadZipFile, OSError):
        # An old binary workbook is no archive; whatever else it is, opening it will tell.
        return
    names = {member.filename for member in members}
    if not names & {"[Content_Types].xml", "content.xml"}:
        raise Refused(NOT_A_WORKBOOK, file=path.name)
    if any(name.endswith("vbaProject.bin") or name.startswith("Basic/") for name in names):
        raise Refused(MACROS, file=path.name)
    size = sum(member.file_size for member in members)
    if size > MOST_UNPACKED or size > max(SMALL, MOST_TIMES * path.stat().st_size):
        raise Refused(A_BOMB, file=path.name, size=size // (1024 * 1024))


def _text(cell: Value) -> str:
    """A value as a person reads it: 2023 and not 2023.0, a day as 2023-09-06."""
    match cell:
        case str():
            return cell
        case bool():
            return "1" if cell else "0"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return (cell.date() if cell.time() == time.min else cell).isoformat()
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)
