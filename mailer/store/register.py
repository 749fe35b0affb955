"""How many people each list and each basis concerns, for the register of processing. Names nobody."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Select, func, select

from mailer.domain.people import SubscriptionState
from mailer.store.tables import addresses, contacts, returned, subscriptions, suppressions


@dataclass(frozen=True)
class Held:
    """Counts at one moment."""

    contacts: int
    addresses: int
    suppressed: int
    returned: int
    bases: Mapping[tuple[str, str], int]
    """Active subscriptions by list and basis; an empty basis where none was noted."""


def held_counts(tx: Connection) -> Held:
    """The counts."""
    by_basis = (
        select(subscriptions.c.list_slug, func.coalesce(subscriptions.c.basis, ""), func.count())
        .where(subscriptions.c.state == SubscriptionState.ACTIVE.value)
        .group_by(subscriptions.c.list_slug, subscriptions.c.basis)
    )

    def count(counted: Select[int]) -> int:
        return tx.execute(counted).scalar_one()

    return Held(
        count(select(func.count()).select_from(contacts)),
        count(select(func.count()).where(addresses.c.erased_at.is_(None))),
        count(select(func.count()).select_from(suppressions)),
        count(select(func.count()).select_from(returned)),
        {(slug, basis): number for slug, basis, number in tx.execute(by_basis)},
    )
