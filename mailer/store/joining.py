"""Requests to join: taken in, looked at, confirmed, erased. Never decides what is written to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, select

from mailer.domain.joining import Asking, Reply
from mailer.domain.people import SubscriptionState
from mailer.store.joining_tables import requested, requests
from mailer.store.sql import run
from mailer.store.tables import addresses, subscriptions, suppressions


@dataclass(frozen=True)
class RequestRow:
    """A request as it is kept."""

    id: int
    kind: str
    fingerprint: bytes
    address: str
    """Empty once it is erased."""
    domain: str
    asked_at: datetime
    mails: int
    mailed_at: datetime | None
    replied: str
    valid_until: datetime | None
    reminded_at: datetime | None
    confirmed_at: datetime | None


@dataclass(frozen=True)
class RequestedRow:
    """A list that a request is for."""

    list_slug: str
    title: str
    asked_at: datetime
    version: str
    way: str
    origin: str
    measure_wanted: bool


@dataclass(frozen=True)
class Facts:
    """What is known of the address that a request names."""

    address_id: int | None
    suppressed: bool
    states: Mapping[str, SubscriptionState]


def take(tx: Connection, asking: Asking, lists: Mapping[str, str], now: datetime) -> int:
    """Writes the request down, or adds to the one that is open; `lists` are titles by slug. Its id.

    The same statements whoever asks: nothing about the address is looked up.
    """
    whose = {"fingerprint": asking.fingerprint, "kind": asking.kind.value, "now": now}
    run(tx, _DROP_OUTLIVED, **whose)
    address = asking.address
    request_id = int(run(tx, _TAKE, **whose, address=address.written, domain=address.domain).scalar_one())
    told = {"version": asking.version, "way": asking.way.value, "origin": asking.origin}
    for slug, title in lists.items():
        values = {"request_id": request_id, "list_slug": slug, "title": title, "now": now, **told}
        run(tx, _TAKE_LIST, **values, measure_wanted=asking.measure_wanted)
    return request_id


def asked_since(tx: Connection, since: datetime) -> int:
    """How many different addresses were typed since then."""
    return tx.execute(select(func.count()).where(requests.c.asked_at > since)).scalar_one()


def any_waiting(tx: Connection, now: datetime) -> bool:
    """Whether somebody waits for an answer."""
    return tx.execute(_waiting(select(requests.c.id), now).limit(1)).first() is not None


def waiting(tx: Connection, now: datetime, limit: int) -> list[RequestRow]:
    """Who waits for an answer, the longest first; held until the end of the transaction."""
    found = _waiting(select(*_COLUMNS), now).order_by(requests.c.look_at, requests.c.id).limit(limit)
    return [RequestRow(*row) for row in tx.execute(found.with_for_update(skip_locked=True))]


def to_remind(tx: Connection, mailed_before: datetime, now: datetime, limit: int) -> list[RequestRow]:
    """Who was asked to confirm before that, can still do it, did not, and was not reminded."""
    found = select(*_COLUMNS).where(
        requests.c.confirmed_at.is_(None),
        requests.c.valid_until > now,
        requests.c.mailed_at <= mailed_before,
        requests.c.replied == Reply.CONFIRM.value,
        requests.c.reminded_at.is_(None),
        requests.c.address != "",
    )
    return [RequestRow(*row) for row in tx.execute(found.limit(limit).with_for_update(skip_locked=True))]


def find(tx: Connection, request_id: int) -> RequestRow | None:
    """The request of that number; None where it is erased."""
    row = tx.execute(select(*_COLUMNS).where(requests.c.id == request_id)).one_or_none()
    return None if row is None else RequestRow(*row)


def lists_of(tx: Connection, request_id: int) -> list[RequestedRow]:
    """What a request is for, in the order of its asking."""
    columns = [requested.c[name] for name in RequestedRow.__dataclass_fields__]
    found = select(*columns).where(requested.c.request_id == request_id)
    return [RequestedRow(*row) for row in tx.execute(found.order_by(requested.c.asked_at, requested.c.list_slug))]


def facts_of(tx: Connection, fingerprint: bytes) -> Facts:
    """What we know of an address by its fingerprint."""
    refused = exists(select(suppressions.c.reason).where(suppressions.c.fingerprint == fingerprint))
    address_id = tx.execute(select(addresses.c.id).where(addresses.c.fingerprint == fingerprint)).scalar()
    rows: Sequence[Any] = ()
    if address_id is not None:
        columns = (subscriptions.c.list_slug, subscriptions.c.state)
        rows = tx.execute(select(*columns).where(subscriptions.c.address_id == address_id)).all()
    order = list(SubscriptionState)
    states = sorted(
        ((row.list_slug, SubscriptionState(row.state)) for row in rows), key=lambda one: order.index(one[1])
    )
    return Facts(address_id, bool(tx.execute(select(refused)).scalar_one()), dict(states))


def mailed_since(tx: Connection, domain: str, since: datetime) -> int:
    """To how many addresses of a domain we wrote since then because somebody asked."""
    where = (requests.c.domain == domain, requests.c.mailed_at > since)
    return tx.execute(select(func.count()).where(*where)).scalar_one()


def replied(tx: Connection, request_id: int, reply: Reply, now: datetime, valid_until: datetime | None) -> None:
    """Notes what was written; there is nothing more to decide until somebody asks again."""
    run(tx, _REPLIED, id=request_id, reply=reply.value, now=now, valid_until=valid_until)


def put_off(tx: Connection, request_id: int, until: datetime | None) -> None:
    """To be decided at `until`; not at all where it is None."""
    run(tx, _PUT_OFF, id=request_id, until=until)


def reminded(tx: Connection, request_id: int, now: datetime) -> bool:
    """Notes the one reminder; False for whoever comes second."""
    return run(tx, _REMINDED, id=request_id, now=now).rowcount == 1


def confirm(tx: Connection, request_id: int, now: datetime) -> bool:
    """Its owner confirmed. False where that was done before, or comes too late."""
    return run(tx, _CONFIRM, id=request_id, now=now).rowcount == 1


def erase_address(tx: Connection, request_id: int) -> None:
    """Only the fingerprint and the times stay."""
    run(tx, _ERASE_ADDRESS, id=request_id)
    tx.execute(delete(requested).where(requested.c.request_id == request_id))


def erase(tx: Connection, forgotten_before: datetime, kinds: Sequence[str], now: datetime) -> int:
    """Addresses of requests that nobody can confirm any more; then, later, the rest, and the letters of those `kinds`.

    How many addresses.
    """
    run(tx, _ERASE_EXPIRED_LISTS, now=now)
    erased = run(tx, _ERASE_EXPIRED, now=now).rowcount
    run(tx, _FORGET_LISTS, before=forgotten_before)
    run(tx, _FORGET, before=forgotten_before)
    run(tx, _FORGET_NOTICES, before=forgotten_before, kinds=list(kinds))
    return erased


def _waiting(found: Select[Any], now: datetime) -> Select[Any]:
    return found.where(requests.c.look_at.is_not(None), requests.c.look_at <= now)


_COLUMNS = [requests.c[name] for name in RequestRow.__dataclass_fields__]

# What an expired request was for is not what the next one is for.
_DROP_OUTLIVED = """DELETE FROM requested WHERE request_id IN (SELECT id FROM request
WHERE fingerprint = :fingerprint AND kind = :kind AND confirmed_at IS NULL AND valid_until <= :now)"""

_TAKE = """INSERT INTO request (kind, fingerprint, address, domain, asked_at, look_at, mails, replied)
VALUES (:kind, :fingerprint, :address, :domain, :now, :now, 0, '')
ON CONFLICT (fingerprint, kind) WHERE confirmed_at IS NULL
DO UPDATE SET address = excluded.address, asked_at = excluded.asked_at, look_at = excluded.look_at,
  valid_until = CASE WHEN request.valid_until <= excluded.asked_at THEN NULL ELSE request.valid_until END
RETURNING id"""

_TAKE_LIST = """INSERT INTO requested
  (request_id, list_slug, title, asked_at, version, way, origin, measure_wanted)
VALUES (:request_id, :list_slug, :title, :now, :version, :way, :origin, :measure_wanted)
ON CONFLICT (request_id, list_slug) DO UPDATE SET title = excluded.title, asked_at = excluded.asked_at,
  version = excluded.version, way = excluded.way, origin = excluded.origin, measure_wanted = excluded.measure_wanted"""

_REPLIED = """UPDATE request SET look_at = NULL, mails = mails + 1, mailed_at = :now, replied = :reply,
  valid_until = :valid_until
WHERE id = :id"""

_PUT_OFF = "UPDATE request SET look_at = :until WHERE id = :id"

_REMINDED = "UPDATE request SET reminded_at = :now WHERE id = :id AND reminded_at IS NULL AND confirmed_at IS NULL"

_CONFIRM = """UPDATE request SET confirmed_at = :now, look_at = NULL
WHERE id = :id AND confirmed_at IS NULL AND valid_until > :now AND address <> ''"""

_ERASE_ADDRESS = "UPDATE request SET address = '' WHERE id = :id"

_EXPIRED = "confirmed_at IS NULL AND valid_until <= :now AND address <> ''"

_ERASE_EXPIRED_LISTS = f"DELETE FROM requested WHERE request_id IN (SELECT id FROM request WHERE {_EXPIRED})"  # noqa: S608 - the constant above

_ERASE_EXPIRED = f"UPDATE request SET address = '' WHERE {_EXPIRED}"  # noqa: S608 - as above

_FORGET_LISTS = "DELETE FROM requested WHERE request_id IN (SELECT id FROM request WHERE asked_at <= :before)"

_FORGET = "DELETE FROM request WHERE asked_at <= :before"

_FORGET_NOTICES = """DELETE FROM notice
WHERE kind IN :kinds AND queued_at <= :before AND state NOT IN ('queued', 'sending')"""
