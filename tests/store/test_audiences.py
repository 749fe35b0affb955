"""Who receives an issue: one letter an address, from the first list that holds it, and nobody who left or opposed."""

from sqlalchemy import select

from mailer.domain.people import ContactKind
from mailer.store import audiences, people
from mailer.store.database import Connection, Database
from mailer.store.tables import addresses, contacts, deliveries
from tests.store.base import (
    BASE,
    LATER,
    NOON,
    SIRENE,
    contact,
    crowd,
    delivery_to,
    fingerprint,
    freeze,
    quickest,
    release,
    take_in,
)

ANNA, BORIS, CARL = "anna@mairie.example", "boris@mairie.example", "carl@mairie.example"


def segments(tx: Connection, issue_id: int) -> dict[str, str]:
    found = tx.execute(
        select(addresses.c.canonical, deliveries.c.segment)
        .join(addresses, addresses.c.id == deliveries.c.address_id)
        .where(deliveries.c.issue_id == issue_id)
    )
    return {row.canonical: row.segment for row in found}


def test_a_reader_of_two_lists_gets_one_letter_as_one_of_the_first(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)])
        take_in(tx, [contact(BORIS, "", ContactKind.STRUCTURE)], None)
        assert audiences.count_audience(tx, [SIRENE, BASE], "sirene") == {"sirene": 1, "base": 1}
        assert segments(tx, release(tx, audience=[SIRENE, BASE])) == {ANNA: "sirene", BORIS: "base"}


def test_contacts_that_share_an_address_get_one_letter(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA, "Anna")], None)
        address_id = tx.execute(select(addresses.c.id)).scalar_one()
        tx.execute(contacts.insert().values(kind="structure", name="L'Atelier", address_id=address_id))
        assert audiences.count_audience(tx, [BASE], "sirene") == {"base": 1}
        assert segments(tx, release(tx, audience=[BASE])) == {ANNA: "base"}


def test_who_left_the_issues_list_does_not_get_it_by_another_door(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA), contact(BORIS)])
        people.leave(tx, delivery_to(tx, ANNA, release(tx)), NOON)
        assert segments(tx, release(tx, "sirene/2023-10", audience=[SIRENE, BASE])) == {BORIS: "sirene"}


def test_who_left_the_base_gets_only_the_lists_they_are_on(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)])
        take_in(tx, [contact(BORIS)], None)
        first = release(tx, audience=[BASE])
        for address in (ANNA, BORIS):
            people.unsubscribe(tx, delivery_to(tx, address, first), "base", NOON)
        assert segments(tx, release(tx, "sirene/2023-10", audience=[SIRENE, BASE])) == {ANNA: "sirene"}


def test_the_suppressed_are_left_out_and_counted(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA), contact(BORIS), contact(CARL)])
        people.leave(tx, delivery_to(tx, CARL, release(tx)), NOON)
        people.import_oppositions(tx, [contact(BORIS)], fingerprint, file_name="refus.csv", now=NOON)
        assert audiences.count_audience(tx, [SIRENE], "sirene") == {"sirene": 1}


def test_the_pending_get_nothing_and_are_not_called_left(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)])
        tx.exec_driver_sql("UPDATE subscription SET state = 'pending'")
        assert audiences.count_audience(tx, [SIRENE], "sirene") == {"sirene": 0}


def test_letters_are_due_at_the_moment_asked_for_and_never_before_now(database: Database) -> None:
    with database.transaction() as tx:
        crowd(tx, 1)
        release(tx, due_at=LATER)
        assert tx.execute(select(deliveries.c.next_try_at)).scalar_one() == LATER
        early = freeze(tx, "sirene/2023-10")
        audiences.queue_audience(tx, early, [SIRENE], "sirene", LATER, NOON)
        last = tx.execute(select(deliveries.c.next_try_at).where(deliveries.c.issue_id == early))
        assert last.scalar_one() == LATER


def test_twenty_thousand_letters_are_queued_within_half_a_second(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        crowd(tx, 20_000, None)
        issue_id = freeze(tx)

    def queue(tx: Connection) -> None:
        assert audiences.queue_audience(tx, issue_id, [SIRENE, BASE], "sirene", NOON, NOON) == 20_000

    assert quickest(sqlite_database, queue) < 0.5
