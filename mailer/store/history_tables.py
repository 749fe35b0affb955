"""The tables of what editors write: each text that an issue had, and what somebody has not saved yet. Never queries."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, Text
from sqlalchemy.types import JSON
from sqlmodel import Field

from mailer.store.metadata import NEVER_REUSED, Row
from mailer.store.moments import Moment


class EarlierText(Row, table=True):
    """One text that an issue.md had; the file is the truth, this is what it was before."""

    __tablename__ = "earlier_text"
    __table_args__: ClassVar[Any] = (Index(None, "issue", "version"), NEVER_REUSED)

    id: int | None = Field(default=None, primary_key=True)
    issue: str
    """`campaign/slug`: an issue has a text long before it has a row of its own."""
    version: str
    """The sha256 of the file."""
    text: str = Field(sa_type=Text)
    who: str
    """The account's name; empty where the file was written outside the desk."""
    at: datetime = Field(sa_type=Moment)


class UnsavedText(Row, table=True):
    """What somebody was writing when it was last kept; one a person and issue, gone once it is saved."""

    __tablename__ = "unsaved_text"

    issue: str = Field(primary_key=True)
    who: str = Field(primary_key=True)
    version: str
    """Of the file that it was begun from."""
    written: dict[str, Any] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=Moment)
