"""The rhythm that readers asked for: a pause, one letter a month. Whom that leaves out, `audiences` and `skips` say."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from mailer.store.skips import TO_ADDRESS, skip_unwelcome
from mailer.store.sql import run
from mailer.store.tables import choices


@dataclass(frozen=True)
class Rhythm:
    """How often an address wants to hear from us."""

    paused_until: datetime | None = None
    monthly: bool = False


def rhythm(tx: Connection, address_id: int, now: datetime) -> Rhythm:
    """What the address asked for; a pause that is over is none."""
    found = tx.execute(
        select(choices.c.paused_until, choices.c.monthly).where(choices.c.address_id == address_id)
    ).one_or_none()
    if found is None:
        return Rhythm()
    over = found.paused_until is None or found.paused_until <= now
    return Rhythm(None if over else found.paused_until, found.monthly)


def pause(tx: Connection, address_id: int, until: datetime | None, now: datetime) -> None:
    """No letter until then, those in the queue included; None ends a pause."""
    run(tx, _PAUSE, address_id=address_id, until=until, now=now)
    if until is not None:
        skip_unwelcome(tx, TO_ADDRESS, now, address_id=address_id)


def one_a_month(tx: Connection, address_id: int, wanted: bool, now: datetime) -> None:
    """At most one letter in a calendar month, or all again. What is in the queue leaves."""
    run(tx, _MONTHLY, address_id=address_id, monthly=wanted, now=now)


def follow(tx: Connection, from_address_id: int, to_address_id: int, now: datetime) -> None:
    """Who moves keeps their rhythm, unless the new address has asked for one of its own."""
    run(tx, _FOLLOW, old=from_address_id, new=to_address_id, now=now)


_PAUSE = """INSERT INTO choice (address_id, paused_until, monthly, changed_at)
VALUES (:address_id, :until, FALSE, :now)
ON CONFLICT (address_id) DO UPDATE SET paused_until = excluded.paused_until, changed_at = excluded.changed_at"""

_MONTHLY = """INSERT INTO choice (address_id, paused_until, monthly, changed_at)
VALUES (:address_id, NULL, :monthly, :now)
ON CONFLICT (address_id) DO UPDATE SET monthly = excluded.monthly, changed_at = excluded.changed_at"""

_FOLLOW = """INSERT INTO choice (address_id, paused_until, monthly, changed_at)
SELECT CAST(:new AS INTEGER), paused_until, monthly, :now FROM choice WHERE address_id = :old
ON CONFLICT (address_id) DO NOTHING"""
