"""An import is taken back whole; what people did since is not."""

from sqlalchemy import Table, func, select

from mailer.domain.addresses import Address
from mailer.domain.deliveries import DeliveryState
from mailer.domain.incoming import DoubtfulRow
from mailer.domain.people import ContactKind, SubscriptionState
from mailer.store import doubts, people, undoing
from mailer.store.database import Connection, Database
from mailer.store.staging import Staging
from mailer.store.tables import addresses, contacts, subscriptions
from tests.store.base import LATER, NOON, contact, delivery_to, fingerprint, release, state_of, take_in

ANNA, BORIS, CARL = "anna@mairie.example", "boris@mairie.example", "carl@mairie.example"


def held(tx: Connection) -> tuple[int, int, int]:
    """Addresses, contacts, subscriptions."""

    def count(table: Table) -> int:
        return tx.execute(select(func.count()).select_from(table)).scalar_one()

    return count(addresses), count(contacts), count(subscriptions)


def keep(tx: Connection, batch: int, row: DoubtfulRow) -> int:
    staging = Staging(tx, fingerprint)
    staging.add_doubts([row])
    kept, _ = doubts.keep_part(tx, batch, (1, 1))
    staging.drop()
    return kept


def test_what_came_by_a_file_goes_with_it(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(ANNA)], "klaxon")
        before = held(tx)
        counted = take_in(tx, [contact(ANNA, "Anna Kern"), contact(BORIS, "Boris")], "sirene", LATER)
        undone = undoing.undo(tx, counted.batch, LATER)
        assert (undone.contacts, undone.subscriptions) == (1, 2)
        assert held(tx) == before
        assert tx.execute(select(contacts.c.name)).scalars().all() == [""]
        batch = undoing.batch(tx, counted.batch)
        assert batch is not None
        assert batch.undone_at == LATER


def test_who_left_stays_out_when_the_file_that_brought_them_is_taken_back(database: Database) -> None:
    with database.transaction() as tx:
        counted = take_in(tx, [contact(ANNA), contact(BORIS)])
        issue = release(tx)
        people.leave(tx, delivery_to(tx, ANNA, issue), LATER)
        undoing.undo(tx, counted.batch, LATER)
        states = tx.execute(select(subscriptions.c.state)).scalars().all()
        assert states == [SubscriptionState.LEFT]
        assert take_in(tx, [contact(ANNA)]).suppressed == 1


def test_letters_that_wait_for_those_who_go_do_not_leave(database: Database) -> None:
    with database.transaction() as tx:
        take_in(tx, [contact(CARL)])
        counted = take_in(tx, [contact(ANNA), contact(CARL)])
        issue = release(tx)
        assert undoing.undo(tx, counted.batch, LATER).skipped == 1
        gone, stays = delivery_to(tx, ANNA, issue), delivery_to(tx, CARL, issue)
    assert (state_of(database, gone), state_of(database, stays)) == (DeliveryState.SKIPPED, DeliveryState.QUEUED)


def test_a_row_that_waits_already_is_not_kept_twice(database: Database) -> None:
    row = DoubtfulRow(2, "x@gmial.com", Address("x@gmail.com", "x@gmail.com"), "", ContactKind.PERSON, "why", {"a": 1})
    with database.transaction() as tx:
        first, second = take_in(tx, [contact(ANNA)]).batch, take_in(tx, [contact(BORIS)]).batch
        assert keep(tx, first, row) == 1
        assert keep(tx, second, row) == 0
        [waiting] = doubts.waiting(tx)
        assert (waiting.proposal, waiting.details, waiting.list_slug) == ("x@gmail.com", {"a": "1"}, "sirene")
        assert undoing.undo(tx, first, NOON).doubts == 1
        assert doubts.waiting(tx) == []
