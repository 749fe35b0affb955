"""A notice is written to once a key, and leaves in one sender's hands only."""

from datetime import timedelta

from sqlalchemy import select

from mailer.domain.deliveries import DeliveryState, Settlement
from mailer.store import notices
from mailer.store.database import Database
from mailer.store.tables import notices as rows
from tests.store.base import DEFERRED, LATER, LOST, NOON, SENT, run_together


def queued(database: Database, key: str = "day sirene") -> int:
    with database.transaction() as tx:
        assert notices.queue(tx, "reminder", key, "odile@association.example", {"why": "é"}, NOON)
        return int(tx.execute(select(rows.c.id).where(rows.c.key == key)).scalar_one())


def state(database: Database) -> str:
    with database.reading() as tx:
        return str(tx.execute(select(rows.c.state)).scalar_one())


def test_a_key_is_queued_once_by_however_many(database: Database) -> None:
    done = list[bool]()

    def queue() -> None:
        with database.transaction() as tx:
            done.append(notices.queue(tx, "reminder", "one", "odile@association.example", {}, NOON))

    run_together(4, queue)
    assert sorted(done) == [False, False, False, True]


def test_what_is_due_comes_oldest_first_with_its_content(database: Database) -> None:
    first = queued(database)
    queued(database, "hour sirene")
    with database.transaction() as tx:
        assert notices.due(tx, NOON - timedelta(seconds=1)) == []
        notices.put_off(tx, [first], LATER)
        assert [(one.kind, one.content) for one in notices.due(tx, NOON)] == [("reminder", {"why": "é"})]
        assert [one.id for one in notices.due(tx, LATER)][-1] == first


def test_of_several_senders_one_lets_it_leave(database: Database) -> None:
    notice, done = queued(database), list[bool]()

    def leave() -> None:
        with database.transaction() as tx:
            done.append(notices.about_to_leave(tx, notice, "a", 60, NOON))

    run_together(3, leave)
    assert sorted(done) == [False, False, True]


def test_a_settled_notice_has_its_end_and_a_deferred_one_waits_again(database: Database) -> None:
    notice = queued(database)
    with database.transaction() as tx:
        assert notices.settle(tx, notice, "a", DEFERRED, NOON)
        assert notices.due(tx, NOON) == []
        [again] = notices.due(tx, LATER)
        assert (again.attempts, again.first_attempt_at) == (1, NOON)
        assert notices.about_to_leave(tx, notice, "a", 60, LATER)
        assert not notices.settle(tx, notice, "a stranger", SENT, LATER)
        assert notices.settle(tx, notice, "a", SENT, LATER)
        assert not notices.settle(tx, notice, "a", LOST, LATER)
    assert state(database) == "sent"


def test_a_dead_sender_leaves_an_unknown_notice_and_a_living_one_still_settles_it(database: Database) -> None:
    notice = queued(database)
    with database.transaction() as tx:
        assert not notices.any_overdue(tx)
        notices.about_to_leave(tx, notice, "a", -1, NOON)
        assert notices.any_overdue(tx)
        assert notices.recover(tx, LATER) == 1
        assert notices.recover(tx, LATER) == 0
        assert notices.due(tx, LATER) == []
    assert state(database) == "unknown"
    with database.transaction() as tx:
        assert notices.settle(tx, notice, "a", Settlement(DeliveryState.SENT, 250, "", counted=True), LATER)
    assert state(database) == "sent"
