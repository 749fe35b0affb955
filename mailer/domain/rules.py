"""Whom a rule holds: the conditions that lists and issues may name, and how they are put together. Asks no database.

A table is a condition: all of its keys must hold. Under one key a list of values means « one of these ». `any`, `all`
and `not` hold tables. What a table may say, and what is wrong with one, `rule_reading` knows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mailer.domain.people import Basis

THIS_YEAR, LAST_YEAR = "this_year", "last_year"
Year = int | str
"""A calendar year, or one of the two words, which mean the year in which the letter leaves."""
Compared = str | bool | int | float | date


class Trait(StrEnum):
    """What a contact's own row says."""

    KIND = "kind"
    REGION = "region"
    DEPARTMENT = "department"
    LANGUAGE = "language"
    LEVEL = "level"
    THEME = "theme"
    NAME = "name"


class Test(StrEnum):
    """How a field of the site's own is compared."""

    __test__ = False

    IS = "is"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    """For dates too: no later than."""


@dataclass(frozen=True)
class Has:
    """One of those values in the contact's own row."""

    trait: Trait
    values: tuple[str, ...]


@dataclass(frozen=True)
class Member:
    """A membership of one of those years; no year: of any. No kind: of any."""

    years: tuple[Year, ...] = ()
    kinds: tuple[str, ...] = ()

    def years_in(self, this_year: int) -> tuple[int, ...]:
        """The years as numbers."""
        words = {THIS_YEAR: this_year, LAST_YEAR: this_year - 1}
        return tuple(words[year] if isinstance(year, str) else year for year in self.years)


@dataclass(frozen=True)
class Tagged:
    """One of those tags."""

    tags: tuple[str, ...]


@dataclass(frozen=True)
class OnList:
    """Subscribed to one of those lists, and not having left it; no list: to any."""

    lists: tuple[str, ...] = ()
    within_days: int | None = None
    """Since so many days at most."""


@dataclass(frozen=True)
class Grounded:
    """Why we may write: by consent or membership, or only as a historical contact that was informed."""

    bases: tuple[Basis, ...]


@dataclass(frozen=True)
class Field:
    """A field of the site's own."""

    name: str
    test: Test
    values: tuple[Compared, ...]


@dataclass(frozen=True)
class InStructure:
    """A structure of which the rule holds, or somebody who belongs to one."""

    rule: "Rule"


@dataclass(frozen=True)
class InNetwork:
    """A structure whose network has one of those names."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class AllOf:
    """Every one of them; of none: everyone."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one of them."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True)
class Not:
    """Whoever the rule does not hold."""

    rule: "Rule"


Rule = Has | Member | Tagged | OnList | Grounded | Field | InStructure | InNetwork | AllOf | AnyOf | Not

EVERYONE = AllOf(())
RELATED = Grounded((Basis.CONSENT, Basis.MEMBERSHIP))
"""Whoever asked for a letter or is, or was, a member: not only a name in an old file."""


def names_people(rule: Rule) -> bool:
    """Whether all whom it holds are there for something between them and us: a membership, a tag, a subscription.

    A region or a kind alone only describes.
    """
    match rule:
        case Member() | Tagged() | OnList() | Grounded():
            return True
        case InStructure(inner):
            return names_people(inner) or any(_names_one(part) for part in parts(inner))
        case AllOf(rules):
            return any(map(names_people, rules))
        case AnyOf(rules):
            return all(map(names_people, rules))
        case _:
            return False


def of_related(rule: Rule) -> Rule:
    """The rule for an ordinary letter: where it only describes, it holds none but those whom `RELATED` holds.

    Historical contacts were promised one letter a year, and a rule like « everyone of Brittany » must not break that.
    """
    if names_people(rule):
        return rule
    if isinstance(rule, AnyOf):
        return AnyOf(tuple(map(of_related, rule.rules)))
    return AllOf((rule, RELATED))


def to_renew(year: Year) -> Rule:
    """Whoever was a member the year before, and is not yet of that year."""
    before: Year = LAST_YEAR if year == THIS_YEAR else int(year) - 1
    return AllOf((Member((before,)), Not(Member((year,)))))


def parts(rule: Rule) -> Iterator[Rule]:
    """The rule, and every one in it."""
    yield rule
    match rule:
        case AllOf(rules) | AnyOf(rules):
            for one in rules:
                yield from parts(one)
        case Not(inner) | InStructure(inner):
            yield from parts(inner)
        case _:
            pass


def branches(rule: Rule) -> tuple[Rule, ...]:
    """The reasons that somebody may be held for: each of an `any` by itself, else the whole."""
    return rule.rules if isinstance(rule, AnyOf) else (rule,)


def postcodes_of(department: str) -> tuple[str, ...]:
    """How the postcodes of a French department begin."""
    return _CORSICA.get(department, (department,))


def _names_one(rule: Rule) -> bool:
    return isinstance(rule, InNetwork) or (isinstance(rule, Has) and rule.trait is Trait.NAME)


# https://fr.wikipedia.org/wiki/Code_postal_en_France: those of Corsica do not begin with the code of the department.
_CORSICA = {"2A": ("200", "201", "2A"), "2B": ("202", "206", "2B")}
