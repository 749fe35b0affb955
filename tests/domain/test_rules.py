"""Rules as people write them: read, refused in sentences, and kept from what historical contacts were promised."""

import tomllib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.domain.people import Basis
from mailer.domain.rule_reading import MOST_CONDITIONS, read_rule
from mailer.domain.rule_words import in_words
from mailer.domain.rules import (
    EVERYONE,
    RELATED,
    AllOf,
    AnyOf,
    Field,
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
    names_people,
    of_related,
    to_renew,
)

BRITTANY, CA = Has(Trait.REGION, ("BRE",)), Tagged(("ca",))


def read(text: str) -> Rule:
    rule, mistakes = read_rule(tomllib.loads(text)["rule"], ["sirene", "klaxon"])
    assert mistakes == []
    assert rule is not None
    return rule


def refused(text: str) -> list[str]:
    rule, mistakes = read_rule(tomllib.loads(text)["rule"], ["sirene", "klaxon"], ("rule",))
    assert rule is None
    return [f"{'.'.join(map(str, one.keys))}: {one.sentence.format(**one.values)}" for one in mistakes]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("rule = { membership = 2023 }", Member((2023,))),
        ('rule = { membership = ["this_year", "last_year"] }', Member(("this_year", "last_year"))),
        ('rule = { membership.year = 2023, membership.kind = "association" }', Member((2023,), ("association",))),
        ("rule = { membership_not = 2024 }", Not(Member((2024,)))),
        ('rule = { tag = ["ca", "presse"] }', Tagged(("ca", "presse"))),
        ('rule = { region = "BRE", kind = "person" }', AllOf((BRITTANY, Has(Trait.KIND, ("person",))))),
        ('rule = { department = "2a" }', Has(Trait.DEPARTMENT, ("2A",))),
        ('rule = { structure = "Réseau des régies" }', InStructure(Has(Trait.NAME, ("Réseau des régies",)))),
        ('rule = { structure.level = "regional" }', InStructure(Has(Trait.LEVEL, ("regional",)))),
        ('rule = { structure.network = "RNMA" }', InStructure(InNetwork(("RNMA",)))),
        ('rule = { list = "klaxon" }', OnList(("klaxon",))),
        ("rule = { joined_within_days = 90 }", OnList((), 90)),
        ("rule = { field.don = { at_least = 10 } }", Field("don", Test.AT_LEAST, (10,))),
        ("rule = { field.depuis.at_most = 2021-01-31 }", Field("depuis", Test.AT_MOST, (date(2021, 1, 31),))),
        ('rule = { not = { any = [ { tag = "ca" }, { region = "BRE" } ] } }', Not(AnyOf((CA, BRITTANY)))),
        ('[rule]\n[[rule.all]]\ntag = "ca"\n[[rule.all]]\nregion = "BRE"', AllOf((CA, BRITTANY))),
    ],
)
def test_a_rule_is_read_as_it_is_written(text: str, rule: Rule) -> None:
    assert read(text) == rule


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('rule = { tga = "ca" }', 'rule.tga: unknown condition "tga". Did you mean "tag"?'),
        ("rule = { structure.tga = 1 }", 'rule.structure.tga: unknown condition "tga". Did you mean "tag"?'),
        ("rule = { colour = 1 }", 'rule.colour: unknown condition "colour". The conditions here are: membership'),
        ("rule = { membership = true }", 'rule.membership: "membership" cannot be true; it is a year'),
        ("rule = { membership.yeer = 2023 }", 'unknown condition "yeer". Did you mean "year"?'),
        ("rule = { tag = [] }", '"tag" cannot be []; it is a text between quotation marks'),
        ('rule = { list = "sirenne" }', 'rule.list: "list" cannot be "sirenne". Did you mean "sirene"?'),
        ('rule = { region = "Bretagne" }', '"region" cannot be "Bretagne"; it is one of ARA'),
        ('rule = { department = "96" }', '"96" is no department'),
        ("rule = { joined_within_days = 0 }", '"joined_within_days" cannot be 0; it is a number of days'),
        ("rule = { any = [] }", '"any" holds a list of conditions'),
        ("rule = { any = [ {} ] }", "rule.any.0: nothing is written in this condition"),
        ("rule = { not = 3 }", "rule.not: a condition is a table between braces"),
        ('rule = { field.don = { at_least = "dix" } }', "\"at_least\" cannot be 'dix'; it is a text, a number"),
        ("rule = " + "{ not = " * 20 + "{ tag = 1 }" + " }" * 20, "more than 8 levels deep"),
        ("rule.any = [" + '{ tag = "a" },' * (MOST_CONDITIONS + 1) + "]", "more than 100 conditions"),
    ],
)
def test_a_mistake_says_what_to_write(text: str, said: str) -> None:
    assert [one for one in refused(text) if said in one]


def test_all_mistakes_are_told_at_once() -> None:
    assert len(refused('rule.any = [ { tga = "ca" }, { region = "BZH" }, { membership = "2023" } ]')) == 3


WRITTEN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["any", "not", "tag", "membership", "field", "structure", "year", "x"]), inner
        )
    ),
    max_leaves=10,
)


@settings(deadline=None, max_examples=200, database=None)
@given(written=WRITTEN)
def test_whatever_is_written_is_a_rule_or_a_mistake_and_a_rule_can_be_said(written: object) -> None:
    rule, mistakes = read_rule(written, ["sirene"])
    assert (rule is None) == bool(mistakes)
    assert rule is None or in_words(rule, str)


def test_a_rule_that_only_describes_holds_no_historical_contact() -> None:
    assert of_related(CA) == CA
    assert of_related(BRITTANY) == AllOf((BRITTANY, RELATED))
    assert of_related(AnyOf((CA, BRITTANY))) == AnyOf((CA, AllOf((BRITTANY, RELATED))))
    assert of_related(EVERYONE) == AllOf((EVERYONE, RELATED))
    assert not names_people(Not(CA))
    assert names_people(InStructure(Has(Trait.NAME, ("L’Écluse",))))
    assert not names_people(InStructure(Has(Trait.LEVEL, ("local",))))
    named = read(f'rule = {{ region = "BRE", basis = "{Basis.INFORMED}" }}')
    assert of_related(named) == named


def test_who_is_to_renew_was_a_member_the_year_before() -> None:
    assert to_renew(2024) == AllOf((Member((2023,)), Not(Member((2024,)))))
    assert to_renew("this_year") == AllOf((Member(("last_year",)), Not(Member(("this_year",)))))


def test_a_rule_is_said_in_words() -> None:
    rule = read('rule = { not = { any = [ { tag = "ca" }, { structure.region = "BRE" } ] }, membership = 2023 }')
    assert in_words(rule, str) == "not (tag ca or of a structure: region Bretagne) and member in 2023"
