"""Where a reader stands, as a page may show it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailer.app import App
from mailer.app.readers import reader_behind
from mailer.content.lists import read_lists
from mailer.domain.addresses import mask
from mailer.domain.choices import when
from mailer.domain.letters import MailingList
from mailer.domain.people import SubscriptionState
from mailer.domain.rules import of_related
from mailer.domain.tokens import Purpose
from mailer.store import choices, moves, reasons
from mailer.store.choices import Rhythm
from mailer.store.database import Connection
from mailer.store.people import ReaderRow


@dataclass(frozen=True)
class LetterChoice:
    """A letter that this reader may choose or leave, and whether they get it."""

    slug: str
    title: str
    description: str
    active: bool
    public: bool
    """Anyone may ask for it; another can be left here, and not asked for."""


@dataclass(frozen=True)
class Standing:
    """Where a reader stands, as a page may show it."""

    masked_address: str
    list_slug: str
    list_title: str
    issue_name: str
    left: bool
    opposed: bool
    letters: tuple[LetterChoice, ...]
    rhythm: Rhythm = field(default_factory=Rhythm)
    moved: bool = False
    """The letters go to another address now."""
    undo: str = ""
    """Of the departure that was just recorded: the token that takes exactly it back."""
    reason_said: bool = False

    def with_undo(self, token: str) -> "Standing":
        """The same, for the page that follows a departure."""
        return replace(self, undo=token)


def standing(app: App, token: str, purpose: Purpose, now: datetime) -> Standing:
    """Where the reader of a letter stands. Raises BadToken."""
    with app.database.reading() as tx:
        return stands(app, tx, reader_behind(app, tx, token, purpose), now)


def stands(app: App, tx: Connection, reader: ReaderRow, now: datetime) -> Standing:
    """The same, inside a transaction."""
    lists = read_lists(app.site)
    title = lists[reader.list_slug].title if reader.list_slug in lists else reader.list_slug
    return Standing(
        masked_address=mask(reader.address),
        list_slug=reader.list_slug,
        list_title=title,
        issue_name=reader.issue_name,
        left=reader.left,
        opposed=reader.suppressed,
        letters=_letters(app, tx, lists, reader, now),
        rhythm=choices.rhythm(tx, reader.address_id, now),
        moved=bool(moves.moved_from(tx, reader.address_id)) and not _any_active(reader),
    )


def _letters(
    app: App, tx: Connection, lists: Mapping[str, MailingList], reader: ReaderRow, now: datetime
) -> tuple[LetterChoice, ...]:
    """The public ones, and all that they get: subscribed, or by a list's rule."""
    by_rule = {slug: of_related(one.rule) for slug, one in lists.items() if one.rule is not None}
    held = reasons.held_at(tx, reader.address_id, list(by_rule.values()), when(now, app.config.zone))
    holding = {slug for slug, holds in zip(by_rule, held, strict=True) if holds}
    choices = (_choice(one, reader, by_rule=one.everyone or one.slug in holding) for one in lists.values())
    return tuple(one for one in choices if one.public or one.active)


def _choice(one: MailingList, reader: ReaderRow, *, by_rule: bool) -> LetterChoice:
    state = reader.subscriptions.get(one.slug)
    gets_it = state is SubscriptionState.ACTIVE or (by_rule and state is not SubscriptionState.LEFT)
    return LetterChoice(one.slug, one.title, one.description, gets_it, one.public)


def _any_active(reader: ReaderRow) -> bool:
    return SubscriptionState.ACTIVE in reader.subscriptions.values()
