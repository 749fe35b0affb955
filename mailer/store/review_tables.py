"""The tables of readings before a letter leaves: links, who read, what they said beside which block. Never queries."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from mailer.store.metadata import Row, metadata
from mailer.store.moments import Moment


class ReviewLink(Row, table=True):
    """A link by which anyone who has it reads an issue before it leaves, without an account."""

    __tablename__ = "review_link"

    id: int | None = Field(default=None, primary_key=True)
    issue: str = Field(index=True)
    hash: bytes = Field(sa_type=LargeBinary, unique=True)
    made_by: str
    made_at: datetime = Field(sa_type=Moment)
    until: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(sa_type=Moment)


class Review(Row, table=True):
    """Somebody said that they read an issue; saying it again of a later text replaces it."""

    __tablename__ = "review"
    __table_args__: ClassVar[Any] = (UniqueConstraint("issue", "person"),)

    id: int | None = Field(default=None, primary_key=True)
    issue: str
    who: str
    person: str
    """The name without case and accents."""
    digest: str
    """Of what they read."""
    at: datetime = Field(sa_type=Moment)


class Comment(Row, table=True):
    """What somebody said beside a block."""

    __tablename__ = "comment"
    __table_args__: ClassVar[Any] = (Index(None, "issue", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    issue: str
    block: int
    """Its place in the issue, from 1; 0 for the letter as a whole."""
    about: str
    """What stood there: blocks move."""
    who: str
    words: str
    at: datetime = Field(sa_type=Moment)
    settled_at: datetime | None = Field(sa_type=Moment)
    settled_by: str | None


review_links = metadata.tables["review_link"]
reviews = metadata.tables["review"]
comments = metadata.tables["comment"]
