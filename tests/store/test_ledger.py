"""Hits: safe when they are handed over, in the database soon after; what it does not take waits for it."""

import logging
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import event, func, select, text

from mailer.domain.hits import HitClass
from mailer.errors import StoreError
from mailer.store import closing, failures
from mailer.store.database import Connection, Database, open_database
from mailer.store.hit_journal import CANNOT_WRITE, RESERVE, SLOTS, left_behind, read_hits
from mailer.store.hits import Hit
from mailer.store.ledger import CLOSED, Ledger
from mailer.store.tables import seen
from tests.store.base import LATER, released_to
from tests.store.test_database import full_disk

HASH = b"h" * 16
HUMAN = HitClass.HUMAN


@pytest.fixture
def ledger(database: Database, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger on the database under test."""
    opened = Ledger(database, tmp_path / "hits")
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
    for hit_class in order:
        ledger.record([Hit(issue_id, HASH, link, hit_class) for link in (0, 2)])
        ledger.flush()
    assert kept(database) == [(issue_id, HASH, 0, HUMAN), (issue_id, HASH, 2, HUMAN)]


def test_a_hit_that_comes_after_its_count_was_closed_leaves_nothing_behind(
    database: Database, ledger: Ledger, tmp_path: Path
) -> None:
    issue_id = released_to(database, 1)
    for link in (0, 1):
        ledger.record([Hit(issue_id, HASH, link, HUMAN)])
        ledger.flush()
        with database.transaction() as tx:
            assert closing.close_count(tx, issue_id, LATER) == (link == 0)
    assert kept(database) == []
    assert read_hits(next((tmp_path / "hits").iterdir())) == []


def test_hits_of_many_callers_are_all_written_and_the_journal_is_blank_again(
    database: Database, ledger: Ledger, tmp_path: Path
) -> None:
    issue_id = released_to(database, 1)

    def read(mine: range) -> None:
        for number in mine:
            ledger.record([Hit(issue_id, hash_of(number), 0, HUMAN)])

    callers = [Thread(target=read, args=(range(start, 4000, 8),)) for start in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    ledger.flush()
    with database.reading() as tx:
        assert tx.execute(select(func.count()).select_from(seen)).scalar_one() == 4000
    [journal] = (tmp_path / "hits").iterdir()
    assert not any(journal.read_bytes())


def test_closing_writes_what_waits_and_refuses_what_comes_after(database: Database, tmp_path: Path) -> None:
    issue_id = released_to(database, 1)
    ledger = Ledger(database, tmp_path / "hits")
    ledger.record([Hit(issue_id, hash_of(number), 0, HUMAN) for number in range(50)])
    ledger.close()
    ledger.close()
    assert len(kept(database)) == 50
    assert list((tmp_path / "hits").iterdir()) == []
    with pytest.raises(StoreError) as told:
        ledger.record([Hit(issue_id, HASH, 0, HUMAN)])
    assert told.value.sentence == CLOSED


def test_what_the_database_does_not_take_waits_and_is_told_once(
    sqlite_database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    released_to(sqlite_database, 1)
    event.listen(sqlite_database.engine, "begin", full_disk)
    ledger = Ledger(sqlite_database, tmp_path / "hits")
    ledger.record([Hit(1, hash_of(number), 0, HUMAN) for number in range(200)])
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            with pytest.raises(StoreError) as told:
                ledger.flush()
            assert told.value.sentence == failures.FULL
    assert len(caplog.records) == 1
    event.remove(sqlite_database.engine, "begin", full_disk)
    event.listen(sqlite_database.engine, "begin", room_again)
    ledger.flush()
    assert len(kept(sqlite_database)) == 200
    ledger.close()


def room_again(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


def test_what_a_program_could_not_write_before_it_ended_the_next_one_finds(
    tmp_path: Path, sqlite_database: Database
) -> None:
    released_to(sqlite_database, 1)
    opened = open_database(f"sqlite:///file:{tmp_path}/mailer.db?mode=ro&uri=true", tmp_path)
    ledger = Ledger(opened, tmp_path / "hits")
    hits = [Hit(1, HASH, 0, HUMAN), Hit(1, HASH, 3, HUMAN, 7, corrects=True)]
    ledger.record(hits)
    with left_behind(tmp_path / "hits") as of_the_dead:
        assert of_the_dead == [], "its owner lives"
    ledger.close()
    opened.close()
    with left_behind(tmp_path / "hits") as of_the_dead:
        assert sorted(of_the_dead) == hits
    assert list((tmp_path / "hits").iterdir()) == []


def test_a_full_journal_makes_callers_wait_and_refuses_at_the_very_end(
    tmp_path: Path, sqlite_database: Database
) -> None:
    released_to(sqlite_database, 1)
    ledger = Ledger(sqlite_database, tmp_path / "hits")
    hits = [Hit(1, hash_of(number), 0, HUMAN) for number in range(SLOTS)]
    with sqlite_database.transaction():
        ledger.record(hits[:-RESERVE])
        assert (ledger.has_room, ledger.wait_for_room(0.01)) == (False, False)
        ledger.record(hits[-RESERVE:])
        with pytest.raises(StoreError) as told:
            ledger.record(hits[:1])
        assert told.value.sentence == CANNOT_WRITE
    assert ledger.wait_for_room(10)
    ledger.close()
    assert len(kept(sqlite_database)) == SLOTS


def test_a_torn_slot_is_passed_over_and_slots_tell_no_order(tmp_path: Path) -> None:
    open_database("sqlite:///mailer.db", tmp_path).close()
    opened = open_database(f"sqlite:///file:{tmp_path}/mailer.db?mode=ro&uri=true", tmp_path)
    ledger, hits = Ledger(opened, tmp_path / "hits"), [Hit(1, hash_of(number), 0, HUMAN) for number in range(100)]
    ledger.record(hits)
    [journal] = (tmp_path / "hits").iterdir()
    found = read_hits(journal)
    assert (sorted(found), found != hits) == (hits, True)
    content = journal.read_bytes()
    torn = tmp_path / "torn.hits"
    torn.write_bytes(content.replace(hash_of(5), bytes(16)) + b"x" * 5)
    assert len(read_hits(torn)) == 99
    ledger.close()
    opened.close()


@pytest.mark.postgres
def test_a_server_that_went_away_gets_the_hits_when_it_is_back(postgresql_database: Database, tmp_path: Path) -> None:
    released_to(postgresql_database, 1)
    ledger = Ledger(postgresql_database, tmp_path / "hits")
    ledger.record([Hit(1, HASH, 0, HUMAN)])
    ledger.flush()
    with postgresql_database.transaction() as tx:
        tx.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COMMIT%'"))
    ledger.record([Hit(1, HASH, 1, HUMAN)])
    with pytest.raises(StoreError) as told:
        ledger.flush()
    assert told.value.sentence == failures.UNREACHABLE
    ledger.flush()
    assert len(kept(postgresql_database)) == 2
    ledger.close()
