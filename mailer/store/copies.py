"""A whole database copied to one file while it is at work. Reads, never writes it.

SQLite copies itself (`VACUUM INTO`: one moment, compact, nothing of what was erased); PostgreSQL by its own `pg_dump`.
"""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, make_url

from mailer.errors import StoreError
from mailer.language import N_
from mailer.store.database import Database
from mailer.store.failures import DAMAGED
from mailer.store.schema import revision_of

NO_TOOL = N_(
    "{tool} is not on this machine. Install PostgreSQL's own client programs (on Debian: "
    "apt-get install postgresql-client), then do this again."
)
OLD_TOOL = N_(
    "{tool} is of PostgreSQL {found} and the server of {wanted}: an older one cannot copy it. "
    "Install postgresql-client-{wanted}, then do this again."
)
TOOL_FAILED = N_("{tool} failed, and nothing was kept of it: {reason}")
NOT_COPIED = N_("The database cannot be copied to {path}: {reason}. Make room there, or choose another place.")
EMPTY = N_("{place} holds nothing yet: there is nothing to back up.")

ASIDE = "mailer_before_"
"""How the schema begins that keeps the tables of before a restore; they are in no later backup."""


@dataclass(frozen=True)
class DatabaseCopy:
    """What was copied."""

    path: Path
    dialect: str
    revision: str
    rows: Mapping[str, int]
    """By table."""


def copy_database(database: Database, folder: Path) -> DatabaseCopy:
    """Copies everything, as it stands at one moment, to a file in `folder`. Raises StoreError."""
    if database.engine.dialect.name == "sqlite":
        return _copy_sqlite(database, folder / "database.sqlite")
    return _copy_postgresql(database, folder / "database.pgdump")


def postgresql_tool(name: str, server: int) -> Path:
    """A client program of PostgreSQL that fits a server's major version. Raises StoreError."""
    on_path = shutil.which(name)
    everywhere = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = {path: _version(path) for path in ([Path(on_path)] if on_path else []) + everywhere}
    if not found:
        raise StoreError(NO_TOOL, tool=name)
    fitting = [path for path, version in found.items() if version >= server]
    if not fitting:
        raise StoreError(OLD_TOOL, tool=name, found=max(found.values()), wanted=server)
    return min(fitting, key=lambda path: found[path])


def run_tool(tool: Path, words: Sequence[str], database: Database) -> None:
    """Runs a client program on the database; its password is in no list of processes. Raises StoreError."""
    url = database.engine.url.set(drivername="postgresql")
    address = url.set(password=None).render_as_string(hide_password=False)
    environ = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    command = [str(tool), *words, f"--dbname={address}"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode:
        raise StoreError(TOOL_FAILED, tool=tool.name, reason=done.stderr.strip().replace("\n", " ")[:500])


def server_version(tx: Connection) -> int:
    """The server's major version."""
    return int(tx.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10000


def sqlite_file(url: str, site: Path) -> Path | None:
    """The file that holds the database; None where it is not SQLite."""
    address = make_url(url)
    return site / str(address.database) if address.get_backend_name() == "sqlite" else None


def dialect_of(url: str) -> str:
    """`sqlite` or `postgresql`."""
    return "sqlite" if make_url(url).get_backend_name() == "sqlite" else "postgresql"


def _copy_sqlite(database: Database, path: Path) -> DatabaseCopy:
    with database.reading() as tx:
        revision = _revision(tx, database)
    try:
        # On the driver's own connection: VACUUM runs in no transaction.
        with database.told():
            raw = database.engine.raw_connection()
        try:
            raw.cursor().execute("VACUUM INTO ?", (str(path),))
        finally:
            raw.close()
        return DatabaseCopy(path, "sqlite", revision, _sound_rows(path))
    except sqlite3.Error as error:
        raise StoreError(NOT_COPIED, path=path.parent, reason=str(error)) from error


def _sound_rows(path: Path) -> dict[str, int]:
    copy = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise StoreError(DAMAGED, place=str(path), reason=found)
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        tables = [name for (name,) in copy.execute(named)]
        return {name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608 - our own tables
    finally:
        copy.close()


def _copy_postgresql(database: Database, path: Path) -> DatabaseCopy:
    with database.reading() as tx:
        revision = _revision(tx, database)
        tool = postgresql_tool("pg_dump", server_version(tx))
        # pg_dump looks through the same window as our counts, however much is written meanwhile.
        snapshot = tx.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        tables = inspect(tx).get_table_names()
        rows = {name: int(tx.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()) for name in tables}  # noqa: S608 - as above
        # Without its revision, a database that was only half restored is opened by no program of ours.
        without = [f"--exclude-schema={ASIDE}*", "--exclude-table-data=alembic_version"]
        how = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={path}"]
        run_tool(tool, how + without, database)
    return DatabaseCopy(path, "postgresql", revision, rows)


def _revision(tx: Connection, database: Database) -> str:
    revision = revision_of(tx)
    if revision is None:
        raise StoreError(EMPTY, place=database.place)
    return revision


def _version(tool: Path) -> int:
    done = subprocess.run([str(tool), "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    found = re.search(r"(\d+)", done.stdout)
    return int(found[1]) if found else 0
