"""What a person is told when the database cannot be read or written. Never hides a mistake of our own.

Only conditions of the machine become a StoreError; a wrong statement stays the exception it is.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, TimeoutError

from mailer.errors import StoreError
from mailer.language import N_

FULL = N_("The disk that holds {place} is full, so nothing was written. Free some space, then do it again.")
READ_ONLY = N_("{place} cannot be written. Give this program the right to write the file and its folder.")
LOCKED = N_("{place} is kept busy by another program. Wait until it has finished, then do it again.")
UNREACHABLE = N_("The database {place} does not answer: {reason} Start it, or correct database.url in config.toml.")
NOT_OPENED = N_("{place} cannot be opened: {reason}. Check that its folder exists and may be read and written.")
NOT_A_DATABASE = N_("{place} is not a database. Move that file away, or correct database.url in config.toml.")
DAMAGED = N_("{place} is damaged: {reason}. Stop the program and restore the last backup.")
DISK_FAILS = N_("The disk that holds {place} fails: {reason}. Check the disk before going on.")

_SQLITE = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_CANTOPEN: NOT_OPENED,
    sqlite3.SQLITE_NOTADB: NOT_A_DATABASE,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_IOERR: DISK_FAILS,
}

_POSTGRESQL = {
    "53100": FULL,
    "25006": READ_ONLY,
    "55P03": LOCKED,
    "40P01": LOCKED,
    "40001": LOCKED,
    "58030": DISK_FAILS,
    "XX001": DAMAGED,
    "XX002": DAMAGED,
}
# Shutting down, too many connections, no such database or role, wrong password: nobody there for us.
_NOBODY_THERE = ("08", "57P", "53300", "3D", "28")


@contextmanager
def told(place: str) -> Iterator[None]:
    """Failures of the machine leave as StoreError, the database's own words as the cause."""
    try:
        yield
    except DBAPIError as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        raise StoreError(sentence, place=place, reason=_reason(error)) from error
    except TimeoutError as error:
        raise StoreError(LOCKED, place=place) from error


def sentence_for(error: DBAPIError) -> str | None:
    """The sentence for a failure of the machine; None for a mistake of ours."""
    if isinstance(error.orig, sqlite3.Error):
        # An error that Python itself raises (« Cannot operate on a closed database ») carries no code.
        return _SQLITE.get(getattr(error.orig, "sqlite_errorcode", -1) & 0xFF)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return UNREACHABLE if type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout") else None
    return UNREACHABLE if state.startswith(_NOBODY_THERE) else _POSTGRESQL.get(state)


def lost_a_race(error: StoreError) -> bool:
    """PostgreSQL broke off one of two transactions that waited for each other: the same again may well succeed."""
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) in ("40P01", "40001")


def _reason(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]
