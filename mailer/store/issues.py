"""Frozen issues: what they are, where they stand, what the web shows of them. Never compiles and never sends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from mailer.domain.issues import IssueState
from mailer.domain.letters import ArchiveMode, FrozenLetter, Issue
from mailer.domain.rates import MeasureMode
from mailer.errors import NotFound, WrongState
from mailer.language import N_
from mailer.store.sql import run
from mailer.store.tables import approvals as approved
from mailer.store.tables import attachments, issue_attachments, issues, variants
from mailer.store.tables import links as frozen_links

NEVER_CHANGES = N_("{issue} was released: its letter never changes. Make a new issue for what must be added.")
NOT_RELEASED = N_("Issue number {number} is not released.")


@dataclass(frozen=True)
class IssueRow:
    """A frozen issue, without its letter."""

    id: int
    name: str
    campaign: str
    list_slug: str
    slug: str
    subject: str
    title: str
    number: str
    state: IssueState
    pause_reason: str
    measure: MeasureMode
    sender_address: str
    issue_key: bytes | None
    slot: datetime
    frozen_at: datetime
    released_at: datetime | None
    due_at: datetime | None
    sources: Mapping[str, str]
    relay: str


@dataclass(frozen=True)
class ReleasedRow:
    """What sending needs of an issue."""

    id: int
    name: str
    sender_address: str
    issue_key: bytes
    """Empty where readings are not counted."""
    released_at: datetime
    relay: str
    """The relay of config.toml that takes its letters."""


@dataclass(frozen=True)
class ArchivedRow:
    """An issue as the archive lists it."""

    name: str
    list_slug: str
    slug: str
    title: str
    number: str
    subject: str
    released_at: datetime


@dataclass(frozen=True)
class IssueKey:
    """What the tracking door needs to know a hit."""

    issue_key: bytes
    released_at: datetime
    measure: MeasureMode


def freeze(tx: Connection, issue: Issue, letter: FrozenLetter, *, measure: MeasureMode, now: datetime) -> int:
    """Store the letter, in place of one not released yet, whose approvals are void. Raises WrongState."""
    known = find(tx, issue.name)
    if known is not None and known.released_at is not None:
        raise WrongState(NEVER_CHANGES, issue=issue.name)
    values = _columns(issue, letter, measure, now)
    if known is None:
        issue_id = int(tx.execute(insert(issues).values(name=issue.name, **values).returning(issues.c.id)).scalar_one())
    else:
        issue_id = known.id
        tx.execute(update(issues).where(issues.c.id == issue_id).values(values))
        _forget_letter(tx, issue_id)
    _store_letter(tx, issue_id, letter)
    return issue_id


def find(tx: Connection, name: str) -> IssueRow | None:
    """The issue of that name; None before its first approval."""
    found = tx.execute(_ISSUE.where(issues.c.name == name)).one_or_none()
    return None if found is None else _issue_row(found)


def get(tx: Connection, issue_id: int) -> ReleasedRow:
    """A released issue, as sending needs it. Raises NotFound."""
    found = tx.execute(
        select(*_SENDING).where(issues.c.id == issue_id, issues.c.released_at.is_not(None))
    ).one_or_none()
    if found is None:
        raise NotFound(NOT_RELEASED, number=issue_id)
    return ReleasedRow(**found._asdict() | {"issue_key": found.issue_key or b""})


def approve(tx: Connection, issue_id: int, who: str, now: datetime) -> None:
    """`who` approves exactly what is frozen; once is as good as twice."""
    run(tx, "INSERT INTO approval (issue_id, who, at) VALUES (:issue_id, :who, :now) ON CONFLICT DO NOTHING",
        issue_id=issue_id, who=who, now=now)  # fmt: skip


def approvals(tx: Connection, issue_id: int) -> list[tuple[str, datetime]]:
    """Who approved, and when, in order."""
    found = tx.execute(select(approved.c.who, approved.c.at).where(approved.c.issue_id == issue_id))
    return sorted(((row.who, row.at) for row in found), key=lambda one: (one[1], one[0]))


def release(tx: Connection, issue_id: int, issue_key: bytes, due_at: datetime, now: datetime) -> bool:
    """Approved becomes released, once: False for whoever comes second."""
    return _moved(
        tx, issue_id, (IssueState.APPROVED,), state=IssueState.RELEASED.value, issue_key=issue_key, due_at=due_at,
        released_at=now, moved_at=now,
    )  # fmt: skip


def move(
    tx: Connection, issue_id: int, from_states: Iterable[IssueState], to: IssueState, *, reason: str = "", now: datetime
) -> bool:
    """To another state, with the reason; False where it stands in none of `from_states`."""
    return _moved(tx, issue_id, from_states, state=to.value, pause_reason=reason, moved_at=now)


def skeletons(tx: Connection, issue_id: int) -> dict[str, bytes]:
    """The frozen letter, by list of the audience."""
    found = tx.execute(select(variants.c.segment, variants.c.skeleton).where(variants.c.issue_id == issue_id))
    return {row.segment: row.skeleton for row in found}


def link(tx: Connection, issue_id: int, number: int) -> str | None:
    """Where a numbered link leads."""
    where = (frozen_links.c.issue_id == issue_id, frozen_links.c.number == number)
    return tx.execute(select(frozen_links.c.url).where(*where)).scalar_one_or_none()


def links(tx: Connection, issue_id: int) -> list[str]:
    """The targets of the issue's links, from number 1."""
    found = select(frozen_links.c.url).where(frozen_links.c.issue_id == issue_id).order_by(frozen_links.c.number)
    return list(tx.execute(found).scalars())


def key(tx: Connection, issue_id: int) -> IssueKey | None:
    """The key of the issue's tracking tokens; None where readings are not, or no longer, counted."""
    columns = (issues.c.issue_key, issues.c.released_at, issues.c.measure)
    found = tx.execute(select(*columns).where(issues.c.id == issue_id)).one_or_none()
    if found is None or not found.issue_key or found.released_at is None:
        return None
    return IssueKey(found.issue_key, found.released_at, MeasureMode(found.measure))


def attachment(tx: Connection, file_name: str) -> tuple[str, bytes] | None:
    """The media type and content of a file under /media/."""
    columns = (attachments.c.media_type, attachments.c.content)
    found = tx.execute(select(*columns).where(attachments.c.file_name == file_name)).one_or_none()
    return None if found is None else (found.media_type, found.content)


def online(tx: Connection, list_slug: str, slug: str) -> str | None:
    """The web page of an issue that the archive shows; of two campaigns with the same slug, the newest."""
    found = _archived(issues.c.online).where(issues.c.list_slug == list_slug, issues.c.slug == slug)
    return tx.execute(found.limit(1)).scalar_one_or_none()


def released(tx: Connection, list_slug: str) -> list[ArchivedRow]:
    """The archive of a list, newest first."""
    return [_archived_row(row) for row in tx.execute(_archived(*_SHOWN).where(issues.c.list_slug == list_slug))]


def latest(tx: Connection, campaign: str) -> ArchivedRow | None:
    """The newest issue of a campaign that the archive shows."""
    found = tx.execute(_archived(*_SHOWN).where(issues.c.campaign == campaign).limit(1)).one_or_none()
    return None if found is None else _archived_row(found)


def released_between(tx: Connection, start: datetime, end: datetime) -> list[IssueRow]:
    """Issues released from `start` to before `end`, oldest first; cancelled ones too: letters may have left."""
    found = _ISSUE.where(issues.c.released_at >= start, issues.c.released_at < end)
    return [_issue_row(row) for row in tx.execute(found.order_by(issues.c.released_at, issues.c.id))]


_ISSUE = select(
    *(issues.c[name] for name in IssueRow.__dataclass_fields__),
)
_SENDING = tuple(issues.c[name] for name in ReleasedRow.__dataclass_fields__)
_SHOWN = tuple(issues.c[name] for name in ArchivedRow.__dataclass_fields__)


def _columns(issue: Issue, letter: FrozenLetter, measure: MeasureMode, now: datetime) -> dict[str, object]:
    return {
        "campaign": issue.campaign.slug,
        "list_slug": issue.list.slug,
        "slug": issue.slug,
        "subject": letter.subject,
        "title": letter.title,
        "number": letter.number,
        "state": IssueState.APPROVED.value,
        "pause_reason": "",
        "measure": measure.value,
        "sender_address": issue.list.sender_address,
        "slot": issue.slot,
        "frozen_at": now,
        "moved_at": now,
        "archived": issue.campaign.archive is ArchiveMode.PUBLIC and issue.list.public,
        "online": letter.online,
        "sources": dict(letter.sources),
        "relay": issue.list.relay,
    }


def _forget_letter(tx: Connection, issue_id: int) -> None:
    for table in (approved, variants, frozen_links, issue_attachments):
        tx.execute(delete(table).where(table.c.issue_id == issue_id))
    shown = select(issue_attachments.c.file_name)
    tx.execute(delete(attachments).where(attachments.c.file_name.not_in(shown)))


def _store_letter(tx: Connection, issue_id: int, letter: FrozenLetter) -> None:
    for segment, skeleton in letter.variants.items():
        tx.execute(insert(variants).values(issue_id=issue_id, segment=segment, skeleton=skeleton))
    for number, url in enumerate(letter.links, 1):
        tx.execute(insert(frozen_links).values(issue_id=issue_id, number=number, url=url))
    for file in {file.file_name: file for file in letter.attachments}.values():
        run(tx, _STORE_ATTACHMENT, file_name=file.file_name, media_type=file.media_type, content=file.content)
        tx.execute(insert(issue_attachments).values(issue_id=issue_id, file_name=file.file_name))


# Named by its content: two issues that show the same image share one row.
_STORE_ATTACHMENT = """INSERT INTO attachment (file_name, media_type, content)
VALUES (:file_name, :media_type, :content) ON CONFLICT DO NOTHING"""


def _moved(tx: Connection, issue_id: int, from_states: Iterable[IssueState], **values: object) -> bool:
    states = [state.value for state in from_states]
    here = update(issues).where(issues.c.id == issue_id, issues.c.state.in_(states))
    return tx.execute(here.values(values)).rowcount == 1


def _archived(*columns: Any) -> Select[Any]:
    """Issues that the archive shows, newest first: public, out, and due by the database's clock."""
    out = (issues.c.archived, issues.c.due_at <= func.now(), issues.c.state != IssueState.CANCELLED.value)
    return select(*columns).where(*out).order_by(issues.c.released_at.desc(), issues.c.id.desc())


def _issue_row(found: Row[Any]) -> IssueRow:
    row = found._asdict()
    return IssueRow(**row | {"state": IssueState(row["state"]), "measure": MeasureMode(row["measure"])})


def _archived_row(found: Row[Any]) -> ArchivedRow:
    return ArchivedRow(**found._asdict())
