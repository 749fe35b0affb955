"""Who receives an issue: counted before, queued at release, by one and the same rule. Knows no file and no letter.

A reader belongs to the first list of the audience that holds them. Left out are: whoever is suppressed, whoever
left the issue's own list, for each list of the audience, whoever left that list, whoever asked for a pause that has
not ended when the letter would leave, and whoever asked for one letter a month and has this month's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    Select,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    union,
    union_all,
)

from mailer.domain.addresses import Family
from mailer.domain.choices import When
from mailer.domain.choices import when as month_around
from mailer.domain.deliveries import DeliveryState, SkipReason
from mailer.domain.people import SubscriptionState
from mailer.store.moments import Moment
from mailer.store.sql import keep_writers_out
from mailer.store.tables import addresses, choices, contacts, deliveries, issues, subscriptions, suppressions


@dataclass(frozen=True)
class Audience:
    """One list that an issue is addressed to."""

    slug: str
    everyone: bool
    """Rule list: every contact belongs to it without subscribing."""


def count_audience(
    tx: Connection, audience: Sequence[Audience], list_slug: str, when: When | None = None
) -> dict[str, int]:
    """How many would receive the issue, by the list that holds them; without `when`, the resting ones too."""
    chosen = _chosen(audience, list_slug, when).subquery()
    found = _counts(tx, select(chosen.c.segment, func.count()).group_by(chosen.c.segment))
    return {one.slug: found.get(one.slug, 0) for one in audience}


def count_by_family(
    tx: Connection, audience: Sequence[Audience], list_slug: str, when: When | None = None
) -> dict[Family, int]:
    """How many would receive the issue, by receiver family."""
    chosen = _chosen(audience, list_slug, when).subquery()
    counted = (
        select(addresses.c.family, func.count())
        .join(chosen, chosen.c.address_id == addresses.c.id)
        .group_by(addresses.c.family)
    )
    return {Family(row[0]): row[1] for row in tx.execute(counted)}


def count_excluded(
    tx: Connection, audience: Sequence[Audience], list_slug: str, when: When | None = None
) -> dict[str, int]:
    """How many of those lists would not, by reason."""
    wanted = union(*(_wanted(one) for one in audience)).subquery()
    chosen = _chosen(audience, list_slug, when).subquery()
    may_not = [
        (_suppressed(wanted.c.address_id), SkipReason.SUPPRESSED.value),
        *((wanted.c.address_id.in_(resting), reason.value) for reason, resting in _resting(when).items()),
    ]
    # Who left, and asked for a pause besides, left.
    held = union(*(select(each.subquery().c.address_id) for each in map(_held, range(len(audience)), audience)))
    held_too = wanted.c.address_id.in_(held) & ~_left(wanted.c.address_id, list_slug)
    may_not = [may_not[0], *((held_too & rests, reason) for rests, reason in may_not[1:])]
    reason = case(*may_not, else_=SkipReason.LEFT.value)
    without_letter = ~exists().where(chosen.c.address_id == wanted.c.address_id)
    outside = select(reason.label("reason")).select_from(wanted).where(without_letter).subquery()
    return _counts(tx, select(outside.c.reason, func.count()).group_by(outside.c.reason))


def queue_audience(
    tx: Connection,
    issue_id: int,
    audience: Sequence[Audience],
    list_slug: str,
    now: datetime,
    due_at: datetime,
    zone: tzinfo = UTC,
) -> int:
    """One delivery for each address of the audience, due at `due_at`; the number of letters queued.

    `zone`: in which a month is a month, for those who asked for one letter in each.
    """
    # Without this a reader could leave between our look at the lists and our commit, and be written to.
    keep_writers_out(tx, "subscription", "suppression", "choice")
    chosen = _chosen(audience, list_slug, month_around(max(due_at, now), zone)).subquery()
    rows = select(
        literal(issue_id),
        chosen.c.address_id,
        chosen.c.contact_id,
        chosen.c.segment,
        literal(DeliveryState.QUEUED.value),
        literal(max(due_at, now), Moment()),
        literal(0),
        literal(""),
        addresses.c.family,
    )
    # Letters are claimed by family: those of one lie side by side, so that a claim touches few pages of the file.
    rows = rows.join(addresses, addresses.c.id == chosen.c.address_id)
    rows = rows.order_by(addresses.c.family, chosen.c.address_id)
    names = ["issue_id", "address_id", "contact_id", "segment", "state", "next_try_at", "attempts", "words", "family"]
    return tx.execute(insert(deliveries).from_select(names, rows)).rowcount


def next_readers(audience: Sequence[Audience], list_slug: str, when: When) -> Select[Any]:
    """The address, contact and list of each reader that an issue would be queued for at that moment."""
    return _chosen(audience, list_slug, when)


def _counts(tx: Connection, counted: Select[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in tx.execute(counted)}


def _chosen(audience: Sequence[Audience], list_slug: str, when: When | None) -> Select[Any]:
    """One row an address: the first list that holds it, and the first of its contacts there."""
    held = union_all(*(_held(rank, one) for rank, one in enumerate(audience))).subquery()
    turn = func.row_number().over(partition_by=held.c.address_id, order_by=(held.c.rank, held.c.contact_id))
    welcome = select(held, turn.label("turn")).where(
        ~_suppressed(held.c.address_id),
        ~_left(held.c.address_id, list_slug),
        *(held.c.address_id.not_in(resting) for resting in _resting(when).values()),
    )
    ranked = welcome.subquery()
    return select(ranked.c.address_id, ranked.c.contact_id, ranked.c.segment).where(ranked.c.turn == 1)


def _resting(when: When | None) -> dict[SkipReason, Select[Any]]:
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
        SkipReason.PAUSED: paused,
        SkipReason.MONTHLY: select(choices.c.address_id).where(choices.c.monthly, had_one),
    }


def _held(rank: int, one: Audience) -> Select[Any]:
    place = (literal(rank).label("rank"), literal(one.slug).label("segment"))
    if one.everyone:
        everyone = select(*place, contacts.c.address_id, contacts.c.id.label("contact_id"))
        return everyone.where(~_left(contacts.c.address_id, one.slug))
    return select(*place, subscriptions.c.address_id, subscriptions.c.contact_id).where(
        subscriptions.c.list_slug == one.slug,
        subscriptions.c.state == SubscriptionState.ACTIVE.value,
        ~_left(subscriptions.c.address_id, one.slug),
    )


def _wanted(one: Audience) -> Select[Any]:
    """Everyone of a list, those who left it included."""
    if one.everyone:
        return select(contacts.c.address_id)
    return select(subscriptions.c.address_id).where(
        subscriptions.c.list_slug == one.slug, subscriptions.c.state != SubscriptionState.PENDING.value
    )


def _left(address_id: ColumnElement[int], list_slug: str) -> Exists:
    """Any contact of the address left the list: it is the mailbox that wants no more."""
    gone = subscriptions.alias("gone")
    return exists(gone.c.id).where(
        gone.c.address_id == address_id,
        gone.c.list_slug == list_slug,
        gone.c.state == SubscriptionState.LEFT.value,
    )


def _suppressed(address_id: ColumnElement[int]) -> Exists:
    same = addresses.c.fingerprint == suppressions.c.fingerprint
    return exists(addresses.c.id).where(addresses.c.id == address_id, same)
