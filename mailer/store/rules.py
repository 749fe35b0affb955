"""A rule as a condition on contacts, in the words of the database. Every value is bound, none is written in.

Each part is an `EXISTS` that looks up one contact: whatever the size of the base, no list of people is put together
for it, and neither database can choose to go through such a list again for each contact.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.sql.expression import FromClause

from mailer.domain.choices import When
from mailer.domain.people import Basis, ContactKind, SubscriptionState
from mailer.domain.rules import (
    AllOf,
    AnyOf,
    Compared,
    Field,
    Grounded,
    Has,
    InNetwork,
    InStructure,
    Member,
    Not,
    OnList,
    Rule,
    Tagged,
    Test,
    Trait,
    postcodes_of,
)
from mailer.store.tables import affiliations, contacts, custom_values, memberships, subscriptions, tags

FRANCE = ("", "FR")

Condition = ColumnElement[bool]


def holds(rule: Rule, of: FromClause, when: When) -> Condition:
    """Whether the rule holds a row of `of`, the table of contacts or an alias of it; never NULL."""
    match rule:
        case AllOf(rules):
            return reduce(and_, (holds(one, of, when) for one in rules), true())
        case AnyOf(rules):
            return reduce(or_, (holds(one, of, when) for one in rules), false())
        case Not(inner):
            return ~holds(inner, of, when)
        case Has(trait, values):
            return _has(trait, values, of)
        case InStructure(inner):
            return _in_structure(inner, of, when)
        case InNetwork(names):
            network = contacts.alias()
            return exists(network.c.id).where(network.c.id == of.c.parent_id, network.c.name.in_(names))
        case _:
            return _relation(rule, of, when)


def among(rule: Rule, of: FromClause, when: When) -> Condition:
    """The same as `holds`, said so that a database may begin with the few of a membership, a tag or a list."""
    match rule:
        case AllOf(rules) if rules:
            return and_(*(among(one, of, when) for one in rules))
        case Member():
            return of.c.id.in_(select(memberships.c.contact_id).where(*_of_membership(rule, when)))
        case Tagged(slugs):
            return of.c.id.in_(select(tags.c.contact_id).where(tags.c.slug.in_(slugs)))
        case OnList():
            return func.coalesce(of.c.address_id, 0).in_(
                select(subscriptions.c.address_id).where(*_of_list(rule, when))
            )
        case _:
            return holds(rule, of, when)


def _relation(rule: Rule, of: FromClause, when: When) -> Condition:
    match rule:
        case Member():
            return exists(memberships.c.year).where(memberships.c.contact_id == of.c.id, *_of_membership(rule, when))
        case Tagged(slugs):
            return exists(tags.c.contact_id).where(tags.c.contact_id == of.c.id, tags.c.slug.in_(slugs))
        case OnList():
            return _subscribed(of, *_of_list(rule, when))
        case Grounded(bases):
            return reduce(or_, (_grounded(basis, of) for basis in bases), false())
        case Field():
            mine = (custom_values.c.contact_id == of.c.id, custom_values.c.field == rule.name)
            return exists(custom_values.c.field).where(*mine, _compared(rule))
        case _:
            raise ValueError(rule)


def _has(trait: Trait, values: Sequence[str], of: FromClause) -> Condition:
    if trait is not Trait.DEPARTMENT:
        return func.coalesce(of.c[trait.value], "").in_(values)
    begins = [begin for code in values for begin in postcodes_of(code)]
    lengths = sorted({len(begin) for begin in begins})
    of_length = [
        func.substr(of.c.postcode, 1, length).in_([one for one in begins if len(one) == length]) for length in lengths
    ]
    return and_(of.c.country.in_(FRANCE), or_(*of_length))


def _of_membership(rule: Member, when: When) -> list[Condition]:
    asked: list[Condition] = []
    if rule.years:
        asked.append(memberships.c.year.in_(rule.years_in(when.month_from.year)))
    if rule.kinds:
        asked.append(memberships.c.kind.in_(rule.kinds))
    return asked


def _of_list(rule: OnList, when: When) -> list[Condition]:
    asked: list[Condition] = [subscriptions.c.state == SubscriptionState.ACTIVE.value]
    if rule.lists:
        asked.append(subscriptions.c.list_slug.in_(rule.lists))
    if rule.within_days is not None:
        asked.append(subscriptions.c.joined_at >= when.at - timedelta(days=rule.within_days))
    return asked


def _subscribed(of: FromClause, *asked: Condition) -> Condition:
    return exists(subscriptions.c.id).where(subscriptions.c.address_id == of.c.address_id, *asked)


def _with_basis(of: FromClause, basis: Basis) -> Condition:
    return _subscribed(
        of, subscriptions.c.state == SubscriptionState.ACTIVE.value, subscriptions.c.basis == basis.value
    )


def _grounded(basis: Basis, of: FromClause) -> Condition:
    is_member = or_(
        exists(memberships.c.year).where(memberships.c.contact_id == of.c.id), _with_basis(of, Basis.MEMBERSHIP)
    )
    asked = _with_basis(of, Basis.CONSENT)
    return {Basis.CONSENT: asked, Basis.MEMBERSHIP: is_member, Basis.INFORMED: ~or_(asked, is_member)}[basis]


def _in_structure(inner: Rule, of: FromClause, when: When) -> Condition:
    structure = contacts.alias()
    belongs = exists(affiliations.c.id).where(
        affiliations.c.person_id == of.c.id,
        structure.c.id == affiliations.c.structure_id,
        holds(inner, structure, when),
    )
    return or_(and_(of.c.kind == ContactKind.STRUCTURE.value, holds(inner, of, when)), belongs)


def _compared(rule: Field) -> Condition:
    return or_(*(_compares(rule.test, value) for value in rule.values))


def _compares(test: Test, value: Compared) -> Condition:
    column: ColumnElement[Any] = custom_values.c.value
    if isinstance(value, bool):
        compared: str | float = str(value).lower()
    elif isinstance(value, int | float):
        column, compared = custom_values.c.number, float(value)
    else:
        compared = value.isoformat() if isinstance(value, date) else value
    match test:
        case Test.AT_LEAST:
            return column >= compared
        case Test.AT_MOST:
            return column <= compared
        case _:
            return column == compared
