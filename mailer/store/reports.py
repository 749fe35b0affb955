"""The figures of an issue: counted from its rows each time, or kept from when its count was closed.

Never says what a rate is. What a closed count keeps is `closing`'s to write.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from mailer.domain.addresses import Family
from mailer.domain.causes import FailureCause, cause_of
from mailer.domain.deliveries import DeliveryState
from mailer.domain.hits import PIXEL, READ_CLASSES, HitClass
from mailer.domain.rates import MeasureMode
from mailer.store.tables import (
    closed_classes,
    closed_counts,
    closed_issues,
    closed_letters,
    closed_links,
    deliveries,
    issues,
    seen,
    variants,
)
from mailer.store.tables import links as frozen_links

NOT_ARRIVED = (DeliveryState.FAILED, DeliveryState.BOUNCED)


class Ended(NamedTuple):
    """How letters of one receiver family ended."""

    family: Family
    state: DeliveryState
    cause: FailureCause | None
    """None where nothing failed."""


@dataclass(frozen=True)
class Letters:
    """What became of an issue's letters, and of their readers' subscriptions."""

    ended: Mapping[Ended, int]
    measured: int
    unsubscribed: int
    first_attempt_at: datetime | None
    last_attempt_at: datetime | None
    """The last of the first attempts: from it the days are counted until the count closes."""
    complaints: int = 0
    audience: int | None = None
    """As it was noted when the count closed; None while letters are counted from their rows."""

    def by_state(self) -> Counter[DeliveryState]:
        """How many letters are in each state that holds any."""
        states = Counter[DeliveryState]()
        for ended, letters in self.ended.items():
            states[ended.state] += letters
        return states


@dataclass(frozen=True)
class Hits:
    """Letters of an issue, by who fetched something of them; as counted, capped by nothing."""

    by_class: Mapping[HitClass, int]
    """By the best that was seen of a letter."""
    clicks: int
    """Letters of which a person followed a link."""
    by_link: Mapping[int, int]
    """Letters in which a person followed this link."""
    people: int
    machines: int
    """By machines only."""


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
    complaints: int
    measure: MeasureMode
    exceptional: bool
    """Its audience was more than its own list, as September's is."""
    first_attempt_at: datetime | None
    last_attempt_at: datetime | None
    closed_at: datetime | None
    """None while its hits are still counted."""
    letters: Letters = field(repr=False)
    hits: Hits = field(repr=False)
    links: Mapping[int, str] = field(repr=False)
    """Where its links lead, by number."""


def issue_figures(tx: Connection, issue_id: int) -> IssueFigures:
    """The figures of an issue that exists."""
    issue = tx.execute(select(issues.c.measure, issues.c.list_slug).where(issues.c.id == issue_id)).one()
    measure = MeasureMode(issue.measure)
    letters = _kept_letters(tx, issue_id) or count_letters(tx, issue_id, measure)
    hits = _kept_hits(tx, issue_id) or count_hits(tx, issue_id)
    states = letters.by_state()
    # Nothing stored joins a hit to a delivery, so a letter that bounced after a hit can only be capped away.
    people = min(hits.people, letters.measured)
    return IssueFigures(
        audience=sum(states.values()),
        by_state={state.value: states[state] for state in DeliveryState},
        delivered=states[DeliveryState.SENT],
        bounced=states[DeliveryState.BOUNCED],
        measured=letters.measured,
        people=people,
        machines=min(hits.machines, letters.measured - people),
        clicks=min(hits.clicks, people),
        unsubscribed=letters.unsubscribed,
        complaints=letters.complaints,
        measure=measure,
        exceptional=_went_further(tx, issue_id, issue.list_slug),
        first_attempt_at=letters.first_attempt_at,
        last_attempt_at=letters.last_attempt_at,
        closed_at=_closed_at(tx, issue_id),
        letters=letters,
        hits=hits,
        links=_links(tx, issue_id),
    )


def measured_base(tx: Connection, issue_id: int, measure: MeasureMode) -> int:
    """How many delivered letters carried a tracking token which may be counted: none where readings are not."""
    if measure is MeasureMode.OFF:
        return 0
    sent = deliveries.c.issue_id == issue_id, deliveries.c.state == DeliveryState.SENT.value
    return int(tx.execute(select(func.count()).where(*sent, deliveries.c.measured)).scalar_one())


def count_letters(tx: Connection, issue_id: int, measure: MeasureMode) -> Letters:
    """From the letters' rows."""
    ended, unsubscribed = Counter[Ended](), 0
    first: list[datetime] = []
    last: list[datetime] = []
    for row in tx.execute(_LETTERS.where(deliveries.c.issue_id == issue_id)):
        state = DeliveryState(row.state)
        cause = cause_of(row.code, row.words or "") if state in NOT_ARRIVED else None
        ended[Ended(Family(row.family), state, cause)] += row.letters
        unsubscribed += row.unsubscribed
        first += [row.first] if row.first else []
        last += [row.last] if row.last else []
    measured = measured_base(tx, issue_id, measure)
    return Letters(ended, measured, unsubscribed, min(first, default=None), max(last, default=None))


def count_hits(tx: Connection, issue_id: int) -> Hits:
    """From the hits that are still stored."""
    best = func.max(seen.c.hit_class).label("best")
    clicked = func.max(seen.c.hit_class).filter(seen.c.link != PIXEL).label("clicked")
    letters = select(best, clicked).where(seen.c.issue_id == issue_id).group_by(seen.c.hash).subquery()
    classes = [func.count().filter(letters.c.best == one) for one in HitClass]
    clicks = func.count().filter(letters.c.clicked.in_(READ_CLASSES))
    row = tx.execute(select(*classes, clicks).select_from(letters)).one()
    by_class = {one: count for one, count in zip(HitClass, row, strict=False) if count}
    by_link = tx.execute(_LINKS_FOLLOWED.where(seen.c.issue_id == issue_id))
    return _hits(by_class, row[-1], {one.link: one.people for one in by_link})


def _hits(by_class: Mapping[HitClass, int], clicks: int, by_link: Mapping[int, int]) -> Hits:
    people = sum(by_class.get(one, 0) for one in READ_CLASSES)
    return Hits(by_class, clicks, by_link, people, by_class.get(HitClass.MACHINE, 0))


def _kept_letters(tx: Connection, issue_id: int) -> Letters | None:
    """None while the count is open, and for one that was closed before letters were kept with it."""
    kept = tx.execute(select(closed_issues).where(closed_issues.c.issue_id == issue_id)).one_or_none()
    if kept is None:
        return None
    ended = {
        Ended(Family(row.family), DeliveryState(row.state), FailureCause(row.cause) if row.cause else None): row.letters
        for row in tx.execute(select(closed_letters).where(closed_letters.c.issue_id == issue_id))
    }
    return Letters(
        ended,
        kept.measured,
        kept.unsubscribed,
        kept.first_attempt_at,
        kept.last_attempt_at,
        kept.complaints,
        kept.audience,
    )


def _kept_hits(tx: Connection, issue_id: int) -> Hits | None:
    kept = tx.execute(select(closed_counts).where(closed_counts.c.issue_id == issue_id)).one_or_none()
    if kept is None:
        return None
    classes = tx.execute(select(closed_classes).where(closed_classes.c.issue_id == issue_id))
    by_link = tx.execute(select(closed_links).where(closed_links.c.issue_id == issue_id))
    return Hits(
        {HitClass(row.hit_class): row.letters for row in classes},
        kept.clicks,
        {row.number: row.people for row in by_link},
        kept.people,
        kept.machines,
    )


def _closed_at(tx: Connection, issue_id: int) -> datetime | None:
    found: datetime | None = tx.execute(
        select(closed_counts.c.closed_at).where(closed_counts.c.issue_id == issue_id)
    ).scalar_one_or_none()
    return found


def _went_further(tx: Connection, issue_id: int, list_slug: str) -> bool:
    """There is a variant of the letter for each list of its audience."""
    others = select(variants.c.segment).where(variants.c.issue_id == issue_id, variants.c.segment != list_slug)
    return tx.execute(others.limit(1)).first() is not None


def _links(tx: Connection, issue_id: int) -> dict[int, str]:
    found = tx.execute(select(frozen_links.c.number, frozen_links.c.url).where(frozen_links.c.issue_id == issue_id))
    return {row.number: row.url for row in found}


_FAILED = deliveries.c.state.in_([state.value for state in NOT_ARRIVED])
_REPLY = (case((_FAILED, deliveries.c.code)).label("code"), case((_FAILED, deliveries.c.words)).label("words"))
# What a server said is read of letters that did not arrive only: all other replies say the same in as many ways.
_LETTERS = select(
    deliveries.c.family,
    deliveries.c.state,
    *_REPLY,
    func.count().label("letters"),
    func.count(deliveries.c.left_at).label("unsubscribed"),
    func.min(deliveries.c.first_attempt_at).label("first"),
    func.max(deliveries.c.first_attempt_at).label("last"),
).group_by(deliveries.c.family, deliveries.c.state, *(one.element for one in _REPLY))

_LINKS_FOLLOWED = (
    select(seen.c.link, func.count().label("people"))
    .where(seen.c.link != PIXEL, seen.c.hit_class.in_(READ_CLASSES))
    .group_by(seen.c.link)
)
