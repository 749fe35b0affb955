"""Tables for spreadsheets: nothing in them runs, and numbers are numbers in each language."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.spreadsheets import BYTE_ORDER_MARK, FORMULA_BEGINS, spreadsheet


def read(text: str, separator: str) -> list[list[str]]:
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.reader(StringIO(text[1:], newline=""), delimiter=separator))


def test_french_has_semicolons_and_decimal_commas() -> None:
    assert spreadsheet("fr", [["sirene", 2500, 34.24, None]])[1:] == "sirene;2500;34,24;\r\n"
    assert spreadsheet("en", [["sirene", 2500, 34.24, None]])[1:] == "sirene,2500,34.24,\r\n"


@pytest.mark.parametrize("cell", ["=1+1", "@x", "\t=1", "+33 1", "-2", "\r=1", '=HYPERLINK("https://x.example")'])
def test_no_cell_begins_like_a_formula(cell: str) -> None:
    assert read(spreadsheet("fr", [[cell]]), ";") == [[f"'{cell}"]]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=4))
def test_any_text_comes_back_whole(cells: list[str]) -> None:
    [row] = read(spreadsheet("fr", [cells]), ";")
    assert [
        back.removeprefix("'") if cell.startswith(FORMULA_BEGINS) else back
        for cell, back in zip(cells, row, strict=True)
    ] == cells
