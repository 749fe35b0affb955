"""Leaving a letter or all of them, at once; and for a day, taking exactly that back."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from mailer.app import App
from mailer.app.oppositions import append_oppositions
from mailer.app.readers import known, reader_behind
from mailer.domain.choices import UNDO_LEAVING_WITHIN, LeaveReason, LeaveWay, said_words
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.people import SuppressionReason
from mailer.domain.tokens import NOT_OURS, Purpose
from mailer.errors import BadToken, ReaderRefused
from mailer.language import N_
from mailer.services.subscriptions.standing import Standing, stands
from mailer.store import contacts, leavings, moves, people
from mailer.store.database import Connection
from mailer.store.leavings import LeavingRow
from mailer.store.people import ReaderRow

log = logging.getLogger(__name__)

TOO_LATE = N_("This can no longer be undone. In your letter, the link to choose your letters still works.")

Goes = Callable[[Connection, int, ReaderRow], list[tuple[Refusal, str]]]
"""What one of the reader's addresses refuses by this; empty where it had before."""


def leave(app: App, token: str, now: datetime, way: LeaveWay = LeaveWay.PAGE) -> Standing:
    """The reader leaves the list of the letter, at once and for good. Twice is as good as once. Raises BadToken."""

    def goes(tx: Connection, address_id: int, reader: ReaderRow) -> list[tuple[Refusal, str]]:
        left = people.leave_list(tx, address_id, _contact(reader, address_id), reader.list_slug, now)
        return [(Refusal.LEFT, reader.list_slug)] if left else []

    return _depart(app, token, now, way, goes, opposed=False)


def oppose(app: App, token: str, now: datetime) -> Standing:
    """The reader wants no letter of ours ever again (GDPR art. 21). Raises BadToken."""

    def goes(tx: Connection, address_id: int, reader: ReaderRow) -> list[tuple[Refusal, str]]:
        left = people.leave_list(tx, address_id, _contact(reader, address_id), reader.list_slug, now)
        opposed = people.suppress(tx, address_id, SuppressionReason.OPPOSITION, now)
        refused = [(Refusal.LEFT, reader.list_slug)] if left else []
        return [*refused, (Refusal.OPPOSED, "")] if opposed else refused

    return _depart(app, token, now, LeaveWay.PAGE, goes, opposed=True)


def undo(app: App, token: str, undo_token: str, now: datetime) -> Standing:
    """Takes back one departure of the letter's reader, and nothing else. Raises BadToken; ReaderRefused after a day."""
    with app.database.transaction() as tx:
        row = _departure(app, tx, token, undo_token)
        if now - row.at > UNDO_LEAVING_WITHIN:
            raise ReaderRefused(TOO_LATE)
        undone = leavings.undo(tx, row, now)
        standing = stands(app, tx, known(people.reader_of(tx, row.delivery_id)), now)
    if undone is not None:
        # After the commit: a crash between the two leaves somebody out, and never brings somebody back.
        back = [Opposition(who, Refusal.BACK, of, now) for who, of in undone.lists]
        welcome = [Opposition(who, Refusal.WITHDRAWN, "", now) for who in undone.opposed]
        append_oppositions(app.site, [*back, *welcome])
    return standing


def say_reason(app: App, token: str, undo_token: str, reason: LeaveReason, words: str, now: datetime) -> Standing:
    """Why they left, said once: kept with the list and the day, without the person. Raises BadToken."""
    with app.database.transaction() as tx:
        row = _departure(app, tx, token, undo_token)
        day = now.astimezone(app.config.zone).date()
        leavings.say_reason(tx, row, reason, said_words(words), day)
        return stands(app, tx, known(people.reader_of(tx, row.delivery_id)), now).with_undo(undo_token)


def _depart(app: App, token: str, now: datetime, way: LeaveWay, goes: Goes, *, opposed: bool) -> Standing:
    delivery_id = app.keyring.read(Purpose.LEAVE, token)
    with app.database.transaction() as tx:
        reader = reader_behind(app, tx, token, Purpose.LEAVE)
        # Whoever moved since this letter leaves where they are now, too; and wherever else they can be written to.
        elsewhere = [*moves.followed(tx, reader.address_id), *contacts.own_addresses(tx, reader.contact_id)]
        everywhere = list(dict.fromkeys((reader.address_id, *elsewhere)))
        before = leavings.standing(tx, everywhere)
        refused = {one: goes(tx, one, reader) for one in everywhere}
        undo_token = ""
        if any(refused.values()):
            people.left_by(tx, delivery_id, now)
            undo_id = leavings.record(
                tx, everywhere, delivery_id, reader.list_slug, before, opposed=opposed, way=way, now=now
            )
            undo_token = app.keyring.token(Purpose.UNDO, undo_id)
            log.info("a reader left", extra={"action": "left", "delivery_id": delivery_id, "way": way.value})
        _note(app, tx, refused.items(), now)
        return stands(app, tx, known(people.reader_of(tx, delivery_id)), now).with_undo(undo_token)


def _contact(reader: ReaderRow, address_id: int) -> int | None:
    return reader.contact_id if address_id == reader.address_id else None


def _note(app: App, tx: Connection, refused: Iterable[tuple[int, list[tuple[Refusal, str]]]], now: datetime) -> None:
    lines = []
    for address_id, what in refused:
        if what:
            fingerprint = known(people.reader_at(tx, address_id)).fingerprint
            lines += [Opposition(fingerprint, refusal, of, now) for refusal, of in what]
    append_oppositions(app.site, lines)


def _departure(app: App, tx: Connection, token: str, undo_token: str) -> LeavingRow:
    row = leavings.find(tx, app.keyring.read(Purpose.UNDO, undo_token))
    if row is None or row.delivery_id != app.keyring.read(Purpose.LEAVE, token):
        raise BadToken(NOT_OURS)
    return row
