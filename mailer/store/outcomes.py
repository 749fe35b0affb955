"""What a sender learnt about letters in its hands, written many at once. Opens no transaction, decides nothing.

A group is one statement a kind, whatever its size: the facts travel as one JSON parameter, and the UPDATE says which
of them still held: of letters that are this sender's, and that nobody settled otherwise meanwhile.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection

from mailer.domain.deliveries import DeliveryState, Settlement
from mailer.store.skips import THESE, skip_unwelcome
from mailer.store.sql import facts_from_json, moment_in_json, run, spoken

LONGEST_WORDS = 500


class Settled(NamedTuple):
    """The relay's reply to a letter, and what follows."""

    delivery_id: int
    settlement: Settlement
    began: datetime
    """When this try began."""


def mark_leaving(tx: Connection, claim_id: str, delivery_ids: Sequence[int], now: datetime) -> set[int]:
    """Claimed becomes sending: these are at the relay, without a reply so far. Which of them still were ours."""
    dialect = tx.dialect.name
    at = moment_in_json(now, dialect)
    return _update(tx, _leaving_words(dialect), [(one, claim_id, at) for one in sorted(delivery_ids)])


def settle(tx: Connection, claim_id: str, facts: Sequence[Settled], now: datetime) -> set[int]:
    """What became of letters, no two facts about one of them. Which of them still were ours to tell."""
    dialect = tx.dialect.name
    at = moment_in_json(now, dialect)
    # In the order of their ids, so that two senders never wait for each other's rows.
    said = {moment: moment_in_json(moment, dialect) for moment in {fact.began for fact in facts}}
    rows = [_row(fact, claim_id, said[fact.began], at, dialect) for fact in sorted(facts, key=_delivery)]
    settled = _settle(tx, dialect, rows)
    dead = [fact.delivery_id for fact in facts if fact.settlement.suppress and fact.delivery_id in settled]
    if dead:
        run(tx, _SUPPRESS, ids=dead, now=now)
        skip_unwelcome(tx, _TO_THE_SAME, now, ids=dead)
    back = [fact for fact in facts if fact.settlement.state is DeliveryState.QUEUED and fact.delivery_id in settled]
    if back:
        # While the letter was at the relay its reader may have left, or the issue may have been cancelled.
        skip_unwelcome(tx, THESE, now, ids=[fact.delivery_id for fact in back])
    return settled


def fingerprints(tx: Connection, delivery_ids: Sequence[int]) -> list[bytes]:
    """Of the addresses of these letters, each once."""
    return [bytes(one) for one in run(tx, _FINGERPRINTS, ids=list(delivery_ids)).scalars()]


def _settle(tx: Connection, dialect: str, rows: Sequence[tuple[object, ...]]) -> set[int]:
    facts = {"facts": json.dumps(rows)}
    if dialect != "sqlite":
        return set(tx.exec_driver_sql(_settled_words(dialect), facts).scalars())
    # A writing transaction is alone, so it may ask first; the answer comes in one row, for each row that is fetched
    # lets other threads of the program go first.
    ours: list[int] = json.loads(tx.exec_driver_sql(_ours_words(dialect), facts).scalar_one())
    tx.exec_driver_sql(_settled_words(dialect).removesuffix(_RETURNING), facts)
    return set(ours)


def _delivery(fact: Settled) -> int:
    return fact.delivery_id


def _row(fact: Settled, claim_id: str, began: str | None, at: str | None, dialect: str) -> tuple[object, ...]:
    settlement = fact.settlement
    return (
        fact.delivery_id,
        claim_id,
        settlement.state.value,
        settlement.code,
        _storable(settlement.words),
        int(settlement.counted),
        moment_in_json(settlement.next_try_at, dialect),
        began,
        at,
    )


def _storable(words: str) -> str:
    """A relay's words as both databases take them: no NUL, no half of a surrogate pair, not endless."""
    if words.isascii() and words.isprintable() and len(words) <= LONGEST_WORDS:
        return words  # as nearly all are
    return words[:LONGEST_WORDS].encode("utf-8", "replace").decode().replace("\0", " ")


def _update(tx: Connection, words: str, rows: Sequence[tuple[object, ...]]) -> set[int]:
    return set(tx.exec_driver_sql(words, {"facts": json.dumps(rows)}).scalars())


@cache
def _leaving_words(dialect: str) -> str:
    return _for_driver(_LEAVING, {"delivery_id": "integer", "claim_id": "text", "at": "timestamptz"}, dialect)


@cache
def _settled_words(dialect: str) -> str:
    return _for_driver(_SETTLED, _FACT, dialect)


@cache
def _ours_words(dialect: str) -> str:
    return _for_driver(_OURS, _FACT, dialect)


def _for_driver(words: str, columns: dict[str, str], dialect: str) -> str:
    full = spoken(words.replace("{facts}", facts_from_json(dialect, columns)), dialect)
    return full if dialect == "sqlite" else full.replace(":facts", "%(facts)s")


_FACT = {
    "delivery_id": "integer",
    "claim_id": "text",
    "state": "text",
    "code": "integer",
    "words": "text",
    "counted": "integer",
    "next_try_at": "timestamptz",
    "began": "timestamptz",
    "at": "timestamptz",
}

_LEAVING = """UPDATE delivery SET state = 'sending', attempts = attempts + 1,
  first_attempt_at = coalesce(delivery.first_attempt_at, fact.at)
FROM {facts} AS fact
WHERE delivery.id = fact.delivery_id AND delivery.claim_id = fact.claim_id AND delivery.state = 'claimed'
RETURNING delivery.id"""

_STILL_OURS = """delivery.id = fact.delivery_id AND delivery.claim_id = fact.claim_id AND (
  (delivery.state IN ('claimed', 'sending') AND fact.state IN ('sent', 'queued', 'failed', 'unknown'))
  OR (delivery.state = 'unknown' AND fact.state IN ('sent', 'queued', 'failed'))
  OR (delivery.state = 'skipped' AND fact.state IN ('sent', 'unknown')))"""

_RETURNING = "RETURNING delivery.id"

# The try is counted here, unless it was when the letter was marked as leaving, or given up as unknown. A letter that
# became unknown because its sender seemed dead may be settled by that sender, if it lives; and one that was skipped
# while it was on its way did leave, whatever was wished meanwhile.
_SETTLED = f"""UPDATE delivery SET state = fact.state, code = fact.code, words = fact.words, settled_at = fact.at,
  next_try_at = coalesce(fact.next_try_at, delivery.next_try_at), lease_until = NULL, skip_reason = NULL,
  claim_id = CASE fact.state WHEN 'queued' THEN NULL ELSE delivery.claim_id END,
  attempts = delivery.attempts + CASE WHEN delivery.state IN ('claimed', 'skipped') THEN fact.counted
    ELSE fact.counted - 1 END,
  first_attempt_at = CASE
    WHEN delivery.state IN ('claimed', 'skipped') AND fact.counted = 1
      THEN coalesce(delivery.first_attempt_at, fact.began)
    WHEN delivery.state NOT IN ('claimed', 'skipped') AND fact.counted = 0 AND delivery.attempts = 1 THEN NULL
    ELSE delivery.first_attempt_at END
FROM {{facts}} AS fact
WHERE {_STILL_OURS}
{_RETURNING}"""  # noqa: S608 - put together from the constants above

_OURS = f"""SELECT json_group_array(delivery.id) FROM {{facts}} AS fact JOIN delivery
ON {_STILL_OURS}"""  # noqa: S608 - as above

_SUPPRESS = """INSERT INTO suppression (fingerprint, reason, at)
SELECT DISTINCT address.fingerprint, 'no_mailbox', :now
FROM delivery JOIN address ON address.id = delivery.address_id WHERE delivery.id IN :ids
ON CONFLICT (fingerprint) DO UPDATE SET reason = excluded.reason, at = excluded.at
WHERE suppression.reason = 'suspended'"""

_FINGERPRINTS = """SELECT DISTINCT address.fingerprint FROM delivery
JOIN address ON address.id = delivery.address_id WHERE delivery.id IN :ids"""

_TO_THE_SAME = "address_id IN (SELECT sick.address_id FROM delivery AS sick WHERE sick.id IN :ids)"
