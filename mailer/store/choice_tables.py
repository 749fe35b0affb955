"""The tables of readers' own choices: rhythm, departures that can be undone, changes of address. Never queries."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Index, LargeBinary
from sqlalchemy.types import JSON
from sqlmodel import Field

from mailer.store.metadata import NEVER_REUSED, Row
from mailer.store.moments import Moment


class Choice(Row, table=True):
    """The rhythm that a mailbox asked for; no row where letters come as they come."""

    __tablename__ = "choice"

    address_id: int = Field(foreign_key="address.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    paused_until: datetime | None = Field(sa_type=Moment)
    monthly: bool
    """At most one letter in a calendar month."""
    changed_at: datetime = Field(sa_type=Moment)


class Leaving(Row, table=True):
    """One departure by a letter's link, with what it changed, so that exactly this can be undone."""

    __tablename__ = "leaving"
    __table_args__: ClassVar[Any] = NEVER_REUSED

    id: int | None = Field(default=None, primary_key=True)
    address_id: int = Field(foreign_key="address.id", index=True)
    delivery_id: int = Field(foreign_key="delivery.id")
    list_slug: str
    opposed: bool
    way: str
    at: datetime = Field(sa_type=Moment)
    before: dict[str, Any] = Field(sa_type=JSON)
    undone_at: datetime | None = Field(sa_type=Moment)
    reason_said: bool


class LeavingReason(Row, table=True):
    """Why somebody left: the day and the list, and nothing that leads to a person."""

    __tablename__ = "leaving_reason"
    __table_args__: ClassVar[Any] = (Index(None, "list_slug", "day"),)

    id: int | None = Field(default=None, primary_key=True)
    list_slug: str
    day: date
    reason: str
    words: str


class Move(Row, table=True):
    """A change of address: asked for, confirmed at the new one, undone from the old one."""

    __tablename__ = "move"
    __table_args__: ClassVar[Any] = (
        Index(None, "from_address_id", "state"),
        Index(None, "wanted_fingerprint", "asked_at"),
        NEVER_REUSED,
    )

    id: int | None = Field(default=None, primary_key=True)
    from_address_id: int = Field(foreign_key="address.id")
    contact_id: int | None
    """Of a mailbox that several share, the one who moves; None: all of them."""
    wanted: str
    """The new address as it was typed; empty once it has a row of its own, or the request ended."""
    wanted_fingerprint: bytes = Field(sa_type=LargeBinary)
    to_address_id: int | None = Field(foreign_key="address.id", index=True)
    state: str
    asked_at: datetime = Field(sa_type=Moment)
    confirmed_at: datetime | None = Field(sa_type=Moment)
    ended_at: datetime | None = Field(sa_type=Moment)
    moved: dict[str, Any] = Field(sa_type=JSON)
    """The ids of what moved, so that exactly this goes back."""


class DataRequest(Row, table=True):
    """A link to one's own data, mailed to the address itself."""

    __tablename__ = "data_request"
    __table_args__: ClassVar[Any] = NEVER_REUSED

    id: int | None = Field(default=None, primary_key=True)
    address_id: int = Field(foreign_key="address.id", index=True)
    asked_at: datetime = Field(sa_type=Moment)
