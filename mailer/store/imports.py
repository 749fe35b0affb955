"""Takes whole contact files in. Never reactivates anyone: a left row or a suppression beats every file.

The rows go to a staging table in one bulk load; after that each step is one statement, whatever the size.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from mailer.domain.addresses import FAMILIES, Family
from mailer.domain.people import Basis, ContactRow
from mailer.store.skips import skip_unwelcome
from mailer.store.sql import keep_writers_out, run

Fingerprint = Callable[[str], bytes]
Staged = tuple[str, str, str, int, bytes, str, str]


@dataclass(frozen=True)
class ImportCounts:
    """What became of a file's rows: ready + merged + suppressed are all of them."""

    batch: int
    ready: int
    """Rows that changed something: a new contact, a new subscription, a new opposition."""
    merged: int
    """Rows that say what we had already, or what another row of the file says."""
    suppressed: int
    """Rows left alone, because their owner left, opposed or moved, or the mailbox does not exist."""


def import_contacts(
    tx: Connection,
    rows: Sequence[ContactRow],
    fingerprint: Fingerprint,
    *,
    list_slug: str | None,
    basis: Basis,
    file_name: str,
    now: datetime,
    families: Mapping[str, Family] = FAMILIES,
    batch: int | None = None,
) -> ImportCounts:
    """Contacts for each address not known yet; with a list, a subscription on `basis` for each that has none there.

    `families`: the receiver family of each domain that has one. `batch`: the import that the rows belong to, if not
    a new one.
    """
    keep_writers_out(tx, "contact", "subscription", "suppression")
    batch = batch or _new_batch(tx, file_name, list_slug, basis, now)
    _stage(tx, rows, fingerprint, families)
    suppressed = run(tx, _UNSTAGE_SUPPRESSED).rowcount + run(tx, _UNSTAGE_LEFT, list_slug=list_slug).rowcount
    suppressed += run(tx, _UNSTAGE_MOVED).rowcount
    run(tx, _UNSTAGE_FURTHER)
    run(tx, _ADD_ADDRESSES, now=now)
    ready = run(tx, _ADD_CONTACTS, batch=batch).rowcount
    run(tx, _NAME_THE_NAMELESS, batch=batch)
    if list_slug is not None:
        ready = run(tx, _SUBSCRIBE, list_slug=list_slug, basis=basis.value, batch=batch, now=now).rowcount
    run(tx, _UNSTAGE)
    return ImportCounts(batch, ready, len(rows) - ready - suppressed, suppressed)


def import_oppositions(
    tx: Connection, rows: Sequence[ContactRow], fingerprint: Fingerprint, *, file_name: str, now: datetime
) -> ImportCounts:
    """Nobody in the file is written to again. Addresses that we did not know stay unknown: their hash is kept."""
    keep_writers_out(tx, "suppression")
    batch = _new_batch(tx, file_name, None, None, now)
    _stage(tx, rows, fingerprint)
    ready = run(tx, _OPPOSE, now=now).rowcount
    skip_unwelcome(tx, _STAGED_ADDRESSES, now)
    run(tx, _UNSTAGE)
    return ImportCounts(batch, ready, len(rows) - ready, 0)


def _new_batch(tx: Connection, file_name: str, list_slug: str | None, basis: Basis | None, now: datetime) -> int:
    values = {"file_name": file_name, "list_slug": list_slug, "basis": basis and basis.value, "now": now}
    return int(run(tx, _NEW_BATCH, **values).scalar_one())


def _stage(
    tx: Connection,
    rows: Sequence[ContactRow],
    fingerprint: Fingerprint,
    families: Mapping[str, Family] = FAMILIES,
) -> None:
    kept: dict[str, ContactRow] = {}
    for row in rows:
        known = kept.get(row.address.canonical)
        if known is None or (row.name and not known.name):
            kept[row.address.canonical] = row
    staged = [_staged(kept[canonical], fingerprint, families) for canonical in sorted(kept)]
    run(tx, _STAGING)
    if tx.dialect.name == "postgresql":
        _copy(tx, staged)
    elif staged:
        tx.exec_driver_sql("INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?, ?)", staged)


def _staged(row: ContactRow, fingerprint: Fingerprint, families: Mapping[str, Family]) -> Staged:
    address = row.address
    return (
        address.canonical,
        address.written,
        address.domain,
        int(families.get(address.domain, Family.OTHER)),
        fingerprint(address.canonical),
        row.name,
        row.kind.value,
    )


def _copy(tx: Connection, staged: Sequence[Staged]) -> None:
    driver = tx.connection.driver_connection
    if driver is None:
        raise RuntimeError("the transaction has no connection")
    with driver.cursor() as cursor, cursor.copy("COPY staged FROM STDIN") as copy:
        for row in staged:
            copy.write_row(row)


_NEW_BATCH = """INSERT INTO import_batch (file_name, list_slug, basis, imported_at)
VALUES (:file_name, :list_slug, :basis, :now) RETURNING id"""

_STAGING = """CREATE TEMPORARY TABLE staged
(canonical TEXT, written TEXT, domain TEXT, family INTEGER, fingerprint {blob}, name TEXT, kind TEXT)"""

_UNSTAGE = "DROP TABLE staged"

_UNSTAGE_SUPPRESSED = "DELETE FROM staged WHERE fingerprint IN (SELECT fingerprint FROM suppression)"

_UNSTAGE_LEFT = """DELETE FROM staged WHERE canonical IN (
  SELECT address.canonical FROM subscription JOIN address ON address.id = subscription.address_id
  WHERE subscription.list_slug = :list_slug AND subscription.state = 'left')"""

# Whose letters go to another address by their own wish; somebody who stayed behind is known, and is no news.
_UNSTAGE_MOVED = """DELETE FROM staged WHERE canonical IN (
  SELECT address.canonical FROM move JOIN address ON address.id = move.from_address_id
  WHERE move.state = 'done' AND NOT EXISTS (SELECT 1 FROM contact WHERE contact.address_id = address.id))"""

# A further address of somebody who is written to at another: they are known, and get one letter.
_UNSTAGE_FURTHER = """DELETE FROM staged WHERE canonical IN (
  SELECT address.canonical FROM contact_address JOIN address ON address.id = contact_address.address_id
  WHERE NOT EXISTS (SELECT 1 FROM contact WHERE contact.address_id = address.id))"""

_ADD_ADDRESSES = """INSERT INTO address (address, canonical, domain, family, fingerprint, created_at)
SELECT written, canonical, domain, family, fingerprint, :now FROM staged ORDER BY canonical
ON CONFLICT DO NOTHING"""

_ADD_CONTACTS = """INSERT INTO contact (kind, name, address_id, batch_id)
SELECT staged.kind, staged.name, address.id, :batch FROM staged JOIN address ON address.canonical = staged.canonical
WHERE NOT EXISTS (SELECT 1 FROM contact WHERE contact.address_id = address.id)"""

_NAME_THE_NAMELESS = """UPDATE contact SET name = staged.name, named_by = :batch
FROM staged JOIN address ON address.canonical = staged.canonical
WHERE contact.address_id = address.id AND contact.name = '' AND staged.name <> ''"""

# A pending subscription waits for its owner's own confirmation; a file that names a basis is one as good.
_SUBSCRIBE = """INSERT INTO subscription (contact_id, address_id, list_slug, state, basis, joined_at, batch_id)
SELECT min(contact.id), address.id, :list_slug, 'active', :basis, :now, :batch
FROM staged JOIN address ON address.canonical = staged.canonical JOIN contact ON contact.address_id = address.id
GROUP BY address.id ORDER BY address.id
ON CONFLICT (contact_id, list_slug) DO UPDATE SET state = 'active', basis = excluded.basis,
  joined_at = excluded.joined_at, batch_id = excluded.batch_id WHERE subscription.state = 'pending'"""

_OPPOSE = """INSERT INTO suppression (fingerprint, reason, at)
SELECT fingerprint, 'opposition', :now FROM staged WHERE fingerprint IS NOT NULL
ON CONFLICT (fingerprint) DO UPDATE SET reason = excluded.reason, at = excluded.at
WHERE suppression.reason <> 'opposition'"""

_STAGED_ADDRESSES = """address_id IN (
  SELECT address.id FROM staged JOIN address ON address.fingerprint = staged.fingerprint)"""
