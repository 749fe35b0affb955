"""Mailboxes that our own relay said not to exist: noted outside the database before the turn that tells it commits."""

from collections.abc import Collection, Sequence
from datetime import datetime

from mailer.app import App
from mailer.app.oppositions import append_oppositions
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.people import SuppressionReason
from mailer.store import outcomes
from mailer.store.database import Connection
from mailer.store.outcomes import Settled


def note_unreachable(app: App, tx: Connection, facts: Sequence[Settled], ours: Collection[int], now: datetime) -> None:
    """So that a restored backup does not write to them again. Raises StoreError."""
    dead = [fact.delivery_id for fact in facts if fact.settlement.suppress and fact.delivery_id in ours]
    reason = SuppressionReason.NO_MAILBOX.value
    who = outcomes.fingerprints(tx, dead) if dead else []
    append_oppositions(app.site, [Opposition(one, Refusal.SUPPRESSED, reason, now) for one in who])
