"""The table of issues that are more than one of the usual letters of a list. Never queries."""

from datetime import datetime

from sqlmodel import Field

from mailer.store.metadata import Row, metadata
from mailer.store.moments import Moment


class IssueAim(Row, table=True):
    """A released issue that spares people, or that counts when others do; most issues have no row."""

    __tablename__ = "issue_aim"

    issue_id: int = Field(foreign_key="issue.id", primary_key=True, ondelete="CASCADE")
    leaves_at: datetime = Field(sa_type=Moment)
    exceptional: bool
    """It goes to people who did not ask, once a year."""
    solicitation: bool
    """It asks for something."""
    renewal: int | None
    """The year of membership that it asks for: who joins for it does not get it any more."""


issue_aims = metadata.tables["issue_aim"]
