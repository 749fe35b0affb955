"""The tables of joining: who asked, for what, in which words; the proof that is kept. Never queries."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, LargeBinary, Text, text
from sqlmodel import Field

from mailer.store.metadata import NEVER_REUSED, Row, metadata
from mailer.store.moments import Moment


class Request(Row, table=True):
    """Somebody asked for something at an address that may not be theirs; one open row an address and kind."""

    __tablename__ = "request"
    __table_args__: ClassVar[Any] = (
        Index(
            "ix_request_open",
            "fingerprint",
            "kind",
            unique=True,
            sqlite_where=text("confirmed_at IS NULL"),
            postgresql_where=text("confirmed_at IS NULL"),
        ),
        Index(
            "ix_request_waiting",
            "look_at",
            sqlite_where=text("look_at IS NOT NULL"),
            postgresql_where=text("look_at IS NOT NULL"),
        ),
        Index(None, "domain", "mailed_at"),
        Index(None, "asked_at"),
        Index(
            "ix_request_unanswered",
            "valid_until",
            sqlite_where=text("confirmed_at IS NULL"),
            postgresql_where=text("confirmed_at IS NULL"),
        ),
        NEVER_REUSED,
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    fingerprint: bytes = Field(sa_type=LargeBinary)
    address: str
    """Empty once it is not needed: the fingerprint stays, so that nobody is written to too often."""
    domain: str
    asked_at: datetime = Field(sa_type=Moment)
    """The latest asking."""
    look_at: datetime | None = Field(sa_type=Moment)
    """When to decide what is written; None where nothing is to be decided."""
    mails: int
    replied: str
    """What was written last: a reply of domain/joining.py, or nothing yet."""
    mailed_at: datetime | None = Field(sa_type=Moment)
    valid_until: datetime | None = Field(sa_type=Moment)
    reminded_at: datetime | None = Field(sa_type=Moment)
    confirmed_at: datetime | None = Field(sa_type=Moment)


class Requested(Row, table=True):
    """A list that was asked for, when, and in which words."""

    __tablename__ = "requested"

    request_id: int = Field(foreign_key="request.id", primary_key=True, ondelete="CASCADE")
    list_slug: str = Field(primary_key=True)
    title: str
    asked_at: datetime = Field(sa_type=Moment)
    version: str
    way: str
    origin: str
    measure_wanted: bool


class Wording(Row, table=True):
    """A text that forms of ours show or showed, by the name of exactly this text."""

    __tablename__ = "wording"

    version: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)
    first_used_at: datetime = Field(sa_type=Moment)


class Proof(Row, table=True):
    """Somebody asked for a list and confirmed it: what they were told, when, where."""

    __tablename__ = "proof"

    id: int | None = Field(default=None, primary_key=True)
    address_id: int = Field(foreign_key="address.id", index=True)
    list_slug: str
    title: str
    version: str
    way: str
    origin: str
    asked_at: datetime = Field(sa_type=Moment)
    confirmed_at: datetime = Field(sa_type=Moment)
    measure_wanted: bool


requests = metadata.tables["request"]
requested = metadata.tables["requested"]
wordings = metadata.tables["wording"]
proofs = metadata.tables["proof"]
