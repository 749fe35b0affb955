"""Accounts of the desk and what opens them: rows read and written. Decides nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from mailer.domain.accounts import Role
from mailer.domain.approvals import person
from mailer.store.account_tables import accounts, invitations, recovery_codes


@dataclass(frozen=True)
class AccountRow:
    """An account as it is stored, without its password."""

    id: int
    name: str
    email: str
    role: Role
    until: date | None
    has_password: bool
    code_seed: bytes | None
    code_since: datetime | None
    code_step: int
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class InvitationRow:
    """A link to a new password."""

    id: int
    account_id: int
    until: datetime
    used_at: datetime | None


def add(tx: Connection, name: str, email: str, role: Role, until: date | None, now: datetime) -> int | None:
    """A new account; None where somebody of that name has one."""
    if tx.execute(select(accounts.c.id).where(accounts.c.person == person(name))).first():
        return None
    row = {"name": name, "person": person(name), "email": email, "role": role.value, "until": until, "made_at": now}
    made = tx.execute(insert(accounts).values(row).returning(accounts.c.id))
    return int(made.scalar_one())


def find(tx: Connection, account_id: int) -> AccountRow | None:
    """The account of that number."""
    return _first(tx, accounts.c.id == account_id)


def named(tx: Connection, name_or_email: str) -> AccountRow | None:
    """Whoever calls themselves so: by name, or by an address that only one account has."""
    found = _first(tx, accounts.c.person == person(name_or_email))
    if found is not None or "@" not in name_or_email:
        return found
    theirs = tx.execute(_rows().where(func.lower(accounts.c.email) == name_or_email.strip().lower())).all()
    return _row(theirs[0]) if len(theirs) == 1 else None


def every(tx: Connection) -> list[AccountRow]:
    """All of them, by name."""
    return [_row(row) for row in tx.execute(_rows().order_by(accounts.c.person))]


def password_of(tx: Connection, account_id: int) -> str | None:
    """The hash of its password."""
    found: str | None = tx.execute(select(accounts.c.password).where(accounts.c.id == account_id)).scalar_one_or_none()
    return found


def set_password(tx: Connection, account_id: int, hashed: str | None) -> None:
    """From now on this one opens it; None: nothing does."""
    tx.execute(update(accounts).where(accounts.c.id == account_id).values(password=hashed))


def change(tx: Connection, account_id: int, role: Role, until: date | None, email: str) -> None:
    """What it may do, until when, and where its mail goes."""
    values = {"role": role.value, "until": until, "email": email}
    tx.execute(update(accounts).where(accounts.c.id == account_id).values(values))


def end(tx: Connection, account_id: int, now: datetime | None) -> None:
    """Nobody enters by it any more; None opens it again."""
    tx.execute(update(accounts).where(accounts.c.id == account_id).values(ended_at=now))


def set_code(tx: Connection, account_id: int, seed: bytes | None, since: datetime | None) -> None:
    """What the telephone's codes are made from, and since when they are asked for."""
    tx.execute(
        update(accounts).where(accounts.c.id == account_id).values(code_seed=seed, code_since=since, code_step=0)
    )


def take_step(tx: Connection, account_id: int, step: int) -> bool:
    """A code's half minute is used up. False where it was before."""
    unused = update(accounts).where(accounts.c.id == account_id, accounts.c.code_step < step)
    return tx.execute(unused.values(code_step=step)).rowcount == 1


def invite(tx: Connection, account_id: int, hashed: bytes, now: datetime, until: datetime) -> None:
    """A new link; earlier ones work no more."""
    spend_invitations(tx, account_id, now)
    row = {"account_id": account_id, "hash": hashed, "made_at": now, "until": until}
    tx.execute(insert(invitations).values(row))


def invitation(tx: Connection, hashed: bytes) -> InvitationRow | None:
    """The link of that hash."""
    columns = (invitations.c[name] for name in InvitationRow.__dataclass_fields__)
    row = tx.execute(select(*columns).where(invitations.c.hash == hashed)).first()
    return InvitationRow(*row) if row else None


def spend_invitations(tx: Connection, account_id: int, now: datetime) -> int:
    """No link of the account works any more; how many did."""
    open_ones = update(invitations).where(invitations.c.account_id == account_id, invitations.c.used_at.is_(None))
    return tx.execute(open_ones.values(used_at=now)).rowcount


def set_recovery_codes(tx: Connection, account_id: int, hashes: Iterable[bytes], now: datetime) -> None:
    """These, and none of those before."""
    unused = recovery_codes.c.used_at.is_(None)
    tx.execute(update(recovery_codes).where(recovery_codes.c.account_id == account_id, unused).values(used_at=now))
    rows = [{"account_id": account_id, "hash": hashed} for hashed in hashes]
    if rows:
        tx.execute(insert(recovery_codes), rows)


def spend_recovery_code(tx: Connection, account_id: int, hashed: bytes, now: datetime) -> bool:
    """Whether it was one, and unused until now."""
    mine = (recovery_codes.c.account_id == account_id, recovery_codes.c.hash == hashed)
    spent = update(recovery_codes).where(*mine, recovery_codes.c.used_at.is_(None)).values(used_at=now)
    return tx.execute(spent).rowcount == 1


def recovery_codes_left(tx: Connection, account_id: int) -> int:
    """How many still work."""
    mine = (recovery_codes.c.account_id == account_id, recovery_codes.c.used_at.is_(None))
    return int(tx.execute(select(func.count()).select_from(recovery_codes).where(*mine)).scalar_one())


def _rows() -> Select[Any]:
    has_password = accounts.c.password.is_not(None).label("has_password")
    names = AccountRow.__dataclass_fields__
    return select(*(has_password if name == "has_password" else accounts.c[name] for name in names))


def _first(tx: Connection, where: ColumnElement[bool]) -> AccountRow | None:
    row = tx.execute(_rows().where(where)).first()
    return _row(row) if row else None


def _row(row: Any) -> AccountRow:
    values = row._asdict()
    return AccountRow(**{**values, "role": Role(values["role"])})
