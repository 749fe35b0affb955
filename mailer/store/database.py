"""Opens the database and gives out transactions. Never knows what is written in one."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy import Connection as Connection  # services name what they hold between two calls
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from mailer.errors import StoreError
from mailer.language import N_
from mailer.store.failures import NOT_OPENED, told
from mailer.store.schema import HEAD, migrate, refuse_older, revision_of
from mailer.store.workbench import Workbench

BAD_URL = N_('"{url}" is not a database that can be used. It is sqlite:///FILE or postgresql://USER@HOST/NAME.')
NO_DRIVER = N_("PostgreSQL needs one more package: pip install 'mailer[postgres]'.")

POSTGRESQL = "postgresql+psycopg"
MIGRATION_LOCK = 0x6D61696C6572
"""Any number that other programs on the same server do not use: "mailer" in ASCII."""


class Database:
    """The store, open: whoever asks gets a transaction, which ends with the block that asked."""

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine = engine
        self.place = place

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All that the block writes, or nothing. Raises StoreError."""
        with told(self.place), self.engine.begin() as tx:
            yield tx

    @contextmanager
    def rehearsal(self) -> Iterator[Connection]:
        """A transaction whose writes are seen inside the block and never kept. Raises StoreError."""
        with told(self.place), self.engine.connect() as connection, connection.begin() as rehearsed:
            yield connection
            rehearsed.rollback()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One unchanging view of everything, which keeps nobody else from writing. Raises StoreError."""
        with told(self.place), self.engine.connect() as connection:
            connection.execution_options(**_READING[connection.dialect.name])
            yield connection

    @contextmanager
    def workbench(self) -> Iterator[Workbench]:
        """For long work in short transactions. Raises StoreError."""
        with told(self.place), self.engine.connect() as connection:
            bench = Workbench(connection, self.place)
            bench.roomy()
            try:
                yield bench
            finally:
                bench.tidy()

    def leave_no_trace(self) -> None:
        """What was just erased is not left in files beside the database either. Raises StoreError.

        On SQLite only: PostgreSQL clears its pages by itself, at its next VACUUM.
        """
        if self.engine.dialect.name == "sqlite":
            with told(self.place), self.engine.connect() as connection:
                driver = connection.connection.driver_connection
                assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - tells the type checker what SQLite's is
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def told(self) -> AbstractContextManager[None]:
        """Failures of the machine inside the block leave as StoreError."""
        return told(self.place)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_database(url: str, site: Path, *, busy_timeout_s: float = 10, as_it_is: bool = False) -> Database:
    """The database; a relative SQLite path starts at the site. A new one gets our tables. Raises StoreError.

    One with tables of an older or newer program is refused, unless it is wanted as it is.
    """
    address = _address(url, site)
    if address.get_backend_name() == "sqlite":
        database = Database(_sqlite(address, busy_timeout_s), str(address.database))
    else:
        database = Database(_postgresql(address, busy_timeout_s), address.render_as_string(hide_password=True))
    try:
        if not as_it_is:
            _make_tables(database)
    except BaseException:
        database.close()
        raise
    return database


def upgrade_database(database: Database) -> str | None:
    """Brings the tables to this program's, whole or not at all; the revision before. Raises StoreError."""
    with database.transaction() as tx:
        _one_at_a_time(tx)
        before = revision_of(tx)
        migrate(tx, database.place)
        return before


def _make_tables(database: Database) -> None:
    # Looking first lets a database that may only be read be read.
    with database.reading() as connection:
        if revision_of(connection) == HEAD:
            return
        refuse_older(connection, database.place)
    with database.transaction() as tx:
        _one_at_a_time(tx)
        migrate(tx, database.place)


def _one_at_a_time(tx: Connection) -> None:
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": MIGRATION_LOCK})


_READING: dict[str, dict[str, Any]] = {
    "sqlite": {"mailer_reading": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


def _address(url: str, site: Path) -> URL:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise StoreError(BAD_URL, url=url) from error
    match address.get_backend_name():
        case "sqlite" if address.database and address.database != ":memory:":
            return _from_site(address, site)
        case "postgresql" | "postgres":
            return address.set(drivername=POSTGRESQL)
        case _:
            raise StoreError(BAD_URL, url=address.render_as_string(hide_password=True))


def _from_site(address: URL, site: Path) -> URL:
    written = str(address.database)
    if written.startswith("file:"):
        return address
    path = site / written
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(NOT_OPENED, place=str(path), reason=error.strerror or str(error)) from error
    return address.set(database=str(path))


def _sqlite(address: URL, busy_timeout_s: float) -> Engine:
    engine = create_engine(address, connect_args={"check_same_thread": False}, max_overflow=45, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        # The driver's own BEGIN comes late and loses updates: see _begin.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={busy_timeout_s * 1000:.0f}",
            "foreign_keys=ON",
            "synchronous=FULL",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        _write_ahead(connection, busy_timeout_s)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("mailer_reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _write_ahead(connection: sqlite3.Connection, busy_timeout_s: float) -> None:
    """Changes a new file over to write-ahead logging, for which SQLite itself does not wait its turn."""
    deadline = monotonic() + busy_timeout_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
            sleep(0.005)
        else:
            return


def _postgresql(address: URL, busy_timeout_s: float) -> Engine:
    options = {"options": f"-c lock_timeout={busy_timeout_s * 1000:.0f}", "connect_timeout": 10}
    try:
        return create_engine(address, connect_args=options, pool_pre_ping=True, max_overflow=45, hide_parameters=True)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise StoreError(NO_DRIVER) from error
