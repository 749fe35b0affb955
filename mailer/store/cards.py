"""What hangs on a contact, read to be shown on one card. Writes nothing."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from mailer.domain.deliveries import DeliveryState
from mailer.domain.people import SubscriptionState, SuppressionReason
from mailer.store.tables import (
    addresses,
    contact_addresses,
    contact_changes,
    custom_values,
    deliveries,
    issues,
    memberships,
    merges,
    subscriptions,
    suppressions,
    tags,
)

LAST_LETTERS = 5
LAST_CHANGES = 20


@dataclass(frozen=True)
class AddressRow:
    """One address of a contact, and why it is not written to, if it is not."""

    address: str
    label: str
    suppressed: SuppressionReason | None


@dataclass(frozen=True)
class MembershipRow:
    """A year of membership."""

    year: int
    kind: str
    since: date | None


@dataclass(frozen=True)
class SubscriptionRow:
    """A list, and where the contact stands on it."""

    list_slug: str
    state: SubscriptionState
    basis: str | None
    joined_at: datetime | None
    left_at: datetime | None


@dataclass(frozen=True)
class LetterRow:
    """One letter to the contact."""

    issue: str
    subject: str
    state: DeliveryState
    at: datetime | None


@dataclass(frozen=True)
class ChangeRow:
    """One line of the history."""

    at: datetime
    by: str
    field: str
    before: str
    after: str


def addresses_of(tx: Connection, contact_id: int, address_id: int | None) -> list[AddressRow]:
    """The address that is written to, then the further ones."""
    shown = (addresses.c.address, contact_addresses.c.label, suppressions.c.reason)
    mine = (contact_addresses.c.address_id == addresses.c.id) & (contact_addresses.c.contact_id == contact_id)
    found = (
        select(*shown)
        .outerjoin(contact_addresses, mine)
        .outerjoin(suppressions, suppressions.c.fingerprint == addresses.c.fingerprint)
        .where(or_(addresses.c.id == address_id, contact_addresses.c.contact_id == contact_id))
        .order_by(addresses.c.id.is_distinct_from(address_id), addresses.c.id)
    )
    return [
        AddressRow(row.address, row.label or "", SuppressionReason(row.reason) if row.reason else None)
        for row in tx.execute(found)
    ]


def tags_of(tx: Connection, contact_id: int) -> list[str]:
    """The tags that a contact bears."""
    return list(tx.execute(select(tags.c.slug).where(tags.c.contact_id == contact_id).order_by(tags.c.slug)).scalars())


def memberships_of(tx: Connection, contact_id: int) -> list[MembershipRow]:
    """The years of membership, the last first."""
    shown = select(memberships.c.year, memberships.c.kind, memberships.c.since)
    mine = shown.where(memberships.c.contact_id == contact_id).order_by(memberships.c.year.desc())
    return [MembershipRow(*row) for row in tx.execute(mine)]


def values_of(tx: Connection, contact_id: int) -> dict[str, str]:
    """What stands in the fields of the site's own."""
    shown = select(custom_values.c.field, custom_values.c.value).where(custom_values.c.contact_id == contact_id)
    return {row.field: row.value for row in tx.execute(shown.order_by(custom_values.c.field))}


def subscriptions_of(tx: Connection, contact_id: int, address_id: int | None) -> list[SubscriptionRow]:
    """The contact's lists, and those that its mailbox left."""
    names = tuple(SubscriptionRow.__dataclass_fields__)
    at_mailbox: ColumnElement[bool] = (subscriptions.c.address_id == address_id) & (subscriptions.c.state == "left")
    mine = select(*(subscriptions.c[name] for name in names)).distinct()
    mine = mine.where(or_(subscriptions.c.contact_id == contact_id, at_mailbox)).order_by(subscriptions.c.list_slug)
    return [SubscriptionRow(**{**row._asdict(), "state": SubscriptionState(row.state)}) for row in tx.execute(mine)]


def last_letters(tx: Connection, contact_id: int, address_ids: list[int]) -> list[LetterRow]:
    """The last letters to the contact, the newest first."""
    at: Any = deliveries.c.settled_at
    shown = (
        select(issues.c.name, issues.c.subject, deliveries.c.state, at)
        .join(issues, issues.c.id == deliveries.c.issue_id)
        .where(deliveries.c.address_id.in_(address_ids), deliveries.c.contact_id == contact_id)
        .order_by(deliveries.c.id.desc())
        .limit(LAST_LETTERS)
    )
    return [LetterRow(row[0], row[1], DeliveryState(row[2]), row[3]) for row in tx.execute(shown)]


def last_changes(tx: Connection, contact_id: int) -> list[ChangeRow]:
    """What was changed by hand, the newest first; of who became one with the contact too."""
    gone = select(merges.c.gone_id).where(merges.c.kept_id == contact_id, merges.c.undone_at.is_(None))
    mine = or_(contact_changes.c.contact_id == contact_id, contact_changes.c.contact_id.in_(gone))
    shown = select(*(contact_changes.c[name] for name in ChangeRow.__dataclass_fields__)).where(mine)
    return [ChangeRow(*row) for row in tx.execute(shown.order_by(contact_changes.c.id.desc()).limit(LAST_CHANGES))]
