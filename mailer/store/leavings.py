"""Departures by a letter's link, each with what it changed, so that exactly this can be undone. Knows no token."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from mailer.domain.choices import LeaveReason, LeaveWay
from mailer.store.sql import run
from mailer.store.tables import addresses, leaving_reasons, leavings, subscriptions, suppressions


@dataclass(frozen=True)
class LeavingRow:
    """One departure."""

    id: int
    address_id: int
    delivery_id: int
    list_slug: str
    opposed: bool
    at: datetime
    before: Mapping[str, Any]
    undone_at: datetime | None


@dataclass(frozen=True)
class Before:
    """Where some addresses stood: the states of their subscriptions by id, their suppressions by fingerprint."""

    subscriptions: Mapping[str, str]
    suppressions: Mapping[str, str]


@dataclass(frozen=True)
class Undone:
    """What was taken back: lists by the fingerprint of an address, and the addresses that may be written to again."""

    lists: Sequence[tuple[bytes, str]]
    opposed: Sequence[bytes]


def standing(tx: Connection, address_ids: Sequence[int]) -> Before:
    """Where these addresses stand now."""
    states = select(subscriptions.c.id, subscriptions.c.state).where(subscriptions.c.address_id.in_(address_ids))
    reasons = (
        select(suppressions.c.fingerprint, suppressions.c.reason)
        .join(addresses, addresses.c.fingerprint == suppressions.c.fingerprint)
        .where(addresses.c.id.in_(address_ids))
    )
    return Before(
        {str(row.id): row.state for row in tx.execute(states)},
        {row.fingerprint.hex(): row.reason for row in tx.execute(reasons)},
    )


def record(
    tx: Connection,
    address_ids: Sequence[int],
    delivery_id: int,
    list_slug: str,
    before: Before,
    *,
    opposed: bool,
    way: LeaveWay,
    now: datetime,
) -> int:
    """A departure of the first of these addresses, with what it changed for all of them; its id."""
    after = standing(tx, address_ids)
    changed = {
        "subscriptions": _changed(before.subscriptions, after.subscriptions),
        "suppressions": _changed(before.suppressions, after.suppressions),
    }
    row = {
        "address_id": address_ids[0],
        "delivery_id": delivery_id,
        "list_slug": list_slug,
        "opposed": opposed,
        "way": way.value,
        "at": now,
        "before": changed,
        "reason_said": False,
    }
    return int(tx.execute(insert(leavings).values(row).returning(leavings.c.id)).scalar_one())


def find(tx: Connection, leaving_id: int) -> LeavingRow | None:
    """A departure; None where its reader was forgotten since."""
    wanted = select(*(leavings.c[name] for name in LeavingRow.__dataclass_fields__))
    found = tx.execute(wanted.where(leavings.c.id == leaving_id)).one_or_none()
    return None if found is None else LeavingRow(*found)


def undo(tx: Connection, row: LeavingRow, now: datetime) -> Undone | None:
    """Exactly what that departure changed is as before, where nothing else changed it since; None the second time."""
    if run(tx, _UNDONE, id=row.id, now=now).rowcount == 0:
        return None
    lists = [
        found
        for one, state in row.before["subscriptions"].items()
        if (found := _restore(tx, int(one), state, row.at)) is not None
    ]
    opposed = [
        bytes.fromhex(one)
        for one, reason in row.before["suppressions"].items()
        if _welcome(tx, bytes.fromhex(one), reason, row.at)
    ]
    run(tx, _NOT_BY_THIS_LETTER, delivery_id=row.delivery_id, at=row.at)
    return Undone(lists, opposed)


def say_reason(tx: Connection, row: LeavingRow, reason: LeaveReason, words: str, day: date) -> bool:
    """Why, once a departure; kept with the list and the day, and nothing else. False the second time."""
    if run(tx, _SAID, id=row.id).rowcount == 0:
        return False
    said = {"list_slug": row.list_slug, "day": day, "reason": reason.value, "words": words}
    tx.execute(insert(leaving_reasons).values(said))
    return True


def reasons(tx: Connection, first: date, last: date) -> dict[tuple[str, LeaveReason], int]:
    """How often each reason was given, by list, from one day to another, both included."""
    counted = (
        select(leaving_reasons.c.list_slug, leaving_reasons.c.reason, func.count())
        .where(leaving_reasons.c.day.between(first, last))
        .group_by(leaving_reasons.c.list_slug, leaving_reasons.c.reason)
    )
    return {(row[0], LeaveReason(row[1])): row[2] for row in tx.execute(counted)}


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    return {key: before.get(key) for key, state in after.items() if before.get(key) != state}


def _restore(tx: Connection, subscription_id: int, state: str | None, at: datetime) -> tuple[bytes, str] | None:
    found = run(tx, _LEFT_THEN, id=subscription_id, at=at).one_or_none()
    if found is None:
        return None
    if state is None:
        run(tx, _NO_ROW, id=subscription_id)
    else:
        run(tx, _AS_BEFORE, id=subscription_id, state=state)
    return found.fingerprint, found.list_slug


def _welcome(tx: Connection, fingerprint: bytes, reason: str | None, at: datetime) -> bool:
    if reason is None:
        return run(tx, _NOT_OPPOSED, fingerprint=fingerprint, at=at).rowcount > 0
    run(tx, _OTHER_REASON, fingerprint=fingerprint, reason=reason, at=at)
    return False


_UNDONE = "UPDATE leaving SET undone_at = :now WHERE id = :id AND undone_at IS NULL"
_SAID = "UPDATE leaving SET reason_said = TRUE WHERE id = :id AND NOT reason_said"

_LEFT_THEN = """SELECT address.fingerprint, subscription.list_slug
FROM subscription JOIN address ON address.id = subscription.address_id
WHERE subscription.id = :id AND subscription.state = 'left' AND subscription.left_at = :at"""

_NO_ROW = "DELETE FROM subscription WHERE id = :id"
_AS_BEFORE = "UPDATE subscription SET state = :state, left_at = NULL WHERE id = :id"
_NOT_OPPOSED = "DELETE FROM suppression WHERE fingerprint = :fingerprint AND reason = 'opposition' AND at = :at"
_OTHER_REASON = """UPDATE suppression SET reason = :reason
WHERE fingerprint = :fingerprint AND reason = 'opposition' AND at = :at"""
_NOT_BY_THIS_LETTER = "UPDATE delivery SET left_at = NULL WHERE id = :delivery_id AND left_at = :at"
