"""Who comes in at the desk: password, then the telephone's code; who is in; who goes. Counts wrong attempts."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailer.app import App
from mailer.domain.accounts import ATTEMPTS, LONGEST_SESSION, TWO_STEPS, is_open, is_over
from mailer.domain.approvals import person
from mailer.errors import Refused
from mailer.language import N_
from mailer.services.accounts import codes, passwords
from mailer.store import accounts, audit, sessions
from mailer.store.accounts import AccountRow
from mailer.store.database import Connection
from mailer.store.sessions import SessionRow

WRONG = N_("That name and that password do not go together. Nothing was changed; try again, or ask for a new link.")
WRONG_CODE = N_("That code is not the right one, or it was used already. Wait for the next one on your telephone.")
TOO_MANY = N_(
    "There were too many wrong attempts. Nothing is lost; try again in {minutes} minutes, or have an administrator "
    "send you a new link."
)
LONGEST_AGENT = 200
SEEN_EVERY = timedelta(minutes=1)


class Step(StrEnum):
    """How far somebody has come in."""

    IN = "in"
    CODE = "code"
    """The telephone's code is asked for."""
    SET_UP = "set_up"
    """Their role needs a telephone, and none is set up yet."""


@dataclass(frozen=True)
class Visitor:
    """An account in a browser."""

    account: AccountRow
    session: SessionRow

    @property
    def step(self) -> Step:
        """What is asked of them next."""
        if self.account.code_since is not None:
            return Step.IN if self.session.second_step else Step.CODE
        return Step.SET_UP if self.account.role in TWO_STEPS else Step.IN


def log_in(app: App, name: str, password: str, host: str, agent: str, now: datetime) -> str:
    """The secret of a new session. Raises Refused, with one sentence whatever is wrong."""
    with app.database.reading() as tx:
        refuse_too_many(app, tx, name, host, now)
        account = accounts.named(tx, name)
        stored = accounts.password_of(tx, account.id) if account else None
    right = passwords.is_right(stored, password)
    with app.database.transaction() as tx:
        if account is not None and right and may_enter(app, account, now):
            audit.note(tx, account.id, account.name, "log_in", "", now)
            return open_session(tx, account.id, agent, now)
    note_failure(app, account.name if account else name, host, now)
    raise Refused(WRONG)


def show_code(app: App, visitor: Visitor, code: str, host: str, now: datetime) -> str:
    """The second step: a code of the telephone, or one of those kept for a lost one. The session's new secret."""
    account, token = visitor.account, new_token()
    with app.database.reading() as tx:
        refuse_too_many(app, tx, account.name, host, now)
    with app.database.transaction() as tx:
        if codes.take(app, tx, account, code, now):
            sessions.pass_second_step(tx, visitor.session.id, hash_of(token))
            return token
    note_failure(app, account.name, host, now)
    raise Refused(WRONG_CODE)


def who_is(app: App, token: str, now: datetime) -> Visitor | None:
    """Whose browser shows that secret; None where nobody is logged in by it any more."""
    with app.database.reading() as tx:
        session = sessions.find(tx, hash_of(token))
        account = accounts.find(tx, session.account_id) if session else None
    if session is None or account is None or not may_enter(app, account, now):
        return None
    if is_over(session.began_at, session.seen_at, now):
        return None
    if now - session.seen_at >= SEEN_EVERY:
        with app.database.transaction() as tx:
            sessions.saw(tx, session.id, now)
    return Visitor(account, session)


def log_out(app: App, visitor: Visitor, now: datetime) -> None:
    """This browser is out."""
    with app.database.transaction() as tx:
        sessions.end(tx, visitor.session.id, now)


def may_enter(app: App, account: AccountRow, now: datetime) -> bool:
    """Whether the account is open today, in the zone of the site."""
    return account.ended_at is None and is_open(account.until, now.astimezone(app.config.zone).date())


def open_session(tx: Connection, account_id: int, agent: str, now: datetime) -> str:
    """A new session's secret; what nobody needs any more is forgotten."""
    token = new_token()
    sessions.begin(tx, hash_of(token), account_id, agent[:LONGEST_AGENT], now, second_step=False)
    sessions.forget_old(tx, now - LONGEST_SESSION)
    return token


def hash_of(token: str) -> bytes:
    """What is stored of a random secret."""
    return hashlib.sha256(token.encode()).digest()


def new_token() -> str:
    """A random secret of 256 bits."""
    return secrets.token_urlsafe(32)


def refuse_too_many(app: App, tx: Connection, name: str, host: str, now: datetime) -> None:
    """Raises Refused where there were too many wrong attempts, for the account or from that address."""
    known = accounts.named(tx, name)
    hashes = _hashes(app, known.name if known else name, host)
    for window, of_account, of_host in ATTEMPTS:
        found = sessions.failures(tx, *hashes, now - window)
        if found[0] >= of_account or found[1] >= of_host:
            raise Refused(TOO_MANY, minutes=int(window.total_seconds() // 60))


def note_failure(app: App, name: str, host: str, now: datetime) -> None:
    """One more wrong password or code."""
    with app.database.transaction() as tx:
        sessions.failed(tx, *_hashes(app, name, host), now)


def _hashes(app: App, name: str, host: str) -> tuple[bytes, bytes]:
    return app.keyring.fingerprint(f"account {person(name)}"), app.keyring.fingerprint(f"host {host}")
