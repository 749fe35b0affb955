"""Whom to phone because their mailbox does not take letters: who they are, where they belong, what was last said."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from mailer.domain.people import SuppressionReason
from mailer.store.tables import addresses, affiliations, contacts, returned, suppressions

_STOPPED = (SuppressionReason.SUSPENDED.value, SuppressionReason.NO_MAILBOX.value)


@dataclass(frozen=True)
class ToPhone:
    """An address that is not written to, with whoever it belongs to."""

    structure: str
    """Empty where it is known of none."""
    name: str
    role: str
    city: str
    address: str
    since: datetime
    reason: str
    """A `SuppressionReason`."""
    cause: str | None
    """What the last report said, where one came."""


def to_phone(tx: Connection) -> list[ToPhone]:
    """Suspended addresses and those said not to exist, by structure, then by name; one row a place of the contact."""
    structure = contacts.alias()
    told = returned.alias()
    latest = select(func.max(told.c.id)).where(told.c.address_id == addresses.c.id).correlate(addresses)
    found = (
        select(
            func.coalesce(structure.c.name, "").label("structure"),
            func.coalesce(contacts.c.name, "").label("name"),
            func.coalesce(affiliations.c.role, "").label("role"),
            func.coalesce(contacts.c.city, "").label("city"),
            addresses.c.address,
            suppressions.c.at.label("since"),
            suppressions.c.reason,
            returned.c.cause,
        )
        .select_from(addresses)
        .join(suppressions, suppressions.c.fingerprint == addresses.c.fingerprint)
        .outerjoin(contacts, contacts.c.address_id == addresses.c.id)
        .outerjoin(affiliations, affiliations.c.person_id == contacts.c.id)
        .outerjoin(structure, structure.c.id == affiliations.c.structure_id)
        .outerjoin(returned, returned.c.id == latest.scalar_subquery())
        .where(suppressions.c.reason.in_(_STOPPED), addresses.c.erased_at.is_(None))
        .order_by("structure", "name", addresses.c.id)
    )
    return [ToPhone(**row._mapping) for row in tx.execute(found)]


def count_suspended(tx: Connection) -> int:
    """Addresses that wait for a person's word."""
    suspended = suppressions.c.reason == SuppressionReason.SUSPENDED.value
    return int(tx.execute(select(func.count()).select_from(suppressions).where(suspended)).scalar_one())
