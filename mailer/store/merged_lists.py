"""Subscriptions of two contacts that become one, and of one that becomes two again. *Left* wins over all.

A row that a merge makes *left* bears the merge's number, until its owner leaves by their own word: then no undoing
touches it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from mailer.domain.people import SubscriptionState
from mailer.store.contacts import ContactRecord
from mailer.store.sql import run
from mailer.store.tables import addresses, contacts, subscriptions

LEFT = SubscriptionState.LEFT.value
KEPT_OF_A_ROW = ("list_slug", "state", "basis", "batch_id")


def join(
    tx: Connection, merge_id: int, kept: ContactRecord, gone: ContactRecord, mailbox: int | None
) -> dict[str, list[Any]]:
    """One row a list, at the one address; what was changed, for `part`."""
    own = [one for one in (kept.address_id, gone.address_id) if one is not None]
    left = _left(tx, own, [kept.id, gone.id])
    moved = _one_row_a_list(tx, kept.id, gone.id, mailbox) if mailbox is not None else {"moved": [], "dropped": []}
    turned, added = [], []
    here = {"merge": merge_id, "mailbox": mailbox or 0, "kept": kept.id, "gone": gone.id}
    for list_slug, left_at in left.items():
        turned += _turn(tx, merge_id, kept.id, list_slug, left_at)
        added += [
            found
            for one in own
            if (found := run(tx, _LEFT_HERE, address_id=one, of=list_slug, at=left_at, **here).scalar())
        ]
    return {**moved, "turned": turned, "added": added}


def part(tx: Connection, merge_id: int, kept_id: int, gone_id: int, done: dict[str, list[Any]]) -> None:
    """Each row where it was and as it was, unless its owner left since."""
    tx.execute(delete(subscriptions).where(subscriptions.c.id.in_(done["added"]), subscriptions.c.merge_id == merge_id))
    for one, state in done["turned"]:
        mine = (subscriptions.c.id == one, subscriptions.c.merge_id == merge_id)
        tx.execute(update(subscriptions).where(*mine).values(state=state, left_at=None, merge_id=None))
    for row in done["moved"]:
        run(tx, _MOVE_BACK, kept=kept_id, **row)
    for row in done["dropped"]:
        _bring_back(tx, kept_id, gone_id, row)


def _left(tx: Connection, own: Sequence[int], both: Sequence[int]) -> dict[str, datetime]:
    """What either of the two left, under any name, at either of their addresses; and when."""
    theirs = or_(subscriptions.c.address_id.in_(own), subscriptions.c.contact_id.in_(both))
    gone = select(subscriptions.c.list_slug, func.max(subscriptions.c.left_at)).where(subscriptions.c.state == LEFT)
    return {row[0]: row[1] for row in tx.execute(gone.where(theirs).group_by(subscriptions.c.list_slug))}


def _one_row_a_list(tx: Connection, kept_id: int, gone_id: int, mailbox: int) -> dict[str, list[Any]]:
    moved, dropped = [], []
    lists = set(tx.execute(select(subscriptions.c.list_slug).where(subscriptions.c.contact_id == kept_id)).scalars())
    alive = subscriptions.c.state != LEFT
    for row in tx.execute(select(subscriptions).where(subscriptions.c.contact_id == gone_id, alive)).all():
        if row.list_slug in lists:
            joined = row.joined_at and row.joined_at.isoformat()
            kept = {name: row._mapping[name] for name in KEPT_OF_A_ROW}
            dropped.append({**kept, "address_id": row.address_id, "joined_at": joined})
            tx.execute(delete(subscriptions).where(subscriptions.c.id == row.id))
        else:
            moved.append({"id": row.id, "contact": gone_id, "address": row.address_id, "mailbox": mailbox})
    elsewhere = subscriptions.c.address_id != mailbox
    for row in tx.execute(select(subscriptions).where(subscriptions.c.contact_id == kept_id, alive, elsewhere)).all():
        moved.append({"id": row.id, "contact": kept_id, "address": row.address_id, "mailbox": mailbox})
    here = update(subscriptions).where(subscriptions.c.id.in_([row["id"] for row in moved]))
    tx.execute(here.values(contact_id=kept_id, address_id=mailbox))
    return {"moved": moved, "dropped": dropped}


def _turn(tx: Connection, merge_id: int, kept_id: int, list_slug: str, left_at: datetime) -> list[list[Any]]:
    mine = (
        subscriptions.c.contact_id == kept_id,
        subscriptions.c.list_slug == list_slug,
        subscriptions.c.state != LEFT,
    )
    found = [[row.id, row.state] for row in tx.execute(select(subscriptions.c.id, subscriptions.c.state).where(*mine))]
    tx.execute(update(subscriptions).where(*mine).values(state=LEFT, left_at=left_at, merge_id=merge_id))
    return found


def _bring_back(tx: Connection, kept_id: int, gone_id: int, row: dict[str, Any]) -> None:
    here = select(addresses.c.id).where(addresses.c.id == row["address_id"], addresses.c.erased_at.is_(None))
    lives = select(contacts.c.id).where(contacts.c.id == gone_id)
    taken = run(tx, _LEFT_SINCE, kept=kept_id, gone=gone_id, of=row["list_slug"], address_id=row["address_id"])
    if taken.first() is None and tx.execute(here).first() and tx.execute(lives).first():
        joined = datetime.fromisoformat(row["joined_at"]) if row["joined_at"] else None
        tx.execute(insert(subscriptions).values(**{**row, "joined_at": joined}, contact_id=gone_id))


# Beside the mailbox, not at an address that is somebody else's too.
_LEFT_HERE = """INSERT INTO subscription (address_id, list_slug, state, left_at, merge_id)
SELECT CAST(:address_id AS INTEGER), :of, 'left', :at, CAST(:merge AS INTEGER)
WHERE NOT EXISTS (SELECT 1 FROM subscription WHERE address_id = :address_id AND list_slug = :of AND state = 'left')
AND (:address_id = :mailbox OR NOT EXISTS (
  SELECT 1 FROM contact WHERE address_id = :address_id AND id NOT IN (:kept, :gone)))
RETURNING id"""

_MOVE_BACK = """UPDATE subscription SET contact_id = :contact,
  address_id = CASE WHEN address_id = :mailbox THEN CAST(:address AS INTEGER) ELSE address_id END
WHERE id = :id AND contact_id = :kept"""

_LEFT_SINCE = """SELECT 1 FROM subscription WHERE list_slug = :of
AND (contact_id = :gone OR (state = 'left' AND (contact_id = :kept OR address_id = :address_id)))"""
