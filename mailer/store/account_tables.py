"""The tables of the desk: accounts, what opens them, who is logged in, who did what. Never queries."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.types import JSON
from sqlmodel import Field

from mailer.store.metadata import NEVER_REUSED, Row, metadata
from mailer.store.moments import Moment


class Account(Row, table=True):
    """Somebody with keys to the desk."""

    __tablename__ = "account"
    __table_args__: ClassVar[Any] = NEVER_REUSED

    id: int | None = Field(default=None, primary_key=True)
    name: str
    person: str = Field(unique=True)
    """The name without case and accents: approvals count people by it."""
    email: str
    role: str
    until: date | None
    """Its last day."""
    password: str | None
    """Hashed with argon2id; None until the invitation was taken up."""
    code_seed: bytes | None = Field(sa_type=LargeBinary)
    """With the installation's key it makes the secret that the telephone holds, so that no backup tells it."""
    code_since: datetime | None = Field(sa_type=Moment)
    """From when on codes are asked for; None while the telephone was not tried."""
    code_step: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    """The half minute of the last code that was taken: none is taken twice."""
    made_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(sa_type=Moment)


class Invitation(Row, table=True):
    """A link by which somebody chooses a password, once."""

    __tablename__ = "invitation"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    hash: bytes = Field(sa_type=LargeBinary, unique=True)
    made_at: datetime = Field(sa_type=Moment)
    until: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(sa_type=Moment)


class RecoveryCode(Row, table=True):
    """Opens the second step once, when the telephone is lost."""

    __tablename__ = "recovery_code"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    hash: bytes = Field(sa_type=LargeBinary)
    used_at: datetime | None = Field(sa_type=Moment)


class Session(Row, table=True):
    """A browser that is logged in, or half way there."""

    __tablename__ = "session"

    id: int | None = Field(default=None, primary_key=True)
    hash: bytes = Field(sa_type=LargeBinary, unique=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    began_at: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)
    agent: str
    """What the browser calls itself, so that its owner recognises it."""
    second_step: bool
    """Whether a code was shown."""
    flash: list[Any] = Field(sa_type=JSON)
    """What the next page says first."""
    ended_at: datetime | None = Field(sa_type=Moment)


class Attempt(Row, table=True):
    """A wrong password or code; forgotten after a day."""

    __tablename__ = "attempt"
    __table_args__: ClassVar[Any] = (Index(None, "account_hash", "at"), Index(None, "host_hash", "at"))

    id: int | None = Field(default=None, primary_key=True)
    account_hash: bytes = Field(sa_type=LargeBinary)
    host_hash: bytes = Field(sa_type=LargeBinary)
    at: datetime = Field(sa_type=Moment)


class Audit(Row, table=True):
    """Somebody did something at the desk."""

    __tablename__ = "audit"
    __table_args__: ClassVar[Any] = (Index(None, "at"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Moment)
    account_id: int | None = Field(foreign_key="account.id", index=True)
    who: str
    action: str
    subject: str
    details: dict[str, Any] = Field(sa_type=JSON)


class Press(Row, table=True):
    """A button that was pressed: the same form sent twice acts once."""

    __tablename__ = "press"

    key: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=Moment)


accounts = metadata.tables["account"]
invitations = metadata.tables["invitation"]
recovery_codes = metadata.tables["recovery_code"]
sessions = metadata.tables["session"]
attempts = metadata.tables["attempt"]
audits = metadata.tables["audit"]
presses = metadata.tables["press"]
