"""The table of readers' words about being measured. Never queries."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from mailer.store.metadata import Row
from mailer.store.moments import Moment


class MeasureChoice(Row, table=True):
    """A yes or a no, as it was given: the latest of an address and list holds, the others are its proof."""

    __tablename__ = "measure_choice"
    __table_args__: ClassVar[Any] = (Index(None, "address_id", "list_slug", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    address_id: int = Field(foreign_key="address.id", ondelete="CASCADE")
    list_slug: str
    allowed: bool
    wording: str
    """The sentence as the reader saw it."""
    version: str
    way: str
    at: datetime = Field(sa_type=Moment)
