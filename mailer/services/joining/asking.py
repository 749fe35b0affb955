"""Somebody asks, on a page of ours or by a form pasted elsewhere. Looks nobody up: it only writes the request down."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from mailer.app import App
from mailer.content.lists import read_lists
from mailer.domain.addresses import Address, read_address
from mailer.domain.joining import (
    REQUESTS_IN_AN_HOUR,
    VERSION,
    WORDING,
    Asking,
    RequestKind,
    Way,
    Wording,
    wording_of,
)
from mailer.domain.letters import MailingList
from mailer.errors import NotFound, Refused
from mailer.language import N_, say
from mailer.store import joining, proofs

LONGEST = 320
"""Characters of an address (RFC 5321: 64 + 1 + 255)."""
TOO_LONG = N_("An e-mail address has at most {limit} characters.")
NO_LETTER = N_('There is no public letter called "{list}".')
NONE_CHOSEN = N_("No letter was chosen.")


class Taken(Enum):
    """Whether a request was written down."""

    YES = "yes"
    TOO_MANY = "too many"
    """More people ask in this hour than ever do: it may be a machine."""


@dataclass(frozen=True)
class Offer:
    """What a form shows: the letters, which of them it is about, and what whoever sends it is told."""

    letters: tuple[MailingList, ...]
    letter: MailingList | None
    wording: Wording


@dataclass(frozen=True)
class Ask:
    """What a form brought. Everything in it was written by whoever sent it."""

    text: str
    """Where the address should be."""
    letters: frozenset[str]
    way: Way
    origin: str = ""
    version: str = ""
    measure_wanted: bool = False


def offer(app: App, list_slug: str | None = None) -> Offer:
    """The public letters; with a slug, the form is about that one. Raises NotFound."""
    letters = {one.slug: one for one in read_lists(app.site).values() if one.public}
    if list_slug is not None and list_slug not in letters:
        raise NotFound(NO_LETTER, list=list_slug)
    text = say(app.config.language, WORDING, {"organisation": app.config.organisation.name})
    return Offer(tuple(letters.values()), letters.get(list_slug or ""), wording_of(text))


def ask(app: App, one: Ask, now: datetime) -> Taken:
    """Writes the request down. Raises Refused for what is no address, NotFound where no public letter was chosen."""
    address = _address(one.text)
    shown = offer(app)
    titles = {letter.slug: letter.title for letter in shown.letters if letter.slug in one.letters}
    if not titles:
        raise NotFound(NONE_CHOSEN)
    # Only forms of ours name a text, and only by its name: what they may have changed is not in the proof.
    version = one.version if VERSION.fullmatch(one.version) else ""
    asking = Asking(
        address=address,
        fingerprint=app.keyring.fingerprint(address.canonical),
        kind=RequestKind.JOIN,
        way=one.way,
        origin=one.origin,
        version=version,
        measure_wanted=one.measure_wanted,
    )
    return _take(app, asking, titles, shown.wording, now)


def ask_way_back(app: App, text: str, now: datetime) -> Taken:
    """Somebody without a letter at hand wants the link to their choices. Raises Refused for what is no address."""
    address = _address(text)
    asking = Asking(address, app.keyring.fingerprint(address.canonical), RequestKind.WAY_BACK)
    return _take(app, asking, {}, offer(app).wording, now)


def form_to_paste(app: App, list_slug: str, now: datetime) -> Offer:
    """What a form on another site shows. Its text is remembered, for the proofs to come. Raises NotFound."""
    shown = offer(app, list_slug)
    with app.database.transaction() as tx:
        proofs.remember(tx, shown.wording, now)
    return shown


def _take(app: App, asking: Asking, titles: dict[str, str], wording: Wording, now: datetime) -> Taken:
    with app.database.reading() as tx:
        if joining.asked_since(tx, now - timedelta(hours=1)) >= REQUESTS_IN_AN_HOUR:
            return Taken.TOO_MANY
    with app.database.transaction() as tx:
        proofs.remember(tx, wording, now)
        joining.take(tx, asking, titles, now)
    return Taken.YES


def _address(text: str) -> Address:
    if len(text) > LONGEST:
        raise Refused(TOO_LONG, limit=LONGEST)
    return read_address(text)
