"""Contacts brought in, looked at, taken back. Sends nothing; never brings back who left, opposed or was forgotten."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mailer.app import App
from mailer.app.drafts import load_lists
from mailer.app.oppositions import append_oppositions
from mailer.app.relays import family_table
from mailer.content.contacts import ReadAs as ReadAs
from mailer.content.contacts import read_contacts
from mailer.domain.addresses import read_address
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.people import (
    Basis,
    ContactFile,
    ContactRow,
    DoubtfulRow,
    DoubtOutcome,
    NotedRow,
    RefusedRow,
)
from mailer.errors import NotFound, Refused, WrongState
from mailer.language import N_, moment
from mailer.store import doubts, people, undoing
from mailer.store.database import Connection
from mailer.store.doubts import DoubtRow as DoubtRow
from mailer.store.people import ImportCounts
from mailer.store.undoing import Undone

NO_LIST = N_('There is no list "{list}". The lists are: {known}.')
RULE_LIST = N_('"{list}" holds everyone by rule: import without --list, and every contact belongs to it.')
NO_DOUBT = N_("No row {number} waits. Those that do: mailer contacts to-check")
WHICH_ADDRESS = N_("Nobody can tell the address of row {number}: say it with --address.")
NOT_WELCOME = N_("{address} left or opposed: nobody but its owner can undo this.")
NO_BATCH = N_("There is no import {batch}.")
UNDONE_ALREADY = N_("Import {batch} ({file}) was taken back on {at}.")
OPPOSITIONS_STAY = N_(
    "Import {batch} ({file}) holds oppositions, which are not taken back by the file: each is its owner's to undo."
)

Write = Callable[[Connection, ContactFile], ImportCounts]


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do: `batch` is None after a dry run."""

    rows: int
    ready: int
    merged: int
    suppressed: int
    to_check: int
    doubtful: tuple[DoubtfulRow, ...]
    """Each row that a person must look at, those included whose owner opposed and of whom nothing is kept."""
    refused: tuple[RefusedRow, ...]
    noted: tuple[NotedRow, ...]
    batch: int | None


def import_contacts(
    app: App,
    path: Path,
    now: datetime,
    *,
    list_slug: str | None = None,
    basis: Basis = Basis.INFORMED,
    dry_run: bool,
    read_as: ReadAs = ReadAs(),  # noqa: B008 - frozen
) -> ImportReport:
    """Takes the good rows of a file as contacts, and subscribes them where a list is named; doubtful rows wait.

    A dry run writes nothing and counts the same. Raises BadFiles, NotFound, Refused or StoreError.
    """
    if list_slug is not None:
        _check_list(app, list_slug)
    families = family_table(app.config)

    def write(tx: Connection, file: ContactFile) -> ImportCounts:
        counts = people.import_contacts(
            tx,
            file.rows,
            app.keyring.fingerprint,
            list_slug=list_slug,
            basis=basis,
            file_name=file.name,
            now=now,
            families=families,
        )
        kept = doubts.keep(tx, counts.batch, file.to_check, app.keyring.fingerprint)
        return replace(counts, suppressed=counts.suppressed + kept.suppressed)

    return _import(app, read_contacts(path, read_as), dry_run, write)


def import_oppositions(
    app: App,
    path: Path,
    now: datetime,
    *,
    dry_run: bool,
    read_as: ReadAs = ReadAs(),  # noqa: B008 - frozen
) -> ImportReport:
    """Every address of the file is never written to again, whatever brings it back. Raises as import_contacts."""

    def write(tx: Connection, file: ContactFile) -> ImportCounts:
        counts = people.import_oppositions(tx, file.rows, app.keyring.fingerprint, file_name=file.name, now=now)
        if not dry_run:
            append_oppositions(app.site, _as_oppositions(app, file, now))
        return counts

    return _import(app, _all_of(read_contacts(path, read_as)), dry_run, write)


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
        taken = ContactRow(row.line, read_address(address or row.proposal), row.name, row.kind)
        counts = people.import_contacts(
            tx,
            [taken],
            app.keyring.fingerprint,
            list_slug=row.list_slug,
            basis=row.basis or Basis.INFORMED,
            file_name=row.file_name,
            now=now,
            families=family_table(app.config),
            batch=row.batch,
        )
        if counts.suppressed:
            raise Refused(NOT_WELCOME, address=taken.address.written)
        doubts.settle(tx, number, DoubtOutcome.TAKEN, now)


def drop(app: App, number: int, now: datetime) -> None:
    """A row that waited is nobody to write to. Raises NotFound."""
    with app.database.transaction() as tx:
        _doubt(tx, number)
        doubts.settle(tx, number, DoubtOutcome.DROPPED, now)


def undo(app: App, number: int, now: datetime) -> Undone:
    """Takes an import back as a whole; departures since then stay. Raises NotFound or WrongState."""
    with app.database.transaction() as tx:
        batch = undoing.batch(tx, number)
        if batch is None:
            raise NotFound(NO_BATCH, batch=number)
        said = {"batch": number, "file": batch.file_name}
        if batch.undone_at is not None:
            at = moment(app.config.language, batch.undone_at, app.config.zone)
            raise WrongState(UNDONE_ALREADY, **said, at=at)
        if batch.basis is None:
            raise WrongState(OPPOSITIONS_STAY, **said)
        return undoing.undo(tx, number, now)


def _doubt(tx: Connection, number: int) -> DoubtRow:
    row = doubts.find(tx, number)
    if row is None:
        raise NotFound(NO_DOUBT, number=number)
    return row


def _all_of(file: ContactFile) -> ContactFile:
    """Who refuses is refused in doubt too: an opposition needs no second look."""
    doubtful = [ContactRow(row.line, row.address, row.name, row.kind) for row in file.to_check if row.address]
    lost = [RefusedRow(row.line, row.sentence, row.values) for row in file.to_check if not row.address]
    return ContactFile(file.name, (*file.rows, *doubtful), (*file.refused, *lost), noted=file.noted)


def _as_oppositions(app: App, file: ContactFile, now: datetime) -> list[Opposition]:
    fingerprints = {app.keyring.fingerprint(row.address.canonical) for row in file.rows}
    return [Opposition(fingerprint, Refusal.OPPOSED, "", now) for fingerprint in sorted(fingerprints)]


def _import(app: App, file: ContactFile, dry_run: bool, write: Write) -> ImportReport:
    with app.database.rehearsal() if dry_run else app.database.transaction() as tx:
        counts = write(tx, file)
    return ImportReport(
        rows=len(file.rows) + len(file.to_check) + len(file.refused),
        ready=counts.ready,
        merged=counts.merged,
        suppressed=counts.suppressed,
        to_check=len(file.rows) + len(file.to_check) - counts.ready - counts.merged - counts.suppressed,
        doubtful=file.to_check,
        refused=file.refused,
        noted=file.noted,
        batch=None if dry_run else counts.batch,
    )


def _check_list(app: App, slug: str) -> None:
    lists = load_lists(app)
    if slug not in lists:
        raise NotFound(NO_LIST, list=slug, known=", ".join(lists))
    if lists[slug].everyone:
        raise Refused(RULE_LIST, list=slug)
