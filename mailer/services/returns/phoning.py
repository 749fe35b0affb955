"""Whom to phone, and which providers wait: what the desk of returns shows beside its figures. Changes nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.app import App
from mailer.domain.addresses import Family
from mailer.store import holds, phoning
from mailer.store.phoning import ToPhone


@dataclass(frozen=True)
class PausedProvider:
    """A receiver family that gets no letter for now."""

    name: str
    """As `resume` takes it."""
    until: datetime
    words: str


def to_phone(app: App) -> list[ToPhone]:
    """Addresses that are not written to because of their mailbox, by structure."""
    with app.database.reading() as tx:
        return phoning.to_phone(tx)


def count_suspended(app: App) -> int:
    """How many addresses wait for a person's word."""
    with app.database.reading() as tx:
        return phoning.count_suspended(tx)


def paused_providers(app: App, now: datetime) -> list[PausedProvider]:
    """Providers that wait, the longest wait of each."""
    found: dict[Family, PausedProvider] = {}
    with app.database.reading() as tx:
        for relay in app.config.relay_names:
            for family, hold in holds.holds(tx, relay).items():
                if family in (None, Family.OTHER) or not hold.wait_s:
                    continue
                one = PausedProvider(family.name.capitalize(), now + timedelta(seconds=hold.wait_s), hold.reason)
                if family not in found or found[family].until < one.until:
                    found[family] = one
    return list(found.values())
