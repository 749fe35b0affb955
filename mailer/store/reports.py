"""The figures of an issue, counted from its rows each time. Never stores a count and never says what a rate is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from mailer.domain.deliveries import DeliveryState
from mailer.domain.hits import PIXEL, READ_CLASSES, HitClass
from mailer.domain.rates import MeasureMode
from mailer.store.deliveries import counts
from mailer.store.tables import closed_counts, deliveries, issues, seen


@dataclass(frozen=True)
class IssueFigures:
    """What happened to an issue's letters, as far as the rows tell now."""

    audience: int
    by_state: Mapping[str, int]
    delivered: int
    """Accepted by the relay and not bounced."""
    bounced: int
    measured: int
    people: int
    """Letters fetched by a person or through a person's proxy."""
    machines: int
    """Letters fetched by machines and, as far as can be told, by nobody else."""
    clicks: int
    """Letters of which a person followed at least one link."""
    unsubscribed: int
    measure: MeasureMode
    first_attempt_at: datetime | None
    last_attempt_at: datetime | None
    """The last of the first attempts: from it the days are counted until the count closes."""


def issue_figures(tx: Connection, issue_id: int) -> IssueFigures:
    """The figures of an issue that exists."""
    by_state = counts(tx, issue_id)
    measure = MeasureMode(tx.execute(select(issues.c.measure).where(issues.c.id == issue_id)).scalar_one())
    attempted = tx.execute(_ATTEMPTED.where(deliveries.c.issue_id == issue_id)).one()
    delivered = by_state.get(DeliveryState.SENT, 0)
    measured = 0 if measure is MeasureMode.OFF else _measured(tx, issue_id)
    people, machines, clicks = _closed(tx, issue_id) or count_hits(tx, issue_id)
    # Nothing stored joins a hit to a delivery, so a letter that bounced after a hit can only be capped away.
    people = min(people, measured)
    return IssueFigures(
        audience=sum(by_state.values()),
        by_state={state.value: by_state.get(state, 0) for state in DeliveryState},
        delivered=delivered,
        bounced=by_state.get(DeliveryState.BOUNCED, 0),
        measured=measured,
        people=people,
        machines=min(machines, measured - people),
        clicks=min(clicks, measured),
        unsubscribed=attempted.unsubscribed,
        measure=measure,
        first_attempt_at=attempted.first,
        last_attempt_at=attempted.last,
    )


def _measured(tx: Connection, issue_id: int) -> int:
    """Delivered letters that carried a tracking token which may be counted."""
    sent = deliveries.c.issue_id == issue_id, deliveries.c.state == DeliveryState.SENT.value
    return int(tx.execute(select(func.count()).where(*sent, deliveries.c.measured)).scalar_one())


class Hits(NamedTuple):
    """Letters of an issue, by who fetched something of them."""

    people: int
    machines: int
    """By machines only."""
    clicks: int
    """A link, by a person."""


def count_hits(tx: Connection, issue_id: int) -> Hits:
    """From the hits that are still stored."""
    clicked = func.max(seen.c.hit_class).filter(seen.c.link != PIXEL)
    letters = (
        select(func.max(seen.c.hit_class).label("best"), clicked.label("clicked"))
        .where(seen.c.issue_id == issue_id)
        .group_by(seen.c.hash)
        .subquery()
    )
    row = tx.execute(
        select(
            func.count().filter(letters.c.best.in_(READ_CLASSES)),
            func.count().filter(letters.c.best == HitClass.MACHINE),
            func.count().filter(letters.c.clicked.in_(READ_CLASSES)),
        ).select_from(letters)
    ).one()
    return Hits(row[0], row[1], row[2])


def _closed(tx: Connection, issue_id: int) -> Hits | None:
    columns = (closed_counts.c.people, closed_counts.c.machines, closed_counts.c.clicks)
    found = tx.execute(select(*columns).where(closed_counts.c.issue_id == issue_id)).one_or_none()
    return Hits(found.people, found.machines, found.clicks) if found else None


_ATTEMPTED = select(
    func.count(deliveries.c.left_at).label("unsubscribed"),
    func.min(deliveries.c.first_attempt_at).label("first"),
    func.max(deliveries.c.first_attempt_at).label("last"),
)
