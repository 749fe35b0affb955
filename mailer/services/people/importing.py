"""A contact file taken in: read and put aside, then taken in part by part, whole or not at all."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailer.app import App
from mailer.app.drafts import load_lists
from mailer.app.oppositions import append_oppositions
from mailer.app.relays import family_table
from mailer.content.contacts import recognise
from mailer.content.tables import digest
from mailer.domain.incoming import Chunk, ContactRow, DetailKind, DoubtfulRow, NotedRow, RefusedRow
from mailer.domain.meanings import Column, ReadAs
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.people import Basis
from mailer.errors import NotFound, Refused
from mailer.language import N_
from mailer.services.people.examining import fields_of, reading_of, remember
from mailer.services.people.notebook import Notebook, open_table
from mailer.services.people.undoing import recover, take_back
from mailer.store import doubts, imports, placing, undoing
from mailer.store.database import Connection
from mailer.store.imports import Batch, ImportCounts
from mailer.store.staging import Staging
from mailer.store.workbench import Workbench

NO_LIST = N_('There is no list "{list}". The lists are: {known}.')
RULE_LIST = N_('"{list}" holds everyone by rule: import without --list, and every contact belongs to it.')
SEVERAL_STRUCTURES = N_('several structures are called "{name}": nobody was put in any of them. Do it by hand.')
BY_HAND = N_('{name}: "{kept}" was written by hand ({field}) and stays; the file says "{said}".')

AT_ONCE = 5_000
"""Rows that one transaction takes in without keeping anyone waiting."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do: `batch` is None after a dry run."""

    rows: int
    ready: int
    merged: int
    suppressed: int
    to_check: int
    refusals: int
    new: int
    """Contacts that were not known."""
    changed: int
    """Contacts that were known, of whom the file says something new."""
    structures: int
    """Structures that the file only names."""
    doubtful: tuple[DoubtfulRow, ...]
    """The first rows that a person must look at, those included whose owner opposed and of whom nothing is kept."""
    refused: tuple[RefusedRow, ...]
    """The first rows that cannot be taken."""
    noted: tuple[NotedRow, ...]
    """The first things to know of rows that were taken."""
    worth_telling: int
    """How many rows of these three kinds there are."""
    columns: tuple[Column, ...]
    """Of the first table, as they were read."""
    before: int | None
    """The import that this very file came by already."""
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
    table: Path | None = None,
) -> ImportReport:
    """Takes the good rows of a file as contacts, and subscribes them where a list is named; doubtful rows wait.

    A dry run writes nothing and counts the same. `table`: where each row and what became of it is written. Raises
    BadFiles, NotFound, Refused or StoreError, and then nothing of the file is in.
    """
    if list_slug is not None:
        _check_list(app, list_slug)
    return _Import(app, path, now, list_slug, basis, read_as, dry_run=dry_run).run(table)


def import_oppositions(
    app: App,
    path: Path,
    now: datetime,
    *,
    dry_run: bool,
    read_as: ReadAs = ReadAs(),  # noqa: B008 - frozen
    table: Path | None = None,
) -> ImportReport:
    """Every address of the file is never written to again, whatever brings it back. Raises as import_contacts."""
    return _Import(app, path, now, None, None, read_as, dry_run=dry_run).run(table)


class _Import:
    """One file on its way in."""

    def __init__(
        self,
        app: App,
        path: Path,
        now: datetime,
        list_slug: str | None,
        basis: Basis | None,
        read_as: ReadAs,
        *,
        dry_run: bool,
    ) -> None:
        self._app, self._now, self._list_slug, self._basis = app, now, list_slug, basis
        self._dry_run = dry_run
        self._fields = fields_of(app)
        self._read_as, _ = reading_of(app, path, read_as)
        self._file = recognise(path, self._read_as, self._fields)
        self._content = digest(path)
        self._counts = ImportCounts()
        self._silent = 0
        """Doubtful rows of which nothing is kept, because their owners opposed."""

    def run(self, table: Path | None) -> ImportReport:
        """Reads, then takes in. Raises Refused or StoreError."""
        recover(self._app, self._now)
        with open_table(table) if table else nullcontext() as opened, self._app.database.workbench() as bench:
            notebook = Notebook(self._app.config.language, opened)
            with bench.aside() as tx:
                before = imports.known_content(tx, self._content, self._list_slug)
                staging = self._stage(tx, notebook)
            try:
                self._take_in(bench, staging, notebook)
            finally:
                with bench.aside() as tx:
                    staging.drop()
        return self._report(staging, notebook, before)

    def _stage(self, tx: Connection, notebook: Notebook) -> Staging:
        staging = Staging(tx, self._app.keyring.fingerprint, family_table(self._app.config))
        for chunk in self._file.chunks(self._read_as, self._fields):
            if self._basis is None:
                chunk = _all_of(chunk)
            staging.add(chunk.rows)
            staging.add_doubts(chunk.doubtful)
            notebook.hear(chunk)
        staging.sort()
        for name in placing.ambiguous(tx):
            notebook.hear(Chunk(noted=[NotedRow(0, SEVERAL_STRUCTURES, {"name": name})]))
        return staging

    def _take_in(self, bench: Workbench, staging: Staging, notebook: Notebook) -> None:
        if staging.rows + staging.doubts <= AT_ONCE:
            with bench.part(keep=not self._dry_run) as tx:
                batch = self._begin(tx)
                self._everything(tx, batch, staging, notebook)
                self._finish(tx, batch)
        elif self._dry_run:
            self._rehearse(bench, staging, notebook)
        else:
            with bench.part(keep=True) as tx:
                batch = self._begin(tx)
            try:
                self._part_by_part(bench, batch, staging, notebook)
            except BaseException:
                # Oppositions stay: whoever refused did refuse.
                if batch.basis is not None:
                    take_back(bench, batch.number, self._now)
                raise

    def _everything(self, tx: Connection, batch: Batch, staging: Staging, notebook: Notebook) -> None:
        for part in staging.ranges(lambda: AT_ONCE):
            self._take_part(tx, batch, part, notebook)
        for part in staging.ranges(lambda: AT_ONCE, doubts=True):
            self._keep_doubts(tx, batch, part)
        if staging.details:
            imports.place(tx, batch, self._counts, staging.ranges(lambda: AT_ONCE))

    def _part_by_part(self, bench: Workbench, batch: Batch, staging: Staging, notebook: Notebook) -> None:
        for part in staging.ranges(lambda: bench.size):
            with bench.part(keep=True) as tx:
                self._take_part(tx, batch, part, notebook)
                undoing.alive(tx, batch.number)
        for part in staging.ranges(lambda: bench.size, doubts=True):
            with bench.part(keep=True) as tx:
                self._keep_doubts(tx, batch, part)
                undoing.alive(tx, batch.number)
        if staging.details:
            self._place(bench, batch, staging)
        with bench.part(keep=True) as tx:
            self._finish(tx, batch)

    def _rehearse(self, bench: Workbench, staging: Staging, notebook: Notebook) -> None:
        """As if, part by part: none is kept, so that what belongs to structures is only counted."""
        for part in staging.ranges(lambda: bench.size):
            with bench.part(keep=False) as tx:
                self._take_part(tx, self._begin(tx), part, notebook)
        for part in staging.ranges(lambda: bench.size, doubts=True):
            with bench.part(keep=False) as tx:
                self._keep_doubts(tx, self._begin(tx), part)
        with bench.aside() as tx:
            self._counts.structures = len(placing.unnamed(tx))

    def _place(self, bench: Workbench, batch: Batch, staging: Staging) -> None:
        with bench.aside() as tx:
            names = placing.unnamed(tx)
        for at in range(0, len(names), AT_ONCE):
            with bench.part(keep=True) as tx:
                placing.add_structures(tx, names[at : at + AT_ONCE], batch.number, self._now)
        self._counts.structures = len(names)
        with bench.aside() as tx:
            placing.note_places(tx)
        for part in staging.ranges(lambda: bench.size):
            with bench.part(keep=True) as tx:
                imports.place_part(tx, batch, self._counts, part)
                undoing.alive(tx, batch.number)
        with bench.part(keep=True) as tx:
            placing.join_networks(tx, batch.number, self._now, batch.file_name)

    def _begin(self, tx: Connection) -> Batch:
        batch = imports.begin(tx, self._file.name, self._list_slug, self._basis, self._now)
        self._counts.batch = batch.number
        return batch

    def _finish(self, tx: Connection, batch: Batch) -> None:
        imports.finish(tx, batch, self._content)
        remember(tx, self._file, self._read_as, self._now)

    def _take_part(self, tx: Connection, batch: Batch, part: tuple[int, int], notebook: Notebook) -> None:
        if batch.basis is not None:
            imports.take_part(tx, batch, self._counts, part)
            if notebook.table:
                for line, address, outcome in imports.outcomes(tx, part):
                    notebook.outcome(line, address, outcome)
            return
        imports.oppose_part(tx, batch, self._counts, part)
        if not self._dry_run:
            who = imports.fingerprints(tx, part)
            append_oppositions(self._app.site, [Opposition(one, Refusal.OPPOSED, "", self._now) for one in who])

    def _keep_doubts(self, tx: Connection, batch: Batch, part: tuple[int, int]) -> None:
        _, silent = doubts.keep_part(tx, batch.number, part)
        self._silent += silent

    def _report(self, staging: Staging, notebook: Notebook, before: int | None) -> ImportReport:
        counts = self._counts
        for one in counts.differences:
            said = {"name": one.name, "field": one.field, "kept": one.kept, "said": one.said}
            notebook.hear(Chunk(noted=[NotedRow(one.line, BY_HAND, said)]))
        return ImportReport(
            rows=notebook.rows,
            ready=counts.ready,
            merged=staging.rows - counts.ready - counts.suppressed,
            suppressed=counts.suppressed + self._silent,
            to_check=notebook.doubts - self._silent,
            refusals=notebook.refusals,
            new=counts.new,
            changed=len(counts.touched),
            structures=counts.structures,
            doubtful=tuple(notebook.doubtful),
            refused=tuple(notebook.refused),
            noted=tuple(notebook.noted),
            worth_telling=notebook.told + notebook.doubts + notebook.refusals,
            columns=self._file.tables[0].columns,
            before=before,
            batch=None if self._dry_run else counts.batch,
        )


def _all_of(chunk: Chunk) -> Chunk:
    """Who refuses is refused in doubt too, and at every address: an opposition needs no second look."""
    doubtful = [row.row for row in chunk.doubtful if row.row]
    lost = [RefusedRow(row.line, row.sentence, row.values, row.sheet) for row in chunk.doubtful if not row.row]
    rows = [*chunk.rows, *doubtful]
    beside = [
        ContactRow(row.line, one.value, one.key, "", row.kind)
        for row in rows
        for one in row.more
        if one.what is DetailKind.ADDRESS
    ]
    bare = [row._replace(more=()) for row in rows]
    return Chunk([*bare, *beside], [], [*chunk.refused, *lost], chunk.noted)


def _check_list(app: App, slug: str) -> None:
    lists = load_lists(app)
    if slug not in lists:
        raise NotFound(NO_LIST, list=slug, known=", ".join(lists))
    if lists[slug].everyone:
        raise Refused(RULE_LIST, list=slug)
