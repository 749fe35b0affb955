"""The queue: letters claimed, given back, recovered, settled by hand, counted. Never decides what a reply means.

Every transition is one conditional UPDATE. What a sender learns about letters in its hands is `outcomes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from mailer.domain.addresses import Family
from mailer.domain.deliveries import DeliveryState, SkipReason
from mailer.store.claims import KNOWN_FAMILIES, OLDEST
from mailer.store.claims import Claimed as Claimed
from mailer.store.claims import claim as claim
from mailer.store.moments import Moment
from mailer.store.skips import OF_ISSUE, skip_unwelcome
from mailer.store.sql import run
from mailer.store.tables import addresses, contacts, deliveries


@dataclass(frozen=True)
class Recovered:
    """What became of letters whose sender is gone."""

    requeued: int
    unknown: int


@dataclass(frozen=True)
class UnknownRow:
    """A letter that may have left, for a person to decide on."""

    delivery_id: int
    address: str
    name: str
    claimed_at: datetime | None
    words: str


def renew(tx: Connection, claim_id: str, lease_s: float) -> int:
    """Another `lease_s` seconds from now for all that the claim still holds; how many that is."""
    return run(tx, _RENEW, claim_id=claim_id, lease_s=lease_s).rowcount


def give_back(tx: Connection, claim_id: str, delivery_ids: Sequence[int] | None) -> int:
    """Claimed letters (all of the claim, or these) go back to the queue as if never taken."""
    if delivery_ids is None:
        return run(tx, _GIVE_BACK, claim_id=claim_id).rowcount
    return run(tx, f"{_GIVE_BACK} AND id IN :ids", claim_id=claim_id, ids=list(delivery_ids)).rowcount


def open_claims(tx: Connection) -> list[str]:
    """Claims that hold letters."""
    return list(run(tx, _OPEN_CLAIMS).scalars())


def still_held(tx: Connection, claim_id: str) -> set[int]:
    """The claim's letters that may still leave: not skipped, not given up, and their issue is not held back."""
    return set(run(tx, _STILL_HELD, claim_id=claim_id).scalars())


def recover(tx: Connection, dead_claims: Sequence[str]) -> int:
    """Gives up what claims whose lease ran out still hold, and dead ones that left no record: nobody can tell.

    The number of letters that are unknown from now on.
    """
    return run(tx, _GIVE_UP, claims=[*dead_claims, _NOBODYS_CLAIM]).rowcount


def take_back(tx: Connection, claim_id: str, under_way: Sequence[int]) -> Recovered:
    """Of a sender whose record tells: what was under way is unknown, all else is queued as if never taken."""
    rows = run(tx, _TAKE_BACK, claim_id=claim_id, under_way=[*under_way, _NO_LETTER])
    states = [row.state for row in rows]
    return Recovered(states.count(DeliveryState.QUEUED), states.count(DeliveryState.UNKNOWN))


def counts(tx: Connection, issue_id: int) -> dict[DeliveryState, int]:
    """The issue's letters by state; states without any are left out."""
    of_issue = select(deliveries.c.state, func.count().label("letters")).where(deliveries.c.issue_id == issue_id)
    return {DeliveryState(row.state): row.letters for row in tx.execute(of_issue.group_by(deliveries.c.state))}


def unsettled(tx: Connection, issue_id: int) -> list[UnknownRow]:
    """The issue's letters that nobody knows the end of, by address."""
    rows = tx.execute(_UNSETTLED.where(deliveries.c.issue_id == issue_id))
    return [UnknownRow(row.id, row.address, row.name or "", row.claimed_at, row.words) for row in rows]


def under_way(tx: Connection) -> list[str]:
    """Issues of which letters still wait or are in a sender's hands, oldest first."""
    return list(run(tx, _UNDER_WAY).scalars())


def unknown_by_issue(tx: Connection) -> dict[str, int]:
    """Issues with letters that nobody knows the end of, and how many."""
    return {row.name: row.letters for row in run(tx, _UNKNOWN_BY_ISSUE)}


def settle_by_hand(tx: Connection, issue_id: int, to: DeliveryState, now: datetime) -> int:
    """A person decides: the issue's unknown letters were sent, or are queued again (unless their reader left since)."""
    if to not in _BY_HAND:
        raise ValueError(f"an unknown letter cannot be settled as {to}")
    settled = run(tx, _BY_HAND[to], issue_id=issue_id, now=now).rowcount
    if to is DeliveryState.QUEUED:
        skip_unwelcome(tx, OF_ISSUE, now, issue_id=issue_id)
    return settled


def skip(tx: Connection, issue_id: int, reason: SkipReason, now: datetime) -> int:
    """What has not left of the issue will not leave."""
    return run(tx, _SKIP, issue_id=issue_id, reason=reason.value, now=now).rowcount


def next_due(tx: Connection) -> datetime | None:
    """When the first letter of a released issue is, or was, due."""
    moment: datetime | None = tx.execute(text(_NEXT_DUE).columns(due=Moment())).scalar_one()
    return moment


def waiting(tx: Connection, now: datetime) -> int:
    """Letters of released issues that are due and not taken."""
    return int(run(tx, _WAITING, now=now).scalar_one())


def left_to_send(tx: Connection, issue_id: int) -> bool:
    """Whether letters of the issue wait for their turn, due or not."""
    return run(tx, _LEFT_TO_SEND, issue_id=issue_id).first() is not None


def last_due(tx: Connection, issue_id: int) -> datetime | None:
    """When the last letter of an issue that waits is due; None where none waits."""
    waits = (deliveries.c.issue_id == issue_id, deliveries.c.state == DeliveryState.QUEUED.value)
    moment: datetime | None = tx.execute(select(func.max(deliveries.c.next_try_at)).where(*waits)).scalar_one()
    return moment


def waiting_by_family(tx: Connection, relay: str, now: datetime) -> dict[Family, int]:
    """Letters of a relay's released issues that are due and not taken, by receiver family."""
    return {Family(row.family): row.letters for row in run(tx, _WAITING_BY_FAMILY, relay=relay, now=now)}


_UNSETTLED = (
    select(deliveries.c.id, addresses.c.address, contacts.c.name, deliveries.c.claimed_at, deliveries.c.words)
    .join(addresses, addresses.c.id == deliveries.c.address_id)
    .outerjoin(contacts, contacts.c.id == deliveries.c.contact_id)
    .where(deliveries.c.state == DeliveryState.UNKNOWN.value)
    .order_by(addresses.c.canonical)
)

_NEXT_DUE = f"""SELECT min(({OLDEST})) AS due
FROM issue CROSS JOIN ({KNOWN_FAMILIES}) AS known WHERE issue.state = 'released'"""  # noqa: S608 - as above

_WAITING = f"""SELECT count(*) FROM issue CROSS JOIN ({KNOWN_FAMILIES}) AS known CROSS JOIN delivery
WHERE issue.state = 'released' AND delivery.issue_id = issue.id AND delivery.family = known.family
  AND delivery.state = 'queued' AND next_try_at <= :now"""  # noqa: S608 - as above

_WAITING_BY_FAMILY = f"""SELECT known.family, count(*) AS letters
FROM issue CROSS JOIN ({KNOWN_FAMILIES}) AS known CROSS JOIN delivery
WHERE issue.state = 'released' AND issue.relay = :relay AND delivery.issue_id = issue.id
  AND delivery.family = known.family AND delivery.state = 'queued' AND next_try_at <= :now
GROUP BY known.family"""  # noqa: S608 - as above

_LEFT_TO_SEND = "SELECT 1 FROM delivery WHERE issue_id = :issue_id AND state = 'queued' LIMIT 1"

# Both halves are needed: SQLite looks for the index's own words.
_INDEXED = "state IN ('claimed', 'sending', 'unknown')"
_HELD = f"{_INDEXED} AND state <> 'unknown'"

_UNDER_WAY = f"""SELECT name FROM issue WHERE state IN ('released', 'paused') AND (
  EXISTS (SELECT 1 FROM delivery WHERE delivery.issue_id = issue.id AND delivery.state = 'queued')
  OR id IN (SELECT issue_id FROM delivery WHERE {_HELD})) ORDER BY id"""  # noqa: S608 - as above

_UNKNOWN_BY_ISSUE = f"""SELECT issue.name, count(*) AS letters FROM delivery JOIN issue ON issue.id = delivery.issue_id
WHERE delivery.{_INDEXED} AND delivery.state = 'unknown' GROUP BY issue.name ORDER BY issue.name"""  # noqa: S608 - as above

_RENEW = f"UPDATE delivery SET lease_until = {{clock}} + :lease_s WHERE claim_id = :claim_id AND {_HELD}"  # noqa: S608 - our own

_GIVE_BACK = f"""UPDATE delivery SET state = 'queued', claim_id = NULL, lease_until = NULL
WHERE claim_id = :claim_id AND {_INDEXED} AND state = 'claimed'"""  # noqa: S608 - put together from the constant above

_OPEN_CLAIMS = f"SELECT DISTINCT claim_id FROM delivery WHERE {_HELD} ORDER BY claim_id"  # noqa: S608 - as above

_STILL_HELD = f"""SELECT id FROM delivery WHERE claim_id = :claim_id AND {_HELD}
  AND (SELECT issue.state FROM issue WHERE issue.id = delivery.issue_id) = 'released'"""  # noqa: S608 - as above

# PostgreSQL cannot tell what an empty list is a list of.
_NOBODYS_CLAIM = ""
_NO_LETTER = 0

# The claim stays on an unknown letter: its sender may still live, and then knows better than its lease. Without a
# `settled_at`, nobody has told anything of it yet.
_GIVE_UP = f"""UPDATE delivery SET state = 'unknown', lease_until = NULL, settled_at = NULL,
  attempts = attempts + CASE state WHEN 'claimed' THEN 1 ELSE 0 END,
  first_attempt_at = coalesce(first_attempt_at, claimed_at)
WHERE {_HELD} AND (claim_id IN :claims OR lease_until <= {{clock}})"""  # noqa: S608 - as above

# A letter given up as unknown, of which the record knows that it never left, is as good as claimed.
_TAKE_BACK = f"""UPDATE delivery SET lease_until = NULL,
  state = CASE WHEN state = 'sending' OR id IN :under_way THEN 'unknown' ELSE 'queued' END,
  claim_id = CASE WHEN state = 'sending' OR id IN :under_way THEN claim_id END,
  settled_at = CASE WHEN state = 'sending' OR id IN :under_way THEN NULL ELSE settled_at END,
  attempts = attempts + CASE
    WHEN state = 'claimed' AND id IN :under_way THEN 1
    WHEN state = 'unknown' AND id NOT IN :under_way THEN -1 ELSE 0 END,
  first_attempt_at = CASE
    WHEN state = 'claimed' AND id IN :under_way THEN coalesce(first_attempt_at, claimed_at)
    WHEN state = 'unknown' AND id NOT IN :under_way AND attempts = 1 THEN NULL ELSE first_attempt_at END
WHERE claim_id = :claim_id AND {_INDEXED} AND (state <> 'unknown' OR settled_at IS NULL)
RETURNING state"""  # noqa: S608 - as above

_BY_HAND = {
    DeliveryState.SENT: """UPDATE delivery SET state = 'sent', settled_at = :now
WHERE issue_id = :issue_id AND state = 'unknown'""",
    DeliveryState.QUEUED: """UPDATE delivery SET state = 'queued', next_try_at = :now, claim_id = NULL
WHERE issue_id = :issue_id AND state = 'unknown'""",
}

_SKIP = """UPDATE delivery SET state = 'skipped', skip_reason = :reason, settled_at = :now, lease_until = NULL
WHERE issue_id = :issue_id AND state IN ('queued', 'claimed')"""
