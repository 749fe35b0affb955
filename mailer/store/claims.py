"""How a sender takes due letters for itself: fairly between issues and receiver families, each letter once.

Never reads past letters that it does not take: the index of queued letters begins with issue and family.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from mailer.domain.addresses import Family
from mailer.store.sql import run


class Claimed(NamedTuple):
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
    measured: bool = True
    """As decided when it was last claimed."""
    choice: bool | None = None
    """The reader's word about being measured; None where they never gave it."""


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
    taken: list[Claimed] = []
    waiting = _due(tx, relay, families, now)
    while waiting and limit:
        shares = _shares(waiting, limit)
        found = _TAKING[tx.dialect.name](tx, shares, claim_id, lease_s, now)
        taken += found
        if len(found) == limit:
            break
        counts = Counter((row.issue_id, int(row.family)) for row in found)
        waiting = [place for place in waiting if place not in shares or counts[place] == shares[place]]
        limit -= len(found)
    return taken


Place = tuple[int, int]
"""An issue, and a family of its readers."""


def _due(tx: Connection, relay: str, families: Collection[Family] | None, now: datetime) -> list[Place]:
    """Where letters are due; those that wait longest come first."""
    words = _DUE.replace("{only}", _all(families))
    if tx.dialect.name != "sqlite":
        return [(row.issue_id, row.family) for row in run(tx, words, relay=relay, now=now)]
    found = run(tx, _IN_ONE_ROW.replace("{rows}", words), relay=relay, now=now).scalar_one()
    return [(issue_id, family) for issue_id, family in json.loads(found)]


def _all(families: Collection[Family] | None) -> str:
    if families is None:
        return ""
    # Numbers of our own, in the words themselves: a statement with a list in it is put together anew each time.
    return f"AND known.family IN ({', '.join(str(int(family)) for family in sorted(families)) or 'NULL'})"


def _shares(waiting: Sequence[Place], limit: int) -> dict[Place, int]:
    """Equal shares for issues, and within one for its families; as many as there are letters to give, none too few."""
    families = Counter(issue_id for issue_id, _ in waiting)
    left = dict(zip(families, _parts(limit, len(families)), strict=True))
    parts = {issue_id: iter(_parts(left[issue_id], number)) for issue_id, number in families.items()}
    return {place: share for place in waiting if (share := next(parts[place[0]]))}


def _parts(letters: int, among: int) -> list[int]:
    """As equal as whole numbers can be, the larger ones first."""
    each, over = divmod(letters, among)
    return [each + 1] * over + [each] * (among - over)


def _take_alone(
    tx: Connection, shares: Mapping[Place, int], claim_id: str, lease_s: float, now: datetime
) -> list[Claimed]:
    """SQLite: a writing transaction is alone, so it looks first. All comes in one row, for each row that is fetched
    lets other threads of the program go first."""
    places, values = _places(shares)
    found = json.loads(run(tx, _LOOK.replace("{places}", places), now=now, **values).scalar_one())
    ids = json.dumps([row[0] for row in found])
    run(tx, _TAKE_THESE, ids=ids, claim_id=claim_id, lease_s=lease_s, now=now)
    return [_claimed(row, row[8] and _moment(row[8])) for row in found]


def _take_among_others(
    tx: Connection, shares: Mapping[Place, int], claim_id: str, lease_s: float, now: datetime
) -> list[Claimed]:
    """PostgreSQL: what others hold is passed over, and what is taken is told by the statement that takes it."""
    places, values = _places(shares)
    rows = run(tx, _TAKE.replace("{places}", places), claim_id=claim_id, lease_s=lease_s, now=now, **values).all()
    return [_claimed(row, row.first_attempt_at) for row in rows]


_TAKING = {"sqlite": _take_alone, "postgresql": _take_among_others}


def _places(shares: Mapping[Place, int]) -> tuple[str, dict[str, object]]:
    words = " UNION ALL ".join(_PLACE.replace("{at}", str(at)) for at in range(len(shares)))
    values: dict[str, object] = {}
    for at, ((issue_id, family), share) in enumerate(shares.items()):
        values |= {f"issue_{at}": issue_id, f"family_{at}": family, f"share_{at}": share}
    return words, values


def _claimed(row: Sequence[Any], first_attempt_at: datetime | None) -> Claimed:
    delivery_id, issue_id, address_id, address, name, segment, family, attempts, _, measured, choice = row
    return Claimed(
        delivery_id, issue_id, address_id, address, name or "", segment, _FAMILY[family], attempts, first_attempt_at,
        bool(measured), choice if choice is None else bool(choice),
    )  # fmt: skip


def _moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


_FAMILY = {int(family): family for family in Family}

# One look into the index of queued letters for each released issue and family, however many letters wait.
KNOWN_FAMILIES = " UNION ALL ".join(f"SELECT {int(family)} AS family" for family in Family)
OLDEST = """SELECT min(next_try_at) FROM delivery
  WHERE delivery.issue_id = issue.id AND delivery.family = known.family AND delivery.state = 'queued'"""

_DUE = f"""SELECT issue_id, family
FROM (SELECT issue.id AS issue_id, known.family, ({OLDEST}) AS oldest
  FROM issue CROSS JOIN ({KNOWN_FAMILIES}) AS known
  WHERE issue.state = 'released' AND issue.relay = :relay {{only}}) AS due
WHERE oldest <= :now ORDER BY oldest, issue_id, family"""  # noqa: S608 - put together from the constants above

_IN_ONE_ROW = "SELECT json_group_array(json_array(issue_id, family)) FROM ({rows})"

_PLACE = """SELECT id FROM (SELECT id FROM delivery
  WHERE issue_id = :issue_{at} AND family = :family_{at} AND state = 'queued' AND next_try_at <= :now
  ORDER BY next_try_at, id LIMIT :share_{at} {skip_locked}) AS place_{at}"""

_COLUMNS = """delivery.id, delivery.issue_id, delivery.address_id, address.address, contact.name, delivery.segment,
  delivery.family, delivery.attempts, delivery.first_attempt_at, delivery.measured, (SELECT allowed FROM measure_choice
    WHERE measure_choice.address_id = delivery.address_id AND measure_choice.list_slug = (
      SELECT issue.list_slug FROM issue WHERE issue.id = delivery.issue_id)
    ORDER BY measure_choice.id DESC LIMIT 1)"""

# One statement for all places: each has its own overhead.
_LOOK = f"""SELECT json_group_array(json_array({_COLUMNS})) FROM ({{places}}) AS taken
JOIN delivery ON delivery.id = taken.id JOIN address ON address.id = delivery.address_id
LEFT JOIN contact ON contact.id = delivery.contact_id"""  # noqa: S608 - put together from the constant above

_TAKE_THESE = """UPDATE delivery SET state = 'claimed', claim_id = :claim_id, claimed_at = :now,
  lease_until = {clock} + :lease_s
WHERE id IN (SELECT value FROM json_each(:ids))"""

_TAKE = f"""WITH taken AS (
  UPDATE delivery SET state = 'claimed', claim_id = :claim_id, claimed_at = :now, lease_until = {{clock}} + :lease_s
  WHERE id IN ({{places}}) RETURNING *)
SELECT {_COLUMNS} FROM taken AS delivery JOIN address ON address.id = delivery.address_id
LEFT JOIN contact ON contact.id = delivery.contact_id
ORDER BY delivery.next_try_at, delivery.id"""  # noqa: S608 - as above
