"""How a sender takes due letters for itself: fairly between issues and receiver families, each letter once.

Never reads past letters that it does not take: the index of queued letters begins with issue and family.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, String, TextualSelect, text

from mailer.domain.addresses import Family
from mailer.store.moments import Moment
from mailer.store.sql import facts_from_json, run


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
        shares = _shares(waiting, limit - len(taken))
        found = _take(tx, shares, claim_id, lease_s, now)
        taken += [row.id for row in found]
        counts = Counter((row.issue_id, row.family) for row in found)
        waiting = [place for place in waiting if place not in shares or counts[place] == shares[place]]
    return _claimed(tx, taken) if taken else []


Place = tuple[int, int]
"""An issue, and a family of its readers."""


def _due(tx: Connection, relay: str, families: Collection[Family] | None, now: datetime) -> list[Place]:
    """Where letters are due; those that wait longest come first."""
    only = _all(families)
    return [(row.issue_id, row.family) for row in run(tx, _DUE.replace("{only}", only), relay=relay, now=now)]


def _all(families: Collection[Family] | None) -> str:
    if families is None:
        return ""
    # Numbers of our own, in the words themselves: a statement with a list in it is put together anew each time.
    return f"AND known.family IN ({', '.join(str(int(family)) for family in sorted(families)) or 'NULL'})"


def _shares(waiting: Sequence[Place], limit: int) -> dict[Place, int]:
    """Equal shares for issues, and within one for its families; as many as there are letters to give."""
    families = Counter(issue_id for issue_id, _ in waiting)
    most = max(1, limit // len(families))
    shares: dict[Place, int] = {}
    left = dict.fromkeys(families, most)
    for place in waiting:
        share = min(max(1, most // families[place[0]]), left[place[0]], limit)
        if share:
            shares[place] = share
            left[place[0]] -= share
            limit -= share
    return shares


def _take(
    tx: Connection, shares: Mapping[Place, int], claim_id: str, lease_s: float, now: datetime
) -> Sequence[Row[Any]]:
    places = " UNION ALL ".join(_PLACE.replace("{at}", str(at)) for at in range(len(shares)))
    values: dict[str, object] = {"claim_id": claim_id, "lease_s": lease_s, "now": now}
    for at, ((issue_id, family), share) in enumerate(shares.items()):
        values |= {f"issue_{at}": issue_id, f"family_{at}": family, f"share_{at}": share}
    return run(tx, _TAKE.replace("{places}", places), **values).all()


def _claimed(tx: Connection, taken: Sequence[int]) -> list[Claimed]:
    dialect = tx.dialect.name
    rows = tx.execute(_in_hand(dialect), {"facts": json.dumps([[one] for one in taken])})
    return [
        Claimed(delivery_id, issue_id, address_id, address, name or "", segment, _FAMILY[family], attempts, first)
        for delivery_id, issue_id, address_id, address, name, segment, family, attempts, first in rows
    ]


@cache
def _in_hand(dialect: str) -> TextualSelect:
    words = _IN_HAND.replace("{facts}", facts_from_json(dialect, {"id": "integer"}))
    return text(words).columns(
        Column("id", Integer),
        Column("issue_id", Integer),
        Column("address_id", Integer),
        Column("address", String),
        Column("name", String),
        Column("segment", String),
        Column("family", Integer),
        Column("attempts", Integer),
        Column("first_attempt_at", Moment),
    )


_FAMILY = {int(family): family for family in Family}

_IN_HAND = """SELECT delivery.id, delivery.issue_id, delivery.address_id, address.address, contact.name,
  delivery.segment, delivery.family, delivery.attempts, delivery.first_attempt_at
FROM {facts} AS taken JOIN delivery ON delivery.id = taken.id
JOIN address ON address.id = delivery.address_id LEFT JOIN contact ON contact.id = delivery.contact_id
ORDER BY delivery.next_try_at, delivery.id"""

# One look into the index of queued letters for each released issue and family, however many letters wait.
KNOWN_FAMILIES = " UNION ALL ".join(f"SELECT {int(family)} AS family" for family in Family)
OLDEST = """SELECT min(next_try_at) FROM delivery
  WHERE delivery.issue_id = issue.id AND delivery.family = known.family AND delivery.state = 'queued'"""

_DUE = f"""SELECT issue_id, family
FROM (SELECT issue.id AS issue_id, known.family, ({OLDEST}) AS oldest
  FROM issue CROSS JOIN ({KNOWN_FAMILIES}) AS known
  WHERE issue.state = 'released' AND issue.relay = :relay {{only}}) AS due
WHERE oldest <= :now ORDER BY oldest, issue_id, family"""  # noqa: S608 - put together from the constants above

_PLACE = """SELECT id FROM (SELECT id FROM delivery
  WHERE issue_id = :issue_{at} AND family = :family_{at} AND state = 'queued' AND next_try_at <= :now
  ORDER BY next_try_at, id LIMIT :share_{at} {skip_locked}) AS place_{at}"""

# One statement for all places: each has its own overhead.
_TAKE = """UPDATE delivery SET state = 'claimed', claim_id = :claim_id, claimed_at = :now,
  lease_until = {clock} + :lease_s
WHERE id IN ({places})
RETURNING id, issue_id, family"""
