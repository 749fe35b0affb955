"""Contacts as staff write them by hand: each change is kept with who made it, and no file changes it back.

Never brings anybody back on a list: an address that is written to from now on takes along who left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, or_, select, update

from mailer.domain.people import ClosedReason, ContactKind
from mailer.store.moves import left_there_too, letters_follow
from mailer.store.search import forget_words
from mailer.store.skips import TO_ADDRESS, skip_unwelcome
from mailer.store.sql import run
from mailer.store.tables import addresses, contact_addresses, contact_changes, contacts


@dataclass(frozen=True)
class ContactRecord:
    """What is known of one contact, beside what hangs on it."""

    id: int
    kind: ContactKind
    name: str
    first_name: str
    last_name: str
    address_id: int | None
    address: str | None
    language: str | None
    postcode: str
    city: str
    region: str
    country: str
    level: str | None
    theme: str
    parent_id: int | None
    notes: str
    created_at: datetime | None
    closed_at: datetime | None
    closed_reason: ClosedReason | None
    edited: tuple[str, ...]

    def known(self) -> dict[str, str | None]:
        """The fields that are written by hand."""
        return {name: value for name, value in vars(self).items() if value is None or isinstance(value, str)}


@dataclass(frozen=True)
class Change:
    """One field as it was and as it is, and who changed it."""

    field: str
    before: str
    after: str


def record(tx: Connection, contact_id: int) -> ContactRecord | None:
    """A contact; None where there is none of that number."""
    found = tx.execute(_RECORD.where(contacts.c.id == contact_id)).one_or_none()
    return None if found is None else _record(found._asdict())


def at_address(tx: Connection, address_id: int) -> list[int]:
    """The contacts that have an address, those first that are written to there."""
    further = select(contact_addresses.c.contact_id).where(contact_addresses.c.address_id == address_id)
    mine = select(contacts.c.id).where(or_(contacts.c.address_id == address_id, contacts.c.id.in_(further)))
    return list(tx.execute(mine.order_by(contacts.c.address_id.is_distinct_from(address_id), contacts.c.id)).scalars())


def add(tx: Connection, kind: ContactKind, name: str, address_id: int | None, now: datetime) -> int:
    """A new contact; its number."""
    row = {"kind": kind.value, "name": name, "address_id": address_id, "created_at": now}
    return int(tx.execute(insert(contacts).values(row).returning(contacts.c.id)).scalar_one())


def write(
    tx: Connection, before: ContactRecord, values: Mapping[str, str | int | None], by: str, now: datetime
) -> list[str]:
    """The fields that these values change, each kept in the history; no file changes them from now on."""
    known = vars(before)
    changed = {name: value for name, value in values.items() if known[name] != value}
    if changed:
        edited = sorted({*before.edited, *changed})
        tx.execute(update(contacts).where(contacts.c.id == before.id).values(**changed, edited=edited))
        for name, value in changed.items():
            note(tx, before.id, Change(name, str(known[name] or ""), str(value or "")), by, now)
        forget_words(tx, before.id)
    return list(changed)


def note(tx: Connection, contact_id: int, change: Change, by: str, now: datetime, merge_id: int | None = None) -> None:
    """A line of the history."""
    row = {"contact_id": contact_id, "at": now, "by": by, "merge_id": merge_id, **vars(change)}
    tx.execute(insert(contact_changes).values(row))


def write_to(tx: Connection, before: ContactRecord, address_id: int, by: str, now: datetime) -> bool:
    """The contact is written to at another address from now on; the one of before stays beside it, with who left."""
    if before.address_id == address_id:
        return False
    tx.execute(update(contacts).where(contacts.c.id == before.id).values(address_id=address_id))
    run(tx, _NO_LONGER_BESIDE, id=before.id, address_id=address_id)
    run(tx, _SUBSCRIBED_THERE, id=before.id, address_id=address_id)
    if before.address_id is not None:
        letters_follow(tx, before.address_id, address_id, before.id)
        left_there_too(tx, before.address_id, address_id, now)
        skip_unwelcome(tx, TO_ADDRESS, now, address_id=address_id)
        beside(tx, before.id, before.address_id)
    after = tx.execute(select(addresses.c.address).where(addresses.c.id == address_id)).scalar_one()
    note(tx, before.id, Change("address", before.address or "", str(after)), by, now)
    edited = sorted({*before.edited, "address"})
    tx.execute(update(contacts).where(contacts.c.id == before.id).values(edited=edited))
    forget_words(tx, before.id)
    return True


def beside(tx: Connection, contact_id: int, address_id: int, label: str = "") -> bool:
    """A further address of a contact; False where it has it already."""
    forget_words(tx, contact_id)
    return run(tx, _BESIDE, id=contact_id, address_id=address_id, label=label).rowcount > 0


def own_addresses(tx: Connection, contact_id: int | None) -> list[int]:
    """The address that a contact is written to, then its further ones that nobody else is written to at."""
    return [] if contact_id is None else list(run(tx, _OWN, id=contact_id).scalars())


def with_own_addresses(tx: Connection, address_id: int) -> list[int]:
    """An address, and the others of those who are written to there; where nobody is, of those who have it."""
    found = run(tx, _WRITTEN_TO, address_id=address_id).scalars().all() or at_address(tx, address_id)
    return list(dict.fromkeys([address_id, *(own for one in found for own in own_addresses(tx, one))]))


def tag(tx: Connection, contact_id: int, slug: str) -> bool:
    """The contact bears a tag; False where it did."""
    return run(tx, _TAG, id=contact_id, slug=slug).rowcount > 0


def untag(tx: Connection, contact_id: int, slug: str) -> bool:
    """The contact bears a tag no more; False where it did not."""
    return run(tx, _UNTAG, id=contact_id, slug=slug).rowcount > 0


def be_member(tx: Connection, contact_id: int, year: int, kind: str, since: date | None) -> None:
    """The contact is a member in a year, of a kind that replaces what was known."""
    run(tx, _MEMBER, id=contact_id, year=year, kind=kind, since=since)


def be_no_member(tx: Connection, contact_id: int, year: int) -> bool:
    """The contact is no member in a year; False where it was none."""
    return run(tx, _NO_MEMBER, id=contact_id, year=year).rowcount > 0


def value_of(tx: Connection, contact_id: int, field: str) -> str:
    """What stands in a field of the site's own; empty where nothing does."""
    return run(tx, _VALUE_OF, id=contact_id, field=field).scalar() or ""


def set_value(tx: Connection, contact_id: int, field: str, text: str, number: float | None) -> None:
    """What stands in a field of the site's own from now on; nothing where the text is empty."""
    if text:
        run(tx, _SET_VALUE, id=contact_id, field=field, text=text, number=number)
    else:
        run(tx, _NO_VALUE, id=contact_id, field=field)


def close(tx: Connection, contact_id: int, reason: ClosedReason | None, now: datetime) -> None:
    """Nobody is written to as this contact any more, letters that wait included; None: the contact lives."""
    closed = {"closed_at": now if reason else None, "closed_reason": reason.value if reason else None}
    tx.execute(update(contacts).where(contacts.c.id == contact_id).values(closed))
    if reason:
        run(tx, _SKIP, id=contact_id, now=now)


def _record(found: Mapping[str, Any]) -> ContactRecord:
    reason = found["closed_reason"]
    typed = {
        "kind": ContactKind(found["kind"]),
        "closed_reason": ClosedReason(reason) if reason else None,
        "edited": tuple(found["edited"]),
    }
    return ContactRecord(**{**found, **typed})


_RECORD: Select[Any] = select(
    *(contacts.c[field.name] for field in fields(ContactRecord) if field.name != "address"), addresses.c.address
).outerjoin(addresses, addresses.c.id == contacts.c.address_id)

_NO_LONGER_BESIDE = "DELETE FROM contact_address WHERE contact_id = :id AND address_id = :address_id"

_SUBSCRIBED_THERE = "UPDATE subscription SET address_id = :address_id WHERE contact_id = :id AND state <> 'left'"

_BESIDE = """INSERT INTO contact_address (contact_id, address_id, label)
SELECT CAST(:id AS INTEGER), CAST(:address_id AS INTEGER), :label
WHERE NOT EXISTS (SELECT 1 FROM contact WHERE contact.id = :id AND contact.address_id = :address_id)
ON CONFLICT DO NOTHING"""

_OWN = """SELECT contact.address_id FROM contact WHERE contact.id = :id AND contact.address_id IS NOT NULL
UNION ALL SELECT contact_address.address_id FROM contact_address WHERE contact_id = :id
  AND NOT EXISTS (SELECT 1 FROM contact AS other WHERE other.address_id = contact_address.address_id)"""

_WRITTEN_TO = "SELECT id FROM contact WHERE address_id = :address_id"

_TAG = "INSERT INTO tag (contact_id, slug) VALUES (:id, :slug) ON CONFLICT DO NOTHING"
_UNTAG = "DELETE FROM tag WHERE contact_id = :id AND slug = :slug"

_MEMBER = """INSERT INTO membership (contact_id, year, kind, since) VALUES (:id, :year, :kind, :since)
ON CONFLICT (contact_id, year) DO UPDATE SET kind = excluded.kind, since = coalesce(excluded.since, membership.since)"""
_NO_MEMBER = "DELETE FROM membership WHERE contact_id = :id AND year = :year"

_VALUE_OF = "SELECT value FROM custom_value WHERE contact_id = :id AND field = :field"
_SET_VALUE = """INSERT INTO custom_value (contact_id, field, value, number) VALUES (:id, :field, :text, :number)
ON CONFLICT (contact_id, field) DO UPDATE SET value = excluded.value, number = excluded.number"""
_NO_VALUE = "DELETE FROM custom_value WHERE contact_id = :id AND field = :field"

# The claim stays: where a sender had the letter on its way in that very moment, it tells what became of it.
_SKIP = """UPDATE delivery SET state = 'skipped', settled_at = :now, lease_until = NULL, skip_reason = 'cancelled'
WHERE contact_id = :id AND state IN ('queued', 'claimed')
  AND address_id IN (SELECT address_id FROM contact WHERE id = :id)"""
