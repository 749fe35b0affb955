"""Brings a database to the tables that this program knows. Never touches one that a newer program wrote."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from mailer.errors import StoreError
from mailer.language import N_
from mailer.store.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0020"
"""The latest revision under migrations/versions; a test holds the two together."""

VERSION = "version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)"
"""As Alembic itself makes its table."""

NEWER = N_("{place} was written by a newer version of this program (its tables are {found}, ours {ours}). Update it.")
OLDER = N_(
    "{place} has the tables of an older version of this program (its tables are {found}, ours {ours}). "
    "Bring it up to date, which makes a backup first: mailer upgrade"
)
HALF_RESTORED = N_("{place} holds a backup whose restoring did not end. Restore it again: mailer restore FILE")
NOT_OURS = N_("{place} holds another program's tables. Correct database.url in config.toml.")


def migrate(tx: Connection, place: str) -> None:
    """To the latest revision, in the caller's transaction. Raises StoreError where the tables are not ours."""
    found = revision_of(tx)
    if found == HEAD:
        return
    refuse_foreign(tx, place)
    if found is None:
        _create(tx)
        return
    # Alembic takes half a second to import, which each command would pay.
    from alembic import command

    command.upgrade(alembic_config(tx), HEAD)


def _create(tx: Connection) -> None:
    """The tables as they are now, in an empty database: those that all migrations make, as a test holds them to."""
    metadata.create_all(tx)
    tx.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS alembic_version ({VERSION})")
    tx.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{HEAD}')")  # noqa: S608 - our own number


def refuse_older(tx: Connection, place: str) -> None:
    """Raises StoreError for the tables of an older version of ours."""
    found = revision_of(tx)
    if found is not None and _numbered(found) and found < HEAD:
        raise StoreError(OLDER, place=place, found=found, ours=HEAD)


def revision_of(tx: Connection) -> str | None:
    """The revision that the database stands at; None where it has no tables of ours."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    found = tx.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def alembic_config(tx: Connection) -> "Config":
    """Alembic, told where the migrations are and which connection they run on."""
    from alembic.config import Config

    migration = Config()
    migration.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    migration.attributes["connection"] = tx
    return migration


def refuse_foreign(tx: Connection, place: str) -> None:
    """Raises StoreError for the tables of a newer version, of another program, or half restored."""
    found = revision_of(tx)
    tables = set(inspect(tx).get_table_names())
    if found is None and {"alembic_version", "delivery"} <= tables:
        raise StoreError(HALF_RESTORED, place=place)
    if (found is not None and not _numbered(found)) or (found is None and tables - {"alembic_version"}):
        raise StoreError(NOT_OURS, place=place)
    if found is not None and found > HEAD:
        raise StoreError(NEWER, place=place, found=found, ours=HEAD)


def _numbered(revision: str) -> bool:
    return revision.isdigit() and len(revision) == len(HEAD)
