"""Frozen issues: what they are and where they stand. Never compiles and never sends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from mailer.domain.issues import IssueState
from mailer.domain.letters import ArchiveMode, FrozenLetter, Issue
from mailer.domain.rates import MeasureMode
from mailer.errors import NotFound, WrongState
from mailer.language import N_
from mailer.store import approvals, archive, attachments
from mailer.store.tables import deliveries, departures, issue_attachments, issues, variants
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
    published_at: datetime | None
    planned: date | None
    held: str | None
    sources: Mapping[str, str]
    relay: str


@dataclass(frozen=True)
class ReleasedRow:
    """What sending needs of an issue."""

    id: int
    name: str
    sender_address: str
    list_slug: str
    measure: MeasureMode
    issue_key: bytes
    """Empty where readings are not counted."""
    released_at: datetime
    relay: str
    """The relay of config.toml that takes its letters."""


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
        approvals.void(tx, issue_id, now)
        _forget_letter(tx, issue_id)
    _store_letter(tx, issue_id, letter)
    archive.describe(tx, issue_id, letter, secret=issue.campaign.archive is ArchiveMode.SECRET)
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
    changed = {"issue_key": found.issue_key or b"", "measure": MeasureMode(found.measure)}
    return ReleasedRow(**found._asdict() | changed)


def approved(tx: Connection, campaign: str) -> list[IssueRow]:
    """The campaign's issues that wait for their release, the earliest moment first."""
    waiting = _ISSUE.where(issues.c.campaign == campaign, issues.c.state == IssueState.APPROVED.value)
    return [_issue_row(row) for row in tx.execute(waiting.order_by(issues.c.slot, issues.c.id))]


def campaigns_waiting(tx: Connection) -> set[str]:
    """The campaigns that have an issue waiting for its release."""
    waiting = select(issues.c.campaign).where(issues.c.state == IssueState.APPROVED.value)
    return set(tx.execute(waiting).scalars())


def names(tx: Connection, campaign: str) -> set[str]:
    """The campaign's issues that were ever approved."""
    return set(tx.execute(select(issues.c.name).where(issues.c.campaign == campaign)).scalars())


def audience_sizes(tx: Connection, campaign: str, limit: int) -> list[int]:
    """How many letters the campaign's latest released issues had, newest first."""
    size = select(func.count()).where(deliveries.c.issue_id == issues.c.id).scalar_subquery()
    out = select(size).where(issues.c.campaign == campaign, issues.c.released_at.is_not(None))
    return list(tx.execute(out.order_by(issues.c.released_at.desc(), issues.c.id.desc()).limit(limit)).scalars())


def hold(tx: Connection, issue_id: int, reason: str) -> bool:
    """The clock does not release it until somebody approves it again, or releases it by hand."""
    here = update(issues).where(issues.c.id == issue_id, issues.c.state == IssueState.APPROVED.value)
    return tx.execute(here.values(held=reason)).rowcount == 1


def let_go(tx: Connection, issue_id: int) -> None:
    """Nothing holds it any more."""
    tx.execute(update(issues).where(issues.c.id == issue_id).values(held=None))


def mark_left_before_restore(tx: Connection, name: str, at: datetime) -> None:
    """This issue left, says the journal, though the restored database does not know: no release under this name."""
    tx.execute(delete(departures).where(departures.c.issue == name))
    tx.execute(insert(departures).values(issue=name, at=at))


def left_before_restore(tx: Connection, name: str) -> datetime | None:
    """When an issue of this name left before the backup was restored; None where none did."""
    found = select(departures.c.at).where(departures.c.issue == name)
    at: datetime | None = tx.execute(found).scalar_one_or_none()
    return at


def release(
    tx: Connection,
    issue_id: int,
    issue_key: bytes,
    due_at: datetime,
    now: datetime,
    published_at: datetime | None = None,
) -> bool:
    """Approved becomes released, once: False for whoever comes second. On the web from `published_at`."""
    return _moved(
        tx, issue_id, (IssueState.APPROVED,), state=IssueState.RELEASED.value, issue_key=issue_key, due_at=due_at,
        published_at=published_at or due_at, held=None, released_at=now, moved_at=now,
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


def plain_skeletons(tx: Connection, issue_id: int) -> dict[str, bytes]:
    """The letter for readers who may not be measured, by list of the audience; none where nobody is."""
    found = tx.execute(select(variants.c.segment, variants.c.plain).where(variants.c.issue_id == issue_id))
    return {row.segment: row.plain for row in found if row.plain is not None}


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


def released_between(tx: Connection, start: datetime, end: datetime) -> list[IssueRow]:
    """Issues released from `start` to before `end`, oldest first; cancelled ones too: letters may have left."""
    found = _ISSUE.where(issues.c.released_at >= start, issues.c.released_at < end)
    return [_issue_row(row) for row in tx.execute(found.order_by(issues.c.released_at, issues.c.id))]


def release_moments(tx: Connection) -> list[datetime]:
    """When issues were released, in no order."""
    return list(tx.execute(select(issues.c.released_at).where(issues.c.released_at.is_not(None))).scalars())


_ISSUE = select(
    *(issues.c[name] for name in IssueRow.__dataclass_fields__),
)
_SENDING = tuple(issues.c[name] for name in ReleasedRow.__dataclass_fields__)


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
        "planned": issue.planned,
        "held": None,
        "frozen_at": now,
        "moved_at": now,
        "archived": issue.campaign.archive.is_open and issue.list.public,
        "online": letter.online,
        "sources": dict(letter.sources),
        "relay": issue.list.relay,
    }


def _forget_letter(tx: Connection, issue_id: int) -> None:
    for table in (variants, frozen_links, issue_attachments):
        tx.execute(delete(table).where(table.c.issue_id == issue_id))
    attachments.forget_unused(tx)


def _store_letter(tx: Connection, issue_id: int, letter: FrozenLetter) -> None:
    for segment, skeleton in letter.variants.items():
        plain = letter.plain.get(segment)
        tx.execute(insert(variants).values(issue_id=issue_id, segment=segment, skeleton=skeleton, plain=plain))
    for number, url in enumerate(letter.links, 1):
        tx.execute(insert(frozen_links).values(issue_id=issue_id, number=number, url=url))
    for file in {file.file_name: file for file in letter.attachments}.values():
        attachments.store(tx, file)
        tx.execute(insert(issue_attachments).values(issue_id=issue_id, file_name=file.file_name))


def _moved(tx: Connection, issue_id: int, from_states: Iterable[IssueState], **values: object) -> bool:
    states = [state.value for state in from_states]
    here = update(issues).where(issues.c.id == issue_id, issues.c.state.in_(states))
    return tx.execute(here.values(values)).rowcount == 1


def _issue_row(found: Row[Any]) -> IssueRow:
    row = found._asdict()
    return IssueRow(**row | {"state": IssueState(row["state"]), "measure": MeasureMode(row["measure"])})
