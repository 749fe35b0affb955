"""What an account's owner does with it: the telephone, the password, the browsers that are logged in."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.errors import Refused
from mailer.language import N_
from mailer.services.accounts import codes, passwords
from mailer.services.accounts.codes import Enrolment
from mailer.services.accounts.entering import Visitor, hash_of, new_token, note_failure, refuse_too_many
from mailer.services.accounts.inviting import refuse_weak
from mailer.store import accounts, audit, sessions
from mailer.store.accounts import AccountRow
from mailer.store.database import Connection
from mailer.store.sessions import SessionRow

HAS_CODE = N_("Your telephone is set up already. If you lost it, an administrator makes you a new link.")
NOT_THE_CODE = N_("That is not the code that your telephone shows now. Check its clock, and type the next one.")
NOT_YOUR_PASSWORD = N_("That is not your present password. Nothing was changed.")
SEED_BYTES = 16


@dataclass(frozen=True)
class Confirmed:
    """The telephone works: the session's new secret, and the codes to print, which nobody will see again."""

    session: str
    codes: tuple[str, ...]


def begin_code(app: App, visitor: Visitor) -> Enrolment:
    """What the telephone needs; the same until a code of it was typed. Raises Refused where one is set up."""
    with app.database.transaction() as tx:
        account = _own(tx, visitor)
        if account.code_since is not None:
            raise Refused(HAS_CODE)
        seed = account.code_seed or secrets.token_bytes(SEED_BYTES)
        if account.code_seed is None:
            accounts.set_code(tx, account.id, seed, None)
    return codes.enrolment(app, account, seed)


def confirm_code(app: App, visitor: Visitor, code: str, now: datetime) -> Confirmed:
    """The telephone showed the right code: from now on one is asked for, and this browser is in. Raises Refused."""
    kept, token = codes.new_codes(), new_token()
    with app.database.transaction() as tx:
        account = _own(tx, visitor)
        if account.code_since is not None or account.code_seed is None:
            raise Refused(HAS_CODE)
        step = codes.step_of(app, account.code_seed, code, now)
        if step is None:
            raise Refused(NOT_THE_CODE)
        accounts.set_code(tx, account.id, account.code_seed, now)
        accounts.take_step(tx, account.id, step)
        accounts.set_recovery_codes(tx, account.id, map(codes.hash_of_code, kept), now)
        sessions.end_all(tx, account.id, now, but=visitor.session.id)
        sessions.pass_second_step(tx, visitor.session.id, hash_of(token))
        audit.note(tx, account.id, account.name, "code_set", account.name, now)
    return Confirmed(token, tuple(kept))


def change_password(app: App, visitor: Visitor, present: str, wanted: str, host: str, now: datetime) -> int:
    """Another password; every other browser is logged out: how many. Raises Refused."""
    refuse_weak(visitor.account, wanted)
    with app.database.reading() as tx:
        stored = accounts.password_of(tx, visitor.account.id)
        refuse_too_many(app, tx, visitor.account.name, host, now)
    if not passwords.is_right(stored, present):
        note_failure(app, visitor.account.name, host, now)
        raise Refused(NOT_YOUR_PASSWORD)
    hashed = passwords.hashed(wanted)
    with app.database.transaction() as tx:
        accounts.set_password(tx, visitor.account.id, hashed)
        audit.note(tx, visitor.account.id, visitor.account.name, "password_set", visitor.account.name, now)
        return sessions.end_all(tx, visitor.account.id, now, but=visitor.session.id)


def end_others(app: App, visitor: Visitor, now: datetime) -> int:
    """Every browser but this one is logged out; how many."""
    with app.database.transaction() as tx:
        return sessions.end_all(tx, visitor.account.id, now, but=visitor.session.id)


def browsers(app: App, visitor: Visitor) -> tuple[list[SessionRow], int]:
    """Where the account is logged in, and how many printed codes are left."""
    with app.database.reading() as tx:
        return sessions.of_account(tx, visitor.account.id), accounts.recovery_codes_left(tx, visitor.account.id)


def _own(tx: Connection, visitor: Visitor) -> AccountRow:
    account = accounts.find(tx, visitor.account.id)
    return account or visitor.account
