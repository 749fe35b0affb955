"""Contacts read out, row by row, as a file for people holds them. Changes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, and_, select

from mailer.domain.choices import When
from mailer.domain.people import SubscriptionState
from mailer.store.audiences import Audience, next_readers
from mailer.store.tables import addresses, contacts, subscriptions, suppressions

AT_ONCE = 1000


@dataclass(frozen=True)
class ExportRow:
    """One contact."""

    address: str
    name: str
    kind: str
    lists: tuple[str, ...]
    """Those that it is on now."""
    suppressed: bool
    """Never written to, whatever list it is on."""


def every_contact(tx: Connection) -> Iterator[ExportRow]:
    """All contacts, in the order in which they came."""
    return _rows(tx, _CONTACTS)


def next_issue(tx: Connection, audience: Sequence[Audience], list_slug: str, when: When) -> Iterator[ExportRow]:
    """The contacts that the next issue of a list would go to, by the very rule of a release."""
    chosen = next_readers(audience, list_slug, when).subquery()
    return _rows(tx, _CONTACTS.join(chosen, chosen.c.contact_id == contacts.c.id))


def _rows(tx: Connection, found: Select[Any]) -> Iterator[ExportRow]:
    rows = tx.execute(
        found.order_by(contacts.c.id, subscriptions.c.list_slug), execution_options={"yield_per": AT_ONCE}
    )
    for _, same in groupby(rows, key=lambda row: row.id):
        first, *others = same
        lists = tuple(row.list_slug for row in (first, *others) if row.list_slug)
        yield ExportRow(first.address, first.name, first.kind, lists, first.reason is not None)


_CONTACTS = (
    select(
        contacts.c.id,
        addresses.c.address,
        contacts.c.name,
        contacts.c.kind,
        subscriptions.c.list_slug,
        suppressions.c.reason,
    )
    .join(addresses, addresses.c.id == contacts.c.address_id)
    .outerjoin(suppressions, suppressions.c.fingerprint == addresses.c.fingerprint)
    .outerjoin(
        subscriptions,
        and_(subscriptions.c.contact_id == contacts.c.id, subscriptions.c.state == SubscriptionState.ACTIVE.value),
    )
)
