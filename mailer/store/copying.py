"""What hangs on a contact copied to another, and exactly that taken away again. Moves only structures of a network."""

from typing import Any

from sqlalchemy import Connection

from mailer.store.sql import run

MEMBERS = "members"
"""Structures of a network: these move, for they are in one network only."""


def copy(tx: Connection, kept_id: int, gone_id: int) -> dict[str, list[Any]]:
    """What the one did not have, by table."""
    both = {"kept": kept_id, "gone": gone_id}
    return {name: list(run(tx, words, **both).scalars()) for name, words in _COPY.items()}


def take_back(tx: Connection, kept_id: int, gone_id: int, copied: dict[str, list[Any]]) -> None:
    """Exactly those copies go."""
    for name, keys in copied.items():
        if keys and name != MEMBERS:
            run(tx, _TAKE_BACK[name], kept=kept_id, keys=list(keys))
    if moved := copied[MEMBERS]:
        run(tx, _MEMBERS_BACK, kept=kept_id, gone=gone_id, keys=list(moved))


_COPY = {
    "tags": """INSERT INTO tag (contact_id, slug, batch_id)
SELECT CAST(:kept AS INTEGER), slug, batch_id FROM tag WHERE contact_id = :gone
ON CONFLICT DO NOTHING RETURNING slug""",
    "memberships": """INSERT INTO membership (contact_id, year, kind, since, batch_id)
SELECT CAST(:kept AS INTEGER), year, kind, since, batch_id FROM membership WHERE contact_id = :gone
ON CONFLICT DO NOTHING RETURNING year""",
    "values": """INSERT INTO custom_value (contact_id, field, value, number, batch_id)
SELECT CAST(:kept AS INTEGER), field, value, number, batch_id FROM custom_value WHERE contact_id = :gone
ON CONFLICT DO NOTHING RETURNING field""",
    "addresses": """INSERT INTO contact_address (contact_id, address_id, label, batch_id)
SELECT CAST(:kept AS INTEGER), address_id, label, batch_id FROM contact_address WHERE contact_id = :gone
  AND address_id NOT IN (SELECT address_id FROM contact WHERE id IN (:kept, :gone) AND address_id IS NOT NULL)
ON CONFLICT DO NOTHING RETURNING address_id""",
    "structures": """INSERT INTO affiliation (person_id, structure_id, role, address_id, batch_id)
SELECT CAST(:kept AS INTEGER), structure_id, role, address_id, batch_id FROM affiliation WHERE person_id = :gone
ON CONFLICT DO NOTHING RETURNING id""",
    "people": """INSERT INTO affiliation (person_id, structure_id, role, address_id, batch_id)
SELECT person_id, CAST(:kept AS INTEGER), role, address_id, batch_id FROM affiliation WHERE structure_id = :gone
ON CONFLICT DO NOTHING RETURNING id""",
    MEMBERS: "UPDATE contact SET parent_id = :kept WHERE parent_id = :gone AND id <> :kept RETURNING id",
}

_TAKE_BACK = {
    "tags": "DELETE FROM tag WHERE contact_id = :kept AND slug IN :keys",
    "memberships": "DELETE FROM membership WHERE contact_id = :kept AND year IN :keys",
    "values": "DELETE FROM custom_value WHERE contact_id = :kept AND field IN :keys",
    "addresses": "DELETE FROM contact_address WHERE contact_id = :kept AND address_id IN :keys",
    "structures": "DELETE FROM affiliation WHERE person_id = :kept AND id IN :keys",
    "people": "DELETE FROM affiliation WHERE structure_id = :kept AND id IN :keys",
}

_MEMBERS_BACK = "UPDATE contact SET parent_id = :gone WHERE parent_id = :kept AND id IN :keys"
