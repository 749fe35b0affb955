"""Transactions, and the sentence for each way in which the machine can fail, with the failure made for real."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from mailer.errors import StoreError
from mailer.store import failures
from mailer.store.database import BAD_URL, Connection, Database, open_database
from mailer.store.tables import suppressions
from tests.store.base import NOON, run_together


def write(tx: Connection, size: int = 1, name: bytes = b"f") -> None:
    tx.execute(insert(suppressions).values(fingerprint=name * size, reason="opposition", at=NOON))


def write_each(database: Database, *sizes: int) -> None:
    with database.transaction() as tx:
        for size in sizes:
            write(tx, size)


def read(tx: Connection) -> list[bytes]:
    return list(tx.execute(select(suppressions.c.fingerprint)).scalars())


def test_what_a_transaction_writes_is_kept(database: Database) -> None:
    with database.transaction() as tx:
        write(tx)
    with database.reading() as tx:
        assert read(tx) == [b"f"]


def test_nothing_of_a_broken_transaction_is_kept(database: Database) -> None:
    def break_off() -> None:
        with database.transaction() as tx:
            write(tx)
            raise LookupError

    with pytest.raises(LookupError):
        break_off()
    with database.reading() as tx:
        assert read(tx) == []


def test_a_rehearsal_sees_its_own_writes_and_keeps_none(database: Database) -> None:
    with database.rehearsal() as tx:
        write(tx)
        assert read(tx) == [b"f"]
    with database.reading() as tx:
        assert read(tx) == []


def test_a_reader_keeps_its_view_and_keeps_nobody_from_writing(database: Database) -> None:
    with database.reading() as tx:
        assert read(tx) == []
        with database.transaction() as other:
            write(other)
        assert read(tx) == []


def test_no_update_is_lost_between_threads(database: Database) -> None:
    with database.transaction() as tx:
        tx.exec_driver_sql("CREATE TABLE tally (number INTEGER)")
        tx.exec_driver_sql("INSERT INTO tally VALUES (0)")

    def count() -> None:
        for _ in range(20):
            with database.transaction() as tx:
                tx.exec_driver_sql("UPDATE tally SET number = number + 1")

    try:
        run_together(4, count)
        with database.reading() as tx:
            assert tx.exec_driver_sql("SELECT number FROM tally").scalar() == 80
    finally:
        with database.transaction() as tx:
            tx.exec_driver_sql("DROP TABLE tally")


def test_two_programs_that_open_a_new_database_at_once_both_find_it_ready(tmp_path: Path) -> None:
    opened: list[Database] = []
    run_together(3, lambda: opened.append(open_database("sqlite:///var/mailer.db", tmp_path)))
    for database in opened:
        with database.reading() as tx:
            assert read(tx) == []
        database.close()
    assert len(opened) == 3


def test_sqlite_writes_survive_a_power_cut(sqlite_database: Database) -> None:
    with sqlite_database.reading() as tx:
        pragmas = ("journal_mode", "synchronous", "foreign_keys")
        assert [tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas] == ["wal", 2, 1]


def test_a_mistake_of_ours_is_not_dressed_up_as_a_failure_of_the_machine(database: Database) -> None:
    with pytest.raises(IntegrityError):
        write_each(database, 1, 1)


def test_a_full_disk_is_told_and_nothing_is_written(sqlite_database: Database) -> None:
    event.listen(sqlite_database.engine, "begin", full_disk)
    with pytest.raises(StoreError) as told:
        write_each(sqlite_database, 1, 100_000)
    assert told.value.sentence == failures.FULL
    assert "mailer.db" in str(told.value)
    with sqlite_database.reading() as tx:
        assert read(tx) == []


def test_a_read_only_database_can_be_read_and_a_write_is_told(tmp_path: Path, sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        write(tx)
    opened = open_database(f"sqlite:///file:{tmp_path}/mailer.db?mode=ro&uri=true", tmp_path)
    with opened.reading() as tx:
        assert read(tx) == [b"f"]
    with pytest.raises(StoreError) as told, opened.transaction() as tx:
        write(tx)
    assert told.value.sentence == failures.READ_ONLY
    opened.close()


def test_a_database_that_another_program_keeps_locked_is_told(tmp_path: Path, sqlite_database: Database) -> None:
    waiting = open_database("sqlite:///mailer.db", tmp_path, busy_timeout_s=0.05)
    with sqlite_database.transaction() as tx:
        write(tx)
        with pytest.raises(StoreError) as told, waiting.transaction():
            pass
    assert told.value.sentence == failures.LOCKED
    waiting.close()


@pytest.mark.postgres
def test_a_row_that_another_program_keeps_locked_is_told(postgresql_url: str, postgresql_database: Database) -> None:
    waiting = open_database(postgresql_url, Path(), busy_timeout_s=0.05)
    with postgresql_database.transaction() as tx:
        write(tx)
        with pytest.raises(StoreError) as told, waiting.transaction() as other:
            write(other)
    assert told.value.sentence == failures.LOCKED
    waiting.close()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "mailer.db").write_text("Chers contacts, " * 100, encoding="utf-8")
    with pytest.raises(StoreError) as told:
        open_database("sqlite:///mailer.db", tmp_path)
    assert told.value.sentence == failures.NOT_A_DATABASE


def test_a_damaged_file_is_told(tmp_path: Path, sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        for number in range(20):
            write(tx, 5000, bytes([number]))
    sqlite_database.close()
    path = tmp_path / "mailer.db"
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * 16384 + content[24576:])
    damaged = open_database("sqlite:///mailer.db", tmp_path)
    with pytest.raises(StoreError) as told, damaged.transaction() as tx:
        tx.exec_driver_sql("REINDEX")
    assert told.value.sentence == failures.DAMAGED
    damaged.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(StoreError) as told:
        open_database("sqlite:///var/mailer.db", tmp_path)
    assert told.value.sentence == failures.NOT_OPENED


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "mailer.db").mkdir()
    with pytest.raises(StoreError) as told:
        open_database("sqlite:///mailer.db", tmp_path)
    assert told.value.sentence == failures.NOT_OPENED


def test_a_server_that_is_down_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as told:
        open_database("postgresql://mailer:sesame@127.0.0.1:9/mailer", tmp_path)
    assert told.value.sentence == failures.UNREACHABLE
    assert "sesame" not in str(told.value)


@pytest.mark.postgres
def test_a_database_that_does_not_exist_is_told(postgresql_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as told:
        open_database(postgresql_url.replace("mailer_test_", "no_such_"), tmp_path)
    assert told.value.sentence == failures.UNREACHABLE


@pytest.mark.postgres
def test_a_server_that_goes_away_is_told_and_found_again_when_it_is_back(postgresql_database: Database) -> None:
    def lose_the_server() -> None:
        with postgresql_database.transaction() as tx:
            mine = tx.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            with postgresql_database.transaction() as other:
                other.exec_driver_sql("SELECT pg_terminate_backend(%(pid)s)", {"pid": mine})
            write(tx)

    with pytest.raises(StoreError) as told:
        lose_the_server()
    assert told.value.sentence == failures.UNREACHABLE
    with postgresql_database.transaction() as tx:
        write(tx)


@pytest.mark.postgres
def test_a_write_where_only_reading_was_asked_for_is_told(postgresql_database: Database) -> None:
    with pytest.raises(StoreError) as told, postgresql_database.reading() as tx:
        write(tx)
    assert told.value.sentence == failures.READ_ONLY


@pytest.mark.parametrize("url", ["mysql://db.example/mailer", "sqlite://", "sqlite:///:memory:", "mailer.db"])
def test_an_address_that_names_no_database_of_a_known_kind_is_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as told:
        open_database(url, tmp_path)
    assert told.value.sentence == BAD_URL


def test_every_known_code_of_a_failure_has_a_sentence_and_others_none() -> None:
    codes = {sqlite3.SQLITE_FULL: failures.FULL, sqlite3.SQLITE_IOERR: failures.DISK_FAILS, sqlite3.SQLITE_MISUSE: None}
    for code, sentence in codes.items():
        failed = sqlite3.OperationalError("as SQLite says it")
        failed.sqlite_errorcode = code
        assert failures.sentence_for(DBAPIError("", {}, failed)) == sentence


def full_disk(connection: Connection) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
