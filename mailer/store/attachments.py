"""Files under /media/, named by their content: kept once, however many issues show them."""

from sqlalchemy import Connection, delete, select

from mailer.domain.letters import Attachment
from mailer.store.archive_tables import old_issue_attachments
from mailer.store.sql import run
from mailer.store.tables import attachments, issue_attachments


def store(tx: Connection, file: Attachment) -> None:
    """Keeps a file; two issues that show the same image share one row."""
    run(tx, _STORE, file_name=file.file_name, media_type=file.media_type, content=file.content)


def find(tx: Connection, file_name: str) -> tuple[str, bytes] | None:
    """The media type and content of a file under /media/."""
    columns = (attachments.c.media_type, attachments.c.content)
    found = tx.execute(select(*columns).where(attachments.c.file_name == file_name)).one_or_none()
    return None if found is None else (found.media_type, found.content)


def of_issue(tx: Connection, issue_id: int) -> dict[str, tuple[str, bytes]]:
    """The files that a frozen issue shows, by name, each with its media type."""
    found = (
        select(attachments.c.file_name, attachments.c.media_type, attachments.c.content)
        .join(issue_attachments, issue_attachments.c.file_name == attachments.c.file_name)
        .where(issue_attachments.c.issue_id == issue_id)
    )
    return {row.file_name: (row.media_type, row.content) for row in tx.execute(found)}


def forget_unused(tx: Connection) -> None:
    """Files that no issue shows any more."""
    unused = attachments.c.file_name.not_in(select(issue_attachments.c.file_name))
    unseen = attachments.c.file_name.not_in(select(old_issue_attachments.c.file_name))
    tx.execute(delete(attachments).where(unused, unseen))


_STORE = """INSERT INTO attachment (file_name, media_type, content)
VALUES (:file_name, :media_type, :content) ON CONFLICT DO NOTHING"""
