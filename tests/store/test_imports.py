"""What rows say beside names and addresses, on both databases; taken back to the last value."""

from sqlalchemy import select

from mailer.domain.incoming import ContactRow, Detail, DetailKind
from mailer.domain.people import ContactKind
from mailer.store import undoing
from mailer.store.database import Connection, Database
from mailer.store.tables import (
    addresses,
    affiliations,
    contact_addresses,
    contact_changes,
    contacts,
    custom_values,
    memberships,
    subscriptions,
    tags,
)
from tests.store.base import LATER, take_in

TABLES = (addresses, affiliations, contact_addresses, contact_changes, custom_values, memberships, subscriptions, tags)
PERSON, STRUCTURE = ContactKind.PERSON, ContactKind.STRUCTURE
FIRST = ContactRow(1, "anna@mairie.example", "anna@mairie.example", "", PERSON, city="Rennes", language="fr")
ANNA = ContactRow(
    2, "anna@mairie.example", "anna@mairie.example", "Anna Kern", PERSON, "Anna", "Kern", "en", "69001", "Lyon", "ARA",
    "FR", more=(
        Detail(DetailKind.TAG, "presse"),
        Detail(DetailKind.MEMBERSHIP, "2023", "individuelle", None, "2023-04-03"),
        Detail(DetailKind.MEMBERSHIP, "2022"),
        Detail(DetailKind.CUSTOM, "members", "12.5", 12.5),
        Detail(DetailKind.ADDRESS, "kern@mairie.example", "Kern@mairie.example"),
        Detail(DetailKind.STRUCTURE, "Les Ormes", "trésorière"),
    ),
)  # fmt: skip
ORMES = ContactRow(
    3, "contact@ormes.example", "contact@ormes.example", "LES ORMES", STRUCTURE, level="local", more=(
        Detail(DetailKind.MEMBER, "Zoé Roux", "présidente"),
        Detail(DetailKind.NETWORK, "Fédé 35", "Les Ormes"),
    ),
)  # fmt: skip


def held(tx: Connection) -> list[object]:
    own = [
        contacts.c[name] for name in ("id", "name", "address_id", "city", "language", "region", "parent_id", "edited")
    ]
    rows = [tx.execute(select(table).order_by(*table.primary_key)).all() for table in TABLES]
    return [*rows, [(*row[:-1], str(row[-1])) for row in tx.execute(select(*own).order_by(contacts.c.id))]]


def test_a_file_fills_every_table_once_and_is_taken_back_from_each(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [FIRST])
        before = held(tx)
        counts = take_in(tx, [ANNA, ORMES], now=LATER)
        assert (counts.new, len(counts.touched), counts.structures) == (2, 1, 1)
        [membership] = tx.execute(select(memberships).where(memberships.c.year == 2023)).all()
        assert (membership.kind, str(membership.since)) == ("individuelle", "2023-04-03")
        assert tx.execute(select(custom_values.c.value, custom_values.c.number)).all() == [("12.5", 12.5)]
        assert set(tx.execute(select(affiliations.c.role)).scalars()) == {"trésorière", "présidente"}
        network = select(contacts.c.id).where(contacts.c.name == "Fédé 35").scalar_subquery()
        assert tx.execute(select(contacts.c.name).where(contacts.c.parent_id == network)).scalars().all() == [
            "LES ORMES"
        ]
        assert {row.field for row in tx.execute(select(contact_changes))} >= {"city", "language", "region", "parent"}
        now_held = held(tx)
        again = take_in(tx, [ANNA, ORMES], now=LATER)
        assert (again.ready, again.new, len(again.touched)) == (0, 0, 0)
        assert held(tx) == now_held
        undoing.undo(tx, again.batch, LATER)
        undoing.undo(tx, counts.batch, LATER)
        assert held(tx) == before


def test_twins_of_one_file_are_one_contact_with_all_that_each_says(database: Database) -> None:
    second = ANNA._replace(line=5, name="A. Kern", city="", more=(Detail(DetailKind.TAG, "élus"),))
    third = ANNA._replace(line=6, name="Boris Kern", more=())
    with database.transaction() as tx:
        counts = take_in(tx, [ANNA._replace(name="", more=()), second, third, ANNA._replace(line=7, notes="vu")])
        assert (counts.new, counts.ready, counts.merged) == (2, 2, 2)
        assert sorted(tx.execute(select(tags.c.slug)).scalars()) == ["presse", "élus"]
        assert sorted(
            tx.execute(select(contacts.c.name, contacts.c.notes).where(contacts.c.kind == "person")).all()
        ) == [
            ("A. Kern", "vu"),
            ("Boris Kern", ""),
        ]
