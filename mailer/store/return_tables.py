"""The table of what came back from mailboxes. Never queries."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, Text
from sqlmodel import Field

from mailer.store.metadata import Row
from mailer.store.moments import Moment


class Retry(Row, table=True):
    """A person's word that an address is written to again, and why."""

    __tablename__ = "retried"

    id: int | None = Field(default=None, primary_key=True)
    address_id: int = Field(foreign_key="address.id", index=True)
    reason: str
    """Why it had not been written to."""
    why: str
    at: datetime = Field(sa_type=Moment)


class Return(Row, table=True):
    """One verdict of one returned message; of the message itself, headers and the fields of its report."""

    __tablename__ = "returned"
    __table_args__: ClassVar[Any] = (Index(None, "kind", "arrived_at"),)

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    """Of the message and its recipient: the same message read twice is one."""
    arrived_at: datetime = Field(sa_type=Moment)
    kind: str
    cause: str | None
    """Why the letter did not arrive (mailer/domain/bounces/wording.py)."""
    status: str
    recipient: str
    words: str
    known_by: str
    """How its letter was recognised: token, message, address; or why it was not."""
    delivery_id: int | None = Field(foreign_key="delivery.id", index=True)
    address_id: int | None = Field(foreign_key="address.id", index=True)
    family: int
    counted: bool
    """The first news of this letter's failure: later ones say the same."""
    action: str
    forgiven_at: datetime | None = Field(sa_type=Moment)
    """A person had the address tried again."""
    copy_text: str = Field(sa_type=Text)
