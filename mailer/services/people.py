"""Contacts brought in. Sends nothing; never brings back who left, opposed or asked to be forgotten."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailer.app import App
from mailer.app.drafts import load_lists
from mailer.content.contacts import read_contacts
from mailer.domain.people import Basis, RefusedRow
from mailer.errors import NotFound, Refused
from mailer.language import N_
from mailer.store import people
from mailer.store.people import ImportCounts

NO_LIST = N_('There is no list "{list}". The lists are: {known}.')
RULE_LIST = N_('"{list}" holds everyone by rule: import without --list, and every contact belongs to it.')


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
    """Takes the good rows of a file as contacts, and subscribes them where a list is named. Raises BadFiles, Refused."""
    _check_list(app, list_slug)
    return _import(app, path, now, dry_run, {"list_slug": list_slug, "basis": basis})


def import_oppositions(app: App, path: Path, now: datetime, *, dry_run: bool) -> ImportReport:
    """Every address of the file is never written to again, whatever brings it back."""
    return _import(app, path, now, dry_run, None)


def _import(
    app: App, path: Path, now: datetime, dry_run: bool, subscribing: Mapping[str, object] | None
) -> ImportReport:
    file = read_contacts(path)
    with app.database.transaction() as tx:
        raise NotImplementedError
