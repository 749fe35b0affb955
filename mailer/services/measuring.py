"""A reader's word about being measured: asked, given, taken back, proved. Never asks who is asking: the token does.

A word holds for one list, from the next letter on; a no also for the letters that were sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.app.oppositions import append_oppositions
from mailer.content.lists import read_lists
from mailer.domain.addresses import mask
from mailer.domain.measure import WORDING, WORDING_VERSION, Choice, Proof, Way, choice_of, may_measure
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.rates import MeasureMode
from mailer.domain.tokens import NOT_OURS, Purpose, Track, read_track, seen_hash, track_issue
from mailer.errors import BadToken
from mailer.language import say
from mailer.store import issues, people
from mailer.store import measure as measures
from mailer.store.database import Connection
from mailer.store.issues import IssueKey
from mailer.store.people import ReaderRow


@dataclass(frozen=True)
class MeasureStanding:
    """How a list counts, and what this reader said about it."""

    masked_address: str
    list_title: str
    mode: MeasureMode
    choice: Choice
    wording: str

    @property
    def measured(self) -> bool:
        """Whether the next letter may be counted."""
        return may_measure(self.mode, self.choice)


def standing(app: App, token: str) -> MeasureStanding:
    """Where the reader of a letter stands. Raises BadToken."""
    with app.database.reading() as tx:
        return _standing(app, tx, _reader(app, tx, token))


def choose(app: App, token: str, *, allowed: bool, now: datetime, way: Way = Way.LETTER_LINK) -> MeasureStanding:
    """The reader of a letter says yes or no for its list. A no also erases what was counted. Raises BadToken."""
    with app.database.transaction() as tx:
        reader = _reader(app, tx, token)
        is_new = measures.allowed(tx, reader.address_id, reader.list_slug) is not allowed
        if is_new and allowed:
            measures.add_word(tx, reader.address_id, reader.list_slug, allowed=True, proof=_proof(app, way, now))
        elif is_new:
            _refuse(app, tx, reader, way, now)
        found = _standing(app, tx, reader)
    if is_new and allowed:
        # After the commit: a crash between the two leaves somebody uncounted, and never counts who said no.
        _note(app, reader.fingerprint, Refusal.COUNTED, reader.list_slug, now)
    return found


def agreement(app: App) -> Callable[[Connection, int, str, datetime], None]:
    """What notes, inside the transaction that confirms a subscription, that the measure box of its form was ticked."""
    wording, version = shown_wording(app)

    def agreed(tx: Connection, address_id: int, list_slug: str, now: datetime) -> None:
        proof = Proof(wording, version, Way.SUBSCRIBE_FORM, now)
        measures.add_word(tx, address_id, list_slug, allowed=True, proof=proof)

    return agreed


def shown_wording(app: App) -> tuple[str, str]:
    """The sentence beside the box, as readers see it, and its version."""
    return say(app.config.language, WORDING), WORDING_VERSION


def refuse_letter(app: App, token: str, now: datetime) -> bool:
    """The letter that the tracking token belongs to is not counted: what was is erased. False where nothing is
    counted any more. Raises BadToken."""
    with app.database.transaction() as tx:
        key, track = _letter(tx, token)
        if key is None or track is None:
            return False
        if key.measure is MeasureMode.CONSENT:
            reader = _known(people.reader_of(tx, track.delivery_id))
            _refuse(app, tx, reader, Way.LETTER_LINK, now)
            return True
        return measures.refuse_letter(tx, track.issue_id, seen_hash(key.issue_key, track))


def is_counted(app: App, token: str) -> bool:
    """Whether the count that the letter belongs to is still open. Raises BadToken."""
    with app.database.reading() as tx:
        return _letter(tx, token)[0] is not None


def _refuse(app: App, tx: Connection, reader: ReaderRow, way: Way, now: datetime) -> None:
    measures.refuse_list(tx, reader.address_id, reader.list_slug, _proof(app, way, now))
    _note(app, reader.fingerprint, Refusal.UNCOUNTED, reader.list_slug, now)


def _note(app: App, who: bytes, refusal: Refusal, list_slug: str, now: datetime) -> None:
    append_oppositions(app.site, [Opposition(who, refusal, list_slug, now)])


def _proof(app: App, way: Way, at: datetime) -> Proof:
    return Proof(*shown_wording(app), way, at)


def _reader(app: App, tx: Connection, token: str) -> ReaderRow:
    return _known(people.reader_of(tx, app.keyring.read(Purpose.PREFERENCES, token)))


def _known(reader: ReaderRow | None) -> ReaderRow:
    if reader is None:
        raise BadToken(NOT_OURS)
    return reader


def _letter(tx: Connection, token: str) -> tuple[IssueKey | None, Track | None]:
    key = issues.key(tx, track_issue(token))
    return (key, read_track(key.issue_key, token)) if key else (None, None)


def _standing(app: App, tx: Connection, reader: ReaderRow) -> MeasureStanding:
    mailing = read_lists(app.site).get(reader.list_slug)
    return MeasureStanding(
        mask(reader.address),
        mailing.title if mailing else reader.list_slug,
        mailing.measure if mailing else MeasureMode.OFF,
        choice_of(measures.allowed(tx, reader.address_id, reader.list_slug)),
        shown_wording(app)[0],
    )
