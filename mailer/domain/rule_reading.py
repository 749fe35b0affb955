"""A rule as somebody wrote it becomes a `Rule`, or all that is wrong with it. Knows no file: a mistake has its keys."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches

from mailer.domain.people import Basis, ContactKind
from mailer.domain.regions import REGION_OF, REGIONS
from mailer.domain.rules import (
    LAST_YEAR,
    THIS_YEAR,
    AllOf,
    AnyOf,
    Compared,
    Field,
    Grounded,
    Has,
    InNetwork,
    InStructure,
    Member,
    Not,
    OnList,
    Rule,
    Tagged,
    Test,
    Trait,
)
from mailer.language import N_

DEEPEST, MOST_CONDITIONS, MOST_VALUES = 8, 100, 500
FIRST_YEAR, LAST_YEAR_KNOWN = 1900, 2199
LEVELS = ("local", "departmental", "regional", "national")

NOT_A_CONDITION = N_('a condition is a table between braces, like {{ tag = "ca" }}.')
EMPTY_CONDITION = N_('nothing is written in this condition; it is like {{ tag = "ca" }}.')
UNKNOWN_CONDITION = N_('unknown condition "{key}". The conditions here are: {known}.')
UNKNOWN_CONDITION_CLOSE = N_('unknown condition "{key}". Did you mean "{close}"?')
NOT_SEVERAL = N_('"{key}" holds a list of conditions, like {key} = [ {{ tag = "ca" }}, {{ membership = 2024 }} ].')
NOT_TEXTS = N_('"{key}" cannot be {value}; it is a text between quotation marks, or a list of them.')
NOT_YEARS = N_('"{key}" cannot be {value}; it is a year, "this_year", "last_year", or a list of them.')
NOT_DAYS = N_('"{key}" cannot be {value}; it is a number of days from 1 to 3650.')
NOT_KNOWN = N_('"{key}" cannot be "{value}"; it is one of {known}.')
NOT_KNOWN_CLOSE = N_('"{key}" cannot be "{value}". Did you mean "{close}"?')
NOT_A_DEPARTMENT = N_('"{value}" is no department; write "35", "2A" or "974".')
NOT_A_FIELD_VALUE = N_(
    '"{key}" cannot be {value}; it is a text, a number, a date, true or false, or a table like {{ at_least = 10 }}.'
)
TOO_DEEP = N_("this rule goes more than {most} levels deep: write it flatter.")
TOO_MANY = N_("this rule has more than {most} conditions: give these people one tag, and name the tag here.")

Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and under which keys."""

    keys: Keys
    sentence: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass
class _Reading:
    lists: Collection[str]
    mistakes: list[Mistake] = field(default_factory=list)
    conditions: int = 0

    def wrong(self, keys: Keys, sentence: str, **values: object) -> None:
        self.mistakes.append(Mistake(keys, sentence, values))


def read_rule(written: object, lists: Collection[str], keys: Keys = ()) -> tuple[Rule | None, list[Mistake]]:
    """The rule, or every mistake in it. `lists` are those that there are."""
    reading = _Reading(lists)
    rule = _condition(reading, written, keys, CONDITIONS)
    if reading.conditions > MOST_CONDITIONS:
        reading.wrong(keys, TOO_MANY, most=MOST_CONDITIONS)
    return (None, reading.mistakes) if reading.mistakes else (rule, [])


Reader = Callable[[_Reading, object, Keys], Rule | None]


def _condition(reading: _Reading, written: object, keys: Keys, known: Mapping[str, Reader]) -> Rule | None:
    if not isinstance(written, Mapping):
        reading.wrong(keys, NOT_A_CONDITION)
    elif not written:
        reading.wrong(keys, EMPTY_CONDITION)
    elif len(keys) > 2 * DEEPEST:
        reading.wrong(keys, TOO_DEEP, most=DEEPEST)
    else:
        read = [_leaf(reading, key, value, (*keys, key), known) for key, value in written.items()]
        found = tuple(one for one in read if one is not None)
        return found[0] if len(found) == 1 else AllOf(found)
    return None


def _leaf(reading: _Reading, key: str, value: object, keys: Keys, known: Mapping[str, Reader]) -> Rule | None:
    reading.conditions += 1
    if key in known:
        return known[key](reading, value, keys)
    _unknown(reading, keys, known)
    return None


def _unknown(reading: _Reading, keys: Keys, known: Collection[str]) -> None:
    if close := get_close_matches(str(keys[-1]), known, 1):
        reading.wrong(keys, UNKNOWN_CONDITION_CLOSE, key=keys[-1], close=close[0])
    else:
        reading.wrong(keys, UNKNOWN_CONDITION, key=keys[-1], known=", ".join(known))


def _several(reading: _Reading, written: object, keys: Keys) -> tuple[Rule, ...]:
    if not isinstance(written, list) or not written:
        reading.wrong(keys, NOT_SEVERAL, key=keys[-1])
        return ()
    read = [_condition(reading, one, (*keys, at), CONDITIONS) for at, one in enumerate(written)]
    return tuple(one for one in read if one is not None)


def _any(reading: _Reading, written: object, keys: Keys) -> Rule:
    return AnyOf(_several(reading, written, keys))


def _all(reading: _Reading, written: object, keys: Keys) -> Rule:
    return AllOf(_several(reading, written, keys))


def _not(reading: _Reading, written: object, keys: Keys) -> Rule | None:
    inner = _condition(reading, written, keys, CONDITIONS)
    return Not(inner) if inner else None


def _membership(reading: _Reading, written: object, keys: Keys) -> Rule | None:
    if not isinstance(written, Mapping):
        return Member(_years(reading, written, keys))
    for key in written.keys() - {"year", "kind"}:
        _unknown(reading, (*keys, key), ("year", "kind"))
    years = _years(reading, written["year"], (*keys, "year")) if "year" in written else ()
    kinds = _texts(reading, written["kind"], (*keys, "kind")) if "kind" in written else ()
    if not written:
        reading.wrong(keys, EMPTY_CONDITION)
    return Member(years, kinds)


def _membership_not(reading: _Reading, written: object, keys: Keys) -> Rule:
    return Not(Member(_years(reading, written, keys)))


def _years(reading: _Reading, written: object, keys: Keys) -> tuple[int | str, ...]:
    years = written if isinstance(written, list) else [written]
    for year in years:
        number = isinstance(year, int) and not isinstance(year, bool) and FIRST_YEAR <= year <= LAST_YEAR_KNOWN
        if not number and year not in (THIS_YEAR, LAST_YEAR):
            reading.wrong(keys, NOT_YEARS, key=keys[-1], value=shown(year))
    if not years:
        reading.wrong(keys, NOT_YEARS, key=keys[-1], value="[]")
    return tuple(years)


def _texts(reading: _Reading, written: object, keys: Keys) -> tuple[str, ...]:
    written_texts = written if isinstance(written, list) else [written]
    texts = tuple(one.strip() for one in written_texts if isinstance(one, str) and one.strip())
    if not 0 < len(written_texts) == len(texts) <= MOST_VALUES:
        reading.wrong(keys, NOT_TEXTS, key=keys[-1], value=shown(written))
    return texts


def _known(reading: _Reading, written: object, keys: Keys, known: Collection[str]) -> tuple[str, ...]:
    texts = _texts(reading, written, keys)
    for one in texts:
        if known and one not in known:
            close = get_close_matches(one, known, 1)
            sentence = NOT_KNOWN_CLOSE if close else NOT_KNOWN
            said = {"close": close[0]} if close else {"known": ", ".join(known)}
            reading.wrong(keys, sentence, key=keys[-1], value=one, **said)
    return texts


def _trait(trait: Trait, known: Collection[str] = ()) -> Reader:
    return lambda reading, written, keys: Has(trait, _known(reading, written, keys, known))


def _tag(reading: _Reading, written: object, keys: Keys) -> Rule:
    return Tagged(_texts(reading, written, keys))


def _department(reading: _Reading, written: object, keys: Keys) -> Rule:
    codes = tuple(code.upper() for code in _texts(reading, written, keys))
    for code in codes:
        if code not in REGION_OF:
            reading.wrong(keys, NOT_A_DEPARTMENT, value=code)
    return Has(Trait.DEPARTMENT, codes)


def _list(reading: _Reading, written: object, keys: Keys) -> Rule:
    return OnList(_known(reading, written, keys, reading.lists))


def _joined(reading: _Reading, written: object, keys: Keys) -> Rule:
    if not isinstance(written, int) or isinstance(written, bool) or not 1 <= written <= 3650:
        reading.wrong(keys, NOT_DAYS, key=keys[-1], value=shown(written))
        return OnList()
    return OnList((), written)


def _basis(reading: _Reading, written: object, keys: Keys) -> Rule:
    texts = _known(reading, written, keys, [str(one) for one in Basis])
    return Grounded(tuple(Basis(one) for one in texts if one in set(Basis)))


def _structure(reading: _Reading, written: object, keys: Keys) -> Rule | None:
    if not isinstance(written, Mapping):
        return InStructure(Has(Trait.NAME, _texts(reading, written, keys)))
    inner = _condition(reading, written, keys, OF_STRUCTURES)
    return InStructure(inner) if inner else None


def _network(reading: _Reading, written: object, keys: Keys) -> Rule:
    return InNetwork(_texts(reading, written, keys))


def _fields(reading: _Reading, written: object, keys: Keys) -> Rule | None:
    if not isinstance(written, Mapping) or not written:
        reading.wrong(keys, NOT_A_CONDITION)
        return None
    tests = [test for name, value in written.items() for test in _field(reading, str(name), value, (*keys, name))]
    return tests[0] if len(tests) == 1 else AllOf(tuple(tests))


def _field(reading: _Reading, name: str, written: object, keys: Keys) -> list[Field]:
    if not isinstance(written, Mapping):
        values = written if isinstance(written, list) and written else [written]
        return [Field(name, Test.IS, tuple(_value(reading, one, keys) for one in values))]
    if not written:
        reading.wrong(keys, EMPTY_CONDITION)
    for key in written.keys() - {Test.AT_LEAST.value, Test.AT_MOST.value}:
        _unknown(reading, (*keys, key), (Test.AT_LEAST.value, Test.AT_MOST.value))
    return [
        Field(name, test, (_value(reading, written[test.value], (*keys, test.value), ordered=True),))
        for test in (Test.AT_LEAST, Test.AT_MOST)
        if test.value in written
    ]


def _value(reading: _Reading, written: object, keys: Keys, *, ordered: bool = False) -> Compared:
    plain = isinstance(written, int | float | date) and not isinstance(written, datetime)
    if ordered and plain and not isinstance(written, bool):
        return written  # type: ignore[return-value] # the two tests above say that it is one of these
    if not ordered and (plain or isinstance(written, str)):
        return written  # type: ignore[return-value] # as above
    reading.wrong(keys, NOT_A_FIELD_VALUE, key=keys[-1], value=shown(written))
    return ""


def shown(value: object) -> str:
    """What somebody wrote, cut to what a sentence holds."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else str(value)


OF_STRUCTURES: Mapping[str, Reader] = {
    "name": _trait(Trait.NAME),
    "level": _trait(Trait.LEVEL, LEVELS),
    "theme": _trait(Trait.THEME),
    "network": _network,
    "region": _trait(Trait.REGION, REGIONS),
    "department": _department,
    "tag": _tag,
    "membership": _membership,
    "membership_not": _membership_not,
}
CONDITIONS: Mapping[str, Reader] = {
    "membership": _membership,
    "membership_not": _membership_not,
    "tag": _tag,
    "list": _list,
    "joined_within_days": _joined,
    "region": _trait(Trait.REGION, REGIONS),
    "department": _department,
    "kind": _trait(Trait.KIND, [str(one) for one in ContactKind]),
    "language": _trait(Trait.LANGUAGE),
    "structure": _structure,
    "field": _fields,
    "basis": _basis,
    "any": _any,
    "all": _all,
    "not": _not,
}
