"""Hits, written together: each caller hears when its own is safe, and never hears of what is not."""

from collections.abc import Iterator
from concurrent.futures import wait
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import event, func, select, text

from mailer.domain.hits import HitClass
from mailer.errors import StoreError
from mailer.store import closing, failures
from mailer.store.database import Connection, Database, open_database
from mailer.store.ledger import CLOSED, REFUSED, Ledger
from mailer.store.tables import seen
from tests.store.base import LATER, released_to
from tests.store.test_database import full_disk

HASH = b"h" * 16
HUMAN = HitClass.HUMAN


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    """A ledger on the database under test."""
    opened = Ledger(database)
    yield opened
    opened.close()


def kept(database: Database) -> list[tuple[object, ...]]:
    with database.reading() as tx:
        return [tuple(row) for row in tx.execute(select(seen).order_by(seen.c.link))]


def hash_of(number: int) -> bytes:
    return number.to_bytes(16, "big")


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


def test_a_thousand_hits_of_many_callers_are_all_written(database: Database, ledger: Ledger) -> None:
    issue_id = released_to(database, 1)

    def read(mine: range) -> None:
        for number in mine:
            assert ledger.hit(issue_id, hash_of(number), 0, HUMAN).result(timeout=10) is None

    callers = [Thread(target=read, args=(range(start, 1000, 8),)) for start in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    with database.reading() as tx:
        assert tx.execute(select(func.count()).select_from(seen)).scalar_one() == 1000


def test_closing_writes_what_waits_and_refuses_what_comes_after(database: Database) -> None:
    issue_id = released_to(database, 1)
    ledger = Ledger(database)
    answers = [ledger.hit(issue_id, hash_of(number), 0, HUMAN) for number in range(50)]
    ledger.close()
    ledger.close()
    assert [answer.result(timeout=0) for answer in answers] == [None] * 50
    assert len(kept(database)) == 50
    with pytest.raises(StoreError) as told:
        ledger.hit(issue_id, HASH, 0, HUMAN).result(timeout=10)
    assert told.value.sentence == CLOSED


def test_a_hit_that_the_database_refuses_does_not_take_others_with_it(database: Database, ledger: Ledger) -> None:
    issue_id = released_to(database, 1)
    with database.transaction():
        # SQLite's one writer is here, so that the three wait together; on PostgreSQL they may go one by one.
        refused = ledger.hit(issue_id, HASH, 2**70, HUMAN)
        others = [ledger.hit(issue_id, HASH, link, HUMAN) for link in (0, 1)]
    with pytest.raises(StoreError) as told:
        refused.result(timeout=10)
    assert told.value.sentence == REFUSED
    assert [other.result(timeout=10) for other in others] == [None, None]


def test_a_caller_that_gives_up_cannot_take_its_hit_back(database: Database, ledger: Ledger) -> None:
    future = ledger.hit(released_to(database, 1), HASH, 0, HUMAN)
    assert not future.cancel()
    assert future.result(timeout=10) is None


def test_when_the_disk_is_full_every_caller_is_told_and_later_hits_are_written(sqlite_database: Database) -> None:
    released_to(sqlite_database, 1)
    event.listen(sqlite_database.engine, "begin", full_disk)
    ledger = Ledger(sqlite_database)
    full = [ledger.hit(1, hash_of(number), 0, HUMAN) for number in range(200)]
    wait(full, timeout=10)
    assert {told.sentence for hit in full if isinstance(told := hit.exception(), StoreError)} == {failures.FULL}
    event.remove(sqlite_database.engine, "begin", full_disk)
    event.listen(sqlite_database.engine, "begin", room_again)
    assert ledger.hit(1, HASH, 0, HUMAN).result(timeout=10) is None
    ledger.close()


def room_again(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


def test_when_the_database_may_only_be_read_every_caller_is_told(tmp_path: Path, sqlite_database: Database) -> None:
    released_to(sqlite_database, 1)
    opened = open_database(f"sqlite:///file:{tmp_path}/mailer.db?mode=ro&uri=true", tmp_path)
    ledger = Ledger(opened)
    with pytest.raises(StoreError) as told:
        ledger.hit(1, HASH, 0, HUMAN).result(timeout=10)
    assert told.value.sentence == failures.READ_ONLY
    ledger.close()
    opened.close()
    assert kept(sqlite_database) == []


def test_when_another_program_keeps_the_file_the_caller_is_told_and_may_ask_again(
    tmp_path: Path, sqlite_database: Database
) -> None:
    released_to(sqlite_database, 1)
    hurried = open_database("sqlite:///mailer.db", tmp_path, busy_timeout_s=0.05)
    ledger = Ledger(hurried)
    with sqlite_database.transaction(), pytest.raises(StoreError) as told:
        ledger.hit(1, HASH, 0, HUMAN).result(timeout=10)
    assert told.value.sentence == failures.LOCKED
    assert ledger.hit(1, HASH, 0, HUMAN).result(timeout=10) is None
    ledger.close()
    hurried.close()


@pytest.mark.postgres
def test_when_the_server_goes_away_the_caller_is_told_and_later_hits_are_written(postgresql_database: Database) -> None:
    released_to(postgresql_database, 1)
    ledger = Ledger(postgresql_database)
    assert ledger.hit(1, HASH, 0, HUMAN).result(timeout=10) is None
    with postgresql_database.transaction() as tx:
        tx.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COMMIT%'"))
    with pytest.raises(StoreError) as told:
        ledger.hit(1, HASH, 1, HUMAN).result(timeout=10)
    assert told.value.sentence == failures.UNREACHABLE
    assert ledger.hit(1, HASH, 1, HUMAN).result(timeout=10) is None
    ledger.close()
