"""Who has keys to the desk: invited, changed, ended, let in by a link. Sends nothing, it only queues."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from mailer.app import App
from mailer.app.readers import about_us
from mailer.domain.accounts import INVITED_FOR, Role, why_weak
from mailer.domain.addresses import read_address
from mailer.domain.notices import NoticeKind
from mailer.errors import BadToken, NotFound, Refused
from mailer.language import N_, day, say
from mailer.services.accounts import passwords
from mailer.services.accounts.entering import hash_of, may_enter, open_session
from mailer.store import accounts, audit, notices, sessions
from mailer.store.accounts import AccountRow
from mailer.store.audit import AuditRow
from mailer.store.database import Connection

NO_NAME = N_("Say the person's name, as colleagues know it.")
KNOWN = N_('There is an account called "{name}" already. Names of people at the desk are different.')
NOBODY = N_('Nobody at the desk is called "{name}". See: mailer user list')
SPENT = N_("This link was used already, or it is too old. Ask an administrator for a new one.")
LAST_ADMIN = N_("{name} is the last administrator. Give somebody else that role first.")
LINES = 100
TERMINAL = "mailer user"
"""Who acts, where it is whoever sits at the terminal."""


@dataclass(frozen=True)
class Invited:
    """An account that waits for its owner to choose a password."""

    name: str
    link: str
    until: datetime
    mailed: bool


def add(
    app: App, name: str, role: Role, now: datetime, *, email: str = "", until: date | None = None, by: str = TERMINAL
) -> Invited:
    """A new account, and the link by which its owner chooses a password; mailed too where an address is given."""
    name = " ".join(name.split())
    if not name:
        raise Refused(NO_NAME)
    email = read_address(email).written if email else ""
    with app.database.transaction() as tx:
        account_id = accounts.add(tx, name, email, role, until, now)
        if account_id is None:
            raise Refused(KNOWN, name=name)
        audit.note(tx, account_id, by, "account_added", name, now, {"role": role.value})
        return _invite(app, tx, found(tx, name), now)


def reset(app: App, name: str, now: datetime, *, code: bool = False, by: str = TERMINAL) -> Invited:
    """A new link to a new password: until then nobody enters by the account. The telephone stays, unless `code`."""
    with app.database.transaction() as tx:
        account = found(tx, name)
        accounts.set_password(tx, account.id, None)
        sessions.end_all(tx, account.id, now)
        if code:
            accounts.set_code(tx, account.id, None, None)
            accounts.set_recovery_codes(tx, account.id, (), now)
        audit.note(tx, account.id, by, "account_reset", account.name, now, {"code": code})
        return _invite(app, tx, account, now)


def end(app: App, name: str, now: datetime, *, by: str = TERMINAL) -> AccountRow:
    """Nobody enters by the account any more; what its owner did stays written down."""
    with app.database.transaction() as tx:
        account = found(tx, name)
        _refuse_last_admin(app, tx, account, now)
        accounts.end(tx, account.id, now)
        accounts.spend_invitations(tx, account.id, now)
        sessions.end_all(tx, account.id, now)
        audit.note(tx, account.id, by, "account_ended", account.name, now)
    return account


def change(
    app: App, name: str, role: Role, until: date | None, email: str, now: datetime, *, by: str = TERMINAL
) -> AccountRow:
    """Another role, another last day, another address; it holds from the next page on. Raises Refused."""
    email = read_address(email).written if email else ""
    with app.database.transaction() as tx:
        account = found(tx, name)
        if role is not Role.ADMIN or (until is not None and until != account.until):
            _refuse_last_admin(app, tx, account, now)
        accounts.change(tx, account.id, role, until, email)
        details = {"role": role.value, "until": until.isoformat() if until else ""}
        audit.note(tx, account.id, by, "account_changed", account.name, now, details)
        return found(tx, account.name)


def every(app: App) -> list[AccountRow]:
    """All accounts, ended ones too."""
    with app.database.reading() as tx:
        return accounts.every(tx)


def look(app: App, token: str, now: datetime) -> AccountRow:
    """Whose link that is. Changes nothing. Raises BadToken."""
    with app.database.reading() as tx:
        return _invited(app, tx, token, now)


def accept(app: App, token: str, password: str, agent: str, now: datetime) -> str:
    """The link is used up, its owner has a password and is in: the session's secret. Raises BadToken or Refused."""
    account = look(app, token, now)
    refuse_weak(account, password)
    stored = passwords.hashed(password)
    with app.database.transaction() as tx:
        account = _invited(app, tx, token, now)
        accounts.set_password(tx, account.id, stored)
        accounts.spend_invitations(tx, account.id, now)
        sessions.end_all(tx, account.id, now)
        audit.note(tx, account.id, account.name, "password_set", account.name, now)
        return open_session(tx, account.id, agent, now)


def refuse_weak(account: AccountRow, password: str) -> None:
    """Raises Refused for a password that is guessed too soon."""
    weak = why_weak(password, (account.name, account.email.partition("@")[0]))
    if weak is not None:
        sentence, values = weak
        raise Refused(sentence, **values)


def found(tx: Connection, name: str) -> AccountRow:
    """The account of that name. Raises NotFound."""
    account = accounts.named(tx, name)
    if account is None:
        raise NotFound(NOBODY, name=name)
    return account


def lines(app: App, before: int | None = None, subject: str | None = None) -> list[AuditRow]:
    """Who did what, the newest first, a page at a time."""
    with app.database.reading() as tx:
        return audit.latest(tx, LINES, before, subject)


def _invite(app: App, tx: Connection, account: AccountRow, now: datetime) -> Invited:
    token, until = secrets.token_urlsafe(24), now + INVITED_FOR
    accounts.invite(tx, account.id, hash_of(token), now, until)
    link = f"{app.config.public_url}/desk/invitation/{token}"
    mailed = bool(account.email) and notices.queue(
        tx, NoticeKind.INVITATION, f"invitation {token[:8]}", account.email, _content(app, account, link, until), now
    )
    return Invited(account.name, link, until, mailed)


def _content(app: App, account: AccountRow, link: str, until: datetime) -> dict[str, object]:
    language = app.config.language
    last = day(language, until.astimezone(app.config.zone).date())
    return {"name": account.name, "role": say(language, account.role), "link": link, "until": last, **about_us(app)}


def _invited(app: App, tx: Connection, token: str, now: datetime) -> AccountRow:
    link = accounts.invitation(tx, hash_of(token))
    account = accounts.find(tx, link.account_id) if link else None
    if link is None or account is None or link.used_at is not None or link.until <= now:
        raise BadToken(SPENT)
    if not may_enter(app, account, now):
        raise BadToken(SPENT)
    return account


def _refuse_last_admin(app: App, tx: Connection, account: AccountRow, now: datetime) -> None:
    who_can = [
        one for one in accounts.every(tx) if one.role is Role.ADMIN and one.has_password and may_enter(app, one, now)
    ]
    if [one.id for one in who_can] == [account.id]:
        raise Refused(LAST_ADMIN, name=account.name)
