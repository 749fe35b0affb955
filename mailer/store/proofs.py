"""Whoever confirmed is put on the lists they chose, and the proof of it is kept. Never looks whether they may be."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from mailer.domain.addresses import Address, Family
from mailer.domain.joining import Wording
from mailer.domain.people import Basis, ContactKind
from mailer.store.joining import RequestedRow
from mailer.store.joining_tables import proofs, wordings
from mailer.store.sql import run
from mailer.store.tables import addresses


@dataclass(frozen=True)
class ProofRow:
    """That somebody asked for a list, and confirmed."""

    list_slug: str
    title: str
    asked_at: datetime
    confirmed_at: datetime
    way: str
    origin: str
    version: str
    text: str | None
    """None where the form did not say which text it showed."""
    measure_wanted: bool


def welcome(tx: Connection, address: Address, fingerprint: bytes, family: Family, now: datetime) -> int:
    """The address as it stands in the base, with a contact, new or not. Its id."""
    values = {"fingerprint": fingerprint, "domain": address.domain, "family": int(family), "now": now}
    run(tx, _ADDRESS, address=address.written, canonical=address.canonical, **values)
    address_id = int(tx.execute(select(addresses.c.id).where(addresses.c.fingerprint == fingerprint)).scalar_one())
    run(tx, _CONTACT, address_id=address_id, kind=ContactKind.PERSON.value)
    return address_id


def subscribe(tx: Connection, address_id: int, list_slug: str, now: datetime) -> bool:
    """On the list by consent, even after having left it; False where they are on it."""
    values = {"address_id": address_id, "list_slug": list_slug, "basis": Basis.CONSENT.value, "now": now}
    return run(tx, _BACK, **values).rowcount > 0 or run(tx, _ON, **values).rowcount > 0


def keep(tx: Connection, address_id: int, one: RequestedRow, now: datetime) -> None:
    """The proof, with the time of asking and of confirming."""
    values = {
        "list_slug": one.list_slug,
        "title": one.title,
        "version": one.version,
        "way": one.way,
        "origin": one.origin,
        "asked_at": one.asked_at,
        "measure_wanted": one.measure_wanted,
    }
    run(tx, _KEEP, address_id=address_id, now=now, **values)


def remember(tx: Connection, wording: Wording, now: datetime) -> None:
    """A text that is shown from now on, or was before."""
    run(tx, _REMEMBER, version=wording.version, text=wording.text, now=now)


def of(tx: Connection, fingerprint: bytes) -> list[ProofRow]:
    """All proofs of an address, oldest first."""
    columns = [wordings.c.text if name == "text" else proofs.c[name] for name in ProofRow.__dataclass_fields__]
    found = (
        select(*columns)
        .join(addresses, addresses.c.id == proofs.c.address_id)
        .outerjoin(wordings, wordings.c.version == proofs.c.version)
        .where(addresses.c.fingerprint == fingerprint)
        .order_by(proofs.c.confirmed_at, proofs.c.id)
    )
    return [ProofRow(*row) for row in tx.execute(found)]


_ADDRESS = """INSERT INTO address (address, canonical, domain, family, fingerprint, created_at)
VALUES (:address, :canonical, :domain, :family, :fingerprint, :now) ON CONFLICT DO NOTHING"""

_CONTACT = """INSERT INTO contact (kind, name, address_id)
SELECT :kind, '', CAST(:address_id AS INTEGER)
WHERE NOT EXISTS (SELECT 1 FROM contact WHERE address_id = :address_id)"""

_BACK = """UPDATE subscription SET state = 'active', basis = :basis, joined_at = :now, left_at = NULL,
  merge_id = NULL
WHERE address_id = :address_id AND list_slug = :list_slug AND state <> 'active'"""

_ON = """INSERT INTO subscription (contact_id, address_id, list_slug, state, basis, joined_at)
SELECT (SELECT min(id) FROM contact WHERE address_id = :address_id), CAST(:address_id AS INTEGER), :list_slug,
  'active', :basis, :now
WHERE NOT EXISTS (SELECT 1 FROM subscription WHERE address_id = :address_id AND list_slug = :list_slug)
ON CONFLICT DO NOTHING"""

_KEEP = """INSERT INTO proof
  (address_id, list_slug, title, version, way, origin, asked_at, confirmed_at, measure_wanted)
VALUES (:address_id, :list_slug, :title, :version, :way, :origin, :asked_at, :now, :measure_wanted)"""

_REMEMBER = """INSERT INTO wording (version, text, first_used_at) VALUES (:version, :text, :now)
ON CONFLICT DO NOTHING"""
