"""What the web shows of released issues and of those of before this program, from the moment that each is published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    String,
    Subquery,
    delete,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from mailer.domain.issues import IssueState
from mailer.domain.letters import FrozenLetter
from mailer.domain.pages import words_in
from mailer.domain.search import fold
from mailer.store.archive_tables import issue_texts, old_issues, secret_links
from mailer.store.tables import issue_attachments, issues


@dataclass(frozen=True)
class ArchivedRow:
    """An issue as the archive lists it."""

    list_slug: str
    slug: str
    title: str
    number: str
    subject: str
    released_at: datetime
    summary: str
    card: str
    pdf: str | None


@dataclass(frozen=True)
class FoundRow(ArchivedRow):
    """An issue in which all words were found, with what it says."""

    words: str
    folded_title: str


@dataclass(frozen=True)
class Readable:
    """Which issues somebody may read: of these lists, with those behind a secret link or without."""

    lists: tuple[str, ...]
    now: datetime
    secret: bool = False


def online(tx: Connection, readable: Readable, slug: str) -> str | None:
    """The web page of an issue that the archive shows; of two campaigns with the same slug, the newest."""
    shown = _shown(readable)
    found = _newest(shown, shown.c.online).where(shown.c.slug == slug)
    page: str | None = tx.execute(found.limit(1)).scalar_one_or_none()
    return page


def released(tx: Connection, readable: Readable, limit: int | None = None) -> list[ArchivedRow]:
    """The archive, newest first."""
    shown = _shown(readable)
    return [
        ArchivedRow(**row._asdict()) for row in tx.execute(_newest(shown, *_columns(shown, ArchivedRow)).limit(limit))
    ]


def latest(tx: Connection, campaign: str, now: datetime) -> ArchivedRow | None:
    """The newest issue of a campaign that the public archive shows."""
    found = _frozen(now).where(issues.c.archived, issues.c.campaign == campaign).subquery()
    row = tx.execute(_newest(found, *_columns(found, ArchivedRow)).limit(1)).one_or_none()
    return None if row is None else ArchivedRow(**row._asdict())


def search(tx: Connection, readable: Readable, words: Sequence[str], limit: int) -> list[FoundRow]:
    """Issues that hold each of the folded words, newest first."""
    shown = _shown(readable)
    found = _newest(shown, *_columns(shown, FoundRow)).where(
        *(
            or_(
                shown.c.folded_title.contains(f" {word}", autoescape=True),
                shown.c.folded.contains(f" {word}", autoescape=True),
            )
            for word in words
        )
    )
    return [FoundRow(**row._asdict()) for row in tx.execute(found.limit(limit))]


def describe(tx: Connection, issue_id: int, letter: FrozenLetter, *, secret: bool) -> None:
    """What a frozen issue says, for those who will look for a word in it."""
    words = words_in(letter.online)
    values = {
        "secret": secret,
        "summary": letter.summary,
        "card": letter.card,
        "words": words,
        "folded_title": fold(f"{letter.subject} {letter.title} {letter.number}"),
        "folded": fold(words),
        "pdf": None,
    }
    tx.execute(delete(issue_texts).where(issue_texts.c.issue_id == issue_id))
    tx.execute(insert(issue_texts).values(issue_id=issue_id, **values))


def keep_pdf(tx: Connection, issue_id: int, file_name: str) -> None:
    """The issue can be had as this file, which is among the attachments."""
    before = select(issue_texts.c.pdf).where(issue_texts.c.issue_id == issue_id)
    for name in {tx.execute(before).scalar_one_or_none(), file_name}:
        tx.execute(delete(issue_attachments).where(*_attached(issue_id, name or "")))
    tx.execute(update(issue_texts).where(issue_texts.c.issue_id == issue_id).values(pdf=file_name))
    tx.execute(insert(issue_attachments).values(issue_id=issue_id, file_name=file_name))


def frozen_page(tx: Connection, name: str) -> tuple[int, str] | None:
    """The number and the web page of a frozen issue, released or not, public or not."""
    found = tx.execute(select(issues.c.id, issues.c.online).where(issues.c.name == name)).one_or_none()
    return None if found is None else (found.id, found.online)


def secret_id(tx: Connection, list_slug: str) -> int | None:
    """The id in the secret link of a list; None where none was made."""
    found = select(secret_links.c.id).where(secret_links.c.list_slug == list_slug)
    number: int | None = tx.execute(found).scalar_one_or_none()
    return number


def secret_list(tx: Connection, number: int) -> str | None:
    """The list that a secret link with this id opens; None where it was replaced."""
    found = select(secret_links.c.list_slug).where(secret_links.c.id == number)
    slug: str | None = tx.execute(found).scalar_one_or_none()
    return slug


def new_secret(tx: Connection, list_slug: str, now: datetime) -> int:
    """Another id for the list's secret link: the one before opens nothing any more."""
    tx.execute(delete(secret_links).where(secret_links.c.list_slug == list_slug))
    made = insert(secret_links).values(list_slug=list_slug, made_at=now).returning(secret_links.c.id)
    return int(tx.execute(made).scalar_one())


def _attached(issue_id: int, file_name: str) -> tuple[Any, ...]:
    return (issue_attachments.c.issue_id == issue_id, issue_attachments.c.file_name == file_name)


def _shown(readable: Readable) -> Subquery:
    """Issues that may be read: out, due, past their embargo; with them, those of before this program."""
    visible = or_(issues.c.archived, issue_texts.c.secret) if readable.secret else issues.c.archived
    ours = _frozen(readable.now).where(visible, issues.c.list_slug.in_(readable.lists))
    before = _OLD.where(old_issues.c.list_slug.in_(readable.lists), old_issues.c.released_at <= readable.now)
    return union_all(ours, before).subquery("shown")


def _frozen(now: datetime) -> Select[Any]:
    out = (issues.c.published_at <= now, issues.c.state != IssueState.CANCELLED.value)
    return _ISSUE.where(*out)


def _newest(shown: Subquery, *columns: Any) -> Select[Any]:
    return select(*columns).order_by(shown.c.released_at.desc(), shown.c.age, shown.c.id.desc())


def _columns(shown: Subquery, row: type[ArchivedRow]) -> list[Any]:
    return [shown.c[name] for name in row.__dataclass_fields__]


_NOTHING = literal("", String)
_ISSUE: Select[Any] = select(
    issues.c.id,
    literal(0).label("age"),
    issues.c.list_slug,
    issues.c.slug,
    issues.c.title,
    issues.c.number,
    issues.c.subject,
    issues.c.released_at,
    issues.c.online,
    issue_texts.c.summary,
    issue_texts.c.card,
    issue_texts.c.pdf,
    issue_texts.c.words,
    issue_texts.c.folded_title,
    issue_texts.c.folded,
).join(issue_texts, issue_texts.c.issue_id == issues.c.id)
_OLD: Select[Any] = select(
    old_issues.c.id,
    literal(1).label("age"),
    old_issues.c.list_slug,
    old_issues.c.slug,
    old_issues.c.subject.label("title"),
    _NOTHING.label("number"),
    old_issues.c.subject,
    old_issues.c.released_at,
    old_issues.c.online,
    old_issues.c.summary,
    _NOTHING.label("card"),
    null().label("pdf"),
    old_issues.c.words,
    old_issues.c.folded_title,
    old_issues.c.folded,
)
