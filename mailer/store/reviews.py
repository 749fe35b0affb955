"""Readings before a letter leaves: links, who read, comments. Decides nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from mailer.domain.approvals import person
from mailer.store.review_tables import comments, review_links, reviews
from mailer.store.sql import run


@dataclass(frozen=True)
class ReviewLinkRow:
    """A link to an issue before it leaves."""

    id: int
    issue: str
    made_by: str
    made_at: datetime
    until: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class ReviewRow:
    """Somebody read an issue."""

    who: str
    digest: str
    at: datetime


@dataclass(frozen=True)
class CommentRow:
    """What somebody said beside a block."""

    id: int
    block: int
    about: str
    who: str
    words: str
    at: datetime
    settled_at: datetime | None
    settled_by: str | None


def add_link(tx: Connection, issue: str, hashed: bytes, made_by: str, now: datetime, until: datetime) -> None:
    """Whoever shows what hashes so may read the issue."""
    row = {"issue": issue, "hash": hashed, "made_by": made_by, "made_at": now, "until": until}
    tx.execute(insert(review_links).values(row))


def link(tx: Connection, hashed: bytes) -> ReviewLinkRow | None:
    """The link of that hash."""
    row = tx.execute(_links().where(review_links.c.hash == hashed)).first()
    return ReviewLinkRow(*row) if row else None


def links(tx: Connection, issue: str) -> list[ReviewLinkRow]:
    """Every link to the issue, oldest first."""
    found = _links().where(review_links.c.issue == issue).order_by(review_links.c.id)
    return [ReviewLinkRow(*row) for row in tx.execute(found)]


def end_links(tx: Connection, issue: str, now: datetime) -> int:
    """No link to the issue works any more; how many did."""
    open_ones = update(review_links).where(review_links.c.issue == issue, review_links.c.ended_at.is_(None))
    return tx.execute(open_ones.values(ended_at=now)).rowcount


def read(tx: Connection, issue: str, who: str, digest: str, now: datetime) -> None:
    """That person has read it, as it is now."""
    run(tx, _READ, issue=issue, who=who, person=person(who), digest=digest, now=now)


def readings(tx: Connection, issue: str) -> list[ReviewRow]:
    """Who read it, in order; each person once."""
    columns = (reviews.c[name] for name in ReviewRow.__dataclass_fields__)
    found = select(*columns).where(reviews.c.issue == issue).order_by(reviews.c.at, reviews.c.id)
    return [ReviewRow(*row) for row in tx.execute(found)]


def say(tx: Connection, issue: str, block: int, about: str, who: str, words: str, now: datetime) -> None:
    """One more comment; the same words twice in a row are one."""
    last = [one for one in said(tx, issue) if (one.block, one.who) == (block, who)][-1:]
    if not last or last[0].words != words or last[0].settled_at is not None:
        row = {"issue": issue, "block": block, "about": about, "who": who, "words": words, "at": now}
        tx.execute(insert(comments).values(row))


def said(tx: Connection, issue: str) -> list[CommentRow]:
    """Every comment on the issue, in order."""
    columns = (comments.c[name] for name in CommentRow.__dataclass_fields__)
    found = select(*columns).where(comments.c.issue == issue).order_by(comments.c.id)
    return [CommentRow(*row) for row in tx.execute(found)]


def settle(tx: Connection, issue: str, comment_id: int, who: str, now: datetime) -> bool:
    """Somebody did what a comment asks; False for whoever comes second."""
    open_one = (comments.c.id == comment_id, comments.c.issue == issue, comments.c.settled_at.is_(None))
    return tx.execute(update(comments).where(*open_one).values(settled_at=now, settled_by=who)).rowcount == 1


def _links() -> Select[Any]:
    columns = (review_links.c[name] for name in ReviewLinkRow.__dataclass_fields__)
    return select(*columns)


_READ = """INSERT INTO review (issue, who, person, digest, at) VALUES (:issue, :who, :person, :digest, :now)
ON CONFLICT (issue, person) DO UPDATE SET who = excluded.who, digest = excluded.digest, at = excluded.at"""
