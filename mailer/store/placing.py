"""Who belongs where, as a file says it: structures by their names, people in them with their roles, networks above.

A structure that a file only names is made without an address. Where several bear one name, nobody is put in any.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from mailer.domain.search import fold
from mailer.store.sql import keep_writers_out, run, run_each
from mailer.store.staging import of_part

PAGE = 1_000
MOST_NETWORKS = 50
"""Networks above one another; no association has as many."""


def unnamed(tx: Connection) -> list[str]:
    """Structures that the staged rows name, and that are neither in the base nor contacts of the file."""
    held = _structures(tx).keys() | {fold(name) for (name,) in run(tx, _STAGED_STRUCTURES)}
    return [name for folded, name in _spelt(tx).items() if folded not in held]


def ambiguous(tx: Connection) -> list[str]:
    """Names in the file that several structures of the base bear."""
    known = _structures(tx)
    return [name for folded, name in _spelt(tx).items() if len(known.get(folded, ())) > 1]


def add_structures(tx: Connection, names: list[str], batch: int, now: datetime) -> None:
    """Structures without an address."""
    keep_writers_out(tx, "contact")
    known = _structures(tx)
    new = [{"name": name, "batch": batch, "now": now} for name in names if fold(name) not in known]
    if new:
        run_each(tx, _ADD, new)


def note_places(tx: Connection) -> None:
    """Which structure each name of the file means."""
    known = _structures(tx)
    run(tx, _PLACED)
    values = [
        {"key": name, "id": known[fold(name)][0]}
        for (name,) in run(tx, _NAMED).all()
        if len(known.get(fold(name), ())) == 1
    ]
    for page in _pages(values):
        run_each(tx, _PLACE, page)


def affiliate(tx: Connection, batch: int, part: tuple[int, int]) -> set[int]:
    """Puts the people of staged rows into their structures; who of them was known and is in one more."""
    keep_writers_out(tx, "affiliation")
    found = run(tx, _AFFILIATE, batch=batch, low=part[0], high=part[1]).scalars().all()
    if not found:
        return set()
    run(tx, _STALE, ids=list(found))
    return set(run(tx, _WERE_KNOWN, low=part[0], high=part[1], ids=list(found)).scalars())


def add_members(tx: Connection, batch: int, now: datetime, part: tuple[int, int]) -> int:
    """People whom the row of a structure names, without an address; how many are new."""
    keep_writers_out(tx, "contact", "affiliation")
    named = run(tx, _MEMBERS, low=part[0], high=part[1]).all()
    known: dict[tuple[int, str], int] = {}
    for page in _pages(sorted({row.structure_id for row in named})):
        for row in run(tx, _PEOPLE, ids=page):
            known[row.structure_id, fold(row.name)] = row.id
    new = 0
    for row in named:
        who = known.get((row.structure_id, fold(row.name)))
        if who is None:
            who = int(run(tx, _ADD_PERSON, name=row.name, batch=batch, now=now).scalar_one())
            known[row.structure_id, fold(row.name)] = who
            new += 1
        run(tx, _BELONG, person=who, structure=row.structure_id, role=row.role, batch=batch)
    return new


def join_networks(tx: Connection, batch: int, now: datetime, by: str) -> int:
    """Structures that the file puts under a network, where they are under none yet; how many."""
    keep_writers_out(tx, "contact")
    joined = 0
    for row in run(tx, _NETWORKS).all():
        if row.network != row.structure and not _is_above(tx, row.structure, row.network):
            values = {"structure": row.structure, "network": row.network}
            if run(tx, _JOIN, **values).rowcount:
                run(tx, _JOINED, batch=batch, now=now, by=by, **values)
                joined += 1
    return joined


def leave_networks(tx: Connection, batch: int, low: int, high: int) -> None:
    """Takes back what an import said of networks, for the structures from one id to another."""
    run(tx, _LEAVE, batch=batch, low=low, high=high)


def _is_above(tx: Connection, structure: int, network: int) -> bool:
    """Whether the network is itself below the structure: nobody is above themselves."""
    above: int | None = network
    for _ in range(MOST_NETWORKS):
        above = run(tx, "SELECT parent_id FROM contact WHERE id = :id", id=above).scalar()
        if above is None:
            return False
        if above == structure:
            return True
    return True


def _structures(tx: Connection) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in run(tx, _STRUCTURES):
        found.setdefault(fold(row.name), []).append(row.id)
    return found


def _spelt(tx: Connection) -> dict[str, str]:
    """The structures that the file names, each once, as it spells them first."""
    found: dict[str, str] = {}
    for (name,) in run(tx, _NAMED):
        found.setdefault(fold(name), name)
    found.pop("", None)
    return found


def _pages(values: list[Any]) -> Iterator[list[Any]]:
    for at in range(0, len(values), PAGE):
        yield values[at : at + PAGE]


_NAMED = """SELECT DISTINCT key AS name FROM detail WHERE what IN ('structure', 'network')
UNION SELECT DISTINCT value FROM detail WHERE what = 'network' ORDER BY name"""
_STAGED_STRUCTURES = "SELECT DISTINCT name FROM staged WHERE kind = 'structure'"
_STRUCTURES = (
    """SELECT id, name FROM contact WHERE kind = 'structure' AND closed_at IS NULL AND name <> '' ORDER BY id"""
)

_ADD = """INSERT INTO contact (kind, name, batch_id, created_at) VALUES ('structure', :name, :batch, :now)"""
_ADD_PERSON = """INSERT INTO contact (kind, name, batch_id, created_at) VALUES ('person', :name, :batch, :now)
RETURNING id"""

_PLACED = "CREATE TEMPORARY TABLE placed (key TEXT PRIMARY KEY, structure_id INTEGER)"
_PLACE = "INSERT INTO placed VALUES (:key, :id) ON CONFLICT DO NOTHING"

# Without a role only where they are not in the structure yet: the role that we know says more.
_AFFILIATE = of_part("""INSERT INTO affiliation (person_id, structure_id, role, batch_id)
SELECT DISTINCT staged.contact_id, placed.structure_id, detail.value, :batch
FROM staged JOIN detail ON detail.seq = staged.seq JOIN placed ON placed.key = detail.key
WHERE {here} AND staged.contact_id IS NOT NULL AND detail.what = 'structure'
AND placed.structure_id <> staged.contact_id
AND (detail.value <> '' OR NOT EXISTS (SELECT 1 FROM affiliation AS there
  WHERE there.person_id = staged.contact_id AND there.structure_id = placed.structure_id))
ON CONFLICT DO NOTHING RETURNING person_id""")
_STALE = "UPDATE contact SET search = '' WHERE id IN :ids AND search <> ''"
_WERE_KNOWN = of_part(
    "SELECT contact_id FROM staged WHERE {here} AND staged.contact_id IS NOT NULL AND fresh = 0 AND contact_id IN :ids"
)

_MEMBERS = of_part("""SELECT DISTINCT staged.contact_id AS structure_id, detail.key AS name, detail.value AS role
FROM staged JOIN detail ON detail.seq = staged.seq
WHERE {here} AND staged.contact_id IS NOT NULL AND detail.what = 'member' AND staged.kind = 'structure'
ORDER BY structure_id, name""")
_PEOPLE = """SELECT affiliation.structure_id, contact.id, contact.name FROM affiliation
JOIN contact ON contact.id = affiliation.person_id WHERE affiliation.structure_id IN :ids"""
_BELONG = """INSERT INTO affiliation (person_id, structure_id, role, batch_id)
VALUES (:person, :structure, :role, :batch) ON CONFLICT DO NOTHING"""

_NETWORKS = """SELECT DISTINCT lower.structure_id AS structure, upper.structure_id AS network
FROM detail JOIN placed AS upper ON upper.key = detail.key JOIN placed AS lower ON lower.key = detail.value
WHERE detail.what = 'network' ORDER BY structure, network"""
_JOIN = "UPDATE contact SET parent_id = :network WHERE id = :structure AND parent_id IS NULL"
_JOINED = """INSERT INTO contact_change (contact_id, at, by, field, before, after, batch_id)
VALUES (:structure, :now, :by, 'parent', '', CAST(:network AS TEXT), :batch)"""
_LEAVE = """UPDATE contact SET parent_id = NULL FROM contact_change
WHERE contact_change.contact_id BETWEEN :low AND :high AND contact_change.batch_id = :batch
AND contact_change.field = 'parent' AND contact.id = contact_change.contact_id
AND CAST(contact.parent_id AS TEXT) = contact_change.after"""
