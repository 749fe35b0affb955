"""Sheets of a workbook (xlsx, ods, xls) as rows of texts. Reads values only: no formula, macro or colour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

from mailer.content.tables import Row
from mailer.errors import Refused
from mailer.language import N_

MOST_UNPACKED = 512 * 1024 * 1024
MOST_TIMES = 200
"""A workbook shrinks some twenty times when packed; one made to fill a disk, a thousand times."""
SMALL = 16 * 1024 * 1024

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
    rows: tuple[Row, ...]


def read_sheets(path: Path, only: Sequence[str] = ()) -> Iterator[Sheet]:
    """The sheets that hold anything, or those named. Raises Refused."""
    _refuse_traps(path)
    workbook = _open(path)
    for name in only:
        if name not in workbook.sheet_names:
            raise Refused(NO_SHEET, file=path.name, sheet=name, sheets=", ".join(workbook.sheet_names))
    for name in only or workbook.sheet_names:
        rows = tuple(_rows(workbook, name, path))
        if rows:
            yield Sheet(name, rows)


def _rows(workbook: CalamineWorkbook, name: str, path: Path) -> Iterator[Row]:
    try:
        sheet = workbook.get_sheet_by_name(name)
        first = sheet.start[0] if sheet.start else 0
        for number, cells in enumerate(sheet.to_python(skip_empty_area=True), first + 1):
            yield Row(number, tuple(_text(cell) for cell in cells))
    except (CalamineError, ValueError) as error:
        raise Refused(BROKEN, file=path.name) from error


def _open(path: Path) -> CalamineWorkbook:
    try:
        # By its content: given a path, the reader would believe the ending of the name.
        return CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
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
