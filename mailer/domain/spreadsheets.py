"""A table as a spreadsheet opens it with a double click, in its language, and without running anything. Pure."""

import csv
from collections.abc import Sequence
from io import StringIO

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel takes UTF-8 for Windows-1252."""

SEPARATORS = {"fr": ";", "en": ","}
"""Where the comma is in the numbers, Excel expects the semicolon between cells."""

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would calculate instead of showing (OWASP, CSV injection)."""


def spreadsheet(language: str, rows: Sequence[Sequence[str | float | None]]) -> str:
    """CSV (RFC 4180) with decimals as in the language; texts that begin like a formula get an apostrophe."""
    written = StringIO(newline="")
    writer = csv.writer(written, delimiter=SEPARATORS[language])
    writer.writerows([_cell(language, value) for value in row] for row in rows)
    return BYTE_ORDER_MARK + written.getvalue()


def _cell(language: str, value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_BEGINS) else value
    text = str(value) if isinstance(value, int) else f"{value:.2f}"
    return text.replace(".", ",") if language == "fr" else text
