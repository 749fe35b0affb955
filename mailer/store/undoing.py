"""Takes an import back: who came by it and nothing else. What people did since stays: a departure beats its undoing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from mailer.store.sql import keep_writers_out, run
from mailer.store.tables import batches


@dataclass(frozen=True)
class BatchRow:
    """One import."""

    number: int
    file_name: str
    list_slug: str | None
    basis: str | None
    """None for a file of oppositions."""
    imported_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True)
class Undone:
    """What went with an import."""

    contacts: int
    subscriptions: int
    doubts: int
    skipped: int
    """Letters that were waiting for them."""


def batch(tx: Connection, number: int) -> BatchRow | None:
    """The import of that number."""
    columns = (
        batches.c.id,
        batches.c.file_name,
        batches.c.list_slug,
        batches.c.basis,
        batches.c.imported_at,
        batches.c.undone_at,
    )
    found = tx.execute(select(*columns).where(batches.c.id == number)).one_or_none()
    return BatchRow(*found) if found else None


def undo(tx: Connection, number: int, now: datetime) -> Undone:
    """Takes back the contacts, subscriptions, names and waiting rows of an import, in one transaction."""
    done = Undone(0, 0, 0, 0)
    last = last_contact(tx)
    done += undo_part(tx, number, (0, last), now)
    return done + undo_rest(tx, number, now)


def last_contact(tx: Connection) -> int:
    """The greatest id of a contact."""
    return int(run(tx, "SELECT coalesce(max(id), 0) FROM contact").scalar_one())


def undo_part(tx: Connection, number: int, part: tuple[int, int], now: datetime) -> Undone:
    """Takes back what an import brought for the contacts from one id to another."""
    keep_writers_out(tx, "contact", "subscription")
    here = {"batch": number, "low": part[0], "high": part[1]}
    skipped = run(tx, _SKIP, now=now, **here).rowcount
    subscriptions = run(tx, _UNSUBSCRIBE, **here).rowcount
    for words in _OF_CONTACTS:
        run(tx, words, **here)
    unfill(tx, here)
    run(tx, _UNNAME, **here)
    contacts = run(tx, _REMOVE_CONTACTS, **here).rowcount
    return Undone(contacts, subscriptions, 0, skipped)


def undo_rest(tx: Connection, number: int, now: datetime) -> Undone:
    """Takes back what is left once all its contacts are gone, and marks the import."""
    keep_writers_out(tx, "contact", "subscription")
    # Of departures alone, which stay; the import brings them no more.
    run(tx, _LET_GO, batch=number)
    doubts = run(tx, _REMOVE_DOUBTS, batch=number).rowcount
    run(tx, _MARK, batch=number, now=now)
    return Undone(0, 0, doubts, 0)


def remove_addresses(tx: Connection, number: int, part: tuple[int, int]) -> None:
    """Addresses that came by an import, from one id to another, and that nobody has any more."""
    run(tx, _REMOVE_ADDRESSES, batch=number, low=part[0], high=part[1])


# The claim stays: where a sender had the letter on its way in that very moment, it tells what became of it.
_SKIP = """UPDATE delivery SET state = 'skipped', settled_at = :now, lease_until = NULL, skip_reason = 'cancelled'
WHERE state IN ('queued', 'claimed') AND EXISTS (
  SELECT 1 FROM subscription WHERE subscription.address_id = delivery.address_id
    AND subscription.list_slug = delivery.segment AND subscription.batch_id = :batch
    AND subscription.state <> 'left')
AND NOT EXISTS (
  SELECT 1 FROM subscription WHERE subscription.address_id = delivery.address_id
    AND subscription.list_slug = delivery.segment AND subscription.state = 'active'
    AND (subscription.batch_id IS NULL OR subscription.batch_id <> :batch))"""

_UNSUBSCRIBE = "DELETE FROM subscription WHERE batch_id = :batch AND state <> 'left'"

_UNNAME = "UPDATE contact SET name = '', named_by = NULL WHERE named_by = :batch"

_REMOVE_CONTACTS = """DELETE FROM contact WHERE batch_id = :batch
AND NOT EXISTS (SELECT 1 FROM subscription WHERE subscription.contact_id = contact.id)"""

_REMOVE_ADDRESSES = """DELETE FROM address
WHERE created_at = (SELECT imported_at FROM import_batch WHERE id = :batch)
AND NOT EXISTS (SELECT 1 FROM contact WHERE contact.address_id = address.id)
AND NOT EXISTS (SELECT 1 FROM subscription WHERE subscription.address_id = address.id)
AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.address_id = address.id)"""

_REMOVE_DOUBTS = "DELETE FROM doubt WHERE batch_id = :batch AND settled_at IS NULL"

_MARK = "UPDATE import_batch SET undone_at = :now WHERE id = :batch"
