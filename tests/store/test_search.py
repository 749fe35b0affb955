"""Contacts found by half a name, a structure, a city or an address, whatever their accents, on both databases."""

import pytest
from sqlalchemy import insert, update

from mailer.domain.people import ClosedReason, ContactKind
from mailer.store import affiliations, contacts, search
from mailer.store.database import Connection, Database
from mailer.store.tables import contacts as rows
from tests.store.base import NOON, contact, crowd, quickest, take_in

HELENE, KARIM = "helene.dl@mairie.example", "karim@ormes.example"


def names(tx: Connection, query: str) -> list[str]:
    if search.stale(tx):
        search.refresh(tx)
    return [row.name for row in search.find(tx, query)]


def base(tx: Connection) -> int:
    """Hélène, who is in a structure, and Karim."""
    take_in(tx, [contact(HELENE, "Hélène Dupont-Lajoie"), contact(KARIM, "Karim Noël")])
    tx.execute(update(rows).where(rows.c.name == "Karim Noël").values(city="Saint-Étienne", postcode="42000"))
    mjc = contacts.add(tx, ContactKind.STRUCTURE, "M.J.C. des Hauts", None, NOON)
    affiliations.affiliate(tx, 1, mjc, "présidente", None)
    return mjc


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("lajoi", ["Hélène Dupont-Lajoie"]),
        ("DUPONT hel", ["Hélène Dupont-Lajoie"]),
        ("etienne", ["Karim Noël"]),
        ("noel 42", ["Karim Noël"]),
        ("karim@ormes.example", ["Karim Noël"]),
        ("mjc", ["Hélène Dupont-Lajoie", "M.J.C. des Hauts"]),
        ("m.j.c. hauts", ["M.J.C. des Hauts", "Hélène Dupont-Lajoie"]),
        ("2", ["Karim Noël"]),
        ("upont", []),
        ("%", []),
        ("", []),
    ],
)
def test_the_beginning_of_each_word_is_enough(database: Database, query: str, found: list[str]) -> None:
    with database.transaction() as tx:
        base(tx)
        assert sorted(names(tx, query)) == sorted(found)


def test_what_changes_is_found_anew_and_what_is_gone_is_not(database: Database) -> None:
    with database.transaction() as tx:
        mjc = base(tx)
        assert names(tx, "hauts") != []
        before = contacts.record(tx, mjc)
        assert before is not None
        contacts.write(tx, before, {"name": "Les Ormeaux"}, "Léa", NOON)
        assert names(tx, "hauts") == []
        assert sorted(names(tx, "ormeau")) == ["Hélène Dupont-Lajoie", "Les Ormeaux"]
        affiliations.part(tx, 1, mjc, None)
        assert names(tx, "ormeau") == ["Les Ormeaux"]


def test_names_that_begin_with_it_come_first_and_the_closed_last(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(
            insert(rows).values([{"kind": "person", "name": name} for name in ("Ana Roux", "Roux Zoé", "Bo Roux")])
        )
        contacts.close(tx, 1, ClosedReason.DECEASED, NOON)
        assert names(tx, "roux") == ["Roux Zoé", "Bo Roux", "Ana Roux"]


def test_half_a_name_among_five_thousand_takes_twelve_milliseconds(sqlite_database: Database) -> None:
    """A quarter of the base that it is for, in a quarter of the 50 ms."""
    with sqlite_database.transaction() as tx:
        crowd(tx, 5_000)
        search.refresh(tx)
    assert quickest(sqlite_database, lambda tx: search.find(tx, "reader 1234")) < 0.012
