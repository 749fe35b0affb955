"""The small facts of sending and reading, and how a group of them is written. Opens no transaction.

A group is one statement a kind, whatever its size: the facts travel as one JSON parameter and the UPDATE says
which of them still held.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from functools import cache, partial
from typing import NamedTuple

from sqlalchemy import Connection

from mailer.domain.deliveries import DeliveryState, Settlement
from mailer.store.skips import THESE, skip_unwelcome
from mailer.store.sql import facts_from_json, moment_in_json, run, spoken

LONGEST_WORDS = 500


class Leaving(NamedTuple):
    """A letter is about to be handed over."""

    future: Future[bool]
    delivery_id: int
    claim_id: str
    now: datetime


class Settled(NamedTuple):
    """The relay's reply to a letter, and what follows."""

    future: Future[bool]
    delivery_id: int
    claim_id: str
    settlement: Settlement
    now: datetime


class Hit(NamedTuple):
    """A pixel or link fetched."""

    future: Future[None]
    issue_id: int
    seen_hash: bytes
    link: int
    hit_class: int


Fact = Leaving | Settled | Hit
Answer = Callable[[], None]


def write(tx: Connection, facts: Sequence[Fact]) -> list[Answer]:
    """Write facts of which no two are about one delivery; the answers to give once they are committed."""
    # In the order of their ids, so that two ledgers never wait for each other's rows.
    leaving = sorted((fact for fact in facts if isinstance(fact, Leaving)), key=_delivery)
    settled = sorted((fact for fact in facts if isinstance(fact, Settled)), key=_delivery)
    hits = sorted((fact for fact in facts if isinstance(fact, Hit)), key=_hit)
    answers: list[Answer] = []
    if leaving:
        answers += _answers(leaving, _write_leaving(tx, leaving))
    if settled:
        answers += _answers(settled, _write_settled(tx, settled))
    if hits:
        _write_hits(tx, hits)
        answers += [partial(hit.future.set_result, None) for hit in hits]
    return answers


def _delivery(fact: Leaving | Settled) -> int:
    return fact.delivery_id


def _hit(fact: Hit) -> tuple[int, bytes, int]:
    return fact.issue_id, fact.seen_hash, fact.link


def _answers(facts: Sequence[Leaving | Settled], held: set[int]) -> list[Answer]:
    return [partial(fact.future.set_result, fact.delivery_id in held) for fact in facts]


def _write_leaving(tx: Connection, facts: Sequence[Leaving]) -> set[int]:
    dialect = tx.dialect.name
    rows = [(fact.delivery_id, fact.claim_id, moment_in_json(fact.now, dialect)) for fact in facts]
    return _update(tx, _leaving_words(dialect), rows)


def _write_settled(tx: Connection, facts: Sequence[Settled]) -> set[int]:
    dialect = tx.dialect.name
    settled = _update(tx, _settled_words(dialect), [_settled_row(fact, dialect) for fact in facts])
    dead = [fact for fact in facts if fact.settlement.suppress and fact.delivery_id in settled]
    if dead:
        ids = [fact.delivery_id for fact in dead]
        run(tx, _SUPPRESS, ids=ids, now=dead[0].now)
        skip_unwelcome(tx, _TO_THE_SAME, dead[0].now, ids=ids)
    back = [fact for fact in facts if fact.settlement.state is DeliveryState.QUEUED and fact.delivery_id in settled]
    if back:
        # While the letter was at the relay its reader may have left, or the issue may have been cancelled.
        skip_unwelcome(tx, THESE, back[0].now, ids=[fact.delivery_id for fact in back])
    return settled


def _settled_row(fact: Settled, dialect: str) -> tuple[object, ...]:
    settlement = fact.settlement
    return (
        fact.delivery_id,
        fact.claim_id,
        settlement.state.value,
        settlement.code,
        _storable(settlement.words),
        int(settlement.counted),
        moment_in_json(settlement.next_try_at, dialect),
        moment_in_json(fact.now, dialect),
    )


def _storable(words: str) -> str:
    """A relay's words as both databases take them: no NUL, no half of a surrogate pair, not endless."""
    return words[:LONGEST_WORDS].encode("utf-8", "replace").decode().replace("\0", " ")


def _write_hits(tx: Connection, hits: Sequence[Hit]) -> None:
    mark = "?" if tx.dialect.name == "sqlite" else "%s"
    rows = [(hit.seen_hash, hit.link, int(hit.hit_class), hit.issue_id) for hit in hits]
    tx.exec_driver_sql(spoken(_HIT, tx.dialect.name).replace("?", mark), rows)


def _update(tx: Connection, words: str, rows: Sequence[tuple[object, ...]]) -> set[int]:
    return set(tx.exec_driver_sql(words, {"facts": json.dumps(rows)}).scalars())


@cache
def _leaving_words(dialect: str) -> str:
    return _for_driver(_LEAVING, {"delivery_id": "integer", "claim_id": "text", "now": "timestamptz"}, dialect)


@cache
def _settled_words(dialect: str) -> str:
    columns = {
        "delivery_id": "integer",
        "claim_id": "text",
        "state": "text",
        "code": "integer",
        "words": "text",
        "counted": "integer",
        "next_try_at": "timestamptz",
        "now": "timestamptz",
    }
    return _for_driver(_SETTLED, columns, dialect)


def _for_driver(words: str, columns: dict[str, str], dialect: str) -> str:
    full = spoken(words.replace("{facts}", facts_from_json(dialect, columns)), dialect)
    return full if dialect == "sqlite" else full.replace(":facts", "%(facts)s")


# The issue is asked by a subquery: joined, SQLite would begin with it and walk through all of its letters.
_LEAVING = """UPDATE delivery SET state = 'sending', attempts = attempts + 1,
  first_attempt_at = coalesce(delivery.first_attempt_at, fact.now)
FROM {facts} AS fact
WHERE delivery.id = fact.delivery_id AND delivery.claim_id = fact.claim_id
  AND delivery.state = 'claimed' AND delivery.lease_until > {clock}
  AND (SELECT issue.state FROM issue WHERE issue.id = delivery.issue_id) = 'released'
RETURNING delivery.id"""

# A refusal before the dot settles a letter that is still claimed: its attempt is counted here, where the others were
# counted on leaving. An unknown letter may be settled by the sender whose lease ran out, if it still lives.
_SETTLED = """UPDATE delivery SET state = fact.state, code = fact.code, words = fact.words, settled_at = fact.now,
  next_try_at = coalesce(fact.next_try_at, delivery.next_try_at), lease_until = NULL,
  claim_id = CASE fact.state WHEN 'queued' THEN NULL ELSE delivery.claim_id END,
  attempts = delivery.attempts + CASE delivery.state WHEN 'claimed' THEN fact.counted ELSE fact.counted - 1 END,
  first_attempt_at = CASE
    WHEN delivery.state = 'claimed' AND fact.counted = 1 THEN coalesce(delivery.first_attempt_at, fact.now)
    WHEN delivery.state <> 'claimed' AND fact.counted = 0 AND delivery.attempts = 1 THEN NULL
    ELSE delivery.first_attempt_at END
FROM {facts} AS fact
WHERE delivery.id = fact.delivery_id AND delivery.claim_id = fact.claim_id AND (
  (delivery.state = 'claimed' AND fact.state IN ('queued', 'failed'))
  OR (delivery.state = 'sending' AND fact.state IN ('sent', 'queued', 'failed', 'unknown'))
  OR (delivery.state = 'unknown' AND fact.state IN ('sent', 'queued')))
RETURNING delivery.id"""

_SUPPRESS = """INSERT INTO suppression (fingerprint, reason, at)
SELECT DISTINCT address.fingerprint, 'no_mailbox', :now
FROM delivery JOIN address ON address.id = delivery.address_id WHERE delivery.id IN :ids
ON CONFLICT DO NOTHING"""

_TO_THE_SAME = "address_id IN (SELECT sick.address_id FROM delivery AS sick WHERE sick.id IN :ids)"

# A hit may reach us just after its issue's count was closed and its key erased: then nothing of it is kept.
_HIT = """INSERT INTO seen (issue_id, hash, link, hit_class)
SELECT id, CAST(? AS {blob}), CAST(? AS INTEGER), CAST(? AS INTEGER) FROM issue WHERE id = ? AND issue_key IS NOT NULL
ON CONFLICT (issue_id, hash, link) DO UPDATE SET hit_class = excluded.hit_class
WHERE excluded.hit_class > seen.hit_class"""
