"""Where people stand: who reads a letter, leaves, opposes, subscribes. Never weighs who is right: left and opposed win.

A person is reached through a delivery, which is what the links of a letter name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, literal, null, select

from mailer.domain.people import Basis, SubscriptionState, SuppressionReason
from mailer.store.families import families_are as families_are
from mailer.store.families import refresh_families as refresh_families
from mailer.store.imports import ImportCounts as ImportCounts
from mailer.store.imports import import_contacts as import_contacts
from mailer.store.imports import import_oppositions as import_oppositions
from mailer.store.skips import TO_ADDRESS, skip_unwelcome
from mailer.store.sql import run
from mailer.store.tables import addresses, contacts, deliveries, issues, subscriptions, suppressions


@dataclass(frozen=True)
class ReaderRow:
    """The reader of one delivery, and where they stand on every list."""

    address: str
    address_id: int
    fingerprint: bytes
    name: str
    list_slug: str
    """Of the delivery's issue."""
    issue_id: int
    issue_name: str
    left: bool
    """That list was left."""
    subscriptions: Mapping[str, SubscriptionState]
    suppressed: bool
    contact_id: int | None = None
    """Whom the letter was written to; of an address without a letter, nobody of those who share it."""


def reader_of(tx: Connection, delivery_id: int) -> ReaderRow | None:
    """Who a delivery goes to; None where there is no such delivery, or its reader asked to be forgotten."""
    found = _reader(tx, delivery_id)
    if found is None:
        return None
    return _reader_row(tx, found, found.list_slug, found.issue_id, found.issue_name)


def reader_at(tx: Connection, address_id: int) -> ReaderRow | None:
    """Who has an address, outside any letter; None where there is no such address, or it is to be forgotten."""
    found = tx.execute(_HOLDER.where(addresses.c.id == address_id)).one_or_none()
    return None if found is None else _reader_row(tx, found, "", 0, "")


def address_of(tx: Connection, fingerprint: bytes) -> int | None:
    """The id of an address that we know."""
    return tx.execute(select(addresses.c.id).where(addresses.c.fingerprint == fingerprint)).scalar()


def suppression_of(tx: Connection, fingerprint: bytes) -> SuppressionReason | None:
    """Why an address is not written to; None where it may be."""
    found = tx.execute(select(suppressions.c.reason).where(suppressions.c.fingerprint == fingerprint)).scalar()
    return None if found is None else SuppressionReason(found)


def any_address(tx: Connection) -> bool:
    """Whether the base holds anyone."""
    return bool(tx.execute(select(exists(select(addresses.c.id)))).scalar_one())


def leave(tx: Connection, delivery_id: int, now: datetime) -> bool:
    """The reader leaves the list of the delivery's issue, and it was this letter; False when they had left already."""
    reader = _reader(tx, delivery_id)
    if reader is None or not leave_list(tx, reader.address_id, reader.contact_id, reader.list_slug, now):
        return False
    run(tx, _LEFT_BY_THIS_LETTER, delivery_id=delivery_id, now=now)
    return True


def left_by(tx: Connection, delivery_id: int, now: datetime) -> None:
    """It was this letter that its reader left by."""
    run(tx, _LEFT_BY_THIS_LETTER, delivery_id=delivery_id, now=now)


def unsubscribe(tx: Connection, delivery_id: int, list_slug: str, now: datetime) -> bool:
    """The reader leaves a list of their choice; False when they had left already."""
    reader = _reader(tx, delivery_id)
    return reader is not None and leave_list(tx, reader.address_id, reader.contact_id, list_slug, now)


def leave_list(tx: Connection, address_id: int, contact_id: int | None, list_slug: str, now: datetime) -> bool:
    """An address leaves a list, whether it was on it or got its letters by rule; False when it had left already."""
    values = {"address_id": address_id, "contact_id": contact_id, "list_slug": list_slug, "now": now}
    changed = run(tx, _LEAVE, **values).rowcount
    # Nobody subscribed them here: the letter came by rule, or they became one with somebody who is written to
    # elsewhere. The row that says so must outlive that.
    changed += run(tx, _LEAVE_A_RULE, **values).rowcount
    if changed:
        skip_unwelcome(tx, TO_ADDRESS, now, address_id=address_id)
    return changed > 0


def oppose(tx: Connection, delivery_id: int, now: datetime) -> bool:
    """The reader is never written to again; False when they had opposed already."""
    reader = _reader(tx, delivery_id)
    if reader is None or not suppress(tx, reader.address_id, SuppressionReason.OPPOSITION, now):
        return False
    run(tx, _LEFT_BY_THIS_LETTER, delivery_id=delivery_id, now=now)
    return True


def subscribe(tx: Connection, delivery_id: int, list_slug: str, basis: Basis, now: datetime) -> bool:
    """The reader asks for a list, even one they left; False when they had it already or opposed to every letter."""
    reader = reader_of(tx, delivery_id)
    return reader is not None and join_list(tx, reader, list_slug, basis, now)


def join_list(tx: Connection, reader: ReaderRow, list_slug: str, basis: Basis, now: datetime) -> bool:
    """The same for an address outside any letter."""
    if reader.suppressed:
        return False
    contact_id = reader.contact_id or tx.execute(_FIRST_CONTACT, {"address_id": reader.address_id}).scalar()
    values = {"list_slug": list_slug, "address_id": reader.address_id, "basis": basis.value, "now": now}
    changed = run(tx, _BACK_ON_LIST, **values).rowcount
    return changed > 0 or run(tx, _ON_LIST, contact_id=contact_id, **values).rowcount > 0


def suppress(tx: Connection, address_id: int, reason: SuppressionReason, now: datetime) -> bool:
    """Nothing more is written to the address; an opposition replaces other reasons. False when nothing changed."""
    changed = run(tx, _SUPPRESS, address_id=address_id, reason=reason.value, now=now).rowcount > 0
    if changed:
        skip_unwelcome(tx, TO_ADDRESS, now, address_id=address_id)
    return changed


def _reader(tx: Connection, delivery_id: int) -> Row[Any] | None:
    return tx.execute(_READER.where(deliveries.c.id == delivery_id)).one_or_none()


def _reader_row(tx: Connection, found: Row[Any], list_slug: str, issue_id: int, issue_name: str) -> ReaderRow:
    standing = _standing(tx, found.address_id)
    return ReaderRow(
        address=found.address,
        address_id=found.address_id,
        fingerprint=found.fingerprint,
        name=found.name or "",
        list_slug=list_slug,
        issue_id=issue_id,
        issue_name=issue_name,
        left=standing.get(list_slug) is SubscriptionState.LEFT,
        subscriptions=standing,
        suppressed=found.suppressed,
        contact_id=found.contact_id,
    )


def _standing(tx: Connection, address_id: int) -> dict[str, SubscriptionState]:
    found = tx.execute(
        select(subscriptions.c.list_slug, subscriptions.c.state).where(subscriptions.c.address_id == address_id)
    )
    return _strongest((row.list_slug, SubscriptionState(row.state)) for row in found)


def _strongest(rows: Iterable[tuple[str, SubscriptionState]]) -> dict[str, SubscriptionState]:
    order = (SubscriptionState.PENDING, SubscriptionState.ACTIVE, SubscriptionState.LEFT)
    return dict(sorted(rows, key=lambda row: order.index(row[1])))


_SUPPRESSED = exists(select(suppressions.c.reason).where(suppressions.c.fingerprint == addresses.c.fingerprint))

_READER = (
    select(
        addresses.c.address,
        addresses.c.fingerprint,
        deliveries.c.address_id,
        deliveries.c.contact_id,
        contacts.c.name,
        issues.c.list_slug,
        deliveries.c.issue_id,
        issues.c.name.label("issue_name"),
        _SUPPRESSED.label("suppressed"),
    )
    .join(addresses, addresses.c.id == deliveries.c.address_id)
    .join(issues, issues.c.id == deliveries.c.issue_id)
    .outerjoin(contacts, contacts.c.id == deliveries.c.contact_id)
    .where(addresses.c.erased_at.is_(None))
)

_HOLDER = select(
    addresses.c.address,
    addresses.c.fingerprint,
    addresses.c.id.label("address_id"),
    null().label("contact_id"),
    literal("").label("name"),
    _SUPPRESSED.label("suppressed"),
).where(addresses.c.erased_at.is_(None))

_FIRST_CONTACT = select(func.min(contacts.c.id)).where(contacts.c.address_id == bindparam("address_id"))

_LEFT_BY_THIS_LETTER = "UPDATE delivery SET left_at = :now WHERE id = :delivery_id AND left_at IS NULL"

# What a merge left becomes their own word.
_LEAVE = """UPDATE subscription SET state = 'left', left_at = :now, merge_id = NULL
WHERE id IN (SELECT id FROM subscription WHERE address_id = :address_id AND list_slug = :list_slug
  UNION ALL SELECT id FROM subscription WHERE contact_id = CAST(:contact_id AS INTEGER) AND list_slug = :list_slug)
AND (state <> 'left' OR merge_id IS NOT NULL)"""

_LEAVE_A_RULE = """INSERT INTO subscription (contact_id, address_id, list_slug, state, left_at)
SELECT CASE WHEN EXISTS (SELECT 1 FROM subscription WHERE contact_id = CAST(:contact_id AS INTEGER)
  AND list_slug = :list_slug) THEN NULL ELSE CAST(:contact_id AS INTEGER) END, :address_id, :list_slug, 'left', :now
WHERE NOT EXISTS (SELECT 1 FROM subscription WHERE address_id = :address_id AND list_slug = :list_slug)
ON CONFLICT DO NOTHING"""

_BACK_ON_LIST = """UPDATE subscription SET state = 'active', basis = :basis, joined_at = :now, left_at = NULL,
  merge_id = NULL
WHERE address_id = :address_id AND list_slug = :list_slug AND state <> 'active'"""

_ON_LIST = """INSERT INTO subscription (contact_id, address_id, list_slug, state, basis, joined_at)
SELECT CAST(:contact_id AS INTEGER), :address_id, :list_slug, 'active', :basis, :now
WHERE NOT EXISTS (SELECT 1 FROM subscription WHERE address_id = :address_id AND list_slug = :list_slug)
ON CONFLICT DO NOTHING"""

_SUPPRESS = """INSERT INTO suppression (fingerprint, reason, at)
SELECT fingerprint, :reason, :now FROM address WHERE id = :address_id
ON CONFLICT (fingerprint) DO UPDATE SET reason = excluded.reason, at = excluded.at
WHERE (excluded.reason = 'opposition' AND suppression.reason <> 'opposition')
  OR (excluded.reason <> 'suspended' AND suppression.reason = 'suspended')"""
