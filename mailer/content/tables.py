"""Rows of a CSV file, whatever program wrote it: encoding and separator found out, lines counted. Knows no column."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path

from mailer.errors import NotFound, Refused
from mailer.language import N_

SEPARATORS = (";", ",", "\t", "|")
SEPARATOR_LINE = re.compile(r'"?sep=(?P<separator>[;,\t|])"?[ \t]*')
UTF8_LETTER = re.compile(rb"[\xc3\xc5][\x80-\xbf]|\xe2\x80[\x80-\xbf]")
"""Accented Latin letters, and curly quotes and dashes, as UTF-8 writes them."""

NO_FILE = N_("There is no file {file}.")
NOT_A_FILE = N_("{file} is a folder: name a file.")
UNREADABLE = N_("{file} cannot be read: {reason}.")
EMPTY = N_("{file} is empty.")
PDF = N_("{file} is a PDF, not a table: ask for the table that it was made from, saved as CSV.")
ARCHIVE = N_("{file} is an archive, not a table: take the table out of it, then import that.")
NOT_A_TABLE = N_("{file} is not a text file: save the table as CSV with the encoding UTF-8.")
TWO_ENCODINGS = N_(
    "{file} mixes two encodings: its line {line} is not UTF-8 like the others. "
    "Save it again as CSV with the encoding UTF-8."
)

SIGNATURES = (
    (b"%PDF", PDF),
    (b"\x1f\x8b", ARCHIVE),
    (b"{\\rtf", NOT_A_TABLE),
)

WORKBOOKS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True)
class Row:
    """One row: the line that it starts on, from 1, and its cells; no cells where its quotation marks do not pair."""

    line: int
    cells: tuple[str, ...]

    @property
    def blank(self) -> bool:
        """Nothing in any cell, as spreadsheets leave at their end."""
        return bool(self.cells) and not any(cell.strip() for cell in self.cells)


def is_workbook(path: Path) -> bool:
    """Whether the file begins as spreadsheets do, whatever its name says. Raises NotFound or Refused."""
    return _read(path, 4).startswith(WORKBOOKS)


def read_lines(path: Path) -> list[str]:
    """The lines of a CSV file, with their ends, in Unicode. Raises NotFound or Refused."""
    raw = _read(path)
    for signature, sentence in SIGNATURES:
        if raw.startswith(signature):
            raise Refused(sentence, file=path.name)
    text = _decode(raw, path.name)
    if "\0" in text:
        raise Refused(NOT_A_TABLE, file=path.name)
    if not text.strip():
        raise Refused(EMPTY, file=path.name)
    return list(StringIO(text, newline=""))


def declared_separator(lines: Sequence[str]) -> str | None:
    """What a first line `sep=;` says, as some spreadsheets write it."""
    declared = SEPARATOR_LINE.fullmatch(lines[0].rstrip("\r\n"))
    return declared["separator"] if declared else None


def rows(lines: list[str], separator: str, start: int = 0) -> Iterator[Row]:
    """Every row from line index `start`. A row whose quotation marks do not pair is given without cells, and reading
    goes on with the line after its first: one stray mark must not swallow what follows."""
    while start < len(lines):
        reader = csv.reader(islice(lines, start, None), delimiter=separator, strict=True)
        begun = start
        try:
            for cells in reader:
                yield Row(begun + 1, tuple(cells) or ("",))
                begun = start + reader.line_num
            return
        except csv.Error:
            yield Row(begun + 1, ())
            start = begun + 1


def _read(path: Path, most: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except FileNotFoundError as error:
        raise NotFound(NO_FILE, file=path) from error
    except IsADirectoryError as error:
        raise Refused(NOT_A_FILE, file=path) from error
    except OSError as error:
        raise Refused(UNREADABLE, file=path, reason=error.strerror or str(error)) from error


def _decode(raw: bytes, name: str) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode_or_refuse(raw, "utf-16", name)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if UTF8_LETTER.search(raw):
            raise Refused(TWO_ENCODINGS, file=name, line=raw.count(b"\n", 0, error.start) + 1) from error
    return _decode_or_refuse(raw, "cp1252", name)


def _decode_or_refuse(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused(NOT_A_TABLE, file=name) from error
