"""Takes an import back: who came by it and nothing else. What people did since stays: a departure beats its undoing."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, select

from mailer.store.filling import unfill
from mailer.store.placing import leave_networks
from mailer.store.sql import keep_writers_out, run
from mailer.store.tables import batches, metadata


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
    finished: bool
    """All of it is in."""


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
    found = tx.execute(_BATCH.where(batches.c.id == number)).one_or_none()
    return BatchRow(*found) if found else None


def latest(tx: Connection, most: int) -> list[BatchRow]:
    """The last imports, the newest first."""
    return [BatchRow(*row) for row in tx.execute(_BATCH.order_by(batches.c.id.desc()).limit(most))]


def undo(tx: Connection, number: int, now: datetime) -> Undone:
    """Takes back an import in the caller's transaction: contacts, subscriptions, names, details, rows that wait."""
    everyone = (0, last(tx, "contact"))
    gone = [undo_part(tx, number, everyone, now), undo_rest(tx, number, now)]
    remove_addresses(tx, number, (0, last(tx, "address")))
    return together(gone)


def together(parts: Iterable[Undone]) -> Undone:
    """What went in several parts."""
    every = list(parts)
    return Undone(*(sum(getattr(one, name.name) for one in every) for name in fields(Undone)))


def last(tx: Connection, table: str) -> int:
    """The greatest id of a table."""
    return int(run(tx, f"SELECT coalesce(max(id), 0) FROM {table}").scalar_one())  # noqa: S608 - our own tables


def undo_part(tx: Connection, number: int, part: tuple[int, int], now: datetime) -> Undone:
    """Takes back what an import brought for the contacts from one id to another."""
    keep_writers_out(tx, "contact", "subscription")
    here = {"batch": number, "low": part[0], "high": part[1]}
    skipped = run(tx, _SKIP, now=now, **here).rowcount
    subscriptions = run(tx, _UNSUBSCRIBE, **here).rowcount
    leave_networks(tx, **here)
    for words in _OF_CONTACTS:
        run(tx, words, **here)
    unfill(tx, here)
    run(tx, _UNNAME, **here)
    return Undone(run(tx, _REMOVE_CONTACTS, **here).rowcount, subscriptions, 0, skipped)


def undo_rest(tx: Connection, number: int, now: datetime) -> Undone:
    """Takes back the rows that wait, and marks the import."""
    doubts = run(tx, _REMOVE_DOUBTS, batch=number).rowcount
    run(tx, _MARK, batch=number, now=now)
    return Undone(0, 0, doubts, 0)


def remove_addresses(tx: Connection, number: int, part: tuple[int, int]) -> None:
    """Addresses that came by an import, from one id to another, and that nobody has any more."""
    run(tx, _REMOVE_ADDRESSES, batch=number, low=part[0], high=part[1])


def unfinished(tx: Connection) -> list[int]:
    """Imports that are not wholly in, and whose program gives no sign of life any more."""
    return list(run(tx, _UNFINISHED).scalars())


def alive(tx: Connection, number: int) -> None:
    """The program that imports is alive for another minute."""
    run(tx, _ALIVE, batch=number)


def _nobody_else(parent: str) -> str:
    """That no row of another table needs a row of `parent`."""
    needed = [
        f"NOT EXISTS (SELECT 1 FROM {table.name} WHERE {table.name}.{key.parent.name} = {parent}.id)"  # noqa: S608 - our own tables
        for table in metadata.sorted_tables
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name)
        if key.target_fullname == f"{parent}.id" and key.ondelete is None
    ]
    return " AND ".join(needed)


_UNFINISHED = """SELECT id FROM import_batch WHERE finished_at IS NULL AND undone_at IS NULL
AND (lease_until IS NULL OR lease_until < {clock}) ORDER BY id"""
_ALIVE = "UPDATE import_batch SET lease_until = {clock} + 60 WHERE id = :batch"

_ITS = "batch_id = :batch AND contact_id BETWEEN :low AND :high"

# The claim stays: where a sender had the letter on its way in that very moment, it tells what became of it.
_BATCH = select(
    batches.c.id,
    batches.c.file_name,
    batches.c.list_slug,
    batches.c.basis,
    batches.c.imported_at,
    batches.c.undone_at,
    batches.c.finished_at.is_not(None),
)

_SKIP = f"""UPDATE delivery SET state = 'skipped', settled_at = :now, lease_until = NULL, skip_reason = 'cancelled'
WHERE state IN ('queued', 'claimed') AND address_id IN (SELECT address_id FROM subscription WHERE {_ITS})
AND EXISTS (
  SELECT 1 FROM subscription WHERE subscription.address_id = delivery.address_id
    AND subscription.list_slug = delivery.segment AND subscription.batch_id = :batch
    AND subscription.state <> 'left')
AND NOT EXISTS (
  SELECT 1 FROM subscription WHERE subscription.address_id = delivery.address_id
    AND subscription.list_slug = delivery.segment AND subscription.state = 'active'
    AND (subscription.batch_id IS NULL OR subscription.batch_id <> :batch))"""  # noqa: S608 - constants

_UNSUBSCRIBE = f"DELETE FROM subscription WHERE {_ITS} AND state <> 'left'"  # noqa: S608 - constants

_OF_CONTACTS = (
    *(f"DELETE FROM {table} WHERE {_ITS}" for table in ("contact_address", "tag", "membership", "custom_value")),  # noqa: S608 - our own tables
    "UPDATE contact SET search = '' WHERE id IN (SELECT person_id FROM affiliation WHERE batch_id = :batch"
    " AND person_id BETWEEN :low AND :high)",
    "DELETE FROM affiliation WHERE batch_id = :batch AND person_id BETWEEN :low AND :high",
)

_UNNAME = """UPDATE contact SET name = '', named_by = NULL, search = ''
WHERE named_by = :batch AND id BETWEEN :low AND :high"""

# Whom somebody wrote down more of since is theirs, not the file's.
_REMOVE_CONTACTS = f"""DELETE FROM contact WHERE batch_id = :batch AND id BETWEEN :low AND :high
AND CAST(edited AS TEXT) = '[]' AND closed_at IS NULL AND {_nobody_else("contact")}
AND NOT EXISTS (SELECT 1 FROM affiliation WHERE affiliation.person_id = contact.id AND batch_id IS NULL)
AND NOT EXISTS (SELECT 1 FROM affiliation WHERE affiliation.structure_id = contact.id
  AND (batch_id IS NULL OR batch_id <> :batch))
AND NOT EXISTS (SELECT 1 FROM contact AS part WHERE part.parent_id = contact.id AND part.batch_id <> :batch)
AND NOT EXISTS (SELECT 1 FROM merge JOIN contact AS twin ON twin.id IN (merge.kept_id, merge.gone_id)
  WHERE contact.id IN (merge.kept_id, merge.gone_id) AND merge.undone_at IS NULL
  AND twin.batch_id IS DISTINCT FROM :batch)"""  # noqa: S608 - constants

_REMOVE_ADDRESSES = f"""DELETE FROM address WHERE id BETWEEN :low AND :high
AND created_at = (SELECT imported_at FROM import_batch WHERE id = :batch) AND {_nobody_else("address")}"""  # noqa: S608 - constants

_REMOVE_DOUBTS = "DELETE FROM doubt WHERE batch_id = :batch AND settled_at IS NULL"

_MARK = "UPDATE import_batch SET undone_at = :now, lease_until = NULL WHERE id = :batch"
