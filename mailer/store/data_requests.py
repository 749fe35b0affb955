"""Links to one's own data that were asked for: when, for which address."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from mailer.store.tables import data_requests


@dataclass(frozen=True)
class DataRequestRow:
    """One link."""

    address_id: int
    asked_at: datetime


def add(tx: Connection, address_id: int, now: datetime) -> int:
    """A new link for the owner of an address; its id."""
    added = insert(data_requests).values(address_id=address_id, asked_at=now)
    return int(tx.execute(added.returning(data_requests.c.id)).scalar_one())


def since(tx: Connection, address_id: int, when: datetime) -> int:
    """How many were asked for lately."""
    lately = select(func.count()).where(data_requests.c.address_id == address_id, data_requests.c.asked_at > when)
    return int(tx.execute(lately).scalar_one())


def find(tx: Connection, request_id: int) -> DataRequestRow | None:
    """A link; None where its address was forgotten since."""
    wanted = select(data_requests.c.address_id, data_requests.c.asked_at)
    found = tx.execute(wanted.where(data_requests.c.id == request_id)).one_or_none()
    return None if found is None else DataRequestRow(*found)
