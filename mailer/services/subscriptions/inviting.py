"""The button « I subscribe » behind a letter that came without being asked for: one press, and the proof is kept."""

from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.app.oppositions import append_oppositions
from mailer.app.readers import reader_behind
from mailer.content.lists import read_lists
from mailer.domain.joining import Way, Wording, wording_of
from mailer.domain.letters import MailingList
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.people import Basis, SubscriptionState
from mailer.domain.tokens import Purpose
from mailer.language import N_, say
from mailer.services.subscriptions.standing import Standing, stands
from mailer.store import people, proofs
from mailer.store.database import Connection
from mailer.store.joining import RequestedRow
from mailer.store.people import ReaderRow

WORDING = N_(
    "By pressing this button you ask for “{letter}” at this address, and for nothing else. "
    "Who writes: {organisation}. Each letter has a link to leave."
)


@dataclass(frozen=True)
class Invitation:
    """What the page behind the button says."""

    standing: Standing
    letter: MailingList | None
    """None where nobody can subscribe to it."""
    subscribed: bool
    wording: Wording


def look(app: App, token: str, now: datetime) -> Invitation:
    """Whether its reader may subscribe to the letter that the link came in. Changes nothing. Raises BadToken."""
    with app.database.reading() as tx:
        return _invitation(app, tx, reader_behind(app, tx, token, Purpose.PREFERENCES), now)


def accept(app: App, token: str, now: datetime) -> Invitation:
    """Its reader is on the list from now on, by consent, and the proof of it is kept. Twice is as good as once.

    Raises BadToken.
    """
    with app.database.transaction() as tx:
        reader = reader_behind(app, tx, token, Purpose.PREFERENCES)
        invitation = _invitation(app, tx, reader, now)
        joined = invitation.letter is not None and people.join_list(tx, reader, reader.list_slug, Basis.CONSENT, now)
        if joined and invitation.letter is not None:
            _keep_proof(tx, reader, invitation.letter, invitation.wording, now)
        told = _invitation(app, tx, reader_behind(app, tx, token, Purpose.PREFERENCES), now)
    if joined:
        # After the commit: a crash between the two leaves somebody out, and never brings somebody back.
        append_oppositions(app.site, [Opposition(reader.fingerprint, Refusal.BACK, reader.list_slug, now)])
    return told


def _invitation(app: App, tx: Connection, reader: ReaderRow, now: datetime) -> Invitation:
    letter = read_lists(app.site).get(reader.list_slug)
    values = {"letter": letter.title if letter else "", "organisation": app.config.organisation.signature}
    return Invitation(
        stands(app, tx, reader, now),
        letter if letter is not None and letter.public else None,
        reader.subscriptions.get(reader.list_slug) is SubscriptionState.ACTIVE,
        wording_of(say(app.config.language, WORDING, values)),
    )


def _keep_proof(tx: Connection, reader: ReaderRow, letter: MailingList, wording: Wording, now: datetime) -> None:
    proofs.remember(tx, wording, now)
    asked = RequestedRow(letter.slug, letter.title, now, wording.version, Way.LETTER, reader.issue_name, False)
    proofs.keep(tx, reader.address_id, asked, now)
