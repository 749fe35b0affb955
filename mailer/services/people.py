"""Contacts brought in. Sends nothing; never brings back who left, opposed or asked to be forgotten."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailer.app import App
from mailer.app.drafts import load_lists
from mailer.app.oppositions import append_oppositions
from mailer.app.relays import family_table
from mailer.content.contacts import read_contacts
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.people import Basis, ContactFile, RefusedRow
from mailer.errors import NotFound, Refused
from mailer.language import N_
from mailer.store import people
from mailer.store.database import Connection
from mailer.store.people import ImportCounts

NO_LIST = N_('There is no list "{list}". The lists are: {known}.')
RULE_LIST = N_('"{list}" holds everyone by rule: import without --list, and every contact belongs to it.')


Write = Callable[[Connection, ContactFile], ImportCounts]


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do: `batch` is None after a dry run."""

    rows: int
    ready: int
    merged: int
    suppressed: int
    to_check: int
    refused: tuple[RefusedRow, ...]
    batch: int | None


def import_contacts(
    app: App, path: Path, now: datetime, *, list_slug: str | None = None, basis: Basis = Basis.INFORMED, dry_run: bool
) -> ImportReport:
    """Takes the good rows of a file as contacts, and subscribes them where a list is named.

    A dry run writes nothing and counts the same. Raises BadFiles, NotFound, Refused or StoreError.
    """
    if list_slug is not None:
        _check_list(app, list_slug)
    families = family_table(app.config)

    def write(tx: Connection, file: ContactFile) -> ImportCounts:
        fingerprint = app.keyring.fingerprint
        return people.import_contacts(
            tx,
            file.rows,
            fingerprint,
            list_slug=list_slug,
            basis=basis,
            file_name=file.name,
            now=now,
            families=families,
        )

    return _import(app, path, dry_run, write)


def import_oppositions(app: App, path: Path, now: datetime, *, dry_run: bool) -> ImportReport:
    """Every address of the file is never written to again, whatever brings it back. Raises as import_contacts."""

    def write(tx: Connection, file: ContactFile) -> ImportCounts:
        counts = people.import_oppositions(tx, file.rows, app.keyring.fingerprint, file_name=file.name, now=now)
        if not dry_run:
            append_oppositions(app.site, _as_oppositions(app, file, now))
        return counts

    return _import(app, path, dry_run, write)


def _as_oppositions(app: App, file: ContactFile, now: datetime) -> list[Opposition]:
    fingerprints = {app.keyring.fingerprint(row.address.canonical) for row in file.rows}
    return [Opposition(fingerprint, Refusal.OPPOSED, "", now) for fingerprint in sorted(fingerprints)]


def _import(app: App, path: Path, dry_run: bool, write: Write) -> ImportReport:
    file = read_contacts(path)
    with app.database.rehearsal() if dry_run else app.database.transaction() as tx:
        counts = write(tx, file)
    return ImportReport(
        rows=len(file.rows) + len(file.refused),
        ready=counts.ready,
        merged=counts.merged,
        suppressed=counts.suppressed,
        to_check=0,
        refused=file.refused,
        batch=None if dry_run else counts.batch,
    )


def _check_list(app: App, slug: str) -> None:
    lists = load_lists(app)
    if slug not in lists:
        raise NotFound(NO_LIST, list=slug, known=", ".join(lists))
    if lists[slug].everyone:
        raise Refused(RULE_LIST, list=slug)
