"""Who gets an issue or a list's next letter, with the reason, and who does not, with the reason. Changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mailer.app import App
from mailer.app.drafts import audience_of, bounds_of, load_issue, load_lists, readable_sources
from mailer.content.files import close_to
from mailer.domain.addresses import read_address
from mailer.domain.choices import When
from mailer.domain.choices import when as month_around
from mailer.domain.letters import MailingList
from mailer.domain.people import SubscriptionState, SuppressionReason
from mailer.domain.rules import Rule, branches
from mailer.domain.standing import Out
from mailer.errors import NotFound
from mailer.language import N_
from mailer.store import audiences as readers
from mailer.store import people, reasons
from mailer.store.addressed import UNBOUND, Audience, Bounds, Place, places
from mailer.store.database import Connection
from mailer.store.people import ReaderRow

NO_LIST = N_('There is no list "{list}". An issue is written campaign/issue. The lists are: {known}.')
NO_LIST_CLOSE = N_('There is no list "{list}". Did you mean "{close}"?')


@dataclass(frozen=True)
class ReasonIn:
    """So many contacts are in for one reason."""

    list_slug: str
    rule: Rule | None
    """The part of a rule; None: they subscribed."""
    count: int


@dataclass(frozen=True)
class AudienceReport:
    """Who gets it and why; who does not and why, where that was asked."""

    name: str
    readers: int
    """Letters that would leave."""
    into: tuple[ReasonIn, ...]
    out: Mapping[Out, int] = field(default_factory=dict)
    base: int | None = None
    """Every contact: those who are in and those who are not; None where only the readers were asked for."""


@dataclass(frozen=True)
class ListCount:
    """A list and how many would get its next letter."""

    list: MailingList
    readers: int


@dataclass(frozen=True)
class Story:
    """One contact of an address, and what speaks for and against their getting it."""

    name: str
    into: ReasonIn | None
    """None where they do not get it."""
    out: Out | None
    lists: Mapping[str, SubscriptionState]
    """Where the address stands on each list that it has to do with."""
    rules: tuple[ReasonIn, ...]
    """The parts of the audience's rules that hold the contact."""
    suppression: SuppressionReason | None


@dataclass(frozen=True)
class _Question:
    audience: Sequence[Audience]
    list_slug: str
    when: When
    bounds: Bounds


def count(app: App, name: str, now: datetime, *, with_reasons: bool = True) -> AudienceReport:
    """An issue's readers as if it left at its moment, a list's as if a letter left now. Raises NotFound, BadFiles."""
    asked = _question(app, name, now)
    every = places(asked.audience)
    with app.database.reading() as tx:
        if not with_reasons:
            found = readers.count_by_place(tx, asked.audience, asked.list_slug, asked.when, asked.bounds)
            return AudienceReport(name, sum(found), _into(every, found))
        counted = reasons.count_reasons(tx, asked.audience, asked.list_slug, asked.when, asked.bounds)
    return AudienceReport(name, sum(counted.into), _into(every, counted.into), counted.out, counted.base)


def every_list(app: App, now: datetime) -> list[ListCount]:
    """Each list with the readers that it would have now. Raises BadFiles."""
    return [ListCount(one, count(app, slug, now, with_reasons=False).readers) for slug, one in load_lists(app).items()]


def known_lists(app: App) -> Mapping[str, MailingList]:
    """The lists that can be read, whatever is wrong with others."""
    return readable_sources(app).lists


def list_named(app: App, slug: str) -> MailingList:
    """A list of the site. Raises NotFound, BadFiles."""
    lists = load_lists(app)
    if slug not in lists:
        close = close_to(slug, lists)
        raise (
            NotFound(NO_LIST_CLOSE, list=slug, close=close)
            if close
            else NotFound(NO_LIST, list=slug, known=", ".join(lists))
        )
    return lists[slug]


def why(app: App, name: str, address: str, now: datetime) -> list[Story]:
    """Why each contact of an address gets it or does not; nobody where the base has no such address.

    Raises NotFound, BadFiles, and Refused for what is no address.
    """
    fingerprint = app.keyring.fingerprint(read_address(address).canonical)
    asked = _question(app, name, now)
    with app.database.reading() as tx:
        address_id = people.address_of(tx, fingerprint)
        reader = people.reader_at(tx, address_id) if address_id is not None else None
        if reader is None:
            return []
        suppression = people.suppression_of(tx, fingerprint)
        return _stories(tx, asked, reader, suppression)


def suppression_of(app: App, address: str) -> SuppressionReason | None:
    """Why an address is not written to, even where nothing but a print of it is left. Raises Refused."""
    fingerprint = app.keyring.fingerprint(read_address(address).canonical)
    with app.database.reading() as tx:
        return people.suppression_of(tx, fingerprint)


def _question(app: App, name: str, now: datetime) -> _Question:
    zone = app.config.zone
    if "/" in name:
        issue = load_issue(app, name)
        leaves = max(issue.slot, now) if issue.slot.tzinfo else now
        return _Question(
            audience_of(app, issue), issue.list.slug, month_around(leaves, zone), bounds_of(app, issue, leaves)
        )
    one = list_named(app, name)
    return _Question([Audience(name, one.everyone, one.rule, ordinary=True)], name, month_around(now, zone), UNBOUND)


def _into(every: Sequence[Place], counts: Sequence[int]) -> tuple[ReasonIn, ...]:
    return tuple(_reason(place, number) for place, number in zip(every, counts, strict=True))


def _reason(place: Place, number: int) -> ReasonIn:
    return ReasonIn(place.audience.slug, place.rule, number)


def _stories(tx: Connection, asked: _Question, reader: ReaderRow, suppression: SuppressionReason | None) -> list[Story]:
    every = places(asked.audience)
    ruled = [(one.slug, part) for one in asked.audience if one.by_rule is not None for part in branches(one.by_rule)]
    found = reasons.standing_of(tx, reader.address_id, asked.audience, asked.list_slug, asked.when, asked.bounds)
    stories = []
    for one in found:
        held = reasons.held_by(tx, one.contact_id, [part for _, part in ruled], asked.when)
        rules = tuple(ReasonIn(slug, part, 1) for (slug, part), yes in zip(ruled, held, strict=True) if yes)
        into = None if one.place is None else _reason(every[one.place], 1)
        stories.append(Story(one.name, into, one.out, reader.subscriptions, rules, suppression))
    return stories
