"""Readers who asked to be left alone for a while. Writes nothing."""

from typing import Any

from sqlalchemy import Select, exists, select

from mailer.domain.choices import When
from mailer.domain.deliveries import DeliveryState
from mailer.domain.standing import Out
from mailer.store.tables import choices, deliveries, issues


def resting(when: When | None) -> dict[Out, Select[Any]]:
    """The addresses that asked to be left alone at that moment, by reason. Few, so they are looked up once."""
    if when is None:
        return {}
    paused = select(choices.c.address_id).where(choices.c.paused_until > when.at)
    had_one = exists(deliveries.c.id).where(
        deliveries.c.address_id == choices.c.address_id,
        deliveries.c.state.not_in((DeliveryState.SKIPPED.value, DeliveryState.FAILED.value)),
        issues.c.id == deliveries.c.issue_id,
        issues.c.due_at >= when.month_from,
        issues.c.due_at < when.month_until,
    )
    return {
        Out.PAUSED: paused,
        Out.MONTHLY: select(choices.c.address_id).where(choices.c.monthly, had_one),
    }
