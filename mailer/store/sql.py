"""How a statement is said to either database. Never decides what is said.

SQLite and PostgreSQL differ here in three things only: the database's own clock, how a list of facts is handed
over in one parameter, and what keeps other writers out.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, CursorResult, String, TextClause, bindparam, text
from sqlalchemy.types import TypeEngine

from mailer.store.moments import Moment

CLOCK = {
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) AS double precision)",
}
"""Seconds since 1970: leases are compared on the one clock that all senders share."""

BLOB = {"sqlite": "BLOB", "postgresql": "BYTEA"}
SKIP_LOCKED = {"sqlite": "", "postgresql": "FOR UPDATE SKIP LOCKED"}


def run(tx: Connection, words: str, /, **values: object) -> CursorResult[Any]:
    """Run a statement. Moments are bound as UTC, lists as SQL lists; {clock} is the database's own."""
    kinds = tuple((name, type(value)) for name, value in values.items())
    return tx.execute(_statement(words, tx.dialect.name, kinds), values)


def spoken(words: str, dialect: str) -> str:
    """The statement in a dialect."""
    for hole, said in (("{clock}", CLOCK), ("{skip_locked}", SKIP_LOCKED), ("{blob}", BLOB)):
        words = words.replace(hole, said[dialect])
    return words


def keep_writers_out(tx: Connection, *tables: str) -> None:
    """Until the commit nobody else writes these tables. On SQLite a writing transaction is alone anyway."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")


def give_room(tx: Connection) -> None:
    """Until the commit a statement may hold sets of a whole base's size. SQLite takes what it needs anyway.

    PostgreSQL goes through a set anew for each row where it believes that the set does not fit.
    """
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("SET LOCAL work_mem = '128MB'")


def facts_from_json(dialect: str, columns: Mapping[str, str]) -> str:
    """A subquery that reads rows out of one JSON parameter, `:facts`: a list of lists, in the order of `columns`."""
    if dialect == "sqlite":
        picked = ", ".join(f"json_extract(value, '$[{at}]') AS {name}" for at, name in enumerate(columns))
        return f"(SELECT {picked} FROM json_each(:facts))"  # noqa: S608 - columns are our own words
    picked = ", ".join(f"CAST(value ->> {at} AS {kind}) AS {name}" for at, (name, kind) in enumerate(columns.items()))
    return f"(SELECT {picked} FROM json_array_elements(CAST(:facts AS json)))"  # noqa: S608 - as above


def moment_in_json(moment: datetime | None, dialect: str) -> str | None:
    """A moment as `Moment` stores it, for statements that take JSON."""
    if moment is None:
        return None
    stored = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return stored if dialect == "sqlite" else f"{stored}+00"


@cache
def _statement(words: str, dialect: str, kinds: tuple[tuple[str, type], ...]) -> TextClause:
    return text(spoken(words, dialect)).bindparams(*(_bound(name, kind) for name, kind in kinds))


def _bound(name: str, kind: type) -> BindParameter[Any]:
    if kind is list:
        return bindparam(name, expanding=True)
    # PostgreSQL guesses the type of a bare text anew at each place where it stands, and not always alike.
    types: dict[type, TypeEngine[Any] | Moment] = {datetime: Moment(), str: String()}
    return bindparam(name, type_=types.get(kind))
