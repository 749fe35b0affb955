"""Who the rows of a file are: those who may not be brought back, those whom we know. Takes nobody in."""

from sqlalchemy import Connection

from mailer.domain.names import same_person
from mailer.domain.search import fold
from mailer.store.sql import run
from mailer.store.staging import of_part


def leave_out(tx: Connection, part: tuple[int, int], list_slug: str | None, *, heard_of: bool) -> int:
    """Marks rows of a part whose owners opposed, left the list, moved or died, or have no mailbox; how many.

    `heard_of`: some of the addresses are in the base already.
    """
    here = {"low": part[0], "high": part[1]}
    marked = sum(run(tx, words, **here).rowcount for words in (_LEFT_OUT if heard_of else _LEFT_OUT_UNSEEN))
    if list_slug is not None and run(tx, _ANY_LEFT, list_slug=list_slug).first() is not None:
        marked += sum(run(tx, words, list_slug=list_slug, **here).rowcount for words in (_LEFT, _LEFT_ELSEWHERE))
    return marked


def recognise(tx: Connection, part: tuple[int, int]) -> None:
    """Notes which rows of a part are somebody whom we know: at the address, by a name that may be theirs."""
    here = {"low": part[0], "high": part[1]}
    run(tx, _SAME_NAME, **here)
    found: dict[int, int] = {}
    for row in run(tx, _OTHER_NAMES, **here):
        if row.number not in found and same_person(fold(row.ours), fold(row.theirs)):
            found[row.number] = row.id
    for number, contact_id in found.items():
        run(tx, _IS, number=number, contact_id=contact_id)
    run(tx, _AT_FURTHER_ADDRESS, **here)


_ANY_LEFT = "SELECT 1 FROM subscription WHERE list_slug = :list_slug AND state = 'left' LIMIT 1"

_SUPPRESSED = of_part("""UPDATE staged SET outcome = 'suppressed' WHERE {here}
AND EXISTS (SELECT 1 FROM suppression WHERE suppression.fingerprint = staged.fingerprint)""")

# Who refused at one of their addresses refused; a mailbox that does not exist says nothing of the others.
_REFUSED_ELSEWHERE = of_part("""UPDATE staged SET outcome = 'suppressed' WHERE {here} AND EXISTS (
  SELECT 1 FROM other JOIN suppression ON suppression.fingerprint = other.fingerprint
  WHERE other.seq = staged.seq AND suppression.reason IN ('opposition', 'complaint', 'erased'))""")

_LEFT = of_part("""UPDATE staged SET outcome = 'left' WHERE {here} AND EXISTS (
  SELECT 1 FROM subscription WHERE subscription.address_id = staged.address_id
  AND subscription.list_slug = :list_slug AND subscription.state = 'left')""")

_LEFT_ELSEWHERE = of_part("""UPDATE staged SET outcome = 'left' WHERE {here} AND EXISTS (
  SELECT 1 FROM other JOIN address ON address.canonical = other.canonical
  JOIN subscription ON subscription.address_id = address.id
  WHERE other.seq = staged.seq AND subscription.list_slug = :list_slug AND subscription.state = 'left')""")

# Whose letters go to another address by their own wish; somebody who stayed behind is known, and is no news.
_MOVED = of_part("""UPDATE staged SET outcome = 'moved' WHERE {here} AND EXISTS (
  SELECT 1 FROM move WHERE move.from_address_id = staged.address_id AND move.state = 'done'
  AND NOT EXISTS (SELECT 1 FROM contact WHERE contact.address_id = staged.address_id))""")

_CLOSED = of_part("""UPDATE staged SET outcome = 'closed' WHERE {here} AND EXISTS (
  SELECT 1 FROM contact WHERE contact.address_id = staged.address_id
  AND contact.closed_at IS NOT NULL AND contact.closed_reason <> 'merged'
  AND (contact.name = staged.name OR staged.name = ''))""")

_LEFT_OUT = (_SUPPRESSED, _REFUSED_ELSEWHERE, _MOVED, _CLOSED)
_LEFT_OUT_UNSEEN = (_SUPPRESSED, _REFUSED_ELSEWHERE)

_SAME_NAME = of_part("""UPDATE staged SET contact_id = coalesce(
  (SELECT min(contact.id) FROM contact WHERE contact.address_id = staged.address_id AND contact.closed_at IS NULL
    AND contact.name = staged.name),
  (SELECT min(contact.id) FROM contact WHERE contact.address_id = staged.address_id AND contact.closed_at IS NULL
    AND (contact.name = '' OR staged.name = '')))
WHERE {here} AND EXISTS (SELECT 1 FROM contact WHERE contact.address_id = staged.address_id)""")

_OTHER_NAMES = of_part("""SELECT staged.number, staged.name AS ours, contact.id, contact.name AS theirs
FROM staged JOIN contact ON contact.address_id = staged.address_id
WHERE {here} AND staged.contact_id IS NULL AND contact.closed_at IS NULL ORDER BY staged.number, contact.id""")

_IS = "UPDATE staged SET contact_id = :contact_id WHERE number = :number"

_AT_FURTHER_ADDRESS = of_part("""UPDATE staged SET contact_id = found.contact_id, address_id = found.main
FROM (SELECT contact_address.address_id AS further, min(contact.id) AS contact_id, min(contact.address_id) AS main
  FROM contact_address JOIN contact ON contact.id = contact_address.contact_id
  WHERE contact.closed_at IS NULL AND contact.address_id IS NOT NULL GROUP BY contact_address.address_id) AS found
WHERE {here} AND staged.contact_id IS NULL AND found.further = staged.address_id
AND NOT EXISTS (SELECT 1 FROM contact WHERE contact.address_id = staged.address_id)""")
