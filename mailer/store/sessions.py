"""Who is logged in at the desk, what their next page says first, and wrong attempts. Decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from mailer.store.account_tables import attempts, presses, sessions
from mailer.store.sql import run


@dataclass(frozen=True)
class SessionRow:
    """A browser that is logged in, or half way there."""

    id: int
    account_id: int
    began_at: datetime
    seen_at: datetime
    agent: str
    second_step: bool
    flash: Sequence[Any]


def begin(tx: Connection, hashed: bytes, account_id: int, agent: str, now: datetime, *, second_step: bool) -> int:
    """A browser comes in; its number."""
    row = {
        "hash": hashed,
        "account_id": account_id,
        "began_at": now,
        "seen_at": now,
        "agent": agent,
        "second_step": second_step,
        "flash": [],
    }
    return int(tx.execute(insert(sessions).values(row).returning(sessions.c.id)).scalar_one())


def find(tx: Connection, hashed: bytes) -> SessionRow | None:
    """The session of that hash that nobody ended."""
    row = tx.execute(_open_ones().where(sessions.c.hash == hashed)).first()
    return SessionRow(*row) if row else None


def of_account(tx: Connection, account_id: int) -> list[SessionRow]:
    """Those that nobody ended, the latest seen first."""
    found = _open_ones().where(sessions.c.account_id == account_id).order_by(sessions.c.seen_at.desc(), sessions.c.id)
    return [SessionRow(*row) for row in tx.execute(found)]


def saw(tx: Connection, session_id: int, now: datetime) -> None:
    """It was used at that moment."""
    tx.execute(update(sessions).where(sessions.c.id == session_id, sessions.c.seen_at < now).values(seen_at=now))


def pass_second_step(tx: Connection, session_id: int, hashed: bytes) -> None:
    """A code was shown; from now on it goes by another secret."""
    tx.execute(update(sessions).where(sessions.c.id == session_id).values(second_step=True, hash=hashed))


def say_next(tx: Connection, session_id: int, flash: Sequence[Any]) -> None:
    """What the next page says first."""
    tx.execute(update(sessions).where(sessions.c.id == session_id).values(flash=list(flash)))


def end(tx: Connection, session_id: int, now: datetime) -> None:
    """Nobody is logged in by it any more."""
    tx.execute(update(sessions).where(sessions.c.id == session_id).values(ended_at=now))


def end_all(tx: Connection, account_id: int, now: datetime, but: int | None = None) -> int:
    """All of an account, or all but one; how many."""
    open_ones = update(sessions).where(sessions.c.account_id == account_id, sessions.c.ended_at.is_(None))
    if but is not None:
        open_ones = open_ones.where(sessions.c.id != but)
    return tx.execute(open_ones.values(ended_at=now)).rowcount


def forget_old(tx: Connection, before: datetime) -> None:
    """Sessions, wrong attempts and buttons of before that moment are of no use to anyone."""
    tx.execute(delete(sessions).where(sessions.c.seen_at < before))
    tx.execute(delete(attempts).where(attempts.c.at < before))
    tx.execute(delete(presses).where(presses.c.at < before))


def failed(tx: Connection, account_hash: bytes, host_hash: bytes, now: datetime) -> None:
    """One more wrong password or code."""
    tx.execute(insert(attempts).values(account_hash=account_hash, host_hash=host_hash, at=now))


def failures(tx: Connection, account_hash: bytes, host_hash: bytes, since: datetime) -> tuple[int, int]:
    """How many there were since: for the account, from the host."""
    counted = (
        select(func.count()).select_from(attempts).where(mine, attempts.c.at > since)
        for mine in (attempts.c.account_hash == account_hash, attempts.c.host_hash == host_hash)
    )
    of_account, of_host = (int(tx.execute(one).scalar_one()) for one in counted)
    return of_account, of_host


def press(tx: Connection, key: str, account_id: int, now: datetime) -> bool:
    """Whether this is the first time that the form of that key is sent."""
    return run(tx, _PRESS, key=key, account_id=account_id, now=now).rowcount == 1


def _open_ones() -> Select[Any]:
    columns = (sessions.c[name] for name in SessionRow.__dataclass_fields__)
    return select(*columns).where(sessions.c.ended_at.is_(None))


_PRESS = "INSERT INTO press (key, account_id, at) VALUES (:key, :account_id, :now) ON CONFLICT DO NOTHING"
