"""A reader's own choices, made from the links of a letter: see, leave, choose, oppose. Never asks who is asking:
the token is the authority, so the same call from a mail program and from a page does the same.

Whatever is refused is in the journal of oppositions before it is in the database: no restored backup brings it back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.app.oppositions import append_oppositions
from mailer.content.lists import read_lists
from mailer.domain.addresses import mask
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.people import Basis, SubscriptionState
from mailer.domain.tokens import NOT_OURS, Purpose
from mailer.errors import BadToken
from mailer.store import people
from mailer.store.people import ReaderRow


@dataclass(frozen=True)
class LetterChoice:
    """A public letter, and whether this reader gets it."""

    slug: str
    title: str
    description: str
    active: bool


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


def standing(app: App, token: str, purpose: Purpose) -> Standing:
    """Where the reader of a letter stands. Raises BadToken."""
    delivery_id = app.keyring.read(purpose, token)
    with app.database.reading() as tx:
        return _standing(app, _known(people.reader_of(tx, delivery_id)))


def leave(app: App, token: str, now: datetime) -> Standing:
    """The reader leaves the list of the letter, at once and for good. Twice is as good as once. Raises BadToken."""
    delivery_id = app.keyring.read(Purpose.LEAVE, token)
    with app.database.transaction() as tx:
        left = people.leave(tx, delivery_id, now)
        reader = _known(people.reader_of(tx, delivery_id))
        _note(app, reader, [(Refusal.LEFT, reader.list_slug)] if left else [], now)
        return _standing(app, reader)


def oppose(app: App, token: str, now: datetime) -> Standing:
    """The reader wants no letter of ours ever again (GDPR art. 21). Raises BadToken."""
    delivery_id = app.keyring.read(Purpose.LEAVE, token)
    with app.database.transaction() as tx:
        left = people.leave(tx, delivery_id, now)
        opposed = people.oppose(tx, delivery_id, now)
        reader = _known(people.reader_of(tx, delivery_id))
        refused = [(Refusal.LEFT, reader.list_slug)] if left else []
        _note(app, reader, [*refused, (Refusal.OPPOSED, "")] if opposed else refused, now)
        return _standing(app, reader)


def choose(app: App, token: str, chosen: frozenset[str], now: datetime) -> Standing:
    """The reader gets exactly the chosen public letters from now on; unknown names change nothing. Raises BadToken."""
    delivery_id = app.keyring.read(Purpose.PREFERENCES, token)
    with app.database.transaction() as tx:
        before = _standing(app, _known(people.reader_of(tx, delivery_id)))
        refused = []
        for letter in before.letters:
            if letter.slug in chosen and not letter.active:
                people.subscribe(tx, delivery_id, letter.slug, Basis.CONSENT, now)
            elif letter.slug not in chosen and letter.active:
                people.unsubscribe(tx, delivery_id, letter.slug, now)
                refused.append((Refusal.LEFT, letter.slug))
        reader = _known(people.reader_of(tx, delivery_id))
        _note(app, reader, refused, now)
        return _standing(app, reader)


def _known(reader: ReaderRow | None) -> ReaderRow:
    if reader is None:
        raise BadToken(NOT_OURS)
    return reader


def _note(app: App, reader: ReaderRow, refused: Iterable[tuple[Refusal, str]], now: datetime) -> None:
    append_oppositions(app.site, [Opposition(reader.fingerprint, what, of, now) for what, of in refused])


def _standing(app: App, reader: ReaderRow) -> Standing:
    lists = read_lists(app.site)
    letters = tuple(
        LetterChoice(
            one.slug, one.title, one.description, reader.subscriptions.get(one.slug) is SubscriptionState.ACTIVE
        )
        for one in lists.values()
        if one.public
    )
    title = lists[reader.list_slug].title if reader.list_slug in lists else reader.list_slug
    return Standing(
        mask(reader.address),
        reader.list_slug,
        title,
        reader.issue_name,
        reader.left,
        reader.suppressed,
        letters,
    )
