"""Probable duplicates: shown with what speaks for it, made one, taken apart. The stricter wish wins."""

import logging
from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.app.cards import ContactCard, card, contact_of
from mailer.app.oppositions import append_oppositions
from mailer.domain.likeness import Evidence, Pair, compare, probable_pairs
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.people import SuppressionReason
from mailer.errors import NotFound, Refused, WrongState
from mailer.language import N_, moment
from mailer.store import contacts, duplicates, merging
from mailer.store.contacts import ContactRecord
from mailer.store.database import Connection
from mailer.store.merging import MergeRow, RefusedToo

log = logging.getLogger(__name__)

THE_SAME = N_("{name} ({number}) cannot become one with itself. Name two contacts.")
OF_TWO_KINDS = N_("{first} is a person and {second} a structure, or the other way round: they are two.")
CLOSED = N_("{name} is closed ({reason}). Only contacts that live become one.")
NO_MERGE = N_("There is no merge {number}. The history of a contact names its merges: mailer contacts show NUMBER")
APART_ALREADY = N_("Merge {number} was undone on {at}.")
LATER_FIRST = N_(
    "One of the two became one with another contact since. Undo that first: mailer duplicates undo {later}"
)


@dataclass(frozen=True)
class SideBySide:
    """Two contacts beside each other, and what speaks for their being one."""

    first: ContactCard
    second: ContactCard
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Merged:
    """Somebody whom a contact became one with."""

    number: int
    """To undo it by."""
    name: str
    at: datetime
    by: str


@dataclass(frozen=True)
class Probable:
    """A probable duplicate, as a line of a list."""

    first: ContactRecord
    second: ContactRecord
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class ProbableOnes:
    """The most probable of them, and how many there are in all."""

    total: int
    shown: tuple[Probable, ...]


def probable(app: App, most: int) -> ProbableOnes:
    """Contacts that are probably one, the most probable first; without those that a person kept apart."""
    with app.database.reading() as tx:
        apart = duplicates.kept_apart(tx)
        pairs = [pair for pair in probable_pairs(duplicates.looks(tx)) if (pair.first, pair.second) not in apart]
        return ProbableOnes(len(pairs), tuple(_probable(tx, pair) for pair in pairs[:most]))


def side_by_side(app: App, one: str, other: str) -> SideBySide:
    """Two contacts, whatever speaks for or against. Raises NotFound or Refused."""
    with app.database.reading() as tx:
        first, second = contact_of(app, tx, one), contact_of(app, tx, other)
        seen = duplicates.looks(tx, first.id, second.id)
        pair = compare(seen[0], seen[1]) if len(seen) > 1 else None
        return SideBySide(card(tx, first), card(tx, second), pair.evidence if pair else ())


def merged_into(app: App, contact_id: int) -> list[Merged]:
    """Whom a contact became one with, the newest first; each can be taken apart again."""
    with app.database.reading() as tx:
        rows = merging.of_contact(tx, contact_id)
        return [Merged(row.id, _name(tx, row.gone_id), row.at, row.by) for row in rows]


def merge(app: App, one: str, other: str, now: datetime, *, by: str = "") -> int:
    """The second contact becomes one with the first; the number to undo it by. Raises NotFound or Refused."""
    with app.database.transaction() as tx:
        kept, gone = _alive(contact_of(app, tx, one)), _alive(contact_of(app, tx, other))
        if kept.id == gone.id:
            raise Refused(THE_SAME, name=kept.name, number=kept.id)
        if kept.kind is not gone.kind:
            raise Refused(OF_TWO_KINDS, first=kept.name, second=gone.name)
        number = merging.merge(tx, kept, gone, by, now)
    log.info("two contacts became one", extra={"action": "merged", "merge_id": number})
    return number


def separate(app: App, one: str, other: str, now: datetime, *, by: str = "") -> bool:
    """These are two, and are not proposed again; False where that was said. Raises NotFound or Refused."""
    with app.database.transaction() as tx:
        first, second = contact_of(app, tx, one), contact_of(app, tx, other)
        if first.id == second.id:
            raise Refused(THE_SAME, name=first.name, number=first.id)
        return duplicates.keep_apart(tx, first.id, second.id, by, now)


def undo(app: App, number: int, now: datetime, *, by: str = "") -> tuple[str, str]:
    """Two contacts are two again; their names. What either refused since stays, for both.

    Raises NotFound or WrongState.
    """
    with app.database.transaction() as tx:
        row = merging.find(tx, number)
        if row is None:
            raise NotFound(NO_MERGE, number=number)
        _undoable(app, tx, row)
        refused = merging.undo(tx, row, by, now)
        append_oppositions(app.site, [_line(one, now) for one in refused])
        return _name(tx, row.kept_id), _name(tx, row.gone_id)


def _undoable(app: App, tx: Connection, row: MergeRow) -> None:
    if row.undone_at is not None:
        at = moment(app.config.language, row.undone_at, app.config.zone)
        raise WrongState(APART_ALREADY, number=row.id, at=at)
    later = merging.later(tx, row)
    if later is not None:
        raise WrongState(LATER_FIRST, later=later)


def _line(refused: RefusedToo, now: datetime) -> Opposition:
    if refused.reason is None:
        return Opposition(refused.fingerprint, Refusal.LEFT, refused.list_slug, now)
    if refused.reason is SuppressionReason.OPPOSITION:
        return Opposition(refused.fingerprint, Refusal.OPPOSED, "", now)
    return Opposition(refused.fingerprint, Refusal.SUPPRESSED, refused.reason.value, now)


def _alive(contact: ContactRecord) -> ContactRecord:
    if contact.closed_reason is not None:
        raise Refused(CLOSED, name=contact.name, reason=contact.closed_reason)
    return contact


def _probable(tx: Connection, pair: Pair) -> Probable:
    first, second = contacts.record(tx, pair.first), contacts.record(tx, pair.second)
    assert first is not None and second is not None  # noqa: S101, PT018 - read in the same view
    return Probable(first, second, pair.evidence)


def _name(tx: Connection, number: int) -> str:
    found = contacts.record(tx, number)
    return found.name if found else ""
