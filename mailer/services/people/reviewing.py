"""Rows that wait for a person: shown, taken in, left out."""

from datetime import datetime

from mailer.app import App
from mailer.app.relays import family_table
from mailer.domain.addresses import read_address
from mailer.domain.incoming import ContactRow
from mailer.domain.people import Basis, DoubtOutcome
from mailer.errors import NotFound, Refused
from mailer.language import N_
from mailer.store import doubts, people
from mailer.store.database import Connection
from mailer.store.doubts import DoubtRow as DoubtRow

NO_DOUBT = N_("No row {number} waits. Those that do: mailer contacts to-check")
WHICH_ADDRESS = N_("Nobody can tell the address of row {number}: say it with --address.")
NOT_WELCOME = N_("{address} left or opposed: nobody but its owner can undo this.")


def to_check(app: App) -> list[DoubtRow]:
    """The rows that wait for a person, oldest import first."""
    with app.database.reading() as tx:
        return doubts.waiting(tx)


def count_to_check(app: App) -> int:
    """How many rows of imports wait for a person."""
    with app.database.reading() as tx:
        return doubts.count(tx)


def take(app: App, number: int, now: datetime, address: str = "") -> None:
    """A row that waited becomes a contact, at its proposed address or another. Raises NotFound or Refused."""
    with app.database.transaction() as tx:
        row = _doubt(tx, number)
        if not (address or row.proposal):
            raise Refused(WHICH_ADDRESS, number=number)
        at = read_address(address or row.proposal)
        kept = row.row or ContactRow(row.line, "", "", row.name, row.kind)
        counts = people.import_contacts(
            tx,
            [kept._replace(written=at.written, canonical=at.canonical)],
            app.keyring.fingerprint,
            list_slug=row.list_slug,
            basis=row.basis or Basis.INFORMED,
            file_name=row.file_name,
            now=now,
            families=family_table(app.config),
            batch=row.batch,
        )
        if counts.suppressed:
            raise Refused(NOT_WELCOME, address=at.written)
        doubts.settle(tx, number, DoubtOutcome.TAKEN, now)


def drop(app: App, number: int, now: datetime) -> None:
    """A row that waited is nobody to write to. Raises NotFound."""
    with app.database.transaction() as tx:
        _doubt(tx, number)
        doubts.settle(tx, number, DoubtOutcome.DROPPED, now)


def _doubt(tx: Connection, number: int) -> DoubtRow:
    row = doubts.find(tx, number)
    if row is None:
        raise NotFound(NO_DOUBT, number=number)
    return row
