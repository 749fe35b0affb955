"""Contacts written to a file that a spreadsheet opens and `contacts import` reads back without a change."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from mailer.app import App
from mailer.app.drafts import load_lists
from mailer.domain.choices import when
from mailer.domain.people import ContactKind
from mailer.domain.spreadsheets import spreadsheet_lines
from mailer.errors import NotFound, Refused
from mailer.language import N_
from mailer.store import exports
from mailer.store.audiences import Audience
from mailer.store.exports import ExportRow

NO_LIST = N_('There is no list "{list}". The lists are: {known}.')
NOT_WRITTEN = N_("{path} cannot be written: {reason}.")
COLUMNS = ("email", "nom", "type", "lettres", "ne plus écrire")
"""The first three are those that `contacts import` reads; it passes over the others."""
KIND_WORDS = {ContactKind.PERSON: "personne", ContactKind.STRUCTURE: "structure"}
YES = "oui"


@dataclass
class Exported:
    """How many contacts a file holds."""

    count: int = 0


def export_contacts(app: App, out: Path | TextIO, now: datetime, list_slug: str = "") -> Exported:
    """All contacts; with a list, those who would get its next issue now. Raises NotFound or Refused."""
    audience = _audience(app, list_slug) if list_slug else None
    done = Exported()
    with app.database.reading() as tx:
        if audience is None:
            found = exports.every_contact(tx)
        else:
            found = exports.next_issue(tx, [audience], list_slug, when(now, app.config.zone))
        lines = spreadsheet_lines("fr", _table(found, done))
        if isinstance(out, Path):
            _write(out, lines)
        else:
            out.writelines(lines)
    return done


def _audience(app: App, slug: str) -> Audience:
    lists = load_lists(app)
    if slug not in lists:
        raise NotFound(NO_LIST, list=slug, known=", ".join(lists))
    return Audience(slug, lists[slug].everyone, lists[slug].rule, ordinary=True)


def _table(found: Iterable[ExportRow], done: Exported) -> Iterator[tuple[str, ...]]:
    yield COLUMNS
    for row in found:
        done.count += 1
        kind = KIND_WORDS[ContactKind(row.kind)]
        yield row.address, row.name, kind, " ".join(row.lists), YES if row.suppressed else ""


def _write(path: Path, lines: Iterable[str]) -> None:
    """The old file stays until the new one is whole; nobody else on this machine may read it."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        with new.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise Refused(NOT_WRITTEN, path=path, reason=error.strerror or str(error)) from error
