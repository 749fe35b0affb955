"""Notices waiting, leaving, settled: each key is written to at most once. Never decides what a reply means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailer.domain.deliveries import Settlement
from mailer.domain.notices import NoticeState
from mailer.store.sql import run
from mailer.store.tables import notices


@dataclass(frozen=True)
class NoticeRow:
    """A notice that waits for its relay."""

    id: int
    kind: str
    address: str
    content: Mapping[str, Any]
    queued_at: datetime
    attempts: int
    """Counted before this one."""
    first_attempt_at: datetime | None


def queue(tx: Connection, kind: str, key: str, address: str, content: Mapping[str, object], now: datetime) -> bool:
    """A notice to one address, due at once. False where that key was queued before, whatever became of it."""
    insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    row = {
        "kind": kind,
        "key": key,
        "address": address,
        "state": NoticeState.QUEUED.value,
        "content": dict(content),
        "queued_at": now,
        "next_try_at": now,
        "attempts": 0,
        "words": "",
    }
    return tx.execute(insert(notices).values(row).on_conflict_do_nothing().returning(notices.c.id)).first() is not None


def due(tx: Connection, now: datetime, limit: int = 100) -> list[NoticeRow]:
    """Notices that wait and are due, the oldest first."""
    found = select(*(notices.c[name] for name in NoticeRow.__dataclass_fields__)).where(
        notices.c.state == NoticeState.QUEUED.value, notices.c.next_try_at <= now
    )
    return [NoticeRow(*row) for row in tx.execute(found.order_by(notices.c.next_try_at, notices.c.id).limit(limit))]


def about_to_leave(tx: Connection, notice_id: int, claim_id: str, lease_s: float, now: datetime) -> bool:
    """Queued becomes sending, recorded before the final dot. False for whoever comes second."""
    return run(tx, _LEAVING, id=notice_id, claim_id=claim_id, lease_s=lease_s, now=now).rowcount == 1


def settle(tx: Connection, notice_id: int, claim_id: str, settlement: Settlement, now: datetime) -> bool:
    """What became of a try. A letter that its lease made unknown is still its sender's to settle."""
    values = {
        "state": settlement.state.value,
        "code": settlement.code,
        "words": settlement.words,
        "counted": int(settlement.counted),
        "next_try_at": settlement.next_try_at or now,
        "settled_at": None if settlement.state.value == NoticeState.QUEUED.value else now,
    }
    return run(tx, _SETTLED, id=notice_id, claim_id=claim_id, now=now, **values).rowcount == 1


def put_off(tx: Connection, notice_ids: Sequence[int], until: datetime) -> None:
    """Waiting notices are tried again at `until`, uncounted."""
    waiting = update(notices).where(notices.c.id.in_(notice_ids), notices.c.state == NoticeState.QUEUED.value)
    tx.execute(waiting.values(next_try_at=until))


def any_overdue(tx: Connection) -> bool:
    """Whether a sender died with a notice in its hands."""
    return run(tx, _OVERDUE).first() is not None


def recover(tx: Connection, now: datetime) -> int:
    """Notices whose sender died after the dot may have gone are unknown; how many."""
    return run(tx, _RECOVER, now=now).rowcount


_LEAVING = """UPDATE notice SET state = 'sending', claim_id = :claim_id, lease_until = {clock} + :lease_s,
  first_attempt_at = coalesce(first_attempt_at, :now)
WHERE id = :id AND state = 'queued'"""

# A refusal before the letter leaves it queued and in nobody's hands.
_SETTLED = """UPDATE notice SET state = :state, code = :code, words = :words, attempts = attempts + :counted,
  first_attempt_at = coalesce(first_attempt_at, :now), next_try_at = :next_try_at, settled_at = :settled_at,
  claim_id = NULL, lease_until = NULL
WHERE id = :id AND (state = 'queued' OR (state IN ('sending', 'unknown') AND claim_id = :claim_id))"""

_OVERDUE = "SELECT 1 FROM notice WHERE state = 'sending' AND lease_until <= {clock} LIMIT 1"

_RECOVER = """UPDATE notice SET state = 'unknown', settled_at = :now, lease_until = NULL
WHERE state = 'sending' AND lease_until <= {clock}"""
