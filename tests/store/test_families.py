"""Families: what config.toml says of a domain holds for addresses that were stored before, and for waiting letters."""

from sqlalchemy import select

from mailer.domain.addresses import FAMILIES, Family
from mailer.store import deliveries, people
from mailer.store.database import Connection, Database
from mailer.store.tables import addresses
from tests.store.base import LATER, contact, release, take_in
from tests.store.test_plans import spoken

ADDED = FAMILIES | {"orange.example": Family.ORANGE, "gmail.com": Family.OTHER}


def families(tx: Connection) -> dict[str, Family]:
    rows = tx.execute(select(addresses.c.canonical, addresses.c.family))
    return {row.canonical: Family(row.family) for row in rows}


def test_stored_addresses_and_waiting_letters_follow_the_table(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(f"a@{domain}") for domain in ("orange.example", "gmail.com", "free.fr", "ex.example")])
        release(tx)
        people.refresh_families(tx, FAMILIES)
        assert people.refresh_families(tx, ADDED) == 2
        assert families(tx) == {
            "a@orange.example": Family.ORANGE,
            "a@gmail.com": Family.OTHER,
            "a@free.fr": Family.FREE,
            "a@ex.example": Family.OTHER,
        }
        assert deliveries.waiting_by_family(tx, "main", LATER) == {Family.ORANGE: 1, Family.FREE: 1, Family.OTHER: 2}
        assert people.refresh_families(tx, FAMILIES) == 2


def test_a_table_that_was_applied_is_not_applied_again(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        assert not people.families_are(tx, FAMILIES)
        people.refresh_families(tx, FAMILIES)
        assert people.families_are(tx, dict(reversed(FAMILIES.items())))
        with spoken(sqlite_database) as said:
            assert people.refresh_families(tx, FAMILIES) == 0
    assert not any(statement.startswith("UPDATE") for statement, _ in said)


def test_an_empty_table_leaves_nobody_in_a_family(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact("a@orange.fr")])
        assert people.refresh_families(tx, {}) == 1
        assert families(tx) == {"a@orange.fr": Family.OTHER}
