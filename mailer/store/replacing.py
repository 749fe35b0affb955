"""A copied database put in the place of the present one, which is kept aside. Never opens what is only half there."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, inspect

from mailer.store.copies import ASIDE, postgresql_tool, run_tool, server_version
from mailer.store.database import Database, open_database
from mailer.store.schema import migrate

Told = TypeVar("Told")


def finish_sqlite(copy: Path, tell: Callable[[Connection], Told]) -> Told:
    """Brings a copy up to date and tells it what it must know, all before it stands in anyone's place."""
    database = open_database(f"sqlite:///{copy.name}", copy.parent, as_it_is=True)
    try:
        with database.transaction() as tx:
            migrate(tx, database.place)
            return tell(tx)
    finally:
        database.close()


def swap_sqlite(copy: Path, live: Path, aside: Path) -> Path | None:
    """The copy takes the live file's name in one step. Where the live one is kept, if there was one. Raises OSError."""
    kept = None
    live.parent.mkdir(parents=True, exist_ok=True)
    if live.exists():
        _fold_in(live)
        aside.mkdir(parents=True, exist_ok=True)
        kept = aside / live.name
        for tail in ("-wal", "-shm"):
            if (beside := live.with_name(live.name + tail)).exists():
                beside.rename(aside / beside.name)
        _keep(live, kept)
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    copy.chmod(0o600)
    copy.replace(live)
    return kept


def replace_postgresql(
    database: Database, dump: Path, revision: str, stamp: str, tell: Callable[[Connection], Told]
) -> tuple[str | None, Told]:
    """The present tables go to a schema of their own, the dump takes their place. That schema's name, what was told.

    Until the last transaction the restored tables have no revision, and no program of ours opens them.
    """
    with database.reading() as tx:
        tool = postgresql_tool("pg_restore", server_version(tx))
    with database.transaction() as tx:
        kept = _set_aside(tx, f"{ASIDE}{stamp}")
    how = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    run_tool(tool, [*how, str(dump)], database)
    with database.transaction() as tx:
        tx.exec_driver_sql("INSERT INTO alembic_version (version_num) VALUES (%s)", (revision,))
        migrate(tx, database.place)
        return kept, tell(tx)


def _fold_in(live: Path) -> None:
    """What waits in the log goes into the file; a file that is no database any more is kept as it is, log and all."""
    try:
        with closing(sqlite3.connect(live)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error:
        return


def _keep(live: Path, kept: Path) -> None:
    # A second name for the same file, so that at no moment there is none: an empty one would be made in its place.
    try:
        kept.hardlink_to(live)
    except OSError:
        shutil.copy2(live, kept)


def _set_aside(tx: Connection, schema: str) -> str | None:
    tables = inspect(tx).get_table_names()
    if not tables:
        return None
    tx.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
    for table in tables:
        tx.exec_driver_sql(f'ALTER TABLE "{table}" SET SCHEMA "{schema}"')
    return schema
