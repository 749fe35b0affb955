"""Contacts found by the beginnings of words: of a name, a structure, a city, an address. Accents do not matter.

What a contact is found by is written beside it, folded. Whatever changes that empties it, and it is written anew
before the next search: only this module says what stands there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)

from mailer.domain.people import ClosedReason, ContactKind
from mailer.domain.search import found_by, wanted
from mailer.store.sql import run
from mailer.store.tables import addresses, affiliations, contact_addresses, contacts

MOST_FOUND = 50
LOOKED_AT = 2000
"""Matches that are put in order; whoever finds more writes another word."""
CHUNK = 500
NOTHING = " "
"""Of a contact that nothing is known of."""


@dataclass(frozen=True)
class FoundRow:
    """One contact that a search found."""

    id: int
    kind: ContactKind
    name: str
    city: str
    address: str
    closed: ClosedReason | None
    structures: tuple[str, ...]


def stale(tx: Connection) -> bool:
    """Whether any contact's words are to be written anew."""
    return bool(tx.execute(select(exists(select(contacts.c.id).where(contacts.c.search == "")))).scalar_one())


def refresh(tx: Connection) -> None:
    """Writes what contacts are found by, where something changed."""
    while rows := tx.execute(_STALE.limit(CHUNK)).all():
        ids = [row.id for row in rows]
        more = [_by_contact(tx, also, ids) for also in (_STRUCTURES, _FURTHER)]
        tx.execute(_WRITE, [{"one": row.id, "words": _words(row, more)} for row in rows])


def forget_words(tx: Connection, contact_id: int) -> None:
    """What the contact is found by changed, and of a structure that of its people."""
    run(tx, _STALE_NOW, id=contact_id)


def find(tx: Connection, query: str, most: int = MOST_FOUND) -> list[FoundRow]:
    """The contacts that hold every word of the query, or bear its number: those first whose name begins with it."""
    words = wanted(query)
    if not words:
        return []
    within = func.instr if tx.dialect.name == "sqlite" else func.strpos
    held = [within(contacts.c.search, f" {word}") for word in words]
    matching = select(contacts.c.id).where(
        and_(*(at > 0 for at in held)), contacts.c.closed_reason.is_distinct_from("merged")
    )
    order = (contacts.c.closed_at.is_not(None), case((held[0] == 1, 0), else_=1), contacts.c.name, contacts.c.id)
    chosen = or_(contacts.c.id.in_(matching.limit(LOOKED_AT)), _numbered(query))
    return _found(tx, _FOUND.where(chosen).order_by(*order).limit(most))


def _found(tx: Connection, wanted_rows: Select[Any]) -> list[FoundRow]:
    rows = tx.execute(wanted_rows).all()
    structures = _by_contact(tx, _STRUCTURES, [row.id for row in rows])
    return [
        FoundRow(
            row.id,
            ContactKind(row.kind),
            row.name,
            row.city,
            row.address or "",
            ClosedReason(row.closed_reason) if row.closed_reason else None,
            tuple(structures.get(row.id, ())),
        )
        for row in rows
    ]


def _numbered(query: str) -> ColumnElement[bool]:
    number = query.strip().removeprefix("#")
    one = int(number) if number.isascii() and number.isdigit() and len(number) < len("2147483647") else 0
    return contacts.c.id == one


def _words(row: Row[*tuple[Any, ...]], more: Sequence[Mapping[int, Sequence[str]]]) -> str:
    also = [text for by_contact in more for text in by_contact.get(row.id, ())]
    return (
        found_by(row.name, row.first_name, row.last_name, row.city, row.postcode, row.address or "", *also) or NOTHING
    )


def _by_contact(tx: Connection, words: Select[Any], ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in tx.execute(words, {"ids": ids}):
        found.setdefault(row[0], []).append(row[1])
    return found


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_structure = contacts.alias("structure")

_STALE = (
    select(
        *(contacts.c[name] for name in ("id", "name", "first_name", "last_name", "city", "postcode")),
        addresses.c.address,
    )
    .outerjoin(addresses, addresses.c.id == contacts.c.address_id)
    .where(contacts.c.search == "")
    .order_by(contacts.c.id)
)

_STRUCTURES = (
    select(affiliations.c.person_id, _structure.c.name)
    .join(_structure, _structure.c.id == affiliations.c.structure_id)
    .where(affiliations.c.person_id.in_(_IDS), _structure.c.closed_reason.is_distinct_from("merged"))
    .distinct()
    .order_by(affiliations.c.person_id, _structure.c.name)
)

_FURTHER = (
    select(contact_addresses.c.contact_id, addresses.c.address)
    .join(addresses, addresses.c.id == contact_addresses.c.address_id)
    .where(contact_addresses.c.contact_id.in_(_IDS))
)

_FOUND = select(
    *(contacts.c[name] for name in ("id", "kind", "name", "city", "closed_reason")), addresses.c.address
).outerjoin(addresses, addresses.c.id == contacts.c.address_id)

_WRITE = update(contacts).where(contacts.c.id == bindparam("one")).values(search=bindparam("words"))

_STALE_NOW = """UPDATE contact SET search = ''
WHERE id = :id OR id IN (SELECT person_id FROM affiliation WHERE structure_id = :id)"""
