"""Takes whole contact files in. Never reactivates anyone: a left row or a suppression beats every file.

The rows are staged first (store/staging.py); then each step is one statement over a range of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from mailer.domain.addresses import FAMILIES, Family
from mailer.domain.incoming import ContactRow
from mailer.domain.people import Basis
from mailer.store import placing
from mailer.store.details import take_details
from mailer.store.filling import Difference, fill
from mailer.store.recognising import leave_out, recognise
from mailer.store.skips import skip_unwelcome
from mailer.store.sql import keep_writers_out, run
from mailer.store.staging import Fingerprint, Staging, of_part


@dataclass(frozen=True)
class Batch:
    """One import: what its rows are taken in as."""

    number: int
    file_name: str
    list_slug: str | None
    basis: Basis | None
    now: datetime


@dataclass
class ImportCounts:
    """What became of a file's rows: ready + merged + suppressed are all of them."""

    batch: int = 0
    ready: int = 0
    """Rows that brought a contact, a subscription or an opposition."""
    merged: int = 0
    """Rows that say what we had already, or what another row of the file says."""
    suppressed: int = 0
    """Rows left alone, because their owner left, opposed or moved, or the mailbox does not exist."""
    new: int = 0
    """Contacts that were not known."""
    touched: set[int] = field(default_factory=set)
    """Contacts that were known, of whom the file said something new."""
    structures: int = 0
    """Structures that are only named."""
    differences: list[Difference] = field(default_factory=list)
    """What the file says otherwise than a person who wrote it by hand."""


def begin(tx: Connection, file_name: str, list_slug: str | None, basis: Basis | None, now: datetime) -> Batch:
    """A new import, under way until `finish`."""
    values = {"file_name": file_name, "list_slug": list_slug, "basis": basis and basis.value, "now": now}
    return Batch(int(run(tx, _NEW_BATCH, **values).scalar_one()), file_name, list_slug, basis, now)


def finish(tx: Connection, batch: Batch, content: bytes) -> None:
    """Everything of the file is in."""
    run(tx, _FINISH, batch=batch.number, now=batch.now, content=content)


def take_part(tx: Connection, batch: Batch, counts: ImportCounts, part: tuple[int, int]) -> None:
    """Takes in staged rows, from one number to another, and adds to what is counted."""
    keep_writers_out(tx, "contact", "subscription", "suppression")
    here: dict[str, Any] = {"low": part[0], "high": part[1], "list_slug": batch.list_slug or "", "now": batch.now}
    heard_of = run(tx, _KNOWN_ADDRESSES, **_only(_KNOWN_ADDRESSES, here)).rowcount > 0
    suppressed = leave_out(tx, part, batch.list_slug, heard_of=heard_of)
    run(tx, _ADD_ADDRESSES, **_only(_ADD_ADDRESSES, here))
    run(tx, _ADDRESS_IDS, **_only(_ADDRESS_IDS, here))
    if heard_of:
        recognise(tx, part)
    here |= {"batch": batch.number, "by": batch.file_name}
    known = heard_of and _any_known(tx, here)
    new = run(tx, _ADD_CONTACTS, **_only(_ADD_CONTACTS, here)).rowcount
    if new:
        run(tx, _FRESH, **_only(_FRESH, here))
    changed = fill(tx, here, counts.differences) if known else set()
    subscribed = _subscribe(tx, batch, here, known)
    changed |= subscribed | take_details(tx, here, known)
    counts.new += new
    counts.touched |= changed
    counts.ready += new + len(subscribed)
    counts.suppressed += suppressed


def place(tx: Connection, batch: Batch, counts: ImportCounts, parts: Iterable[tuple[int, int]]) -> None:
    """Puts everyone where the file says that they belong, all in one transaction."""
    names = placing.unnamed(tx)
    placing.add_structures(tx, names, batch.number, batch.now)
    counts.structures += len(names)
    placing.note_places(tx)
    for part in parts:
        place_part(tx, batch, counts, part)
    placing.join_networks(tx, batch.number, batch.now, batch.file_name)


def place_part(tx: Connection, batch: Batch, counts: ImportCounts, part: tuple[int, int]) -> None:
    """The people of a part into their structures."""
    counts.touched |= placing.affiliate(tx, batch.number, part)
    counts.new += placing.add_members(tx, batch.number, batch.now, part)


def outcomes(tx: Connection, part: tuple[int, int]) -> Iterator[tuple[int, str, str]]:
    """Line, address and fate of the rows of a part that was taken in."""
    for row in run(tx, _OUTCOMES, low=part[0], high=part[1]):
        yield row.line, row.written, row.outcome


def fingerprints(tx: Connection, part: tuple[int, int]) -> list[bytes]:
    """Of the addresses of a part, in order."""
    return [bytes(one) for one in run(tx, _FINGERPRINTS, low=part[0], high=part[1]).scalars()]


def known_content(tx: Connection, content: bytes, list_slug: str | None) -> int | None:
    """The import that this very file came by, for this very list; None where it is new."""
    found = run(tx, _KNOWN_CONTENT, content=content, list_slug=list_slug or "").scalar()
    return None if found is None else int(found)


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
    """A few rows, in the caller's transaction: contacts for those not known yet; with a list, a subscription on `basis`
    for each that has none there.

    `families`: the receiver family of each domain that has one. `batch`: the import that the rows belong to, if not
    a new one.
    """
    keep_writers_out(tx, "contact", "subscription", "suppression")
    into = Batch(batch, file_name, list_slug, basis, now) if batch else begin(tx, file_name, list_slug, basis, now)
    staging = Staging(tx, fingerprint, families)
    staging.add(rows)
    staging.sort()
    counts = ImportCounts(into.number)
    for part in staging.ranges(lambda: staging.rows):
        take_part(tx, into, counts, part)
    place(tx, into, counts, [(1, staging.rows)])
    counts.merged = len(rows) - counts.ready - counts.suppressed
    staging.drop()
    if not batch:
        finish(tx, into, b"")
    return counts


def oppose_part(tx: Connection, batch: Batch, counts: ImportCounts, part: tuple[int, int]) -> None:
    """Nobody among staged rows is written to again. Addresses that we did not know stay unknown: their hash is kept."""
    keep_writers_out(tx, "suppression")
    low, high = part
    counts.ready += run(tx, _OPPOSE, now=batch.now, low=low, high=high).rowcount
    skip_unwelcome(tx, _STAGED_ADDRESSES, batch.now, low=low, high=high)


def import_oppositions(
    tx: Connection, rows: Sequence[ContactRow], fingerprint: Fingerprint, *, file_name: str, now: datetime
) -> ImportCounts:
    """A few oppositions, in the caller's transaction."""
    batch = begin(tx, file_name, None, None, now)
    counts = ImportCounts(batch.number)
    staging = Staging(tx, fingerprint)
    staging.add(rows)
    staging.sort()
    for part in staging.ranges(lambda: staging.rows):
        oppose_part(tx, batch, counts, part)
    staging.drop()
    finish(tx, batch, b"")
    counts.merged = len(rows) - counts.ready
    return counts


def _any_known(tx: Connection, here: dict[str, Any]) -> bool:
    return run(tx, _KNOWN, low=here["low"], high=here["high"]).first() is not None


def _subscribe(tx: Connection, batch: Batch, here: dict[str, Any], known: bool) -> set[int]:
    """Subscribes the part; of those who were known, who is subscribed now."""
    if batch.list_slug is None:
        return set()
    basis = batch.basis.value if batch.basis else ""
    run(tx, _SUBSCRIBE, basis=basis, **_only(_SUBSCRIBE, here))
    return set(run(tx, _SUBSCRIBED, **_only(_SUBSCRIBED, here)).scalars()) if known else set()


def _only(words: str, here: dict[str, Any]) -> dict[str, Any]:
    """Those of the values that a statement names."""
    return {name: value for name, value in here.items() if f":{name}" in words}


_NEW_BATCH = """INSERT INTO import_batch (file_name, list_slug, basis, imported_at, lease_until)
VALUES (:file_name, :list_slug, :basis, :now, {clock} + 60) RETURNING id"""

_FINISH = """UPDATE import_batch SET finished_at = :now, lease_until = NULL, content = :content WHERE id = :batch"""

_KNOWN_ADDRESSES = of_part("""UPDATE staged SET address_id = address.id FROM address
WHERE {here} AND address.canonical = staged.canonical""")

_ADD_ADDRESSES = of_part("""INSERT INTO address (address, canonical, domain, family, fingerprint, created_at)
SELECT written, canonical, domain, family, fingerprint, :now FROM staged
WHERE {here} AND address_id IS NULL ORDER BY number
ON CONFLICT DO NOTHING""")

_ADDRESS_IDS = of_part("""UPDATE staged SET address_id = (
  SELECT id FROM address WHERE address.canonical = staged.canonical)
WHERE {here} AND address_id IS NULL""")

_KNOWN = of_part("SELECT 1 FROM staged WHERE {here} AND contact_id IS NOT NULL LIMIT 1")

_ADD_CONTACTS = of_part("""INSERT INTO contact (
  kind, name, address_id, batch_id, first_name, last_name, language, postcode, city, region, country, level, theme,
  notes, created_at)
SELECT kind, name, address_id, :batch, first_name, last_name, nullif(language, ''), postcode, city, region, country,
  nullif(level, ''), theme, notes, :now
FROM staged WHERE {here} AND contact_id IS NULL ORDER BY number""")

_FRESH = of_part("""UPDATE staged SET fresh = 1, contact_id = (
  SELECT max(contact.id) FROM contact WHERE contact.address_id = staged.address_id AND contact.name = staged.name
  AND contact.kind = staged.kind AND contact.batch_id = :batch)
WHERE {here} AND contact_id IS NULL""")

# A pending subscription waits for its owner's own confirmation; a file that names a basis is one as good.
_SUBSCRIBE = of_part("""INSERT INTO subscription (contact_id, address_id, list_slug, state, basis, joined_at, batch_id)
SELECT min(staged.contact_id), staged.address_id, :list_slug, 'active', :basis, :now, :batch
FROM staged WHERE {here} AND staged.wanted = 1 AND staged.contact_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM subscription WHERE subscription.address_id = staged.address_id
  AND subscription.list_slug = :list_slug AND subscription.state IN ('active', 'left'))
GROUP BY staged.address_id ORDER BY staged.address_id
ON CONFLICT (contact_id, list_slug) DO UPDATE SET state = 'active', basis = excluded.basis,
  joined_at = excluded.joined_at, batch_id = excluded.batch_id WHERE subscription.state = 'pending'""")

_SUBSCRIBED = of_part("""SELECT subscription.contact_id FROM staged
JOIN subscription ON subscription.contact_id = staged.contact_id AND subscription.list_slug = :list_slug
WHERE {here} AND staged.fresh = 0 AND subscription.batch_id = :batch AND subscription.joined_at = :now""")

_OPPOSE = """INSERT INTO suppression (fingerprint, reason, at)
SELECT fingerprint, 'opposition', :now FROM staged
WHERE number BETWEEN :low AND :high AND outcome = '' AND fingerprint IS NOT NULL
ON CONFLICT (fingerprint) DO UPDATE SET reason = excluded.reason, at = excluded.at
WHERE suppression.reason <> 'opposition'"""

_STAGED_ADDRESSES = """address_id IN (
  SELECT address.id FROM staged JOIN address ON address.fingerprint = staged.fingerprint
  WHERE staged.number BETWEEN :low AND :high)"""

_OUTCOMES = """SELECT line, written, CASE WHEN outcome <> '' THEN outcome WHEN fresh = 1 THEN 'new' ELSE 'known' END
  AS outcome FROM staged WHERE number BETWEEN :low AND :high ORDER BY line"""

_FINGERPRINTS = """SELECT fingerprint FROM staged WHERE number BETWEEN :low AND :high AND outcome = ''
ORDER BY fingerprint"""

_KNOWN_CONTENT = """SELECT max(id) FROM import_batch WHERE content = :content AND undone_at IS NULL
AND finished_at IS NOT NULL AND coalesce(list_slug, '') = :list_slug"""
