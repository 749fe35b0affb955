"""The migrations make exactly the tables of the models, on both databases, and know whose tables they meet."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select, text

from mailer.domain.approvals import digest
from mailer.errors import StoreError
from mailer.store import approvals
from mailer.store.database import Database, open_database
from mailer.store.schema import HEAD, NEWER, NOT_OURS, alembic_config, migrate, revision_of
from mailer.store.tables import metadata, suppressions
from tests.store.base import NOON, freeze
from tests.store.conftest import new_database

DEFINITIONS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%alembic%'",
    "postgresql": """SELECT indexname, indexdef FROM pg_indexes
WHERE schemaname = 'public' AND indexname NOT LIKE '%alembic%'""",
}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database that no other test uses, for its tables are dropped and changed."""
    if request.param == "sqlite":
        yield from opened("sqlite:///mailer.db", tmp_path)
    else:
        with new_database(request.getfixturevalue("postgresql_server")) as url:
            yield from opened(url, tmp_path)


def opened(url: str, site: Path) -> Iterator[Database]:
    database = open_database(url, site)
    yield database
    database.close()


def make_by_migrations(tx: Connection) -> None:
    """The tables as an installation has them that began with the first version."""
    command.downgrade(alembic_config(tx), "base")
    command.upgrade(alembic_config(tx), HEAD)


def definitions(tx: Connection) -> dict[str, list[str]]:
    """Every table and index as the database itself writes it down, its parts in alphabetical order.

    SQLite writes a column that was added later at the end of the last line of columns.
    """
    rows = tx.execute(text(DEFINITIONS[tx.dialect.name]))
    return {name: sorted(part.strip() for part in re.split(r"[,\n]", words) if part.strip()) for name, words in rows}


def test_migrations_make_exactly_the_tables_of_the_models(fresh: Database) -> None:
    with fresh.transaction() as tx:
        make_by_migrations(tx)
        assert compare_metadata(MigrationContext.configure(tx, opts={"compare_type": True}), metadata) == []


def test_migrations_write_every_index_and_constraint_as_a_new_database_has_them(fresh: Database) -> None:
    with fresh.transaction() as tx:
        new = definitions(tx)
        make_by_migrations(tx)
        migrated = definitions(tx)
        assert new == migrated
        assert "ix_delivery_queued" in migrated


def test_the_tables_can_be_taken_down_and_made_again(fresh: Database) -> None:
    with fresh.transaction() as tx:
        command.downgrade(alembic_config(tx), "base")
        assert inspect(tx).get_table_names() == ["alembic_version"]
        migrate(tx, "here")
        assert revision_of(tx) == HEAD
        assert set(metadata.tables) < set(inspect(tx).get_table_names())


def test_letters_that_waited_before_there_were_relays_keep_their_family_and_leave_by_main(fresh: Database) -> None:
    values = {"now": datetime(2023, 9, 6, 12, 0, tzinfo=UTC)}
    with fresh.transaction() as tx:
        command.downgrade(alembic_config(tx), "0001")
        for words in BEFORE_RELAYS:
            tx.execute(text(words), values)
        migrate(tx, "here")
        assert tx.execute(text("SELECT relay FROM issue")).scalars().all() == ["main"]
        assert tx.execute(text("SELECT family FROM delivery ORDER BY address_id")).scalars().all() == [1, 0]


BEFORE_RELAYS = (
    """INSERT INTO address (id, address, canonical, domain, family, fingerprint, created_at) VALUES
(1, 'a@orange.fr', 'a@orange.fr', 'orange.fr', 1, 'a', :now),
(2, 'b@ex.example', 'b@ex.example', 'ex.example', 0, 'b', :now)""",
    """INSERT INTO issue (id, name, campaign, list_slug, slug, subject, title, number, state, pause_reason, measure,
sender_address, slot, frozen_at, moved_at, archived, online, sources) VALUES
(1, 'a/b', 'a', 'a', 'b', '', '', '', 'released', '', 'off', '', :now, :now, :now, false, '', '{}')""",
    """INSERT INTO delivery (issue_id, address_id, segment, state, next_try_at, attempts, words) VALUES
(1, 1, 'a', 'queued', :now, 0, ''), (1, 2, 'a', 'queued', :now, 0, '')""",
)


def test_approvals_given_before_they_were_kept_are_not_lost(fresh: Database) -> None:
    """From 0001 to 0002 and back: who approved stays approved, two spellings of one name become one."""
    with fresh.transaction() as tx:
        issue_id = freeze(tx)
        command.downgrade(alembic_config(tx), "0001")
        for who, minute in (("Zoé Martin", 0), ("zoe  martin", 1), ("Karim", 2)):
            at = f"2023-09-06 10:0{minute}:00" + ("+00" if tx.dialect.name == "postgresql" else ".000000")
            tx.execute(
                text("INSERT INTO approval VALUES (:issue, :who, :at)"), {"issue": issue_id, "who": who, "at": at}
            )
        migrate(tx, "here")
        kept = approvals.valid(tx, issue_id)
        assert [(one.who, one.at, one.count) for one in kept] == [
            ("Zoé Martin", NOON, None),
            ("Karim", NOON + timedelta(minutes=2), None),
        ]
        assert {one.digest for one in kept} == {digest({"issue.md": "aa"})}
        command.downgrade(alembic_config(tx), "0001")
        assert tx.execute(text("SELECT who FROM approval ORDER BY who")).scalars().all() == ["Karim", "Zoé Martin"]
        migrate(tx, "here")


def test_head_is_the_latest_migration(sqlite_database: Database) -> None:
    with sqlite_database.reading() as tx:
        assert ScriptDirectory.from_config(alembic_config(tx)).get_heads() == [HEAD]


def test_a_database_of_a_newer_program_is_left_alone(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.transaction() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(StoreError) as told:
        open_database("sqlite:///mailer.db", tmp_path)
    assert told.value.sentence == NEWER
    assert "0999" in str(told.value)


@pytest.mark.parametrize(
    "words", ["CREATE TABLE recipe (id INTEGER)", "CREATE TABLE alembic_version (version_num TEXT)"]
)
def test_a_database_of_another_program_is_left_alone(tmp_path: Path, sqlite_database: Database, words: str) -> None:
    with sqlite_database.transaction() as tx:
        command.downgrade(alembic_config(tx), "base")
        tx.exec_driver_sql("DROP TABLE alembic_version")
        tx.exec_driver_sql(words)
        if "alembic" in words:
            tx.exec_driver_sql("INSERT INTO alembic_version VALUES ('3f2a9c')")
    with pytest.raises(StoreError) as told:
        open_database("sqlite:///mailer.db", tmp_path)
    assert told.value.sentence == NOT_OURS


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2023, 9, 6, 12, 0)  # noqa: DTZ001 - the mistake under test
    with pytest.raises(Exception, match="without a time zone"), database.transaction() as tx:
        tx.execute(insert(suppressions).values(fingerprint=b"f", reason="opposition", at=naive))


def test_a_moment_comes_back_in_utc_whatever_zone_it_came_in(database: Database) -> None:
    paris = datetime.fromisoformat("2023-09-06T12:00:00.123456+02:00")
    with database.transaction() as tx:
        tx.execute(insert(suppressions).values(fingerprint=b"f", reason="opposition", at=paris))
        found = tx.execute(select(suppressions.c.at)).scalar_one()
    assert found == paris
    assert found.isoformat() == "2023-09-06T10:00:00.123456+00:00"
