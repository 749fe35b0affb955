"""Fields of a site's own, and what may be written in them. A value has one form, whoever wrote it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from mailer.domain.search import fold
from mailer.errors import Refused
from mailer.language import N_

NOT_A_NUMBER = N_('"{label}" is a number: "{written}" is none.')
NOT_A_DATE = N_('"{label}" is a date, like 06/09/2023 or 2023-09-06: "{written}" is none.')
NEITHER_YES_NOR_NO = N_('"{label}" is yes or no: "{written}" is neither.')
NOT_A_CHOICE = N_('"{label}" is one of {choices}: "{written}" is none of them.')
TOO_LONG = N_('"{label}" takes {limit} characters at most.')

LONGEST = 2000
LARGEST = 15
"""Digits of a number: what a spreadsheet keeps exactly."""
_YES = frozenset(("oui", "o", "vrai", "true", "yes", "y", "x", "1"))
_NO = frozenset(("non", "n", "faux", "false", "no", "0"))
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_PARTIAL = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2]))?")


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    CHOICE = "choice"


@dataclass(frozen=True)
class CustomField:
    """One field that a site declared."""

    name: str
    label: str
    kind: FieldKind
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class FieldValue:
    """A value as it is kept: a text in one form, and for numbers what they are compared by."""

    text: str
    number: float | None = None


def read_value(field: CustomField, written: str) -> FieldValue:
    """What was written in a field, in the one form that is kept. Raises Refused."""
    text = written.strip()
    if len(text) > LONGEST:
        raise Refused(TOO_LONG, label=field.label, limit=LONGEST)
    return _READERS[field.kind](field, text)


def _text(_field: CustomField, text: str) -> FieldValue:
    return FieldValue(text)


def _number(field: CustomField, text: str) -> FieldValue:
    plain = "".join(text.split()).replace(",", ".").removesuffix("€")
    try:
        number = Decimal(plain)
    except InvalidOperation as error:
        raise Refused(NOT_A_NUMBER, label=field.label, written=text) from error
    if not number.is_finite() or abs(number.adjusted()) >= LARGEST:
        raise Refused(NOT_A_NUMBER, label=field.label, written=text)
    said = f"{number:f}"
    said = said.rstrip("0").rstrip(".") if "." in said else said
    return FieldValue("0" if said in ("-0", "") else said, float(number))


def _date(field: CustomField, text: str) -> FieldValue:
    if _PARTIAL.fullmatch(text):
        return FieldValue(text)
    try:
        if found := _DAY_FIRST.fullmatch(text):
            return FieldValue(date(int(found[3]), int(found[2]), int(found[1])).isoformat())
        return FieldValue(date.fromisoformat(text).isoformat())
    except ValueError as error:
        raise Refused(NOT_A_DATE, label=field.label, written=text) from error


def _boolean(field: CustomField, text: str) -> FieldValue:
    folded = fold(text).strip()
    if folded not in _YES | _NO:
        raise Refused(NEITHER_YES_NOR_NO, label=field.label, written=text)
    return FieldValue("true" if folded in _YES else "false")


def _choice(field: CustomField, text: str) -> FieldValue:
    for choice in field.choices:
        if fold(choice) == fold(text):
            return FieldValue(choice)
    raise Refused(NOT_A_CHOICE, label=field.label, choices=", ".join(field.choices), written=text)


_READERS: Mapping[FieldKind, Callable[[CustomField, str], FieldValue]] = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.CHOICE: _choice,
}
