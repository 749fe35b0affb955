"""Takes queued letters to the relay, each with one recorded outcome. Never decides who gets what.

One drain is one claim: a lease in the database, renewed while it lives, a lock file, and a journal, so that the next
sender on the same machine knows at once that this one died, and what it had done.
"""

import asyncio
from datetime import datetime
from time import monotonic

from mailer.app import App
from mailer.services.sending.locks import Dead, dead_senders, on_duty
from mailer.services.sending.sender import Drain, Sender
from mailer.services.sending.turns import Clock
from mailer.services.sending.unreachable import note_unreachable
from mailer.store import deliveries, outcomes, solicitations
from mailer.store.database import Connection
from mailer.store.deliveries import Recovered
from mailer.store.outcomes import Settled

__all__ = ["Clock", "Drain", "next_due", "on_duty", "recover", "send_due", "waiting"]


async def send_due(app: App, clock: Clock, stop: asyncio.Event, drain: Drain) -> None:
    """Sends what is due, counting into `drain`, until nothing is left or `stop` is set (letters in hand are finished).

    Raises RelayError when the relay takes nothing and StoreError when facts cannot be written; in both cases what
    has not left stays queued.
    """
    recover(app, clock())
    started = monotonic()
    drains = [_drain(app, clock, relay, stop, drain) for relay in app.config.relay_names]
    # A relay that fails must not cut off another one's letters.
    ended = await asyncio.gather(*drains, return_exceptions=True)
    drain.seconds = monotonic() - started
    for failure in ended:
        if failure is not None:
            raise failure


async def _drain(app: App, clock: Clock, relay: str, stop: asyncio.Event, drain: Drain) -> None:
    with app.database.reading() as tx:
        if not deliveries.waiting_by_family(tx, relay, clock()):
            return
    with on_duty(app.site) as duty:
        await Sender(app, clock, duty, relay, stop, drain).run()


def waiting(app: App, now: datetime) -> int:
    """Letters that are due and not yet taken."""
    with app.database.reading() as tx:
        return deliveries.waiting(tx, now)


def next_due(app: App) -> datetime | None:
    """When the next letter is due; None where nothing waits."""
    with app.database.reading() as tx:
        return deliveries.next_due(tx)


def recover(app: App, now: datetime) -> Recovered:
    """Settles what senders that died had in hand: as their record says, and unknown where nothing can tell."""
    with dead_senders(app.site) as dead, app.database.transaction() as tx:
        found = [_take_back(app, tx, one, now) for one in dead]
        lost = deliveries.recover(tx, [one.claim_id for one in dead if one.record is None])
        # Whoever wrote a membership says so at once; what a person wrote into the database says nothing.
        solicitations.skip_joined(tx, now)
    return Recovered(sum(one.requeued for one in found), lost + sum(one.unknown for one in found))


def _take_back(app: App, tx: Connection, dead: Dead, now: datetime) -> Recovered:
    if dead.record is None:
        return Recovered(0, 0)
    facts = [Settled(one, what, now) for one, what in dead.record.settled.items()]
    note_unreachable(app, tx, facts, outcomes.settle(tx, dead.claim_id, facts, now), now)
    return deliveries.take_back(tx, dead.claim_id, dead.record.under_way)
