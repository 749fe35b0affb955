"""What a file says of contacts beside their columns: further addresses, tags, memberships, the site's own fields."""

from typing import Any

from sqlalchemy import Connection

from mailer.store.solicitations import skip_joined
from mailer.store.sql import run
from mailer.store.staging import of_part


def take_details(tx: Connection, here: dict[str, Any], known: bool) -> set[int]:
    """Takes in the details of a part; which of the contacts that were known have something new."""
    if run(tx, _ANY).first() is None:
        return set()
    part = {name: here[name] for name in ("low", "high", "batch")}
    run(tx, _FURTHER_ADDRESSES, low=here["low"], high=here["high"], now=here["now"])
    changed: set[int] = set()
    for words in (_BESIDE, _TAGS, _MEMBERSHIPS, _CUSTOM):
        run(tx, words.replace("{fresh}", "1"), **part)
        if known:
            told = f"{words.replace('{fresh}', '0')} RETURNING contact_id"
            news = set(run(tx, told, **part).scalars())
            if news and words is _MEMBERSHIPS:
                skip_joined(tx, here["now"])
            changed |= news
    return changed


_ANY = "SELECT 1 WHERE EXISTS (SELECT 1 FROM detail) OR EXISTS (SELECT 1 FROM other)"

_FURTHER_ADDRESSES = of_part("""INSERT INTO address (address, canonical, domain, family, fingerprint, created_at)
SELECT other.written, other.canonical, other.domain, other.family, other.fingerprint, :now
FROM staged JOIN other ON other.seq = staged.seq
WHERE {here} AND NOT EXISTS (SELECT 1 FROM suppression WHERE suppression.fingerprint = other.fingerprint)
ORDER BY staged.number
ON CONFLICT DO NOTHING""")

# A mailbox that does not exist is not kept beside another.
_BESIDE = of_part("""INSERT INTO contact_address (contact_id, address_id, batch_id)
SELECT DISTINCT staged.contact_id, address.id, :batch
FROM staged JOIN other ON other.seq = staged.seq JOIN address ON address.canonical = other.canonical
WHERE {here} AND staged.fresh = {fresh} AND staged.contact_id IS NOT NULL AND address.id <> staged.address_id
AND NOT EXISTS (SELECT 1 FROM suppression WHERE suppression.fingerprint = other.fingerprint)
ON CONFLICT DO NOTHING""")

_TAGS = of_part("""INSERT INTO tag (contact_id, slug, batch_id)
SELECT DISTINCT staged.contact_id, detail.key, :batch FROM staged JOIN detail ON detail.seq = staged.seq
WHERE {here} AND staged.fresh = {fresh} AND staged.contact_id IS NOT NULL AND detail.what = 'tag'
ON CONFLICT DO NOTHING""")

_MEMBERSHIPS = of_part("""INSERT INTO membership (contact_id, year, kind, since, batch_id)
SELECT staged.contact_id, CAST(detail.key AS INTEGER), max(detail.value),
  CAST(nullif(max(detail.since), '') AS {day}), :batch
FROM staged JOIN detail ON detail.seq = staged.seq
WHERE {here} AND staged.fresh = {fresh} AND staged.contact_id IS NOT NULL AND detail.what = 'membership'
GROUP BY staged.contact_id, detail.key
ON CONFLICT DO NOTHING""")

_CUSTOM = of_part("""INSERT INTO custom_value (contact_id, field, value, number, batch_id)
SELECT staged.contact_id, detail.key, max(detail.value), max(detail.number), :batch
FROM staged JOIN detail ON detail.seq = staged.seq
WHERE {here} AND staged.fresh = {fresh} AND staged.contact_id IS NOT NULL AND detail.what = 'custom'
GROUP BY staged.contact_id, detail.key
ON CONFLICT DO NOTHING""")
