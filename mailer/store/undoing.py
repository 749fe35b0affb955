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
    """Takes back the contacts, subscriptions, names and waiting rows of an import."""
    keep_writers_out(tx, "contact", "subscription")
    skipped = run(tx, _SKIP, batch=number, now=now).rowcount
    subscriptions = run(tx, _UNSUBSCRIBE, batch=number).rowcount
    run(tx, _UNNAME, batch=number)
    contacts = run(tx, _REMOVE_CONTACTS, batch=number).rowcount
    run(tx, _REMOVE_ADDRESSES, batch=number)
    doubts = run(tx, _REMOVE_DOUBTS, batch=number).rowcount
    run(tx, _MARK, batch=number, now=now)
    return Undone(contacts, subscriptions, doubts, skipped)


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

# Whoever became one with a contact of another origin stays: that one is in them.
_REMOVE_CONTACTS = """DELETE FROM contact WHERE batch_id = :batch
AND NOT EXISTS (SELECT 1 FROM subscription WHERE subscription.contact_id = contact.id)
AND NOT EXISTS (SELECT 1 FROM merge JOIN contact AS gone ON gone.id = merge.gone_id
  WHERE merge.kept_id = contact.id AND merge.undone_at IS NULL AND gone.batch_id IS DISTINCT FROM :batch)"""

_REMOVE_ADDRESSES = """DELETE FROM address
WHERE created_at = (SELECT imported_at FROM import_batch WHERE id = :batch)
AND NOT EXISTS (SELECT 1 FROM contact WHERE contact.address_id = address.id)
AND NOT EXISTS (SELECT 1 FROM subscription WHERE subscription.address_id = address.id)
AND NOT EXISTS (SELECT 1 FROM contact_address WHERE contact_address.address_id = address.id)
AND NOT EXISTS (SELECT 1 FROM affiliation WHERE affiliation.address_id = address.id)
AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.address_id = address.id)"""

_REMOVE_DOUBTS = "DELETE FROM doubt WHERE batch_id = :batch AND settled_at IS NULL"

_MARK = "UPDATE import_batch SET undone_at = :now WHERE id = :batch"
