"""The receiver family of stored addresses and waiting letters, kept in step with the table of families."""

import hashlib
from collections.abc import Mapping

from sqlalchemy import Connection

from mailer.domain.addresses import Family
from mailer.store.sql import run

SETTING = "families"
"""Under which the fingerprint of the table is noted that was applied last."""


def families_are(tx: Connection, table: Mapping[str, Family]) -> bool:
    """Whether this table (family by domain) was the last to be applied."""
    noted = run(tx, "SELECT value FROM setting WHERE name = :name", name=SETTING).scalar_one_or_none()
    return bool(noted == _fingerprint(table))


def refresh_families(tx: Connection, table: Mapping[str, Family]) -> int:
    """Gives every stored address, and its waiting letters, the family of its domain; how many addresses changed."""
    if families_are(tx, table):
        return 0
    changed = 0
    for family in Family:
        domains = [domain for domain, of in table.items() if of is family]
        if family is Family.OTHER:
            known = [domain for domain, of in table.items() if of is not Family.OTHER]
            changed += run(tx, _NO_FAMILY_ANY_MORE, domains=known or [""]).rowcount
        elif domains:
            changed += run(tx, _NEW_FAMILY, family=int(family), domains=domains).rowcount
    if changed:
        run(tx, _LETTERS_FOLLOW)
    run(tx, _NOTE, name=SETTING, value=_fingerprint(table))
    return changed


def _fingerprint(table: Mapping[str, Family]) -> str:
    return hashlib.sha256("\n".join(sorted(f"{domain} {of:d}" for domain, of in table.items())).encode()).hexdigest()


_NEW_FAMILY = "UPDATE address SET family = :family WHERE domain IN :domains AND family <> :family"
_NO_FAMILY_ANY_MORE = "UPDATE address SET family = 0 WHERE domain NOT IN :domains AND family <> 0"

_LETTERS_FOLLOW = """UPDATE delivery SET family = (SELECT family FROM address WHERE address.id = delivery.address_id)
WHERE state = 'queued'
  AND family <> (SELECT family FROM address WHERE address.id = delivery.address_id)"""

_NOTE = """INSERT INTO setting (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value"""
