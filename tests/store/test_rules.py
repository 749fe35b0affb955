"""A rule holds in the database exactly whom it says: random rules over a small base, judged by hand beside."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mailer.domain.choices import when
from mailer.domain.people import Basis
from mailer.domain.rules import (
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
    postcodes_of,
)
from mailer.store.database import Connection, Database
from mailer.store.rules import among, holds
from mailer.store.tables import metadata

NOON = datetime(2023, 9, 6, 10, tzinfo=UTC)
WHEN = when(NOON, UTC)

PEOPLE: list[dict[str, Any]] = [
    {"id": 1, "kind": "structure", "name": "Réseau", "region": "BRE", "postcode": "35000", "level": "national"},
    {"id": 2, "kind": "structure", "name": "L’Écluse", "region": "BRE", "postcode": "22100", "parent_id": 1},
    {"id": 3, "kind": "person", "name": "Anna", "region": "COR", "postcode": "20200", "language": "fr"},
    {"id": 4, "kind": "person", "name": "Boris", "region": "BRE", "postcode": "35200", "country": "FR"},
    {"id": 5, "kind": "person", "name": "Carl", "postcode": "35210", "country": "BE", "language": "en"},
    {"id": 6, "kind": "person", "name": "Dina", "region": "IDF", "postcode": "75011"},
]
WITHOUT_ADDRESS = {2}
MEMBERSHIPS = {(1, 2023, "a"), (3, 2022, "p"), (3, 2023, "p"), (4, 2022, "a"), (6, 2020, "p")}
TAGS = {(3, "ca"), (4, "presse"), (2, "ca"), (5, "presse")}
FIELDS = {(3, "don"): 12.0, (4, "don"): 50.0, (3, "depuis"): date(2021, 5, 1), (5, "depuis"): date(2023, 1, 9)}
FIELDS |= {(4, "papier"): True, (6, "metier"): "Élue"}
SUBSCRIPTIONS = [(3, "sirene", "active", "consent", 10), (4, "sirene", "left", "consent", 10)]
SUBSCRIPTIONS += [(5, "klaxon", "active", "informed", 200), (6, "klaxon", "pending", "membership", 5)]
BELONGS = {(3, 2), (4, 1)}


def fill(tx: Connection) -> None:
    tables = metadata.tables
    rows = [{"address": f"{one['id']}@x.example", "canonical": f"{one['id']}@x.example"} for one in PEOPLE]
    for number, row in enumerate(rows, 1):
        tx.execute(
            tables["address"]
            .insert()
            .values(id=number, domain="x.example", family=0, fingerprint=bytes([number]), created_at=NOON, **row)
        )
    for one in PEOPLE:
        tx.execute(tables["contact"].insert().values(address_id=address_of(one["id"]), **one))
    for contact_id, year, kind in MEMBERSHIPS:
        tx.execute(tables["membership"].insert().values(contact_id=contact_id, year=year, kind=kind))
    for contact_id, slug in TAGS:
        tx.execute(tables["tag"].insert().values(contact_id=contact_id, slug=slug))
    for (contact_id, name), value in FIELDS.items():
        values: dict[str, Any] = {"contact_id": contact_id, "field": name, "value": canonical(value)}
        values["number"] = value if isinstance(value, float) else None
        tx.execute(tables["custom_value"].insert().values(**values))
    for contact_id, slug, state, basis, days in SUBSCRIPTIONS:
        values = {"contact_id": contact_id, "address_id": contact_id, "list_slug": slug, "state": state, "basis": basis}
        tx.execute(tables["subscription"].insert().values(joined_at=NOON - timedelta(days=days), **values))
    for person, structure in BELONGS:
        tx.execute(tables["affiliation"].insert().values(person_id=person, structure_id=structure))


def address_of(contact_id: int) -> int | None:
    return None if contact_id in WITHOUT_ADDRESS else contact_id


def canonical(value: object) -> str:
    return (
        value.isoformat() if isinstance(value, date) else str(value).lower() if isinstance(value, bool) else str(value)
    )


def by_hand(rule: Rule, one: dict[str, Any]) -> bool:
    """The same, read off the lists above."""
    match rule:
        case AllOf(rules):
            return all(by_hand(each, one) for each in rules)
        case AnyOf(rules):
            return any(by_hand(each, one) for each in rules)
        case Not(inner):
            return not by_hand(inner, one)
        case Has(Trait.DEPARTMENT, codes):
            begins = tuple(begin for code in codes for begin in postcodes_of(code))
            return one.get("country", "") in ("", "FR") and one.get("postcode", "").startswith(begins)
        case Has(trait, values):
            return one.get(trait.value, "") in values
        case InStructure(inner):
            mine = [two for two in PEOPLE if (one["id"], two["id"]) in BELONGS]
            own = [one] if one["kind"] == "structure" else []
            return any(by_hand(inner, structure) for structure in [*own, *mine])
        case InNetwork(names):
            return any(two["name"] in names for two in PEOPLE if two["id"] == one.get("parent_id"))
        case _:
            return relation_by_hand(rule, one["id"])


def relation_by_hand(rule: Rule, me: int) -> bool:
    match rule:
        case Member(_, kinds):
            years = rule.years_in(2023)
            return any(
                who == me and (not years or year in years) and (not kinds or kind in kinds)
                for who, year, kind in MEMBERSHIPS
            )
        case Tagged(tags):
            return any((me, tag) in TAGS for tag in tags)
        case OnList(lists, days):
            return any(
                who == me and state == "active" and (not lists or slug in lists) and (days is None or joined <= days)
                for who, slug, state, _, joined in SUBSCRIPTIONS
            )
        case Grounded(bases):
            asked = any(row[0] == me and row[2] == "active" and row[3] == "consent" for row in SUBSCRIPTIONS)
            member = any(who == me for who, _, _ in MEMBERSHIPS)
            truth = {Basis.CONSENT: asked, Basis.MEMBERSHIP: member, Basis.INFORMED: not (asked or member)}
            return any(truth[basis] for basis in bases)
        case Field(name, test, values):
            mine = FIELDS.get((me, name))
            return any(compared(test, mine, value) for value in values) if mine is not None else False
    raise AssertionError(rule)


def compared(test: Test, mine: Any, value: Any) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        same = isinstance(mine, float)
    else:
        mine, value, same = canonical(mine), canonical(value), True
    ordered = {
        Test.IS: lambda: mine == value,
        Test.AT_LEAST: lambda: mine >= value,
        Test.AT_MOST: lambda: mine <= value,
    }
    return same and ordered[test]()


def some(*values: object) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)


LEAVES: st.SearchStrategy[Rule] = st.one_of(
    st.builds(Member, some(2020, 2022, 2023, "this_year", "last_year") | st.just(()), some("a", "p") | st.just(())),
    st.builds(Tagged, some("ca", "presse", "personne")),
    st.builds(OnList, some("sirene", "klaxon") | st.just(()), st.sampled_from([None, 7, 90])),
    st.builds(Grounded, some(*Basis)),
    st.builds(Has, st.just(Trait.REGION), some("BRE", "IDF", "COR", "")),
    st.builds(Has, st.just(Trait.DEPARTMENT), some("35", "22", "2A", "2B", "75")),
    st.builds(Has, st.just(Trait.KIND), some("person", "structure")),
    st.builds(Has, st.just(Trait.LANGUAGE), some("fr", "en")),
    st.builds(Field, st.just("don"), st.sampled_from(Test), some(12, 50.0, 0)),
    st.builds(Field, st.just("depuis"), st.sampled_from(Test), some(date(2021, 5, 1), date(2022, 1, 1))),
    st.builds(Field, st.sampled_from(["papier", "metier"]), st.just(Test.IS), some(True, False, "Élue", "true")),
)
OF_STRUCTURES: st.SearchStrategy[Rule] = st.one_of(
    st.builds(Has, st.just(Trait.NAME), some("L’Écluse", "Réseau")),
    st.builds(Has, st.just(Trait.LEVEL), some("national", "local")),
    st.builds(InNetwork, some("Réseau", "Aucun")),
    st.builds(Tagged, some("ca")),
)
RULES: st.SearchStrategy[Rule] = st.recursive(
    LEAVES | st.builds(InStructure, OF_STRUCTURES),
    lambda inner: st.one_of(
        st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=8,
)


@pytest.fixture
def filled(database: Database) -> Iterator[Connection]:
    with database.transaction() as tx:
        fill(tx)
    with database.reading() as tx:
        yield tx


@settings(deadline=None, max_examples=150, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule=RULES)
def test_a_rule_holds_in_the_database_whom_it_holds_by_hand(filled: Connection, rule: Rule) -> None:
    contacts = metadata.tables["contact"]
    expected = [one["id"] for one in PEOPLE if by_hand(rule, one)]
    for said in (holds(rule, contacts, WHEN), among(rule, contacts, WHEN)):
        found = filled.execute(select(contacts.c.id).where(said).order_by(contacts.c.id)).scalars().all()
        assert found == expected
    never_null = select(contacts.c.id).where(holds(rule, contacts, WHEN).is_(None))
    assert filled.execute(never_null).all() == []
