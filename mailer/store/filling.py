"""What a file says of contacts whom we know: gaps are filled, what a file said before gives way to what one says now.

What a person wrote by hand stays, and the difference is told. Each change is a row, so that it can be taken back.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from mailer.store.sql import run
from mailer.store.staging import of_part

GAPS = ("first_name", "last_name", "notes")
"""Filled where there is nothing, and never replaced."""
REPLACED = ("language", "postcode", "city", "region", "country", "level", "theme")
NULLABLE = ("language", "level")
GO_TOGETHER = {"region": ("region", "postcode", "city"), "country": ("country", "postcode")}
"""A postcode written by hand says the region too."""
MOST_TOLD = 1_000


@dataclass(frozen=True)
class Difference:
    """A field that a person wrote by hand, and what the file says instead."""

    line: int
    name: str
    field: str
    kept: str
    said: str


def fill(tx: Connection, here: dict[str, Any], differences: list[Difference]) -> set[int]:
    """Fills the known contacts of a part; those that changed."""
    part = {name: here[name] for name in ("low", "high")}
    changed = set(run(tx, _NAME, batch=here["batch"], **part).scalars())
    before = int(run(tx, _LAST_CHANGE).scalar_one())
    for field in (*GAPS, *REPLACED):
        values = {"now": here["now"], "by": here["by"], "batch": here["batch"], **part}
        if run(tx, _worded(_CHANGES, field), **values).rowcount:
            changed |= set(run(tx, _worded(_WRITE, field), batch=here["batch"], before=before).scalars())
        if len(differences) < MOST_TOLD and field in REPLACED:
            found = run(tx, _worded(_DIFFERENT, field), most=MOST_TOLD - len(differences), **part)
            differences += [Difference(row.line, row.name, field, row.kept, row.said) for row in found]
    return changed


def unfill(tx: Connection, here: dict[str, int]) -> None:
    """Takes back what an import wrote on a part of the contacts, where it still stands as it wrote it."""
    for field in (*GAPS, *REPLACED):
        run(tx, _worded(_TAKE_BACK, field), **here)
    run(tx, _FORGET, **here)


def _worded(words: str, field: str) -> str:
    by_hand = " AND ".join(
        f"""CAST(contact.edited AS TEXT) NOT LIKE '%"{name}"%'""" for name in GO_TOGETHER.get(field, (field,))
    )
    may = f"({by_hand})" if field in REPLACED else f"({by_hand}) AND contact.{field} = ''"
    before = "nullif(contact_change.before, '')" if field in NULLABLE else "contact_change.before"
    return words.replace("{field}", field).replace("{may}", may).replace("{before}", before)


_NAME = of_part("""UPDATE contact SET name = staged.name, named_by = :batch, search = ''
FROM staged WHERE {here} AND staged.fresh = 0 AND contact.id = staged.contact_id
AND contact.name = '' AND staged.name <> '' RETURNING contact.id""")

_LAST_CHANGE = "SELECT coalesce(max(id), 0) FROM contact_change"

_CHANGES = of_part("""INSERT INTO contact_change (contact_id, at, by, field, before, after, batch_id)
SELECT contact.id, :now, :by, '{field}', coalesce(min(contact.{field}), ''), min(staged.{field}), :batch
FROM staged JOIN contact ON contact.id = staged.contact_id
WHERE {here} AND staged.fresh = 0 AND staged.{field} <> '' AND coalesce(contact.{field}, '') <> staged.{field}
AND {may} GROUP BY contact.id""")

_WRITE = """UPDATE contact SET {field} = contact_change.after, search = '' FROM contact_change
WHERE contact_change.id > :before AND contact_change.field = '{field}' AND contact_change.batch_id = :batch
AND contact.id = contact_change.contact_id RETURNING contact.id"""

_DIFFERENT = of_part("""SELECT staged.line, contact.name, contact.{field} AS kept, staged.{field} AS said
FROM staged JOIN contact ON contact.id = staged.contact_id
WHERE {here} AND staged.fresh = 0 AND staged.{field} <> '' AND coalesce(contact.{field}, '') <> staged.{field}
AND coalesce(contact.{field}, '') <> '' AND NOT {may} ORDER BY staged.line LIMIT :most""")

_TAKE_BACK = """UPDATE contact SET {field} = {before}, search = '' FROM contact_change
WHERE contact_change.contact_id BETWEEN :low AND :high AND contact_change.batch_id = :batch
AND contact_change.field = '{field}' AND contact.id = contact_change.contact_id
AND coalesce(contact.{field}, '') = contact_change.after"""

_FORGET = "DELETE FROM contact_change WHERE batch_id = :batch AND contact_id BETWEEN :low AND :high"
