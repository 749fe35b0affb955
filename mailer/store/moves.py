"""Changes of address: asked for, done, undone. What a person had goes along; what either address refused stays refused.

Subscriptions that are alive go to the new address. *Left* rows stay where they are and count for both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from mailer.domain.addresses import Address, Family
from mailer.domain.choices import MoveState
from mailer.store.sql import run
from mailer.store.tables import addresses, moves


@dataclass(frozen=True)
class MoveRow:
    """One change of address."""

    id: int
    from_address_id: int
    contact_id: int | None
    wanted: str
    wanted_fingerprint: bytes
    to_address_id: int | None
    state: MoveState
    asked_at: datetime
    confirmed_at: datetime | None
    moved: Mapping[str, Any]


def ask(
    tx: Connection, from_address_id: int, contact_id: int | None, wanted: str, fingerprint: bytes, now: datetime
) -> int:
    """A request, which takes the place of an earlier one that was not confirmed; its id."""
    drop(tx, from_address_id, now)
    row: dict[str, Any] = {
        "from_address_id": from_address_id,
        "contact_id": contact_id,
        "wanted": wanted,
        "wanted_fingerprint": fingerprint,
        "state": MoveState.ASKED.value,
        "asked_at": now,
        "moved": {},
    }
    return int(tx.execute(insert(moves).values(row).returning(moves.c.id)).scalar_one())


def drop(tx: Connection, from_address_id: int, now: datetime) -> None:
    """Open requests of an address lead nowhere any more."""
    open_ones = update(moves).where(moves.c.from_address_id == from_address_id, moves.c.state == MoveState.ASKED.value)
    tx.execute(open_ones.values(state=MoveState.DROPPED.value, wanted="", ended_at=now))


def find(tx: Connection, move_id: int) -> MoveRow | None:
    """A change of address; None where one of its two addresses was forgotten since."""
    return _one(tx.execute(_MOVE.where(moves.c.id == move_id)).one_or_none())


def asked_since(tx: Connection, since: datetime, *, from_address_id: int, fingerprint: bytes) -> tuple[int, int]:
    """How often a change from this address was asked for, and how often one to that address."""
    lately = select(func.count()).where(moves.c.asked_at > since)
    return (
        tx.execute(lately.where(moves.c.from_address_id == from_address_id)).scalar_one(),
        tx.execute(lately.where(moves.c.wanted_fingerprint == fingerprint)).scalar_one(),
    )


def undone_since(tx: Connection, from_address_id: int, since: datetime) -> bool:
    """Whether a change away from this address was undone lately."""
    undone = select(moves.c.id).where(
        moves.c.from_address_id == from_address_id,
        moves.c.state == MoveState.UNDONE.value,
        moves.c.ended_at > since,
    )
    return tx.execute(undone.limit(1)).first() is not None


def moved_to(tx: Connection, address_id: int) -> list[MoveRow]:
    """The changes, done and not undone, that led to this address."""
    return _done(tx, moves.c.to_address_id == address_id)


def moved_from(tx: Connection, address_id: int) -> list[MoveRow]:
    """The changes, done and not undone, that led away from this address."""
    return _done(tx, moves.c.from_address_id == address_id)


def followed(tx: Connection, address_id: int) -> list[int]:
    """The addresses that somebody of this one moved on to, each once, the nearest first."""
    found: list[int] = []
    ahead = [address_id]
    while ahead:
        for row in moved_from(tx, ahead.pop()):
            if row.to_address_id and row.to_address_id not in (address_id, *found):
                found.append(row.to_address_id)
                ahead.append(row.to_address_id)
    return found


def take_address(tx: Connection, address: Address, family: Family, fingerprint: bytes, now: datetime) -> int:
    """The id of an address, which is new or not."""
    values = {"written": address.written, "canonical": address.canonical, "domain": address.domain, "now": now}
    run(tx, _NEW_ADDRESS, **values, family=int(family), fingerprint=fingerprint)
    return int(tx.execute(select(addresses.c.id).where(addresses.c.canonical == address.canonical)).scalar_one())


def do(tx: Connection, row: MoveRow, to_address_id: int, now: datetime) -> bool:
    """Who moves gets their letters at the new address from now on; False where the request is open no more."""
    values = {"old": row.from_address_id, "new": to_address_id, "now": now}
    if run(tx, _DONE, id=row.id, new=to_address_id, now=now).rowcount == 0:
        return False
    who = {"contact": row.contact_id, "everyone": int(row.contact_id is None)}
    lists = run(tx, _MOVE_SUBSCRIPTIONS, old=row.from_address_id, new=to_address_id, **who)
    kept: dict[str, Any] = {"subscriptions": {str(one.id): one.state for one in lists}}
    kept["contacts"] = [one.id for one in run(tx, _MOVE_CONTACTS, old=row.from_address_id, new=to_address_id, **who)]
    kept["letters"] = [one.id for one in run(tx, _LETTERS_FOLLOW, old=row.from_address_id, new=to_address_id, **who)]
    run(tx, _LEFT_THERE_TOO, **values)
    tx.execute(update(moves).where(moves.c.id == row.id).values(moved=kept))
    return True


def undo(tx: Connection, row: MoveRow, now: datetime) -> bool:
    """Whatever moved is back at the old address as it was, and open requests end; False where it is not done."""
    if row.to_address_id is None or run(tx, _UNDONE, id=row.id, now=now).rowcount == 0:
        return False
    # Whoever took the letters over may have passed them on.
    for later in moved_from(tx, row.to_address_id):
        undo(tx, later, now)
    values = {"old": row.from_address_id, "new": row.to_address_id}
    for one, state in row.moved["subscriptions"].items():
        # What the new address left stays left there; the old one had not left it.
        run(tx, _STAYS_LEFT, new=row.to_address_id, id=int(one))
        run(tx, _SUBSCRIPTION_BACK, **values, id=int(one), state=state)
    run(tx, _CONTACTS_BACK, **values, ids=list(row.moved["contacts"]) or [0])
    run(tx, _LETTERS_BACK, **values, ids=list(row.moved.get("letters", ())) or [0])
    for address_id in (row.from_address_id, row.to_address_id):
        drop(tx, address_id, now)
    return True


def _done(tx: Connection, where: Any) -> list[MoveRow]:
    rows = tx.execute(_MOVE.where(where, moves.c.state == MoveState.DONE.value).order_by(moves.c.id))
    return [found for row in rows if (found := _one(row)) is not None]


def _one(found: Row[Any] | None) -> MoveRow | None:
    if found is None:
        return None
    return MoveRow(**{**found._mapping, "state": MoveState(found.state)})


_MOVE = select(*(moves.c[name] for name in MoveRow.__dataclass_fields__))

_NEW_ADDRESS = """INSERT INTO address (address, canonical, domain, family, fingerprint, created_at)
VALUES (:written, :canonical, :domain, :family, :fingerprint, :now) ON CONFLICT DO NOTHING"""

_DONE = """UPDATE move SET state = 'done', to_address_id = :new, wanted = '', confirmed_at = :now
WHERE id = :id AND state = 'asked'"""

_UNDONE = "UPDATE move SET state = 'undone', ended_at = :now WHERE id = :id AND state = 'done'"

_WHO = """SELECT contact.id FROM contact
  WHERE contact.address_id = :old AND (:everyone = 1 OR contact.id = CAST(:contact AS INTEGER))"""

# A subscription that nobody holds goes along where all do.
_MOVE_SUBSCRIPTIONS = f"""UPDATE subscription SET address_id = :new
WHERE address_id = :old AND state <> 'left' AND (contact_id IN ({_WHO}) OR (contact_id IS NULL AND :everyone = 1))
RETURNING id, state"""  # noqa: S608 - put together from the constant above

_MOVE_CONTACTS = f"UPDATE contact SET address_id = :new WHERE id IN ({_WHO}) RETURNING id"  # noqa: S608 - as above

_LEFT_THERE_TOO = """INSERT INTO subscription (address_id, list_slug, state, left_at)
SELECT DISTINCT CAST(:new AS INTEGER), gone.list_slug, 'left', :now
FROM subscription AS gone
WHERE gone.address_id = :old AND gone.state = 'left' AND NOT EXISTS (SELECT 1 FROM subscription AS there
  WHERE there.address_id = :new AND there.list_slug = gone.list_slug AND there.state = 'left')"""

_STAYS_LEFT = """INSERT INTO subscription (address_id, list_slug, state, left_at)
SELECT address_id, list_slug, 'left', left_at FROM subscription
WHERE id = :id AND address_id = :new AND state = 'left'"""

_SUBSCRIPTION_BACK = """UPDATE subscription SET address_id = :old, left_at = NULL,
  state = CASE state WHEN 'left' THEN :state ELSE state END
WHERE id = :id AND address_id = :new"""

# Letters that wait go along; one that a sender has in hand is on its way already, and one a mailbox is enough.
_LETTERS_FOLLOW = """UPDATE delivery SET address_id = :new, family = (SELECT family FROM address WHERE id = :new)
WHERE address_id = :old AND state = 'queued'
AND (:everyone = 1 OR delivery.contact_id = CAST(:contact AS INTEGER)) AND NOT EXISTS (
  SELECT 1 FROM delivery AS there WHERE there.issue_id = delivery.issue_id AND there.address_id = :new)
RETURNING id"""

_LETTERS_BACK = """UPDATE delivery SET address_id = :old, family = (SELECT family FROM address WHERE id = :old)
WHERE id IN :ids AND address_id = :new AND state = 'queued'"""

_CONTACTS_BACK = "UPDATE contact SET address_id = :old WHERE id IN :ids AND address_id = :new"
