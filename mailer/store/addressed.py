"""Whom an audience holds and who of them is written to, as one selection: for counting, queueing and explaining alike.

There is one letter for each address and one for each contact. A reader belongs to the first *place* that holds them: a
list that they subscribed to, or a part of a rule, in the order of the audience.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from mailer.domain.aims import Caps
from mailer.domain.choices import When
from mailer.domain.people import SubscriptionState
from mailer.domain.rules import EVERYONE, Rule, branches, of_related
from mailer.domain.standing import Out
from mailer.store.resting import resting
from mailer.store.rules import among, holds
from mailer.store.solicitations import had_enough, had_exceptional
from mailer.store.tables import addresses, contacts, subscriptions, suppressions

PLACE_BITS = 40
"""Room for the numbers of contacts under that of a place: the smallest of these numbers is the first contact there."""

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Audience:
    """One list that an issue is addressed to, or a rule of its own."""

    slug: str
    everyone: bool
    """Rule list: every contact belongs to it without subscribing."""
    rule: Rule | None = None
    """Whom it holds beside those who subscribed."""
    subscribers: bool = True
    """Whether those who subscribed are in; not where an issue names a rule alone."""
    ordinary: bool = False
    """No exceptional send: a rule that only describes holds none of the historical contacts."""

    @property
    def by_rule(self) -> Rule | None:
        """Whom it holds without their asking."""
        rule = EVERYONE if self.everyone else self.rule
        return of_related(rule) if rule is not None and self.ordinary and not self.everyone else rule


@dataclass(frozen=True)
class Place:
    """One reason to be in an audience."""

    audience: Audience
    rule: Rule | None
    """The part of the audience's rule; None: subscribed."""

    def uninvited(self, list_slug: str) -> bool:
        """Whether its readers neither asked for the issue's list nor belong to it by its own rule."""
        own = self.audience.slug == list_slug and self.audience.subscribers
        return self.rule is not None and (self.audience.everyone or not own)


@dataclass(frozen=True)
class Bounds:
    """What an issue asks of its readers beside being on a list."""

    only: Rule | None = None
    exclude: Rule | None = None
    caps: Caps = field(default_factory=Caps)

    def within(self, when: When | None) -> Condition:
        """Of a contact: not closed, and what the issue's own rules ask."""
        asked: list[Condition] = [contacts.c.closed_at.is_(None)]
        if self.only is not None:
            asked.append(holds(self.only, contacts, at(when)))
        if self.exclude is not None:
            asked.append(~holds(self.exclude, contacts, at(when)))
        return and_(*asked)


UNBOUND = Bounds()


def places(audience: Sequence[Audience]) -> list[Place]:
    """Every reason to be in, in order."""
    found: list[Place] = []
    for one in audience:
        if one.subscribers and not one.everyone:
            found.append(Place(one, None))
        if one.by_rule is not None:
            found += [Place(one, part) for part in branches(one.by_rule)]
    return found


def chosen(
    audience: Sequence[Audience],
    list_slug: str,
    when: When | None,
    bounds: Bounds = UNBOUND,
    of_address: int | None = None,
) -> Select[Any]:
    """One row a letter: address, contact (NULL where the base has none any more), number of the place."""
    held = union_all(*_held(audience, list_slug, when, bounds, of_address)).subquery()
    key = func.min(held.c.key).label("key")
    welcome = select(held.c.address_id, key).where(
        held.c.address_id.not_in(suppressed()),
        held.c.address_id.not_in(left(list_slug)),
        *(held.c.address_id.not_in(those) for those in resting(when).values()),
    )
    first = welcome.group_by(held.c.address_id).subquery()
    contact_id = first.c.key.bitwise_and(literal((1 << PLACE_BITS) - 1, BigInteger))
    place = first.c.key.bitwise_rshift(literal(PLACE_BITS))
    return select(first.c.address_id, func.nullif(contact_id, 0).label("contact_id"), place.label("place"))


def suppressed() -> Select[Any]:
    """Every address that is written to no more."""
    return select(addresses.c.id).join(suppressions, suppressions.c.fingerprint == addresses.c.fingerprint)


def left(list_slug: str) -> Select[Any]:
    """Every address that left a list, whichever of its contacts did: it is the mailbox that wants no more."""
    return select(subscriptions.c.address_id).where(
        subscriptions.c.list_slug == list_slug, subscriptions.c.state == SubscriptionState.LEFT.value
    )


def at(when: When | None) -> When:
    """The moment that a rule is judged at."""
    if when is None:
        raise ValueError("a rule holds whom it holds at a moment")
    return when


def capped(caps: Caps, *, uninvited: bool) -> dict[Out, Condition]:
    """Of a contact: had letters of a kind before, by what that spares them."""
    spared = {}
    had = had_exceptional(caps) if uninvited else None
    for reason, those in ((Out.EXCEPTIONAL, had), (Out.SOLICITED, had_enough(caps))):
        if those is not None:
            them = those.subquery()
            spared[reason] = or_(
                contacts.c.id.in_(select(them.c.contact_id).where(them.c.contact_id.is_not(None))),
                func.coalesce(contacts.c.address_id, 0).in_(select(them.c.address_id)),
            )
    return spared


def subscribed(slugs: Sequence[str], *states: SubscriptionState) -> Condition:
    """Of a contact: on one of the lists, in one of those states."""
    named = [state.value for state in states]
    mine = subscriptions.alias("mine")
    return exists(mine.c.id).where(
        mine.c.contact_id == contacts.c.id, mine.c.list_slug.in_(slugs), mine.c.state.in_(named)
    )


def _held(
    audience: Sequence[Audience], list_slug: str, when: When | None, bounds: Bounds, of_address: int | None
) -> list[Select[Any]]:
    every = places(audience)
    subscribing = [place.audience.slug for place in every if place.rule is None]
    parts = []
    for number, place in enumerate(every):
        if place.rule is None:
            before = subscribing[: subscribing.index(place.audience.slug)]
            held = _subscribers(number, place.audience.slug, before)
        else:
            held = _by_rule(number, place, subscribing, when)
        spared = capped(bounds.caps, uninvited=place.uninvited(list_slug)).values()
        parts.append(held.where(bounds.within(when), *(~func.coalesce(each, false()) for each in spared)))
    return parts if of_address is None else [one.where(one.selected_columns.address_id == of_address) for one in parts]


def _subscribers(number: int, slug: str, before: Sequence[str]) -> Select[Any]:
    other = subscriptions.alias("other")
    elsewhere = exists(other.c.id).where(
        other.c.contact_id == subscriptions.c.contact_id,
        other.c.list_slug.in_(before),
        other.c.state == SubscriptionState.ACTIVE.value,
        other.c.address_id != subscriptions.c.address_id,
    )
    return (
        select(_key(number, func.coalesce(subscriptions.c.contact_id, 0)), subscriptions.c.address_id)
        .outerjoin(contacts, contacts.c.id == subscriptions.c.contact_id)
        .where(
            subscriptions.c.list_slug == slug,
            subscriptions.c.state == SubscriptionState.ACTIVE.value,
            subscriptions.c.address_id.not_in(left(slug)),
            ~elsewhere if before else true(),
        )
    )


def _by_rule(number: int, place: Place, subscribing: Sequence[str], when: When | None) -> Select[Any]:
    whom = true() if place.rule in (None, EVERYONE) else among(place.rule, contacts, at(when))
    return select(_key(number, contacts.c.id), contacts.c.address_id).where(
        contacts.c.address_id.is_not(None),
        contacts.c.address_id.not_in(left(place.audience.slug)),
        contacts.c.id.not_in(_elsewhere(subscribing)) if subscribing else true(),
        whom,
    )


def _elsewhere(slugs: Sequence[str]) -> Select[Any]:
    """Contacts that subscribed under another address than the one they are written to: there they get the letter."""
    whose = contacts.alias("whose")
    return (
        select(whose.c.id)
        .join(subscriptions, subscriptions.c.contact_id == whose.c.id)
        .where(
            subscriptions.c.list_slug.in_(slugs),
            subscriptions.c.state == SubscriptionState.ACTIVE.value,
            subscriptions.c.address_id != whose.c.address_id,
        )
    )


def _key(number: int, contact_id: ColumnElement[Any]) -> ColumnElement[Any]:
    return (literal(number << PLACE_BITS, BigInteger) + contact_id).label("key")
