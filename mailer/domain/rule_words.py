"""A rule in words, for whoever reads a count: « adhésion 2023 », « étiquette ca et région BRE ». Decides nothing."""

from collections.abc import Callable, Sequence
from datetime import date

from mailer.domain.regions import REGIONS
from mailer.domain.rules import (
    LAST_YEAR,
    THIS_YEAR,
    AllOf,
    AnyOf,
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

Say = Callable[[str], str]
"""A sentence in the reader's language, its holes not filled yet."""

EVERY_CONTACT = N_("every contact")
MEMBER = N_("member in {year}")
MEMBER_EVER = N_("member, of whatever year")
OF_KIND = N_("{what} ({kind})")
YEARS = {THIS_YEAR: N_("the year of the letter"), LAST_YEAR: N_("the year before the letter")}
TAG = N_("tag {tag}")
ON_LIST = N_("subscribed to {list}")
ON_ANY_LIST = N_("subscribed to one of our letters")
WITHIN = N_("{what} for {days} days at most")
BASIS = N_("basis: {basis}")
FIELD = N_("{name} {test} {value}")
TESTS = {Test.IS: "=", Test.AT_LEAST: "≥", Test.AT_MOST: "≤"}
OF_STRUCTURE = N_("of a structure: {what}")
NETWORK = N_("network {name}")
NOT = N_("not {what}")
AND, OR = N_(" and "), N_(" or ")
TRAITS = {
    Trait.KIND: N_("kind {value}"),
    Trait.REGION: N_("region {value}"),
    Trait.DEPARTMENT: N_("department {value}"),
    Trait.LANGUAGE: N_("language {value}"),
    Trait.LEVEL: N_("level {value}"),
    Trait.THEME: N_("theme {value}"),
    Trait.NAME: N_("name {value}"),
}


def in_words(rule: Rule, say: Say) -> str:
    """The rule as a person says it."""
    match rule:
        case AllOf(()):
            return say(EVERY_CONTACT)
        case AllOf(rules):
            return say(AND).join(_within(one, say) for one in rules)
        case AnyOf(rules):
            return say(OR).join(_within(one, say) for one in rules)
        case Not(inner):
            return say(NOT).format(what=_within(inner, say))
        case InStructure(inner):
            return say(OF_STRUCTURE).format(what=in_words(inner, say))
        case InNetwork(names):
            return say(NETWORK).format(name=_one_of(names, say))
        case Has(trait, values):
            shown = [REGIONS.get(one, one) if trait is Trait.REGION else one for one in values]
            shown = [say(one) for one in shown] if trait is Trait.KIND else shown
            return say(TRAITS[trait]).format(value=_one_of(shown, say))
        case _:
            return _relation(rule, say)


def _relation(rule: Rule, say: Say) -> str:
    match rule:
        case Member(years, kinds):
            named = [say(YEARS[year]) if isinstance(year, str) else str(year) for year in years]
            what = say(MEMBER).format(year=_one_of(named, say)) if years else say(MEMBER_EVER)
            return say(OF_KIND).format(what=what, kind=_one_of(kinds, say)) if kinds else what
        case Tagged(tags):
            return say(TAG).format(tag=_one_of(tags, say))
        case OnList(lists, days):
            what = say(ON_LIST).format(list=_one_of(lists, say)) if lists else say(ON_ANY_LIST)
            return what if days is None else say(WITHIN).format(what=what, days=days)
        case Grounded(bases):
            return say(BASIS).format(basis=_one_of([say(basis) for basis in bases], say))
        case Field(name, test, values):
            shown = [one.isoformat() if isinstance(one, date) else str(one) for one in values]
            return say(FIELD).format(name=name, test=TESTS[test], value=_one_of(shown, say))
        case _:
            raise ValueError(rule)


def _within(rule: Rule, say: Say) -> str:
    several = isinstance(rule, AllOf | AnyOf) and len(rule.rules) > 1
    return f"({in_words(rule, say)})" if several else in_words(rule, say)


def _one_of(values: Sequence[str], say: Say) -> str:
    return say(OR).join(values)
