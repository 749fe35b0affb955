"""Who belongs where: persons in structures, structures in networks."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, select, update

from mailer.store.search import forget_words
from mailer.store.sql import run
from mailer.store.tables import addresses, affiliations, contacts


@dataclass(frozen=True)
class PlaceRow:
    """A person's place in a structure; `id` and `name` are those of the other one of the two."""

    id: int
    name: str
    role: str
    address: str
    """The one that is used in that role, if it is another."""


@dataclass(frozen=True)
class MemberRow:
    """A structure of a network."""

    id: int
    name: str


def affiliate(tx: Connection, person_id: int, structure_id: int, role: str, address_id: int | None) -> bool:
    """The person is in the structure with that role; False where nothing is new."""
    forget_words(tx, person_id)
    values = {"person": person_id, "structure": structure_id, "role": role, "address": address_id}
    return run(tx, _AFFILIATE, **values).rowcount > 0


def part(tx: Connection, person_id: int, structure_id: int, role: str | None) -> int:
    """The person is no more in the structure, with that role or with any; how many roles ended."""
    forget_words(tx, person_id)
    return run(tx, _PART, person=person_id, structure=structure_id, role=role).rowcount


def structures_of(tx: Connection, person_id: int) -> list[PlaceRow]:
    """Where a person belongs."""
    return _places(tx, "structure_id", "person_id", person_id)


def people_of(tx: Connection, structure_id: int) -> list[PlaceRow]:
    """Who belongs to a structure."""
    return _places(tx, "person_id", "structure_id", structure_id)


def members_of(tx: Connection, network_id: int) -> list[MemberRow]:
    """The structures of a network."""
    found = select(contacts.c.id, contacts.c.name).where(contacts.c.parent_id == network_id, _lives(contacts))
    return [MemberRow(*row) for row in tx.execute(found.order_by(contacts.c.name, contacts.c.id))]


def networks_above(tx: Connection, structure_id: int) -> list[MemberRow]:
    """The networks that a structure belongs to, the nearest first."""
    found: list[MemberRow] = []
    above: int | None = structure_id
    while above is not None:
        row = tx.execute(select(contacts.c.parent_id).where(contacts.c.id == above)).one()
        above = row.parent_id
        if above is None or above in (structure_id, *(one.id for one in found)):
            return found
        named = select(contacts.c.id, contacts.c.name).where(contacts.c.id == above)
        found.append(MemberRow(*tx.execute(named).one()))
    return found


def put_under(tx: Connection, structure_id: int, network_id: int | None) -> None:
    """The network that a structure belongs to from now on."""
    tx.execute(update(contacts).where(contacts.c.id == structure_id).values(parent_id=network_id))


def _places(tx: Connection, other: str, mine: str, contact_id: int) -> list[PlaceRow]:
    shown = (contacts.c.id, contacts.c.name, affiliations.c.role, addresses.c.address)
    found = (
        select(*shown)
        .join(contacts, contacts.c.id == affiliations.c[other])
        .outerjoin(addresses, addresses.c.id == affiliations.c.address_id)
        .where(affiliations.c[mine] == contact_id, _lives(contacts))
        .order_by(contacts.c.name, contacts.c.id, affiliations.c.role)
    )
    return [PlaceRow(row.id, row.name, row.role, row.address or "") for row in tx.execute(found)]


def _lives(table: Table) -> ColumnElement[bool]:
    return table.c.closed_reason.is_distinct_from("merged")


_AFFILIATE = """INSERT INTO affiliation (person_id, structure_id, role, address_id)
VALUES (:person, :structure, :role, :address)
ON CONFLICT (person_id, structure_id, role) DO UPDATE SET address_id = excluded.address_id
WHERE affiliation.address_id IS DISTINCT FROM excluded.address_id"""

_PART = """DELETE FROM affiliation WHERE person_id = :person AND structure_id = :structure
AND role = coalesce(CAST(:role AS TEXT), role)"""
