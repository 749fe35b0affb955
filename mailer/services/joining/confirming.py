"""The link in the mail: looking shows, only the button acts, and twice is as good as once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailer.app import App
from mailer.app.relays import family_table
from mailer.content.lists import read_lists
from mailer.domain.addresses import Family, mask, read_address
from mailer.domain.joining import RequestState, state_of
from mailer.domain.letters import MailingList
from mailer.domain.tokens import Purpose
from mailer.store import joining, proofs
from mailer.store.database import Connection
from mailer.store.joining import RequestedRow, RequestRow

Agreed = Callable[[Connection, int, str, datetime], None]
"""Told, inside the transaction, of an address (its id) that wants a list's readings measured."""


class Stage(StrEnum):
    """What the page behind the link says."""

    OPEN = "open"
    DONE = "done"
    ALREADY_DONE = "already_done"
    EXPIRED = "expired"
    GONE = "gone"
    """None of the lists is there any more."""
    OPPOSED = "opposed"


@dataclass(frozen=True)
class Joining:
    """A request as its owner may see it."""

    stage: Stage
    masked_address: str = ""
    letters: tuple[MailingList, ...] = ()
    preferences: str = ""
    """The token of their choices, once confirmed."""


def look(app: App, token: str, now: datetime) -> Joining:
    """Where the request stands. Changes nothing. Raises BadToken."""
    request_id = app.keyring.read(Purpose.CONFIRM, token)
    with app.database.reading() as tx:
        return _look(app, tx, joining.find(tx, request_id), now)


def confirm(app: App, token: str, now: datetime, agreed: Agreed | None = None) -> Joining:
    """Its owner is put on the lists that were asked for and are still there, and on no other. Raises BadToken."""
    request_id = app.keyring.read(Purpose.CONFIRM, token)
    with app.database.transaction() as tx:
        row = joining.find(tx, request_id)
        before = _look(app, tx, row, now)
        if row is None or before.stage is not Stage.OPEN or not joining.confirm(tx, request_id, now):
            return _look(app, tx, joining.find(tx, request_id), now)
        address_id = _welcome(app, tx, row, now)
        asked = {one.list_slug: one for one in joining.lists_of(tx, row.id)}
        for letter in before.letters:
            _subscribe(tx, address_id, asked[letter.slug], now, agreed)
        return Joining(Stage.DONE, before.masked_address, before.letters, app.keyring.token(Purpose.READER, address_id))


def _welcome(app: App, tx: Connection, row: RequestRow, now: datetime) -> int:
    family = family_table(app.config).get(row.domain, Family.OTHER)
    return proofs.welcome(tx, read_address(row.address), row.fingerprint, family, now)


def _subscribe(tx: Connection, address_id: int, asked: RequestedRow, now: datetime, agreed: Agreed | None) -> None:
    proofs.subscribe(tx, address_id, asked.list_slug, now)
    proofs.keep(tx, address_id, asked, now)
    if asked.measure_wanted and agreed is not None:
        agreed(tx, address_id, asked.list_slug, now)


def _look(app: App, tx: Connection, row: RequestRow | None, now: datetime) -> Joining:
    if row is None or row.address == "" or row.valid_until is None:
        return Joining(Stage.EXPIRED)
    state = state_of(row.confirmed_at, row.valid_until, row.reminded_at, now)
    if state is RequestState.EXPIRED:
        return Joining(Stage.EXPIRED)
    facts = joining.facts_of(tx, row.fingerprint)
    lists = read_lists(app.site)
    asked = [lists.get(one.list_slug) for one in joining.lists_of(tx, row.id)]
    letters = tuple(one for one in asked if one is not None and one.public)
    masked = mask(row.address)
    if facts.suppressed:
        return Joining(Stage.OPPOSED, masked)
    if state is RequestState.CONFIRMED:
        token = app.keyring.token(Purpose.READER, facts.address_id) if facts.address_id is not None else ""
        return Joining(Stage.ALREADY_DONE, masked, letters, token)
    return Joining(Stage.OPEN if letters else Stage.GONE, masked, letters)
