"""The tables behind the archive: what is looked for in issues, issues of before this program, secret links. Never
queries."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from mailer.store.metadata import NEVER_REUSED, Row, metadata
from mailer.store.moments import Moment


class IssueText(Row, table=True):
    """What a frozen issue says, for those who look for a word, and how it presents itself elsewhere."""

    __tablename__ = "issue_text"

    issue_id: int = Field(foreign_key="issue.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    secret: bool
    """Shown behind the list's secret link."""
    summary: str = Field(sa_type=Text)
    card: str
    """The file under /media/ of its banner; empty without one."""
    words: str = Field(sa_type=Text)
    folded_title: str = Field(sa_type=Text)
    folded: str = Field(sa_type=Text)
    pdf: str | None
    """The file under /media/ that it was printed to."""


class OldIssue(Row, table=True):
    """An issue of before this program, taken in from a file: it was never sent from here."""

    __tablename__ = "old_issue"
    __table_args__: ClassVar[Any] = (UniqueConstraint("list_slug", "slug"),)

    id: int | None = Field(default=None, primary_key=True)
    list_slug: str
    slug: str
    subject: str
    released_at: datetime = Field(sa_type=Moment)
    imported_at: datetime = Field(sa_type=Moment)
    digest: str
    """sha256 of what it was made from: the same file is taken in once."""
    summary: str = Field(sa_type=Text)
    online: str = Field(sa_type=Text)
    words: str = Field(sa_type=Text)
    folded_title: str = Field(sa_type=Text)
    folded: str = Field(sa_type=Text)


class OldIssueAttachment(Row, table=True):
    """Which old issue shows which file."""

    __tablename__ = "old_issue_attachment"

    old_issue_id: int = Field(foreign_key="old_issue.id", primary_key=True)
    file_name: str = Field(foreign_key="attachment.file_name", primary_key=True, index=True)


class SecretLink(Row, table=True):
    """The secret link to a list's archive; a new one has a new id, and the old id is never given again."""

    __tablename__ = "secret_link"
    __table_args__: ClassVar[Any] = NEVER_REUSED

    id: int | None = Field(default=None, primary_key=True)
    list_slug: str = Field(unique=True)
    made_at: datetime = Field(sa_type=Moment)


issue_texts = metadata.tables["issue_text"]
old_issues = metadata.tables["old_issue"]
old_issue_attachments = metadata.tables["old_issue_attachment"]
secret_links = metadata.tables["secret_link"]
