"""Earlier texts of issues, and texts that somebody has not saved yet. Never reads or writes a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from mailer.errors import NotFound
from mailer.language import N_
from mailer.store.sql import keep_writers_out
from mailer.store.tables import earlier_texts, unsaved_texts

NO_SUCH_TEXT = N_("There is no such earlier text of {issue}. Choose one from its history.")


@dataclass(frozen=True)
class EarlierText:
    """A text that an issue had, by whom and when."""

    id: int
    version: str
    who: str
    at: datetime


@dataclass(frozen=True)
class Unsaved:
    """What somebody was writing, and the version that it was begun from."""

    version: str
    written: Mapping[str, Any]
    at: datetime


def keep_text(tx: Connection, issue: str, version: str, text: str, who: str, now: datetime) -> None:
    """One more text of an issue, unless it is the latest one already."""
    found = latest(tx, issue)
    if found is None or found.version != version:
        tx.execute(insert(earlier_texts).values(issue=issue, version=version, text=text, who=who, at=now))


def latest(tx: Connection, issue: str) -> EarlierText | None:
    """The text that was kept last."""
    found = tx.execute(_TEXTS.where(earlier_texts.c.issue == issue).limit(1)).one_or_none()
    return None if found is None else EarlierText(*found)


def texts(tx: Connection, issue: str, most: int) -> list[EarlierText]:
    """The latest ones, newest first."""
    return [EarlierText(*row) for row in tx.execute(_TEXTS.where(earlier_texts.c.issue == issue).limit(most))]


def text_of(tx: Connection, issue: str, text_id: int) -> str:
    """The words of an earlier text. Raises NotFound."""
    wanted = select(earlier_texts.c.text).where(earlier_texts.c.issue == issue, earlier_texts.c.id == text_id)
    found = tx.execute(wanted).scalar()
    if found is None:
        raise NotFound(NO_SUCH_TEXT, issue=issue)
    return str(found)


def at_version(tx: Connection, issue: str, version: str) -> EarlierText | None:
    """The latest text that is this version; None where nobody kept it."""
    mine = _TEXTS.where(earlier_texts.c.issue == issue, earlier_texts.c.version == version)
    found = tx.execute(mine.limit(1)).one_or_none()
    return None if found is None else EarlierText(*found)


def text_at(tx: Connection, issue: str, version: str) -> str | None:
    """The words of a version; None where nobody kept it."""
    wanted = select(earlier_texts.c.text).where(earlier_texts.c.issue == issue, earlier_texts.c.version == version)
    return tx.execute(wanted.limit(1)).scalar()


def keep_unsaved(
    tx: Connection, issue: str, who: str, version: str, written: Mapping[str, object], now: datetime
) -> None:
    """In the place of what that person had not saved of that issue."""
    # Two windows of one person may both be the first to keep something.
    keep_writers_out(tx, "unsaved_text")
    values = {"version": version, "written": dict(written), "at": now}
    mine = update(unsaved_texts).where(unsaved_texts.c.issue == issue, unsaved_texts.c.who == who)
    if tx.execute(mine.values(values)).rowcount == 0:
        tx.execute(insert(unsaved_texts).values(issue=issue, who=who, **values))


def unsaved(tx: Connection, issue: str, who: str) -> Unsaved | None:
    """What that person has not saved of that issue."""
    columns = (unsaved_texts.c.version, unsaved_texts.c.written, unsaved_texts.c.at)
    mine = select(*columns).where(unsaved_texts.c.issue == issue, unsaved_texts.c.who == who)
    found = tx.execute(mine).one_or_none()
    return None if found is None else Unsaved(*found)


def drop_unsaved(tx: Connection, issue: str, who: str) -> None:
    """Saved, or not wanted any more."""
    tx.execute(delete(unsaved_texts).where(unsaved_texts.c.issue == issue, unsaved_texts.c.who == who))


_TEXTS = select(earlier_texts.c.id, earlier_texts.c.version, earlier_texts.c.who, earlier_texts.c.at).order_by(
    earlier_texts.c.id.desc()
)
