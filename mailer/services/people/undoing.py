"""An import taken back as a whole, some thousands of contacts at a time; also one whose program died halfway."""

from datetime import datetime

from mailer.app import App
from mailer.errors import NotFound, WrongState
from mailer.language import N_, moment
from mailer.store import undoing
from mailer.store.undoing import BatchRow as BatchRow
from mailer.store.undoing import Undone as Undone
from mailer.store.workbench import Workbench

NO_BATCH = N_("There is no import {batch}.")
UNDONE_ALREADY = N_("Import {batch} ({file}) was taken back on {at}.")
OPPOSITIONS_STAY = N_(
    "Import {batch} ({file}) holds oppositions, which are not taken back by the file: each is its owner's to undo."
)
UNDER_WAY = N_("Import {batch} ({file}) is still under way: wait until it ends, then take it back.")


def undo(app: App, number: int, now: datetime) -> Undone:
    """Takes an import back as a whole; departures since then stay. Raises NotFound or WrongState."""
    with app.database.reading() as tx:
        batch = undoing.batch(tx, number)
        under_way = batch is not None and not batch.finished and number not in undoing.unfinished(tx)
    if batch is None:
        raise NotFound(NO_BATCH, batch=number)
    said = {"batch": number, "file": batch.file_name}
    if batch.undone_at is not None:
        at = moment(app.config.language, batch.undone_at, app.config.zone)
        raise WrongState(UNDONE_ALREADY, **said, at=at)
    if batch.basis is None:
        raise WrongState(OPPOSITIONS_STAY, **said)
    if under_way:
        raise WrongState(UNDER_WAY, **said)
    with app.database.workbench() as bench:
        return take_back(bench, number, now)


def latest(app: App, most: int) -> list[BatchRow]:
    """The last imports, the newest first."""
    with app.database.reading() as tx:
        return undoing.latest(tx, most)


def recover(app: App, now: datetime) -> list[int]:
    """Takes back imports whose program died before all was in; their numbers."""
    with app.database.reading() as tx:
        dead = undoing.unfinished(tx)
    if dead:
        with app.database.workbench() as bench:
            for number in dead:
                take_back(bench, number, now)
    return dead


def take_back(bench: Workbench, number: int, now: datetime) -> Undone:
    """An import goes, part by part; whoever is interrupted takes back the rest."""
    gone = []
    with bench.aside() as tx:
        last = {table: undoing.last(tx, table) for table in ("contact", "address")}
    low = 0
    while low <= last["contact"]:
        high = low + bench.size - 1
        with bench.part(keep=True) as tx:
            gone.append(undoing.undo_part(tx, number, (low, high), now))
        low = high + 1
    low = 0
    while low <= last["address"]:
        high = low + bench.size - 1
        with bench.part(keep=True) as tx:
            undoing.remove_addresses(tx, number, (low, high))
        low = high + 1
    with bench.part(keep=True) as tx:
        gone.append(undoing.undo_rest(tx, number, now))
    return undoing.together(gone)
