"""The tables of how long people are kept: who was heard, who was asked. Never queries."""

from datetime import datetime
from typing import Any, ClassVar

from sqlmodel import Field

from mailer.store.metadata import NEVER_REUSED, Row
from mailer.store.moments import Moment


class Heard(Row, table=True):
    """When an address was last heard of in a way that no other table tells: a reply, a « keep me »."""

    __tablename__ = "heard"

    address_id: int = Field(foreign_key="address.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    way: str
    at: datetime = Field(sa_type=Moment)


class Question(Row, table=True):
    """One question whether we may keep an address; its notice bears its number."""

    __tablename__ = "question"
    __table_args__: ClassVar[Any] = NEVER_REUSED

    id: int | None = Field(default=None, primary_key=True)
    address_id: int = Field(foreign_key="address.id", index=True)
    asked_at: datetime = Field(sa_type=Moment)
    answered_at: datetime | None = Field(sa_type=Moment)
    """When they were heard again: by the answer, or in any other way."""
