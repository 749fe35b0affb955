"""Takes queued letters to the relay, each with one recorded outcome. Never decides who gets what.

One drain is one claim: a lease in the database, renewed while it lives, and a lock file, so that the next sender on
the same machine knows at once when this one died.
"""

import asyncio
from datetime import datetime
from time import monotonic

from mailer.app import App
from mailer.services.sending.locks import is_dead, sender_lock
from mailer.services.sending.sender import Clock, Drain, Sender
from mailer.store import deliveries

__all__ = ["Clock", "Drain", "next_due", "recover", "send_due", "sender_lock", "waiting"]


async def send_due(app: App, clock: Clock, stop: asyncio.Event, drain: Drain) -> None:
    """Sends what is due, counting into `drain`, until nothing is left or `stop` is set (letters in hand are finished).

    Raises RelayError when the relay takes nothing and StoreError when facts cannot be written; in both cases what
    has not left stays queued.
    """
    with sender_lock(app.site) as claim_id:
        recover(app)
        sender = Sender(app, clock, claim_id, stop, drain)
        started = monotonic()
        try:
            await sender.run()
        finally:
            drain.seconds = monotonic() - started
            sender.give_back()


def waiting(app: App, now: datetime) -> int:
    """Letters that are due and not yet taken."""
    with app.database.reading() as tx:
        return deliveries.waiting(tx, now)


def next_due(app: App) -> datetime | None:
    """When the next letter is due; None where nothing waits."""
    with app.database.reading() as tx:
        return deliveries.next_due(tx)


def recover(app: App) -> deliveries.Recovered:
    """Settles what senders that died had claimed: back to the queue, or unknown where the dot may have gone."""
    with app.database.transaction() as tx:
        dead = [claim for claim in deliveries.open_claims(tx) if is_dead(app.site, claim)]
        return deliveries.recover(tx, dead)
