"""How files were read before, by their shape. Holds no row of any file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from mailer.store.tables import mappings


def find(tx: Connection, shapes: Sequence[str]) -> Mapping[str, Any] | None:
    """What a person said of a file of one of these shapes; None where nobody did."""
    found = tx.execute(select(mappings.c.mapping).where(mappings.c.shape.in_(shapes)).order_by(mappings.c.at.desc()))
    return found.scalars().first()


def remember(tx: Connection, shape: str, mapping: Mapping[str, Any], file_name: str, now: datetime) -> None:
    """The next file of that shape is read so."""
    tx.execute(delete(mappings).where(mappings.c.shape == shape))
    tx.execute(insert(mappings).values(shape=shape, mapping=dict(mapping), file_name=file_name, at=now))
