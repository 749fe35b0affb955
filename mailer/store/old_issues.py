"""Issues of before this program, as they were taken in from files. Shows nothing: that is `archive`'s."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from mailer.domain.letters import Attachment
from mailer.domain.pages import words_in
from mailer.domain.search import fold
from mailer.store import attachments
from mailer.store.archive_tables import old_issue_attachments, old_issues
from mailer.store.tables import issues


@dataclass(frozen=True)
class OldIssueRow:
    """An old issue to be kept."""

    list_slug: str
    slug: str
    subject: str
    released_at: datetime
    digest: str
    summary: str
    online: str
    attachments: Sequence[Attachment]


def known(tx: Connection, list_slug: str) -> dict[str, str]:
    """The digest of each old issue of a list, by slug."""
    found = select(old_issues.c.slug, old_issues.c.digest).where(old_issues.c.list_slug == list_slug)
    return {row.slug: row.digest for row in tx.execute(found)}


def taken(tx: Connection, list_slug: str) -> set[str]:
    """The slugs that issues of our own have on a list."""
    return set(tx.execute(select(issues.c.slug).where(issues.c.list_slug == list_slug)).scalars())


def keep(tx: Connection, row: OldIssueRow, now: datetime) -> None:
    """Keeps an old issue, in place of the one with the same slug."""
    words = words_in(row.online)
    values = {
        "subject": row.subject,
        "released_at": row.released_at,
        "imported_at": now,
        "digest": row.digest,
        "summary": row.summary,
        "online": row.online,
        "words": words,
        "folded_title": fold(row.subject),
        "folded": fold(words),
    }
    here = (old_issues.c.list_slug == row.list_slug, old_issues.c.slug == row.slug)
    number = tx.execute(select(old_issues.c.id).where(*here)).scalar_one_or_none()
    if number is None:
        made = insert(old_issues).values(list_slug=row.list_slug, slug=row.slug, **values)
        number = int(tx.execute(made.returning(old_issues.c.id)).scalar_one())
    else:
        tx.execute(update(old_issues).where(*here).values(values))
        tx.execute(delete(old_issue_attachments).where(old_issue_attachments.c.old_issue_id == number))
    for file in {file.file_name: file for file in row.attachments}.values():
        attachments.store(tx, file)
        tx.execute(insert(old_issue_attachments).values(old_issue_id=number, file_name=file.file_name))
