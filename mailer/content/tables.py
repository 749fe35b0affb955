"""Rows of a CSV file, whatever program wrote it: encoding and separator found out, lines counted. Knows no column.

The file is read twice in pieces and never held whole: once to find out what it is, once for its rows.
"""

import csv
import hashlib
import re
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from mailer.errors import NotFound, Refused
from mailer.language import N_

MOST_BYTES = 1024 * 1024 * 1024
"""A million contacts are a hundred megabytes."""
MOST_LINES_OF_A_ROW = 200
"""A cell may hold line breaks; a quotation mark that nobody closed must not swallow the file."""
PIECE = 1024 * 1024

SEPARATORS = (";", ",", "\t", "|")
SEPARATOR_LINE = re.compile(r'"?sep=(?P<separator>[;,\t|])"?[ \t]*')
UTF8_LETTER = re.compile(rb"[\xc3\xc5][\x80-\xbf]|\xe2\x80[\x80-\xbf]")
"""Accented Latin letters, and curly quotes and dashes, as UTF-8 writes them."""
NOT_IN_CP1252 = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")
UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

NO_FILE = N_("There is no file {file}.")
NOT_A_FILE = N_("{file} is a folder: name a file.")
NOT_ORDINARY = N_("{file} is no ordinary file: save the table in one, then import that.")
UNREADABLE = N_("{file} cannot be read: {reason}.")
TOO_LARGE = N_("{file} has {size} MB: that is no list of contacts. Save only the table of contacts, as CSV.")
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

Row = tuple[int, Sequence[str]]
"""The line that a row starts on, from 1, and its cells; no cells where its quotation marks do not pair."""


@dataclass(frozen=True)
class TextFile:
    """A CSV file of which we know how to read it."""

    path: Path
    encoding: str
    first_line: str

    @property
    def declared(self) -> str | None:
        """The separator that a first line `sep=;` names, as some spreadsheets write it."""
        found = SEPARATOR_LINE.fullmatch(self.first_line.rstrip("\r\n"))
        return found["separator"] if found else None


def is_blank(cells: Sequence[str]) -> bool:
    """Nothing in any cell, as spreadsheets leave at their end."""
    return bool(cells) and not any(cell.strip() for cell in cells)


def is_workbook(path: Path) -> bool:
    """Whether the file begins as spreadsheets do, whatever its name says. Raises NotFound or Refused."""
    with open_file(path) as file:
        return file.read(4).startswith(WORKBOOKS)


def open_file(path: Path) -> BufferedReader:
    """An ordinary file of a size that can be a table. Raises NotFound or Refused."""
    try:
        status = path.stat()
        if S_ISDIR(status.st_mode):
            raise Refused(NOT_A_FILE, file=path)
        if not S_ISREG(status.st_mode):
            raise Refused(NOT_ORDINARY, file=path)
        if status.st_size > MOST_BYTES:
            raise Refused(TOO_LARGE, file=path.name, size=status.st_size // (1024 * 1024))
        return path.open("rb")
    except FileNotFoundError as error:
        raise NotFound(NO_FILE, file=path) from error
    except OSError as error:
        raise Refused(UNREADABLE, file=path, reason=error.strerror or str(error)) from error


def digest(path: Path) -> bytes:
    """What a file is recognised by, whatever its name. Raises NotFound or Refused."""
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").digest()


def read_text(path: Path) -> TextFile:
    """Finds out how a text file is encoded. Raises NotFound or Refused where it is none, or empty."""
    with open_file(path) as file:
        beginning = file.read(4)
        for signature, sentence in SIGNATURES:
            if beginning.startswith(signature):
                raise Refused(sentence, file=path.name)
        file.seek(0)
        encoding = _utf16(file, path) if beginning.startswith(UTF16_MARKS) else _eight_bits(file, path)
    with path.open(encoding=encoding, newline="") as text:
        return TextFile(path, encoding, text.readline(PIECE))


def rows(text: TextFile, separator: str) -> Iterator[Row]:
    """Every row. One whose quotation marks do not pair is given without cells, and reading goes on with the line after
    its first: one stray mark must not swallow what follows."""
    with text.path.open(encoding=text.encoding, newline="") as file:
        again: deque[str] = deque()
        taken: list[str] = []
        line = 1
        if text.declared:
            next(file)
            line = 2
        while True:
            reader = csv.reader(_feed(file, again, taken), delimiter=separator, strict=True)
            try:
                for cells in reader:
                    yield line, cells or [""]
                    line += len(taken)
                    taken.clear()
                return
            except csv.Error:
                yield line, ()
                line += 1
                again.extendleft(reversed(taken[1:]))
                taken.clear()


def _feed(file: Iterator[str], again: deque[str], taken: list[str]) -> Iterator[str]:
    """The lines of a file, those first that are read again; each is noted as taken by the row under way."""
    while True:
        line = again.popleft() if again else next(file, None)
        if line is None:
            return
        taken.append(line)
        if len(taken) > MOST_LINES_OF_A_ROW:
            raise csv.Error
        yield line


def _pieces(file: BufferedReader) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def _utf16(file: BufferedReader, path: Path) -> str:
    decoder, any_text = getincrementaldecoder("utf-16")(), False
    try:
        for piece in (*_pieces(file), b""):
            text = decoder.decode(piece, final=not piece)
            if "\0" in text:
                raise Refused(NOT_A_TABLE, file=path.name)
            any_text = any_text or bool(text.strip())
    except UnicodeDecodeError as error:
        raise Refused(NOT_A_TABLE, file=path.name) from error
    if not any_text:
        raise Refused(EMPTY, file=path.name)
    return "utf-16"


def _eight_bits(file: BufferedReader, path: Path) -> str:
    """UTF-8 where every piece is; else what Windows writes, where nothing speaks against it."""
    scan = _Scan()
    for piece in _pieces(file):
        if b"\0" in piece:
            raise Refused(NOT_A_TABLE, file=path.name)
        scan.look_at(piece)
    if not scan.any_text:
        raise Refused(EMPTY, file=path.name)
    if scan.utf8:
        return "utf-8-sig"
    if scan.letters:
        raise Refused(TWO_ENCODINGS, file=path.name, line=scan.wrong_line or scan.lines + 1)
    if scan.holes:
        raise Refused(NOT_A_TABLE, file=path.name)
    return "cp1252"


class _Scan:
    """What the bytes of a file say of its encoding, piece by piece."""

    def __init__(self) -> None:
        self.lines, self.wrong_line = 0, 0
        self.any_text = self.letters = self.holes = False
        self._decoder = getincrementaldecoder("utf-8")()
        self._broken = False
        self._tail = b""

    @property
    def utf8(self) -> bool:
        return not self._broken and not self._decoder.getstate()[0]

    def look_at(self, piece: bytes) -> None:
        self.any_text = self.any_text or bool((piece if self._tail else piece.removeprefix(UTF8_MARK)).strip())
        if not piece.isascii() or not self.utf8:
            self._look_closer(piece)
        self.lines += piece.count(b"\n")
        self._tail = piece[-2:]

    def _look_closer(self, piece: bytes) -> None:
        self.letters = self.letters or UTF8_LETTER.search(self._tail + piece) is not None
        self.holes = self.holes or any(hole in piece for hole in NOT_IN_CP1252)
        if self._broken:
            return
        try:
            self._decoder.decode(piece)
        except UnicodeDecodeError as error:
            self._broken, self.wrong_line = True, self.lines + piece.count(b"\n", 0, error.start) + 1
