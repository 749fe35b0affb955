"""Which letter a returned message speaks of: by its token, the letter's Message-ID, or its address. Acts on nobody."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailer.app import App
from mailer.domain.addresses import read_address
from mailer.domain.bounces.facts import Returned
from mailer.domain.bounces.verdicts import Verdict
from mailer.domain.tokens import Purpose
from mailer.errors import BadToken, Refused
from mailer.store import returns
from mailer.store.database import Connection
from mailer.store.returns import SentLetter

log = logging.getLogger(__name__)


class KnownBy(StrEnum):
    """How a message was joined to its letter, or why it was not; stored with it."""

    TOKEN = "token"  # noqa: S105 - no secret, a way to recognise
    MESSAGE = "message"
    ADDRESS = "address"
    NOTHING = "nothing"
    FORGED = "forged"
    EXPIRED = "expired"
    FOREIGN = "foreign"
    """It returns a letter that is not ours: somebody wrote in our name."""


PROOFS = frozenset({KnownBy.TOKEN, KnownBy.MESSAGE})


@dataclass(frozen=True)
class Match:
    """The letter, and how it is known."""

    letter: SentLetter | None
    known_by: KnownBy


def recognise(app: App, tx: Connection, returned: Returned, verdict: Verdict, now: datetime) -> Match:
    """A token that is forged, foreign or too old settles it: whatever else the message says is not believed."""
    since = now - timedelta(days=app.config.bounces.report_days)
    if token := _token(returned.delivered_to):
        return _by_number(app, tx, Purpose.BOUNCE, token, KnownBy.TOKEN, since)
    if message_id := returned.original.headers.get("message-id", ""):
        return _by_number(app, tx, Purpose.MESSAGE, _local_part(message_id), KnownBy.MESSAGE, since)
    letter = _to_address(tx, verdict.recipient, since)
    return Match(letter, KnownBy.ADDRESS) if letter else Match(None, KnownBy.NOTHING)


def _by_number(app: App, tx: Connection, purpose: Purpose, token: str, known_by: KnownBy, since: datetime) -> Match:
    try:
        number = app.keyring.read(purpose, token)
    except BadToken:
        return _ignored(KnownBy.FORGED if purpose is Purpose.BOUNCE else KnownBy.FOREIGN, None)
    letter = returns.letter(tx, number)
    if letter is None or letter.left_at is None:
        return _ignored(KnownBy.FORGED, number)
    if letter.left_at < since:
        return _ignored(KnownBy.EXPIRED, number)
    return Match(letter, known_by)


def _ignored(why: KnownBy, number: int | None) -> Match:
    log.info("a returned message was not believed: %s", why, extra={"action": "return_ignored", "delivery_id": number})
    return Match(None, why)


def _to_address(tx: Connection, recipient: str, since: datetime) -> SentLetter | None:
    try:
        canonical = read_address(recipient).canonical
    except Refused:
        return None
    return returns.latest_letter_to(tx, canonical, since)


def _token(addresses: Sequence[str]) -> str:
    found = (_VERP.match(one) for one in addresses)
    return next((one["token"] for one in found if one), "")


def _local_part(message_id: str) -> str:
    return message_id.strip().lstrip("<").partition("@")[0]


_VERP = re.compile(r"b\+(?P<token>[^@]{1,64})@", re.IGNORECASE)
