"""A change of address: asked for from a letter, confirmed at the new address, told to the old one, undone from there.

A forwarded letter gives its links to a friend, who can ask for a change and confirm it. So the old address is told,
and for thirty days its word alone undoes it. Nobody learns from us which addresses we know.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.app import App
from mailer.app.oppositions import append_oppositions
from mailer.app.readers import about_us, reader_behind
from mailer.app.relays import family_table
from mailer.domain.addresses import Address, Family, mask, read_address
from mailer.domain.choices import CONFIRM_WITHIN, NOT_AGAIN_WITHIN, UNDO_MOVE_WITHIN, MoveState
from mailer.domain.notices import NoticeKind
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.people import OWN_WORD, SubscriptionState
from mailer.domain.tokens import NOT_OURS, Purpose
from mailer.errors import BadToken, ReaderRefused, Refused
from mailer.language import N_, moment
from mailer.store import choices, moves, notices, people
from mailer.store.database import Connection
from mailer.store.moves import MoveRow
from mailer.store.people import ReaderRow

NOT_AN_ADDRESS = N_("What you typed is not an e-mail address. Go back to the page and look at its spelling.")
SAME = N_("Your letters go to this address already. Type the one that they are to go to.")
LATELY_UNDONE = N_(
    "A change of your address was undone a short while ago. So that nobody else can take your letters over, "
    "write to us from the address that you have now."
)
LATE = N_("This link is no longer valid. Ask for the change once more, from one of your letters.")
A_DAY = timedelta(hours=24)
MOST_A_DAY = 3
"""Requests from one address; to one address there is one."""
MAILS_TO_ONE_A_DAY = 1


@dataclass(frozen=True)
class Change:
    """A change of address as its pages show it."""

    masked_old: str
    masked_new: str
    until: datetime
    """Confirm or undo it until then."""
    done: bool
    undone: bool


def ask(app: App, token: str, typed: str, now: datetime) -> None:
    """Writes to the new address, where the change is confirmed; silent where no mail may go.

    Raises BadToken, or ReaderRefused where the address is none, is the same, or a change was undone lately.
    """
    address = _typed(typed)
    fingerprint = app.keyring.fingerprint(address.canonical)
    with app.database.transaction() as tx:
        reader = reader_behind(app, tx, token, Purpose.PREFERENCES)
        _check(tx, reader, fingerprint, now)
        asked, wanted = moves.asked_since(tx, now - A_DAY, from_address_id=reader.address_id, fingerprint=fingerprint)
        if asked >= MOST_A_DAY or wanted >= MAILS_TO_ONE_A_DAY or _refuses(tx, reader.fingerprint):
            return
        move_id = moves.ask(tx, reader.address_id, reader.contact_id, address.written, fingerprint, now)
        if people.suppression_of(tx, fingerprint) is None:
            link = f"{app.config.public_url}/move/{app.keyring.token(Purpose.MOVE, move_id)}"
            content = {**about_us(app), "link": link, "until": _said(app, now + CONFIRM_WITHIN)}
            notices.queue(tx, NoticeKind.MOVE_CONFIRM, f"move:{move_id}", address.written, content, now)


def asked(app: App, token: str, now: datetime) -> Change:
    """What a link of the mail to the new address leads to. Raises BadToken, or ReaderRefused after seven days."""
    with app.database.reading() as tx:
        row = _row(app, tx, Purpose.MOVE, token)
        _check_open(row, now)
        return _change(tx, row, row.asked_at + CONFIRM_WITHIN)


def confirm(app: App, token: str, now: datetime) -> Change:
    """From now on the letters go to the new address; the old one is told. Twice is as good as once.

    Raises BadToken, or ReaderRefused after seven days, and where either address has refused our letters meanwhile.
    """
    with app.database.transaction() as tx:
        row = _row(app, tx, Purpose.MOVE, token)
        _check_open(row, now)
        change = _change(tx, row, now + UNDO_MOVE_WITHIN)
        if row.state is MoveState.ASKED:
            _move(app, tx, row, now)
        return change


def done(app: App, token: str, now: datetime) -> Change:
    """What a link of the mail to the old address leads to. Raises BadToken, or ReaderRefused after thirty days."""
    with app.database.reading() as tx:
        row = _row(app, tx, Purpose.BACK, token)
        return _undoable(tx, row, now)


def undo(app: App, token: str, now: datetime) -> Change:
    """The letters go where they went before, at once. Raises BadToken, or ReaderRefused after thirty days."""
    with app.database.transaction() as tx:
        row = _row(app, tx, Purpose.BACK, token)
        change = _undoable(tx, row, now)
        moves.undo(tx, row, now)
        return change


def _typed(text: str) -> Address:
    try:
        return read_address(text)
    except Refused as error:
        raise ReaderRefused(NOT_AN_ADDRESS) from error


def _check(tx: Connection, reader: ReaderRow, fingerprint: bytes, now: datetime) -> None:
    if fingerprint == reader.fingerprint:
        raise ReaderRefused(SAME)
    if moves.undone_since(tx, reader.address_id, now - NOT_AGAIN_WITHIN):
        raise ReaderRefused(LATELY_UNDONE)


def _check_open(row: MoveRow, now: datetime) -> None:
    if row.state not in (MoveState.ASKED, MoveState.DONE) or now - row.asked_at > CONFIRM_WITHIN:
        raise ReaderRefused(LATE)


def _undoable(tx: Connection, row: MoveRow, now: datetime) -> Change:
    until = (row.confirmed_at or now) + UNDO_MOVE_WITHIN
    if row.state not in (MoveState.DONE, MoveState.UNDONE) or now > until:
        raise ReaderRefused(LATE)
    return _change(tx, row, until)


def _move(app: App, tx: Connection, row: MoveRow, now: datetime) -> None:
    old = people.reader_at(tx, row.from_address_id)
    new_refuses = people.suppression_of(tx, row.wanted_fingerprint)
    if old is None or new_refuses is not None or _refuses(tx, old.fingerprint):
        raise ReaderRefused(LATE)
    address = read_address(row.wanted)
    family = family_table(app.config).get(address.domain, Family.OTHER)
    before = people.address_of(tx, row.wanted_fingerprint)
    left_before = _left(tx, before) if before is not None else frozenset()
    new_id = moves.take_address(tx, address, family, row.wanted_fingerprint, now)
    moves.do(tx, row, new_id, now)
    choices.follow(tx, row.from_address_id, new_id, now)
    _note(app, row.wanted_fingerprint, _left(tx, new_id) - left_before, now)
    if not old.suppressed:
        link = f"{app.config.public_url}/back/{app.keyring.token(Purpose.BACK, row.id)}"
        content = {
            **about_us(app),
            "link": link,
            "until": _said(app, now + UNDO_MOVE_WITHIN),
            "new": mask(address.written),
        }
        notices.queue(tx, NoticeKind.MOVED, f"moved:{row.id}", old.address, content, now)


def _left(tx: Connection, address_id: int) -> frozenset[str]:
    reader = people.reader_at(tx, address_id)
    standing = reader.subscriptions.items() if reader else ()
    return frozenset(slug for slug, state in standing if state is SubscriptionState.LEFT)


def _note(app: App, fingerprint: bytes, lists: Iterable[str], now: datetime) -> None:
    append_oppositions(app.site, [Opposition(fingerprint, Refusal.LEFT, slug, now) for slug in sorted(lists)])


def _refuses(tx: Connection, fingerprint: bytes) -> bool:
    return people.suppression_of(tx, fingerprint) in OWN_WORD


def _row(app: App, tx: Connection, purpose: Purpose, token: str) -> MoveRow:
    row = moves.find(tx, app.keyring.read(purpose, token))
    if row is None:
        raise BadToken(NOT_OURS)
    return row


def _change(tx: Connection, row: MoveRow, until: datetime) -> Change:
    old = people.reader_at(tx, row.from_address_id)
    new = people.reader_at(tx, row.to_address_id) if row.to_address_id else None
    return Change(
        masked_old=mask(old.address) if old else "",
        masked_new=mask(new.address if new else row.wanted),
        until=until,
        done=row.state is MoveState.DONE,
        undone=row.state is MoveState.UNDONE,
    )


def _said(app: App, when: datetime) -> str:
    return moment(app.config.language, when, app.config.zone)
