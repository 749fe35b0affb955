"""Small facts, written together: each caller hears when its own is safe, and never hears of what is not."""

from collections.abc import Iterator
from concurrent.futures import Future, wait
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import event, select, text, update

from mailer.domain.deliveries import DeliveryState, Settlement
from mailer.domain.hits import HitClass
from mailer.domain.issues import IssueState
from mailer.errors import StoreError
from mailer.store import closing, deliveries, failures, issues, people
from mailer.store.database import Connection, Database, open_database
from mailer.store.ledger import CLOSED, REFUSED, Ledger
from mailer.store.tables import deliveries as rows
from mailer.store.tables import seen, suppressions
from tests.store.base import (
    BASE,
    BROKEN,
    DEFERRED,
    LATER,
    LOST,
    NO_MAILBOX,
    NOON,
    SENT,
    claim,
    counts,
    release,
    released_to,
    state_of,
)
from tests.store.test_database import full_disk

HASH = b"h" * 16


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    """A ledger on the database under test."""
    opened = Ledger(database)
    yield opened
    opened.close()


def now(future: Future[bool]) -> bool:
    return future.result(timeout=10)


def attempts(database: Database, delivery_id: int) -> tuple[object, ...]:
    with database.reading() as tx:
        columns = (rows.c.attempts, rows.c.first_attempt_at, rows.c.next_try_at)
        return tuple(tx.execute(select(*columns).where(rows.c.id == delivery_id)).one())


def test_a_letter_leaves_and_is_sent(database: Database, ledger: Ledger) -> None:
    issue_id = released_to(database, 1)
    [letter] = claim(database)
    assert now(ledger.about_to_leave(letter, "a", LATER))
    assert state_of(database, letter) is DeliveryState.SENDING
    assert now(ledger.settled(letter, "a", SENT, LATER))
    assert counts(database, issue_id) == {DeliveryState.SENT: 1}
    with database.reading() as tx:
        row = tx.execute(select(rows)).one()
        assert (row.code, row.words, row.settled_at) == (250, "2.0.0 Ok", LATER)
        assert (row.attempts, row.first_attempt_at) == (1, LATER)


def test_a_letter_leaves_once(database: Database, ledger: Ledger) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    answers = [ledger.about_to_leave(letter, "a", LATER) for _ in range(5)]
    assert [now(answer) for answer in answers] == [True, False, False, False, False]
    assert attempts(database, letter)[0] == 1


def test_a_letter_of_another_claim_does_not_leave(database: Database, ledger: Ledger) -> None:
    released_to(database, 1)
    [letter] = claim(database, "a")
    assert not now(ledger.about_to_leave(letter, "b", LATER))
    assert not now(ledger.about_to_leave(99_999, "a", LATER))
    assert not now(ledger.settled(letter, "b", SENT, LATER))
    assert state_of(database, letter) is DeliveryState.CLAIMED


def test_a_letter_whose_lease_ran_out_does_not_leave_even_if_its_sender_lives(
    database: Database, ledger: Ledger
) -> None:
    released_to(database, 1)
    [letter] = claim(database, lease_s=0)
    assert not now(ledger.about_to_leave(letter, "a", LATER))


def test_a_letter_whose_reader_has_just_left_does_not_leave(database: Database, ledger: Ledger) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    with database.transaction() as tx:
        people.leave(tx, letter, LATER)
    assert not now(ledger.about_to_leave(letter, "a", LATER))
    assert state_of(database, letter) is DeliveryState.SKIPPED


def test_a_letter_of_a_paused_issue_does_not_leave(database: Database, ledger: Ledger) -> None:
    issue_id = released_to(database, 1)
    [letter] = claim(database)
    with database.transaction() as tx:
        issues.move(tx, issue_id, [IssueState.RELEASED], IssueState.PAUSED, now=LATER)
    assert not now(ledger.about_to_leave(letter, "a", LATER))


def test_a_letter_refused_for_now_waits_and_its_attempts_are_counted(database: Database, ledger: Ledger) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    assert now(ledger.about_to_leave(letter, "a", NOON))
    assert now(ledger.settled(letter, "a", DEFERRED, NOON))
    assert attempts(database, letter) == (1, NOON, LATER)
    [letter] = claim(database, "b")
    assert now(ledger.settled(letter, "b", DEFERRED, LATER))
    assert attempts(database, letter) == (2, NOON, LATER)
    assert state_of(database, letter) is DeliveryState.QUEUED


def test_an_attempt_that_does_not_count_leaves_no_trace(database: Database, ledger: Ledger) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    assert now(ledger.settled(letter, "a", BROKEN, NOON))
    assert attempts(database, letter) == (0, None, LATER)
    [letter] = claim(database)
    assert now(ledger.about_to_leave(letter, "a", NOON))
    assert now(ledger.settled(letter, "a", BROKEN, NOON))
    assert attempts(database, letter) == (0, None, LATER)


def test_an_attempt_that_does_not_count_keeps_the_moment_of_an_earlier_one(database: Database, ledger: Ledger) -> None:
    released_to(database, 1)
    for settlement in (DEFERRED, BROKEN):
        [letter] = claim(database)
        assert now(ledger.about_to_leave(letter, "a", NOON))
        assert now(ledger.settled(letter, "a", settlement, LATER))
    assert attempts(database, letter) == (1, NOON, LATER)


def test_a_letter_that_has_not_left_cannot_have_been_sent_or_lost(database: Database, ledger: Ledger) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    assert not now(ledger.settled(letter, "a", SENT, LATER))
    assert not now(ledger.settled(letter, "a", LOST, LATER))
    assert state_of(database, letter) is DeliveryState.CLAIMED


def test_a_letter_is_settled_once(database: Database, ledger: Ledger) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    answers = [ledger.about_to_leave(letter, "a", LATER)]
    answers += [ledger.settled(letter, "a", one, LATER) for one in (SENT, LOST, DEFERRED)]
    assert [now(answer) for answer in answers] == [True, True, False, False]
    assert state_of(database, letter) is DeliveryState.SENT


def test_the_sender_itself_may_still_settle_a_letter_that_its_lease_made_unknown(
    database: Database, ledger: Ledger
) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    now(ledger.about_to_leave(letter, "a", LATER))
    with database.transaction() as tx:
        tx.execute(update(rows).values(lease_until=0))
        deliveries.recover(tx, [])
    assert state_of(database, letter) is DeliveryState.UNKNOWN
    assert now(ledger.settled(letter, "a", SENT, LATER))
    assert state_of(database, letter) is DeliveryState.SENT


def test_a_letter_lost_after_the_dot_is_unknown_with_the_words(database: Database, ledger: Ledger) -> None:
    issue_id = released_to(database, 1)
    [letter] = claim(database)
    now(ledger.about_to_leave(letter, "a", LATER))
    assert now(ledger.settled(letter, "a", LOST, LATER))
    with database.reading() as tx:
        assert [row.words for row in deliveries.unsettled(tx, issue_id)] == ["connection lost"]


def test_a_mailbox_that_does_not_exist_is_never_written_to_again(database: Database, ledger: Ledger) -> None:
    issue_id = released_to(database, 2)
    with database.transaction() as tx:
        other = release(tx, "klaxon/7", list_slug="klaxon", audience=[BASE], due_at=LATER + timedelta(days=1))
    letter, _ = claim(database)
    now(ledger.about_to_leave(letter, "a", LATER))
    assert now(ledger.settled(letter, "a", NO_MAILBOX, LATER))
    with database.reading() as tx:
        assert tx.execute(select(suppressions.c.reason)).scalars().all() == ["no_mailbox"]
        skipped = select(rows.c.skip_reason).where(rows.c.issue_id == other, rows.c.state == "skipped")
        assert tx.execute(skipped).scalars().all() == ["suppressed"]
    assert counts(database, issue_id) == {DeliveryState.FAILED: 1, DeliveryState.CLAIMED: 1}


def test_a_settlement_that_came_too_late_suppresses_nobody(database: Database, ledger: Ledger) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    assert not now(ledger.settled(letter, "b", NO_MAILBOX, LATER))
    with database.reading() as tx:
        assert tx.execute(select(suppressions)).all() == []


@pytest.mark.parametrize("story", ["left", "opposed", "cancelled"])
def test_a_letter_that_comes_back_from_the_relay_is_not_queued_for_who_wants_it_no_more(
    database: Database, ledger: Ledger, story: str
) -> None:
    issue_id = released_to(database, 1)
    [letter] = claim(database)
    now(ledger.about_to_leave(letter, "a", LATER))
    with database.transaction() as tx:
        match story:
            case "left":
                people.leave(tx, letter, LATER)
            case "opposed":
                people.oppose(tx, letter, LATER)
            case _:
                issues.move(tx, issue_id, [IssueState.RELEASED], IssueState.CANCELLED, now=LATER)
    assert now(ledger.settled(letter, "a", DEFERRED, LATER))
    with database.reading() as tx:
        row = tx.execute(select(rows)).one()
        assert (row.state, row.skip_reason, row.words) == ("skipped", story, DEFERRED.words)


def test_a_hit_is_kept_with_the_highest_class_it_was_given(database: Database, ledger: Ledger) -> None:
    issue_id = released_to(database, 1)
    order = [HitClass.MACHINE, HitClass.HUMAN, HitClass.SCANNER, HitClass.HUMAN]
    wait([ledger.hit(issue_id, HASH, link, hit_class) for hit_class in order for link in (0, 2)], timeout=10)
    with database.reading() as tx:
        assert [tuple(row) for row in tx.execute(select(seen).order_by(seen.c.link))] == [
            (issue_id, HASH, 0, HitClass.HUMAN),
            (issue_id, HASH, 2, HitClass.HUMAN),
        ]


def test_a_hit_that_comes_after_its_count_was_closed_leaves_nothing_behind(database: Database, ledger: Ledger) -> None:
    issue_id = released_to(database, 1)
    assert ledger.hit(issue_id, HASH, 0, HitClass.HUMAN).result(timeout=10) is None
    with database.transaction() as tx:
        assert closing.close_count(tx, issue_id, LATER)
    assert ledger.hit(issue_id, HASH, 1, HitClass.HUMAN).result(timeout=10) is None
    with database.reading() as tx:
        assert tx.execute(select(seen)).all() == []


def test_the_words_of_a_relay_are_kept_in_a_form_that_every_database_takes(database: Database, ledger: Ledger) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    words = "5.7.1 \0 refus\u00e9 \udce9 %s :facts " + "x" * 600
    assert now(ledger.settled(letter, "a", Settlement(DeliveryState.FAILED, 550, words, counted=True), LATER))
    with database.reading() as tx:
        kept = tx.execute(select(rows.c.words)).scalar_one()
    assert kept.startswith("5.7.1   refusé ? %s :facts x")
    assert len(kept) == 500


def test_a_thousand_facts_of_many_callers_are_all_written(database: Database, ledger: Ledger) -> None:
    issue_id = released_to(database, 500)
    letters = claim(database, limit=500)

    def send(mine: list[int]) -> None:
        for letter in mine:
            assert now(ledger.about_to_leave(letter, "a", LATER))
            assert now(ledger.settled(letter, "a", SENT, LATER))

    callers = [Thread(target=send, args=(letters[start::8],)) for start in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert counts(database, issue_id) == {DeliveryState.SENT: 500}


def test_closing_writes_what_waits_and_refuses_what_comes_after(database: Database) -> None:
    issue_id = released_to(database, 50)
    ledger = Ledger(database)
    letters = claim(database)
    answers = [ledger.settled(letter, "a", DEFERRED, LATER) for letter in letters]
    ledger.close()
    ledger.close()
    assert all(answer.result(timeout=0) for answer in answers)
    assert counts(database, issue_id) == {DeliveryState.QUEUED: 50}
    with pytest.raises(StoreError) as told:
        now(ledger.about_to_leave(letters[0], "a", LATER))
    assert told.value.sentence == CLOSED


def test_a_fact_that_the_database_refuses_does_not_take_others_with_it(database: Database, ledger: Ledger) -> None:
    issue_id = released_to(database, 1)
    [letter] = claim(database)
    with database.transaction():
        # SQLite's one writer is here, so that the three wait together; on PostgreSQL they may go one by one.
        refused = ledger.hit(issue_id, HASH, 2**70, HitClass.HUMAN)
        left, hit = ledger.about_to_leave(letter, "a", LATER), ledger.hit(issue_id, HASH, 0, HitClass.HUMAN)
    with pytest.raises(StoreError) as told:
        refused.result(timeout=10)
    assert told.value.sentence == REFUSED
    assert now(left)
    assert hit.result(timeout=10) is None


def test_a_caller_that_gives_up_cannot_take_its_fact_back(database: Database, ledger: Ledger) -> None:
    released_to(database, 1)
    [letter] = claim(database)
    future = ledger.about_to_leave(letter, "a", LATER)
    assert not future.cancel()
    assert now(future)


def test_when_the_disk_is_full_every_caller_is_told_and_later_facts_are_written(sqlite_database: Database) -> None:
    released_to(sqlite_database, 1)
    [letter] = claim(sqlite_database)
    event.listen(sqlite_database.engine, "begin", full_disk)
    ledger = Ledger(sqlite_database)
    long = Settlement(DeliveryState.QUEUED, 451, "x" * 500, counted=True, next_try_at=LATER)
    full = [ledger.hit(1, bytes([number]) * 16, 0, HitClass.HUMAN) for number in range(200)]
    wait(full, timeout=10)
    assert {told.sentence for hit in full if isinstance(told := hit.exception(), StoreError)} == {failures.FULL}
    event.remove(sqlite_database.engine, "begin", full_disk)
    event.listen(sqlite_database.engine, "begin", room_again)
    assert now(ledger.settled(letter, "a", long, LATER))
    assert ledger.hit(1, HASH, 0, HitClass.HUMAN).result(timeout=10) is None
    ledger.close()


def room_again(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


def test_when_the_database_may_only_be_read_every_caller_is_told(tmp_path: Path, sqlite_database: Database) -> None:
    released_to(sqlite_database, 1)
    [letter] = claim(sqlite_database)
    opened = open_database(f"sqlite:///file:{tmp_path}/mailer.db?mode=ro&uri=true", tmp_path)
    ledger = Ledger(opened)
    with pytest.raises(StoreError) as told:
        now(ledger.about_to_leave(letter, "a", LATER))
    assert told.value.sentence == failures.READ_ONLY
    ledger.close()
    opened.close()
    assert state_of(sqlite_database, letter) is DeliveryState.CLAIMED


def test_when_another_program_keeps_the_file_the_caller_is_told_and_may_ask_again(
    tmp_path: Path, sqlite_database: Database
) -> None:
    released_to(sqlite_database, 1)
    [letter] = claim(sqlite_database)
    hurried = open_database("sqlite:///mailer.db", tmp_path, busy_timeout_s=0.05)
    ledger = Ledger(hurried)
    with sqlite_database.transaction(), pytest.raises(StoreError) as told:
        now(ledger.about_to_leave(letter, "a", LATER))
    assert told.value.sentence == failures.LOCKED
    assert now(ledger.about_to_leave(letter, "a", LATER))
    ledger.close()
    hurried.close()


@pytest.mark.postgres
def test_when_the_server_goes_away_the_caller_is_told_and_later_facts_are_written(
    postgresql_database: Database,
) -> None:
    released_to(postgresql_database, 1)
    [letter] = claim(postgresql_database)
    ledger = Ledger(postgresql_database)
    assert ledger.hit(1, HASH, 0, HitClass.HUMAN).result(timeout=10) is None
    with postgresql_database.transaction() as tx:
        tx.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COMMIT%'"))
    with pytest.raises(StoreError) as told:
        now(ledger.about_to_leave(letter, "a", LATER))
    assert told.value.sentence == failures.UNREACHABLE
    assert now(ledger.about_to_leave(letter, "a", LATER))
    ledger.close()


@pytest.mark.postgres
def test_a_group_that_waits_in_a_circle_with_another_program_is_written_all_the_same(
    postgresql_database: Database,
) -> None:
    released_to(postgresql_database, 2)
    first, second = sorted(claim(postgresql_database))
    ledger = Ledger(postgresql_database)
    with postgresql_database.transaction() as tx:
        lock = select(rows.c.id).with_for_update()
        tx.execute(lock.where(rows.c.id == second))
        waiting = [ledger.about_to_leave(first, "a", LATER), ledger.about_to_leave(second, "a", LATER)]
        wait_until_blocked(postgresql_database)
        tx.execute(lock.where(rows.c.id == first))
    assert [now(answer) for answer in waiting] == [True, True]
    ledger.close()


def wait_until_blocked(database: Database) -> None:
    """Until PostgreSQL itself says that somebody waits for a lock."""
    for _ in range(10_000):
        with database.reading() as tx:
            if tx.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
                return
    raise AssertionError("nobody waits")
