"""What a row says of its contact beside name and address: tags, years of membership, the site's own fields."""

import re

from mailer.content.columns import YEAR, plain
from mailer.content.days import day_in
from mailer.content.judging import tidy
from mailer.content.memo import Odd
from mailer.content.remarks import NO
from mailer.domain.cells import Remark
from mailer.domain.incoming import Detail, DetailKind
from mailer.domain.meanings import Column, Field
from mailer.domain.names import bare_name
from mailer.domain.search import fold
from mailer.language import N_

WHICH_YEAR = N_('"{written}" names no year of membership: say it with --column "{column}=year:2023".')
NO_DAY = N_('"{written}" is no day: the contact is taken without it.')
NOT_ITS_TYPE = N_('"{written}" does not fit the field "{field}": the contact is taken without it.')
NO_LANGUAGE = N_('"{written}" is no language of letters here: the contact is taken without it.')
NO_LEVEL = N_('"{written}" is no level (local, departmental, regional, national): the contact is taken without it.')
DOUBTFUL_PHONE = N_('"{written}" is a number that a spreadsheet cut: look at it.')

BETWEEN = re.compile(r"\s*[,;/|\n]\s*")
YEARS_BETWEEN = re.compile(r"[^\d]+")
AMOUNT = re.compile(r"(?P<number>\d+(?:[.,]\d+)?)\s*(?:€|eur|euros)?")
CUT_NUMBER = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
LONGEST_TAG, MOST_TEXT = 60, 2_000
LEVELS = {
    "local": "local", "locale": "local", "departemental": "departmental", "departementale": "departmental",
    "departmental": "departmental", "regional": "regional", "regionale": "regional", "national": "national",
    "nationale": "national",
}  # fmt: skip
LANGUAGES = {
    "fr": "fr", "francais": "fr", "francaise": "fr", "french": "fr", "en": "en", "anglais": "en", "english": "en",
}  # fmt: skip
PAID = frozenset(
    {"paye", "payee", "a jour", "regle", "reglee", "adherent", "adherente", "membre", "cotisant", "abonne"}
)
CROSSES = ("1", "✓", "✔", "☑")
TRUE = frozenset({"oui", "o", "x", "yes", "y", "vrai", "true", "ok"})


def tags(cell: str) -> tuple[Detail, ...]:
    """« Presse, élu·es » as slugs."""
    return tuple(Detail(DetailKind.TAG, slug) for word in BETWEEN.split(cell) if (slug := slug_of(word)))


def slug_of(words: str) -> str:
    """« Adhérents 2022 » as `adherents-2022`."""
    return "-".join(fold(words).split())[:LONGEST_TAG].strip("-")


class Memberships:
    """Years of membership from all columns that speak of them, whatever each says: a year, a cross, a day."""

    def __init__(self, years: list[Column]) -> None:
        self._years = years

    def read(self, cells: tuple[str, ...]) -> tuple[Detail, ...] | Odd:
        """From the cells of the years, then of the kind and the day."""
        *marks, kind_cell, since_cell = cells
        kind, since = tidy(kind_cell), day_in(since_cell)
        notes = [Remark(NO_DAY, {"written": tidy(since_cell)})] if since_cell.strip() and not since else []
        found: dict[str, None] = {}
        for column, mark in zip(self._years, marks, strict=True):
            years, note = _years(column, mark)
            found.update(dict.fromkeys(years))
            notes += note
        # A form is named after its year, an order after its day.
        found = found or dict.fromkeys(YEAR.findall(kind)) or dict.fromkeys([since[:4]] if since else [])
        whole = since if len(since) == 10 else ""
        details = tuple(
            Detail(DetailKind.MEMBERSHIP, year, kind, None, whole if whole[:4] == year else "") for year in found
        )
        return Odd(details, tuple(notes)) if notes else details


class Custom:
    """A field of the site's own, by its type."""

    def __init__(self, field: Field) -> None:
        self._field = field

    def read(self, cell: str) -> tuple[Detail, ...] | Odd:
        """The value as it is stored; a note where it is not of the field's type."""
        words = tidy(cell)
        if not words:
            return ()
        kept = self._value(words)
        if kept is None:
            return Odd((), (Remark(NOT_ITS_TYPE, {"written": words, "field": self._field.label}),))
        value, number = kept
        details = (Detail(DetailKind.CUSTOM, self._field.name, value, number),)
        return Odd(details, (Remark(DOUBTFUL_PHONE, {"written": words}),)) if CUT_NUMBER.fullmatch(words) else details

    def _value(self, words: str) -> tuple[str, float | None] | None:
        match self._field.type:
            case "number":
                plain_number = words.replace(" ", "").replace("\N{NARROW NO-BREAK SPACE}", "").replace(",", ".")
                return _number(plain_number)
            case "date":
                return (day, None) if (day := day_in(words)) else None
            case "boolean":
                word = plain(words) or words
                if word in TRUE or word == "1":
                    return "true", 1.0
                return ("false", 0.0) if word in NO or word == "0" else None
            case "choice":
                return next(((one, None) for one in self._field.choices if fold(one) == fold(words)), None)
            case _:
                # « =+33… » is how a spreadsheet is made to keep the plus of a number.
                return (words[1:] if words.startswith("=+") else words)[:MOST_TEXT], None


class Member:
    """Somebody of the structure, under the name of their role."""

    def __init__(self, role: str) -> None:
        self._role = role

    def read(self, cell: str) -> tuple[Detail, ...]:
        """The person; none where the cell is empty, or holds an address rather than a name."""
        name = bare_name(tidy(cell))
        return (Detail(DetailKind.MEMBER, name, self._role),) if name and "@" not in name else ()


def language(cell: str) -> str | Odd:
    """A language that letters are written in."""
    return _of(LANGUAGES, cell, NO_LANGUAGE)


def level(cell: str) -> str | Odd:
    """How far a structure reaches."""
    return _of(LEVELS, cell, NO_LEVEL)


def _of(known: dict[str, str], cell: str, sentence: str) -> str | Odd:
    word = plain(cell)
    if not word or word in known:
        return known.get(word, "")
    return Odd("", (Remark(sentence, {"written": tidy(cell)}),))


def _years(column: Column, mark: str) -> tuple[list[str], list[Remark]]:
    """The years that one cell says; below « Adhésion 2023 » a cross or a sum is enough."""
    word = plain(mark) or mark.strip()
    if word in NO or word == "0":
        return [], []
    if years := [year for year in YEARS_BETWEEN.split(mark) if YEAR.fullmatch(year)]:
        return years, []
    if day := day_in(mark):
        return [day[:4]], []
    if column.field and (word in TRUE or word in PAID or mark.strip() in CROSSES):
        return [column.field], []
    if column.field and (amount := AMOUNT.fullmatch(mark.strip().casefold())):
        return ([column.field] if float(amount["number"].replace(",", ".")) else []), []
    return [], [Remark(WHICH_YEAR, {"written": tidy(mark), "column": column.name})]


def _number(words: str) -> tuple[str, float] | None:
    try:
        value = float(words)
    except ValueError:
        return None
    if value != value or value in (float("inf"), float("-inf")):
        return None
    return (str(int(value)) if value.is_integer() else words), value
