"""What came back, kept and joined to the letter that it speaks of. Decides nothing about a reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from mailer.domain.addresses import Family
from mailer.domain.people import SuppressionReason
from mailer.store.moments import Moment
from mailer.store.sql import run
from mailer.store.tables import addresses, deliveries, issues, retries, returned, suppressions

MOST_REMEMBERED = 40
"""Former letters to an address that its future may hang on."""


@dataclass(frozen=True)
class SentLetter:
    """The letter that a report speaks of."""

    delivery_id: int
    address_id: int
    address: str
    fingerprint: bytes
    family: Family
    issue_id: int
    issue_name: str
    list_slug: str
    relay: str
    state: str
    left_at: datetime | None
    """When it was first tried."""


@dataclass(frozen=True)
class News:
    """A verdict as it is kept."""

    digest: str
    arrived_at: datetime
    kind: str
    cause: str | None
    status: str
    recipient: str
    words: str
    known_by: str
    delivery_id: int | None
    address_id: int | None
    family: int
    counted: bool
    action: str
    copy_text: str


@dataclass(frozen=True)
class ReturnRow:
    """A kept verdict, for a person."""

    id: int
    arrived_at: datetime
    kind: str
    cause: str | None
    status: str
    recipient: str
    words: str
    known_by: str
    counted: bool
    action: str
    copy_text: str


@dataclass(frozen=True)
class Fate:
    """What became of one former letter to an address."""

    issue_id: int
    at: datetime
    state: str
    code: int | None
    words: str
    kind: str | None
    cause: str | None
    known_by: str | None


def is_known(tx: Connection, digest: str) -> bool:
    """Whether this message was read before, for this recipient."""
    return tx.execute(select(returned.c.id).where(returned.c.digest == digest)).first() is not None


def add(tx: Connection, news: News) -> bool:
    """Keeps a verdict; False where it was there already."""
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    kept = make(returned).values(vars(news)).on_conflict_do_nothing()
    return tx.execute(kept.returning(returned.c.id)).first() is not None


def letter(tx: Connection, delivery_id: int) -> SentLetter | None:
    """The letter of a delivery; None where there is no such delivery."""
    return _sent(tx.execute(_LETTER.where(deliveries.c.id == delivery_id)).one_or_none())


def latest_letter_to(tx: Connection, canonical: str, since: datetime) -> SentLetter | None:
    """The last letter that left for an address after `since`."""
    left = deliveries.c.state.in_(("sent", "unknown", "bounced", "failed")) & (deliveries.c.first_attempt_at >= since)
    latest = _LETTER.where(addresses.c.canonical == canonical, left).order_by(deliveries.c.id.desc()).limit(1)
    return _sent(tx.execute(latest).one_or_none())


def is_counted(tx: Connection, delivery_id: int) -> bool:
    """Whether this letter's failure was told before: by our own relay, or by a report."""
    return bool(run(tx, _COUNTED, delivery_id=delivery_id).scalar_one())


def mark_bounced(tx: Connection, delivery_id: int, words: str) -> bool:
    """Sent or unknown becomes bounced; False where the letter stands elsewhere."""
    return run(tx, _BOUNCED, delivery_id=delivery_id, words=words).rowcount > 0


def fates(tx: Connection, address_id: int, before_id: int) -> list[Fate]:
    """What became of the letters to an address before one, newest first; what was forgiven counts as never told."""
    found = _FATES.where(deliveries.c.address_id == address_id, deliveries.c.id < before_id)
    return [Fate(*row) for row in tx.execute(found.limit(MOST_REMEMBERED))]


def hard_after(tx: Connection, address_id: int, after_id: int) -> list[Fate]:
    """Later letters whose mailbox was said not to exist: reports do not come in the order of the letters."""
    found = _FATES.where(deliveries.c.address_id == address_id, deliveries.c.id > after_id, returned.c.kind == "hard")
    return [Fate(*row) for row in tx.execute(found.limit(MOST_REMEMBERED))]


def rows(tx: Connection, kind: str | None = None, limit: int = 100) -> list[ReturnRow]:
    """Kept verdicts, newest first."""
    columns = [returned.c[name] for name in ReturnRow.__dataclass_fields__]
    found = select(*columns).order_by(returned.c.id.desc()).limit(limit)
    found = found.where(returned.c.kind == kind) if kind else found
    return [ReturnRow(*row) for row in tx.execute(found)]


def row(tx: Connection, number: int) -> ReturnRow | None:
    """One kept verdict."""
    columns = [returned.c[name] for name in ReturnRow.__dataclass_fields__]
    found = tx.execute(select(*columns).where(returned.c.id == number)).one_or_none()
    return ReturnRow(*found) if found else None


def count_causes(tx: Connection, since: datetime) -> Mapping[tuple[str, str | None, str], int]:
    """Counted verdicts since then, by kind, cause and action."""
    keys = (returned.c.kind, returned.c.cause, returned.c.action)
    counted = select(*keys, func.count()).where(returned.c.counted, returned.c.arrived_at >= since).group_by(*keys)
    return {(kind, cause, action): count for kind, cause, action, count in tx.execute(counted)}


def count_of_family(tx: Connection, kind: str, family: Family, since: datetime) -> int:
    """Counted verdicts of a kind about readers of a receiver family."""
    wanted = (returned.c.kind == kind, returned.c.family == int(family), returned.c.arrived_at >= since)
    return tx.execute(select(func.count()).where(returned.c.counted, *wanted)).scalar_one()


def count_of_domain(tx: Connection, kind: str, domain: str, since: datetime) -> int:
    """Counted verdicts of a kind about readers of one domain."""
    wanted = (returned.c.kind == kind, addresses.c.domain == domain, returned.c.arrived_at >= since)
    counted = select(func.count()).join(addresses, addresses.c.id == returned.c.address_id)
    return int(tx.execute(counted.where(returned.c.counted, *wanted)).scalar_one())


def complaints_of(tx: Connection, issue_id: int) -> tuple[int, int]:
    """Complaints about an issue, and how many of its letters were delivered or bounced."""
    complained = (
        select(func.count(func.distinct(returned.c.delivery_id)))
        .join(deliveries, deliveries.c.id == returned.c.delivery_id)
        .where(returned.c.kind == "complaint", deliveries.c.issue_id == issue_id)
    )
    sent = select(func.count()).where(deliveries.c.issue_id == issue_id, deliveries.c.state.in_(("sent", "bounced")))
    return tx.execute(complained).scalar_one(), tx.execute(sent).scalar_one()


def suspended(tx: Connection) -> list[tuple[str, datetime]]:
    """Addresses that wait for a person's word, and since when."""
    found = (
        select(addresses.c.address, suppressions.c.at)
        .join(suppressions, suppressions.c.fingerprint == addresses.c.fingerprint)
        .where(suppressions.c.reason == SuppressionReason.SUSPENDED.value)
        .order_by(suppressions.c.at, addresses.c.id)
    )
    return [(row.address, row.at) for row in tx.execute(found)]


def forgive(tx: Connection, fingerprint: bytes, reason: SuppressionReason, now: datetime) -> bool:
    """The address is written to again, and its failures so far are not held against it; False: it stands elsewhere."""
    gone = run(tx, _FORGIVE, who=fingerprint, reason=reason.value).rowcount > 0
    if gone:
        run(tx, _FORGIVEN, who=fingerprint, now=now)
    return gone


def note_retry(tx: Connection, address_id: int, reason: str, why: str, now: datetime) -> None:
    """Who wants to know later why an address is written to again finds it here."""
    tx.execute(insert(retries).values(address_id=address_id, reason=reason, why=why, at=now))


def erase_before(tx: Connection, before: datetime) -> int:
    """What is older than that is not kept any longer; the bounced letters stay bounced."""
    return run(tx, "DELETE FROM returned WHERE arrived_at < :before", before=before).rowcount


def _sent(found: Any) -> SentLetter | None:
    return SentLetter(**{**found._mapping, "family": Family(found.family)}) if found else None


_LETTER = (
    select(
        deliveries.c.id.label("delivery_id"),
        deliveries.c.address_id,
        addresses.c.address,
        addresses.c.fingerprint,
        addresses.c.family,
        deliveries.c.issue_id,
        issues.c.name.label("issue_name"),
        issues.c.list_slug,
        issues.c.relay,
        deliveries.c.state,
        deliveries.c.first_attempt_at.label("left_at"),
    )
    .join(addresses, addresses.c.id == deliveries.c.address_id)
    .join(issues, issues.c.id == deliveries.c.issue_id)
)

_TOLD = (
    (returned.c.delivery_id == deliveries.c.id)
    & returned.c.counted
    & (returned.c.kind != "complaint")
    & (returned.c.forgiven_at.is_(None) | (returned.c.kind == "hard"))
)
_SETTLED = func.coalesce(returned.c.arrived_at, deliveries.c.settled_at, deliveries.c.next_try_at)
_FATES = (
    select(
        deliveries.c.issue_id,
        type_coerce(_SETTLED, Moment()),
        deliveries.c.state,
        deliveries.c.code,
        deliveries.c.words,
        returned.c.kind,
        returned.c.cause,
        returned.c.known_by,
    )
    .outerjoin(returned, _TOLD)
    .where(deliveries.c.state.in_(("sent", "bounced", "failed")))
    .order_by(deliveries.c.id.desc())
)

_COUNTED = """SELECT EXISTS (SELECT 1 FROM delivery WHERE id = :delivery_id AND state IN ('failed', 'bounced'))
  OR EXISTS (SELECT 1 FROM returned WHERE delivery_id = :delivery_id AND counted AND kind <> 'complaint')"""

_BOUNCED = """UPDATE delivery SET state = 'bounced', words = :words
WHERE id = :delivery_id AND state IN ('sent', 'unknown')"""

_FORGIVE = "DELETE FROM suppression WHERE fingerprint = :who AND reason = :reason"

_FORGIVEN = """UPDATE returned SET forgiven_at = :now WHERE forgiven_at IS NULL
  AND address_id IN (SELECT id FROM address WHERE fingerprint = :who)"""
