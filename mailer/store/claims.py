"""How a sender takes due letters for itself: fairly between issues and receiver families, each letter once.

Never reads past letters that it does not take: the index of queued letters begins with issue and family.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from mailer.domain.addresses import Family
from mailer.store.sql import run
from mailer.store.tables import addresses, contacts, deliveries


@dataclass(frozen=True)
class Claimed:
    """A letter in a sender's hands."""

    delivery_id: int
    issue_id: int
    address_id: int
    address: str
    name: str
    segment: str
    family: Family
    attempts: int
    """Counted before this one."""
    first_attempt_at: datetime | None


def claim(
    tx: Connection,
    claim_id: str,
    limit: int,
    lease_s: float,
    now: datetime,
    relay: str = "main",
    families: Collection[Family] | None = None,
) -> list[Claimed]:
    """At most `limit` due letters of a relay's issues, for `lease_s` seconds; only to `families` where some are named.

    Issues take equal shares, and within one its families, each its oldest due first: twenty thousand letters of
    one issue, or to one slow receiver, do not make the urgent few of another wait.
    """
    taken: list[int] = []
    waiting = _due(tx, relay, families, now)
    while waiting and len(taken) < limit:
        share = max(1, (limit - len(taken)) // len(waiting))
        for issue_id, due in list(waiting.items()):
            found = _take_of_issue(tx, issue_id, due, claim_id, min(share, limit - len(taken)), lease_s, now)
            taken += found
            if not due:
                del waiting[issue_id]
    return _claimed(tx, taken)


def _due(tx: Connection, relay: str, families: Collection[Family] | None, now: datetime) -> dict[int, list[Family]]:
    """Issues with due letters, and to which families; those whose letters wait longest come first."""
    wanted = sorted(Family if families is None else families)
    found: dict[int, list[Family]] = {}
    for row in run(tx, _DUE, relay=relay, families=wanted or [_NO_FAMILY], now=now):
        found.setdefault(row.issue_id, []).append(Family(row.family))
    return found


def _take_of_issue(
    tx: Connection, issue_id: int, due: list[Family], claim_id: str, limit: int, lease_s: float, now: datetime
) -> list[int]:
    """At most `limit` letters of an issue; families of which nothing is left are taken out of `due`."""
    taken: list[int] = []
    while due and len(taken) < limit:
        share = max(1, (limit - len(taken)) // len(due))
        for family in list(due):
            most = min(share, limit - len(taken))
            found = _take(tx, issue_id, family, claim_id, most, lease_s, now) if most else []
            taken += found
            if len(found) < most:
                due.remove(family)
    return taken


def _take(
    tx: Connection, issue_id: int, family: Family, claim_id: str, share: int, lease_s: float, now: datetime
) -> list[int]:
    taken = run(
        tx, _TAKE, issue_id=issue_id, family=int(family), claim_id=claim_id, share=share, lease_s=lease_s, now=now
    )
    return list(taken.scalars())


def _claimed(tx: Connection, taken: Sequence[int]) -> list[Claimed]:
    rows = tx.execute(_IN_HAND.where(deliveries.c.id.in_(taken))) if taken else ()
    return [
        Claimed(
            delivery_id=row.id,
            issue_id=row.issue_id,
            address_id=row.address_id,
            address=row.address,
            name=row.name or "",
            segment=row.segment,
            family=Family(row.family),
            attempts=row.attempts,
            first_attempt_at=row.first_attempt_at,
        )
        for row in rows
    ]


_IN_HAND = (
    select(
        deliveries.c.id,
        deliveries.c.issue_id,
        deliveries.c.address_id,
        addresses.c.address,
        contacts.c.name,
        deliveries.c.segment,
        deliveries.c.family,
        deliveries.c.attempts,
        deliveries.c.first_attempt_at,
    )
    .join(addresses, addresses.c.id == deliveries.c.address_id)
    .outerjoin(contacts, contacts.c.id == deliveries.c.contact_id)
    .order_by(deliveries.c.next_try_at, deliveries.c.id)
)

# One look into the index of queued letters for each released issue and family, however many letters wait.
KNOWN_FAMILIES = " UNION ALL ".join(f"SELECT {int(family)} AS family" for family in Family)
OLDEST = """SELECT min(next_try_at) FROM delivery
  WHERE delivery.issue_id = issue.id AND delivery.family = known.family AND delivery.state = 'queued'"""

_DUE = f"""SELECT issue_id, family
FROM (SELECT issue.id AS issue_id, known.family, ({OLDEST}) AS oldest
  FROM issue CROSS JOIN ({KNOWN_FAMILIES}) AS known
  WHERE issue.state = 'released' AND issue.relay = :relay AND known.family IN :families) AS due
WHERE oldest <= :now ORDER BY oldest, issue_id, family"""  # noqa: S608 - put together from the constants above

_NO_FAMILY = -1  # PostgreSQL cannot tell what an empty list is a list of

_TAKE = """UPDATE delivery SET state = 'claimed', claim_id = :claim_id, claimed_at = :now,
  lease_until = {clock} + :lease_s
WHERE id IN (
  SELECT id FROM delivery
  WHERE issue_id = :issue_id AND family = :family AND state = 'queued' AND next_try_at <= :now
  ORDER BY next_try_at, id LIMIT :share {skip_locked})
RETURNING id"""
