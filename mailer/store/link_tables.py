"""The table of corrected links. Never queries."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field

from mailer.store.metadata import Row, metadata
from mailer.store.moments import Moment


class LinkCorrection(Row, table=True):
    """Where a link of a frozen letter led before somebody corrected it, and why; kept for ever."""

    __tablename__ = "link_correction"
    __table_args__: ClassVar[Any] = (ForeignKeyConstraint(["issue_id", "number"], ["link.issue_id", "link.number"]),)

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int
    number: int
    before: str
    after: str
    by: str
    reason: str
    at: datetime = Field(sa_type=Moment)


link_corrections = metadata.tables["link_correction"]
