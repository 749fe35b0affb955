"""A table as a spreadsheet opens it with a double click, in its language, and without running anything. Pure."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel takes UTF-8 for Windows-1252."""

SEPARATORS = {"fr": ";", "en": ","}
"""Where the comma is in the numbers, Excel expects the semicolon between cells."""

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would calculate instead of showing (OWASP, CSV injection)."""


def spreadsheet(language: str, rows: Sequence[Sequence[str | float | None]]) -> str:
    """CSV (RFC 4180) with decimals as in the language; texts that begin like a formula get an apostrophe."""
    return "".join(spreadsheet_lines(language, rows))


def spreadsheet_lines(language: str, rows: Iterable[Sequence[str | float | None]]) -> Iterator[str]:
    """The same, a line at a time, for tables that nobody wants in memory."""
    yield BYTE_ORDER_MARK
    for row in rows:
        written = StringIO(newline="")
        csv.writer(written, delimiter=SEPARATORS[language]).writerow([_cell(language, value) for value in row])
        yield written.getvalue()


def without_apostrophe(cell: str) -> str:
    """A cell as it was before `spreadsheet` kept it from being a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_BEGINS) else cell


def _cell(language: str, value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_BEGINS) else value
    text = str(value) if isinstance(value, int) else f"{value:.2f}"
    return text.replace(".", ",") if language == "fr" else text
