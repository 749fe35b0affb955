"""Why each contact of the base gets an issue or does not: each counted once, so the counts add up to the whole base."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, case, exists, false, func, literal, or_, select, union_all

from mailer.domain.choices import When
from mailer.domain.people import SubscriptionState, SuppressionReason
from mailer.domain.rules import EVERYONE, Rule
from mailer.domain.standing import Out
from mailer.store.addressed import UNBOUND, Audience, Bounds, Condition, at, capped, chosen, left, places, suppressed
from mailer.store.resting import resting
from mailer.store.rules import holds
from mailer.store.sql import give_room
from mailer.store.tables import contacts, subscriptions, suppressions

OUT = list(Out)
FOR_GOOD = (SuppressionReason.OPPOSITION.value, SuppressionReason.ERASED.value)


@dataclass(frozen=True)
class Reasons:
    """How many contacts there are for each reason."""

    into: tuple[int, ...]
    """In the order of the places of the audience."""
    out: dict[Out, int]

    @property
    def base(self) -> int:
        """Everyone."""
        return sum(self.into) + sum(self.out.values())


@dataclass(frozen=True)
class ContactStanding:
    """One contact and an issue."""

    contact_id: int
    name: str
    place: int | None
    """Of the audience; None where they do not get it."""
    out: Out | None


def count_reasons(
    tx: Connection, audience: Sequence[Audience], list_slug: str, when: When, bounds: Bounds = UNBOUND
) -> Reasons:
    """Every contact of the base, by the reason that they get the issue or not. One statement."""
    give_room(tx)
    readers = chosen(audience, list_slug, when, bounds).cte("readers")
    known = readers.c.contact_id.is_not(None)
    others = _others(audience, list_slug, when, bounds).where(
        contacts.c.id.not_in(select(readers.c.contact_id).where(known))
    )
    codes = union_all(select(readers.c.place.label("code")).where(known), select(others.subquery().c.code)).subquery()
    counted = {row[0]: row[1] for row in tx.execute(select(codes.c.code, func.count()).group_by(codes.c.code))}
    into = tuple(counted.get(number, 0) for number in range(len(places(audience))))
    return Reasons(into, {out: counted[~number] for number, out in enumerate(OUT) if ~number in counted})


def standing_of(
    tx: Connection,
    address_id: int,
    audience: Sequence[Audience],
    list_slug: str,
    when: When,
    bounds: Bounds = UNBOUND,
) -> list[ContactStanding]:
    """The contacts that are written to at an address, and why each gets the issue or not."""
    readers = chosen(audience, list_slug, when, bounds, address_id)
    got = {row.contact_id: row.place for row in tx.execute(readers)}
    others = _others(audience, list_slug, when, bounds).where(
        or_(contacts.c.address_id == address_id, contacts.c.id.in_(got))
    )
    return [
        ContactStanding(row.id, row.name, got[row.id], None)
        if row.id in got
        else ContactStanding(row.id, row.name, None, OUT[~row.code])
        for row in tx.execute(others.order_by(contacts.c.id))
    ]


def held_by(tx: Connection, contact_id: int, rules: Sequence[Rule], when: When) -> list[bool]:
    """Which of the rules hold a contact."""
    asked = [holds(rule, contacts, when) for rule in rules]
    found = tx.execute(select(*asked).where(contacts.c.id == contact_id)).one_or_none() if rules else ()
    return [bool(one) for one in found or ()]


def held_at(tx: Connection, address_id: int, rules: Sequence[Rule], when: When) -> list[bool]:
    """Which of the rules hold a contact that is written to at an address."""
    mine = (contacts.c.address_id == address_id, contacts.c.closed_at.is_(None))
    asked = [exists(contacts.c.id).where(*mine, holds(rule, contacts, when)) for rule in rules]
    return [bool(one) for one in tx.execute(select(*asked)).one()] if rules else []


def _others(audience: Sequence[Audience], list_slug: str, when: When, bounds: Bounds) -> Select[Any]:
    """Contacts with ~number of the reason that they are no readers."""
    address_id = func.coalesce(contacts.c.address_id, 0)
    whatever = [
        (Out.CLOSED, contacts.c.closed_at.is_not(None)),
        (Out.NO_ADDRESS, contacts.c.address_id.is_(None)),
        (Out.OPPOSED, address_id.in_(suppressed().where(suppressions.c.reason.in_(FOR_GOOD)))),
        (Out.SUSPENDED, address_id.in_(suppressed())),
        (Out.LEFT, address_id.in_(left(list_slug))),
    ]
    # Whether somebody is in the audience is asked once: at a million contacts it is what costs.
    inside = (_in(audience, when), _coded(_spared(when, bounds), Out.SHARED))
    outside = _coded(_not_in(audience, list_slug, when), Out.OUTSIDE)
    code = case(*_codes(whatever), inside, else_=outside)
    return select(contacts.c.id, contacts.c.name, code.label("code"))


def _in(audience: Sequence[Audience], when: When) -> Condition:
    slugs = [one.slug for one in audience if one.subscribers and not one.everyone]
    by_rule = [_of_rule(one.by_rule, when) & _stayed(one.slug) for one in audience if one.by_rule is not None]
    return or_(_on(slugs, SubscriptionState.ACTIVE), *by_rule)


def _spared(when: When, bounds: Bounds) -> list[tuple[Out, Condition]]:
    """Of those in the audience."""
    address_id = func.coalesce(contacts.c.address_id, 0)
    caps = capped(bounds.caps, uninvited=True)
    return [
        (Out.EXCLUDED, ~bounds.within(when)),
        *((reason, address_id.in_(those)) for reason, those in resting(when).items()),
        *((reason, func.coalesce(condition, false())) for reason, condition in caps.items()),
    ]


def _not_in(audience: Sequence[Audience], list_slug: str, when: When) -> list[tuple[Out, Condition]]:
    """Of those whom nothing of the audience holds as things are."""
    others = [one.slug for one in audience if one.slug != list_slug]
    asked = [one.slug for one in audience if one.subscribers and not one.everyone]
    described = [_of_rule(one.rule, when) for one in audience if one.rule not in (None, one.by_rule)]
    return [
        *((Out.LEFT, ~_stayed(slug)) for slug in others),
        (Out.PENDING, _on(asked, SubscriptionState.PENDING)),
        *((Out.INFORMED, one) for one in described),
    ]


def _coded(conditions: Sequence[tuple[Out, Condition]], otherwise: Out) -> Any:
    codes = _codes(conditions)
    return case(*codes, else_=_code(otherwise)) if codes else _code(otherwise)


def _codes(conditions: Sequence[tuple[Out, Condition]]) -> list[tuple[Condition, Any]]:
    return [(condition, _code(out)) for out, condition in conditions]


def _code(out: Out) -> Any:
    return literal(~OUT.index(out))


def _of_rule(rule: Rule | None, when: When) -> Condition:
    return holds(rule or EVERYONE, contacts, at(when))


def _stayed(slug: str) -> Condition:
    return func.coalesce(contacts.c.address_id, 0).not_in(left(slug))


def _on(slugs: Sequence[str], state: SubscriptionState) -> Condition:
    mine = subscriptions.alias()
    return exists(mine.c.id).where(
        mine.c.contact_id == contacts.c.id, mine.c.list_slug.in_(slugs), mine.c.state == state.value
    )
