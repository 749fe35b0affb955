"""How hits lie in the database: many in one statement, since each row that is fetched or written by itself lets other
threads of the program go first. Never commits.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection

from mailer.domain.hits import REFUSED


class Hit(NamedTuple):
    """A pixel or link fetched."""

    issue_id: int
    seen_hash: bytes
    link: int
    hit_class: int
    delivery_id: int = 0
    """Where the letter names its reader, who agreed to it; 0 where nothing does."""
    corrects: bool = False
    """What was written of this link is taken back: the class is this one, even a lower one."""


Key = tuple[int, bytes, int]
"""Issue, letter, link."""


def write_hits(tx: Connection, hits: Sequence[Hit]) -> None:
    """The highest class of each link stays, but where a hit corrects it. Nothing is kept of a count that is closed,
    of a letter whose reader said no, or of a reader who took their word back."""
    allowed = _allowed(tx, {hit.delivery_id for hit in hits if hit.delivery_id})
    rows: dict[Key, int] = {}
    corrected: dict[Key, int] = {}
    for issue_id, seen_hash, link, hit_class, delivery_id, corrects in hits:
        if delivery_id in allowed:
            key = (issue_id, seen_hash, link)
            if corrects:
                corrected[key] = int(hit_class)
            elif rows.get(key, 0) < hit_class:
                rows[key] = int(hit_class)
    if rows:
        _WRITE[tx.dialect.name](tx, rows)
    if corrected:
        values = [(hit_class, *key) for key, hit_class in corrected.items()]
        tx.exec_driver_sql(_CORRECT[tx.dialect.name], values)


def forget_order(tx: Connection) -> None:
    """Hits lie in the order of their hashes, written by one transaction: nothing tells which of them came first.

    On SQLite they always do. PostgreSQL keeps rows where they were written, and the number of who wrote them.
    """
    if tx.dialect.name == "postgresql" and tx.exec_driver_sql(_SEVERAL_WRITERS).scalar():
        tx.exec_driver_sql(_WRITE_ANEW)


def _allowed(tx: Connection, deliveries: Collection[int]) -> Collection[int]:
    """Those whose readers still agree; 0 stands for letters that name nobody."""
    if not deliveries:
        return (0,)
    if tx.dialect.name == "sqlite":
        marks = ", ".join("?" * len(deliveries))
        found = tx.exec_driver_sql(_AGREED.replace("{these}", f"IN ({marks})"), tuple(sorted(deliveries)))
    else:
        found = tx.exec_driver_sql(_AGREED.replace("{these}", "= ANY(%s)") + " FOR SHARE", (sorted(deliveries),))
    return {0, *found.scalars()}


def _write_on_sqlite(tx: Connection, rows: Mapping[Key, int]) -> None:
    # In the order of the table: neighbours share a page.
    values = [value for key in sorted(rows) for value in (*key, rows[key])]
    size = 1 << (len(rows) - 1).bit_length()
    # Statements of few sizes, so that each is prepared once; the last row stands for those that lack.
    tx.exec_driver_sql(_insert(size), tuple(values + values[-4:] * (size - len(rows))))


def _write_on_postgresql(tx: Connection, rows: Mapping[Key, int]) -> None:
    """Its issues are held first: a count that is being closed, or a letter that is being refused, waits or is seen."""
    wanted = sorted({issue_id for issue_id, _, _ in rows})
    still_open = set(tx.exec_driver_sql(_OPEN_POSTGRESQL, (wanted,)).scalars())
    # In one order, so that two ledgers never wait for each other's rows.
    kept = [(*key, rows[key]) for key in sorted(rows) if key[0] in still_open]
    if kept:
        tx.exec_driver_sql(_INSERT_POSTGRESQL, tuple(list(column) for column in _columns(kept)))


def _columns(rows: Iterable[tuple[int, bytes, int, int]]) -> Iterable[tuple[object, ...]]:
    return zip(*rows, strict=True)


_WRITE = {"sqlite": _write_on_sqlite, "postgresql": _write_on_postgresql}


@lru_cache(16)
def _insert(size: int) -> str:
    return _INSERT_SQLITE.replace("{rows}", ", ".join(["(?, ?, ?, ?)"] * size))


_AGREED = "SELECT id FROM delivery WHERE measured AND id {these}"

_NOT_REFUSED = f"""NOT EXISTS (SELECT 1 FROM seen AS refused
  WHERE refused.issue_id = hit.issue_id AND refused.hash = hit.hash AND refused.link = {REFUSED})"""  # noqa: S608 - a number of our own

_KEEP_HIGHEST = """ON CONFLICT (issue_id, hash, link) DO UPDATE SET hit_class = excluded.hit_class
WHERE excluded.hit_class > seen.hit_class"""

# A hit may reach us just after its issue's count was closed and its key erased: then nothing of it is kept.
_INSERT_SQLITE = f"""WITH hit (issue_id, hash, link, hit_class) AS (VALUES {{rows}})
INSERT INTO seen (issue_id, hash, link, hit_class)
SELECT issue.id, hit.hash, hit.link, hit.hit_class
FROM hit CROSS JOIN issue ON issue.id = hit.issue_id AND issue.issue_key IS NOT NULL
WHERE {_NOT_REFUSED} {_KEEP_HIGHEST}"""  # noqa: S608 - put together from the constants above

_OPEN_POSTGRESQL = "SELECT id FROM issue WHERE id = ANY(%s) AND issue_key IS NOT NULL ORDER BY id FOR SHARE"

_INSERT_POSTGRESQL = f"""INSERT INTO seen (issue_id, hash, link, hit_class)
SELECT hit.* FROM unnest(%s::integer[], %s::bytea[], %s::integer[], %s::integer[])
  AS hit (issue_id, hash, link, hit_class)
WHERE {_NOT_REFUSED} {_KEEP_HIGHEST}"""  # noqa: S608 - as above

_SEVERAL_WRITERS = "SELECT min(xmin::text) <> max(xmin::text) FROM seen"

_WRITE_ANEW = """WITH gone AS (DELETE FROM seen RETURNING issue_id, hash, link, hit_class)
INSERT INTO seen (issue_id, hash, link, hit_class)
SELECT issue_id, hash, link, hit_class FROM gone ORDER BY hash, link"""

_CORRECT = {
    "sqlite": "UPDATE seen SET hit_class = ? WHERE issue_id = ? AND hash = ? AND link = ? AND link >= 0",
    "postgresql": "UPDATE seen SET hit_class = %s WHERE issue_id = %s AND hash = %s AND link = %s AND link >= 0",
}
