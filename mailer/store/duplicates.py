"""What contacts are compared by to find those that are probably one, and pairs that a person said are two."""

import re
from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from mailer.domain.likeness import Look
from mailer.domain.people import ContactKind
from mailer.domain.search import fold
from mailer.store.sql import run
from mailer.store.tables import addresses, affiliations, contacts, custom_values, not_duplicates

NUMBER_FIELDS = ("siret", "siren", "rna")
"""The names of a site's own fields that hold the number of a structure."""
_NUMBER = re.compile(r"\d{14}|\d{9}|W\d{9}")


def looks(tx: Connection, *only: int) -> list[Look]:
    """Every open contact, or only those, as it is compared."""
    structures, numbers = _structures(tx), _numbers(tx)
    wanted = _LOOKS.where(contacts.c.id.in_(only)) if only else _LOOKS
    return [
        Look(
            row.id,
            ContactKind(row.kind),
            row.name,
            fold(row.city),
            row.canonical or "",
            structures.get(row.id, _NONE),
            numbers.get(row.id, frozenset()),
        )
        for row in tx.execute(wanted)
    ]


def kept_apart(tx: Connection) -> set[tuple[int, int]]:
    """The pairs that are two, as a person said; the lesser number comes first."""
    return {(row[0], row[1]) for row in tx.execute(select(not_duplicates.c.first_id, not_duplicates.c.second_id))}


def keep_apart(tx: Connection, one: int, other: int, by: str, now: datetime) -> bool:
    """These are two; False where that was said before."""
    pair = {"first": min(one, other), "second": max(one, other)}
    return run(tx, _KEEP_APART, **pair, by=by, now=now).rowcount > 0


def _structures(tx: Connection) -> dict[int, frozenset[int]]:
    found = defaultdict(set)
    for person, structure in tx.execute(select(affiliations.c.person_id, affiliations.c.structure_id)):
        found[person].add(structure)
    return {person: frozenset(some) for person, some in found.items()}


def _numbers(tx: Connection) -> dict[int, frozenset[str]]:
    found = defaultdict(set)
    held = select(custom_values.c.contact_id, custom_values.c.value)
    for contact, value in tx.execute(held.where(func.lower(custom_values.c.field).in_(NUMBER_FIELDS))):
        bare = re.sub(r"[\s.-]", "", value).upper()
        if _NUMBER.fullmatch(bare):
            found[contact].add(bare)
    return {contact: frozenset(some) for contact, some in found.items()}


_NONE: frozenset[int] = frozenset()

_LOOKS = (
    select(*(contacts.c[name] for name in ("id", "kind", "name", "city")), addresses.c.canonical)
    .outerjoin(addresses, addresses.c.id == contacts.c.address_id)
    .where(contacts.c.closed_at.is_(None), or_(contacts.c.name != "", contacts.c.address_id.is_not(None)))
    .order_by(contacts.c.id)
)

_KEEP_APART = """INSERT INTO not_duplicate (first_id, second_id, at, "by") VALUES (:first, :second, :now, :by)
ON CONFLICT DO NOTHING"""
