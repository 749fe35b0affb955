"""A returned message taken in: kept without its letter's text, counted once, acted upon. One transaction a message."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailer.app import App
from mailer.app.oppositions import append_oppositions
from mailer.content.mailfiles import read_messages
from mailer.domain.addresses import Family, read_address
from mailer.domain.bounces.facts import Returned
from mailer.domain.bounces.policy import Action, Failure, Patience, Thresholds, what_follows
from mailer.domain.bounces.verdicts import FAILURES, Kind, Verdict, judge_reply
from mailer.domain.bounces.wording import Cause
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.people import SuppressionReason
from mailer.domain.retention import HeardWay
from mailer.errors import Refused
from mailer.services.returns import alarms
from mailer.services.returns.classifying import judge_message
from mailer.services.returns.confirming import Names
from mailer.services.returns.copies import stored_copy
from mailer.services.returns.recognising import PROOFS, KnownBy, Match, recognise
from mailer.store import people, retention, returns
from mailer.store.database import Connection
from mailer.store.returns import Fate, News, SentLetter
from mailer.store.sql import keep_writers_out

KEPT = FAILURES | {Kind.DEFERRED, Kind.COMPLAINT, Kind.UNRECOGNISED, Kind.HUMAN}
"""Of automatic replies nothing is kept: they say something of a person and nothing of a letter."""
UNDERSTOOD = frozenset(Kind) - {Kind.UNRECOGNISED, Kind.HUMAN}
ASKS_TO_STOP = "stop?"
_STOP = re.compile(
    r"^\W*(?:stop|d[ée]s(?:abonn|inscri)\w*|unsubscribe|remove me|ne plus recevoir)\b", re.IGNORECASE | re.MULTILINE
)


@dataclass
class Ingested:
    """How many messages of which kind were new."""

    hard: int = 0
    soft: int = 0
    blocked: int = 0
    complaints: int = 0
    auto_replies: int = 0
    unrecognised: int = 0
    content: int = 0
    deferred: int = 0
    challenges: int = 0
    humans: int = 0
    known: int = 0
    """Read before, or telling what was told before."""
    ignored: int = 0
    """Forged, expired, or about letters that are not ours."""
    suspended: int = 0
    suppressed: int = 0
    left: int = 0

    def count(self, kind: Kind) -> None:
        """One more of a kind."""
        name = _NAMES.get(kind, kind.value)
        setattr(self, name, getattr(self, name) + 1)


def ingest_files(app: App, paths: Iterable[Path], now: datetime) -> Ingested:
    """Every message of files, folders, maildirs and mboxes. Raises NotFound, Refused or StoreError."""
    done, names = Ingested(), Names(app)
    for _, content in read_messages(paths):
        ingest(app, content, now, done, names)
    return done


def ingest(app: App, content: bytes, now: datetime, done: Ingested | None = None, names: Names | None = None) -> bool:
    """One message. Whether it was understood: what is not stays where it lies, for a person. Raises StoreError."""
    done = done if done is not None else Ingested()
    returned, verdicts = judge_message(content)
    # Before the transaction: name servers may take their time.
    verdicts = (names or Names(app)).confirm(verdicts)
    with app.database.transaction() as tx:
        # Two programs may hold the same message: one of them waits, and then knows it.
        keep_writers_out(tx, "returned")
        for verdict in verdicts:
            _take(app, tx, returned, verdict, _digest(content, verdict), now, done)
    return all(one.kind in UNDERSTOOD for one in verdicts)


def _take(
    app: App, tx: Connection, returned: Returned, verdict: Verdict, digest: str, now: datetime, done: Ingested
) -> None:
    if verdict.kind not in KEPT:
        done.count(verdict.kind)
        return
    if returns.is_known(tx, digest):
        done.known += 1
        return
    match = recognise(app, tx, returned, verdict, now) if verdict.kind in _ABOUT_LETTERS else _NO_MATCH
    counted = _counts(tx, verdict, match)
    letter = match.letter if counted else None
    action = _act(app, tx, verdict, match.known_by, letter, now) if letter else Action.NOTHING
    returns.add(tx, _news(returned, verdict, match, digest, now, counted, action))
    if letter:
        alarms.look(app, tx, verdict, letter, now)
    if verdict.kind is Kind.HUMAN:
        _hear(app, tx, verdict.recipient, now)
    _tally(done, verdict.kind, match, counted, action)


def _hear(app: App, tx: Connection, sender: str, now: datetime) -> None:
    """A reply is a sign of life: whoever is silent for years is asked whether we may keep their address."""
    try:
        address_id = people.address_of(tx, app.keyring.fingerprint(read_address(sender).canonical))
    except Refused:
        return
    if address_id is not None:
        retention.hear(tx, address_id, HeardWay.REPLY, now)


def _counts(tx: Connection, verdict: Verdict, match: Match) -> bool:
    if match.letter is None:
        return False
    if verdict.kind is Kind.COMPLAINT:
        return True
    return verdict.kind in FAILURES and not returns.is_counted(tx, match.letter.delivery_id)


def _act(app: App, tx: Connection, verdict: Verdict, known_by: KnownBy, letter: SentLetter, now: datetime) -> Action:
    if verdict.kind is Kind.COMPLAINT:
        return _leave(app, tx, letter, now)
    action = _action(app, tx, verdict, known_by, letter, now)
    returns.mark_bounced(tx, letter.delivery_id, verdict.words)
    if action is Action.SUPPRESSED:
        people.suppress(tx, letter.address_id, SuppressionReason.NO_MAILBOX, now)
        reason = SuppressionReason.NO_MAILBOX.value
        append_oppositions(app.site, [Opposition(letter.fingerprint, Refusal.SUPPRESSED, reason, now)])
    elif action is Action.SUSPENDED:
        people.suppress(tx, letter.address_id, SuppressionReason.SUSPENDED, now)
    return action


def _leave(app: App, tx: Connection, letter: SentLetter, now: datetime) -> Action:
    """Whoever may have written the complaint: to leave one list is all that it does."""
    if not people.leave(tx, letter.delivery_id, now):
        return Action.NOTHING
    append_oppositions(app.site, [Opposition(letter.fingerprint, Refusal.LEFT, letter.list_slug, now)])
    return Action.LEFT


def _action(app: App, tx: Connection, verdict: Verdict, known_by: KnownBy, letter: SentLetter, now: datetime) -> Action:
    new = Failure(letter.issue_id, now, verdict.kind, verdict.cause, known_by in PROOFS, verdict.confirmed)
    earlier = [_failure(one) for one in returns.fates(tx, letter.address_id, letter.delivery_id)]
    later = [_failure(one) for one in returns.hard_after(tx, letter.address_id, letter.delivery_id)]
    return what_follows(new, [*later, *earlier], _thresholds(app))


def _failure(fate: Fate) -> Failure:
    if fate.kind:
        cause = Cause(fate.cause) if fate.cause else None
        return Failure(fate.issue_id, fate.at, Kind(fate.kind), cause, KnownBy(fate.known_by or "") in PROOFS)
    if fate.state == "failed":
        kind, cause, _ = judge_reply(fate.code, fate.words)
        return Failure(fate.issue_id, fate.at, kind, cause)
    # Sent and not bounced, or bounced and forgiven.
    return Failure(fate.issue_id, fate.at, None)


def _thresholds(app: App) -> Thresholds:
    wanted = app.config.bounces
    return Thresholds(
        full=Patience(wanted.full_issues, wanted.full_days),
        disabled=Patience(wanted.disabled_issues, wanted.disabled_days),
        soft=Patience(wanted.soft_issues, wanted.soft_days),
    )


def _news(
    returned: Returned, verdict: Verdict, match: Match, digest: str, now: datetime, counted: bool, action: Action
) -> News:
    letter = match.letter
    is_stop = verdict.kind is Kind.HUMAN and _STOP.search(f"{returned.header('subject')}\n{returned.text[:300]}")
    return News(
        digest=digest,
        arrived_at=now,
        kind=verdict.kind.value,
        cause=verdict.cause.value if verdict.cause else None,
        status=verdict.status,
        recipient=verdict.recipient,
        words=ASKS_TO_STOP if is_stop else verdict.words,
        known_by=match.known_by.value,
        delivery_id=letter.delivery_id if letter else None,
        address_id=letter.address_id if letter else None,
        family=int(letter.family if letter else Family.OTHER),
        counted=counted,
        action=action.value,
        copy_text=stored_copy(returned),
    )


def _tally(done: Ingested, kind: Kind, match: Match, counted: bool, action: Action) -> None:
    if match.known_by in _NOT_BELIEVED:
        done.ignored += 1
        return
    if kind in FAILURES and match.letter and not counted:
        done.known += 1
        return
    done.count(kind)
    if action is not Action.NOTHING:
        setattr(done, action.value, getattr(done, action.value) + 1)


def _digest(content: bytes, verdict: Verdict) -> str:
    # Line ends differ between a file and a mailbox, the message does not.
    plain = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip()
    return hashlib.sha256(plain + b"\0" + verdict.recipient.encode()).hexdigest()


_ABOUT_LETTERS = FAILURES | {Kind.DEFERRED, Kind.COMPLAINT}
_NO_MATCH = Match(None, KnownBy.NOTHING)
_NOT_BELIEVED = frozenset({KnownBy.FORGED, KnownBy.EXPIRED, KnownBy.FOREIGN})
_NAMES = {
    Kind.COMPLAINT: "complaints",
    Kind.AUTO_REPLY: "auto_replies",
    Kind.CHALLENGE: "challenges",
    Kind.HUMAN: "humans",
}
