"""Past years' figures as a CSV file: year, campaign, issues, sends, rate. Every mistake is said with its line."""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from mailer.content.files import SLUG
from mailer.content.tables import SEPARATORS, Row, TextFile, is_blank, read_text, rows
from mailer.domain.years import PastYear
from mailer.errors import BadFiles, Problem, Refused
from mailer.language import N_

FIRST_YEAR, LAST_YEAR = 1990, 2100

NO_COLUMNS = N_("{file} must begin with the names of its columns: year, campaign, issues, sends, rate.")
NOTHING = N_("{file} holds no year: under the names of the columns, write one line for each campaign and year.")
BAD_ROW = N_("this line has {count} cells and the first one {wanted}.")
BAD_YEAR = N_('"{value}" is not a year like 2022.')
BAD_CAMPAIGN = N_('"{value}" is not the name of a campaign: write its folder under campaigns/, such as sirene.')
BAD_COUNT = N_('"{value}" is not a number of {column}: write it like 45000.')
BAD_RATE = N_('"{value}" is not a reading rate between 0 and 100: write it like 31,92 % or 31.92.')
A_SHARE = N_('"{value}" may be a share or a percentage: write it with its sign, like 31,92 %.')
TWICE = N_("{campaign} has two lines for {year}, the other is line {line}: keep one.")

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "year": ("year", "annee", "année"),
    "campaign": ("campaign", "campagne", "lettre"),
    "issues": ("issues", "numeros", "numéros"),
    "sends": ("sends", "envois"),
    "rate": ("rate", "taux", "taux de lecture", "taux d'ouverture", "taux d’ouverture"),
}
"""By what each column may be called."""

SPACES = re.compile(r"[\s\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]")
NUMBER = re.compile(r"\d{1,3}(?:[.,]\d+)?")


def read_past_figures(path: Path) -> tuple[PastYear, ...]:
    """The years of the file, in its order. Raises NotFound, Refused, or BadFiles with every mistake."""
    text = read_text(path)
    separator, header, names_at = _header(text)
    table = [row for row in rows(text, separator) if row[0] > names_at and not is_blank(row[1])]
    if not table:
        raise Refused(NOTHING, file=path.name)
    read = _Reader(path.name, header)
    years = tuple(year for row in table if (year := read.year(row)) is not None)
    if read.problems:
        raise BadFiles(read.problems)
    return years


def _header(text: TextFile) -> tuple[str, list[str], int]:
    """The separator, what each column is, and the line of the names."""
    for separator in text.declared or SEPARATORS:
        for line, cells in islice(rows(text, separator), 1):
            columns = [_column(cell) for cell in cells]
            if set(columns) >= COLUMNS.keys():
                return separator, columns, line
    raise Refused(NO_COLUMNS, file=text.path.name)


def _column(cell: str) -> str:
    name = " ".join(cell.split()).casefold().removesuffix("%").removesuffix("(%)").strip()
    return next((column for column, names in COLUMNS.items() if name in names), "")


class _Reader:
    """Reads the rows of one file and keeps count of every mistake in them."""

    def __init__(self, file: str, header: Sequence[str]) -> None:
        self.file, self.header = file, header
        self.problems: list[Problem] = []
        self._lines: dict[tuple[str, int], int] = {}

    def year(self, row: Row) -> PastYear | None:
        """The year that a row tells; None, with the problems kept, where something is wrong with it."""
        before = len(self.problems)
        if len(row[1]) != len(self.header):
            self._add(row, BAD_ROW, count=len(row[1]), wanted=len(self.header))
            return None
        cells = dict(zip(self.header, row[1], strict=True))
        read = PastYear(
            year=self._year(row, cells["year"].strip()),
            campaign=self._campaign(row, cells["campaign"].strip()),
            issues=self._count(row, "issues", cells["issues"]),
            sends=self._count(row, "sends", cells["sends"]),
            rate=self._rate(row, cells["rate"]),
        )
        self._once(row, read)
        return read if len(self.problems) == before else None

    def _year(self, row: Row, value: str) -> int:
        if not re.fullmatch("[0-9]{4}", value) or not FIRST_YEAR <= int(value) <= LAST_YEAR:
            self._add(row, BAD_YEAR, value=value)
            return 0
        return int(value)

    def _campaign(self, row: Row, value: str) -> str:
        if not SLUG.fullmatch(value):
            self._add(row, BAD_CAMPAIGN, value=value)
        return value

    def _count(self, row: Row, column: str, value: str) -> int:
        bare = SPACES.sub("", value)
        if not re.fullmatch("[0-9]{1,9}", bare) or int(bare) == 0:
            self._add(row, BAD_COUNT, value=value.strip(), column=column)
            return 0
        return int(bare)

    def _rate(self, row: Row, value: str) -> float:
        bare = SPACES.sub("", value)
        digits = bare.removesuffix("%")
        percentage = float(digits.replace(",", ".")) if NUMBER.fullmatch(digits) and digits.isascii() else -1.0
        if not 0 <= percentage <= 100:
            self._add(row, BAD_RATE, value=value.strip())
        elif 0 < percentage <= 1 and bare == digits:
            self._add(row, A_SHARE, value=value.strip())
        # In binary a hundredth of 31.92 is not quite 0.3192.
        return round(percentage / 100, 9)

    def _once(self, row: Row, read: PastYear) -> None:
        first = self._lines.setdefault((read.campaign, read.year), row[0])
        if first != row[0] and read.year:
            self._add(row, TWICE, campaign=read.campaign, year=read.year, line=first)

    def _add(self, row: Row, sentence: str, **values: object) -> None:
        self.problems.append(Problem(self.file, row[0], sentence, values))
