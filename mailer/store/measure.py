"""Readers' words about being measured, and what follows from them for their letters and hits. Decides nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from mailer.domain.hits import REFUSED, HitClass
from mailer.domain.measure import Proof
from mailer.domain.rates import MeasureMode
from mailer.domain.tokens import Track, personal_nonce, seen_hash
from mailer.store.tables import deliveries, issues, measure_choices, seen


@dataclass(frozen=True)
class Word:
    """A yes or a no, with its proof."""

    list_slug: str
    allowed: bool
    wording: str
    version: str
    way: str
    at: datetime


@dataclass(frozen=True)
class NamedLetter:
    """A letter whose tracking token names its reader."""

    delivery_id: int
    issue_id: int
    issue_key: bytes


def add_word(tx: Connection, address_id: int, list_slug: str, *, allowed: bool, proof: Proof) -> None:
    """Holds from now on; the words before stay as they were given."""
    said = {"wording": proof.wording, "version": proof.version, "way": proof.way.value, "at": proof.at}
    tx.execute(insert(measure_choices).values(address_id=address_id, list_slug=list_slug, allowed=allowed, **said))


def words(tx: Connection, address_id: int) -> list[Word]:
    """All that the reader ever said, oldest first."""
    columns = (measure_choices.c[name] for name in Word.__dataclass_fields__)
    mine = select(*columns).where(measure_choices.c.address_id == address_id)
    return [Word(**row._asdict()) for row in tx.execute(mine.order_by(measure_choices.c.id))]


def allowed(tx: Connection, address_id: int, list_slug: str) -> bool | None:
    """The reader's latest word on a list; None where they never gave one."""
    mine = (measure_choices.c.address_id == address_id, measure_choices.c.list_slug == list_slug)
    latest = select(measure_choices.c.allowed).where(*mine).order_by(measure_choices.c.id.desc()).limit(1)
    found: bool | None = tx.execute(latest).scalar_one_or_none()
    return found


def note_measured(tx: Connection, delivery_ids: Collection[int], measured: bool) -> None:
    """Whether these letters carry a token that may be counted."""
    if delivery_ids:
        tx.execute(update(deliveries).where(deliveries.c.id.in_(delivery_ids)).values(measured=measured))


def refuse_list(tx: Connection, address_id: int, list_slug: str, proof: Proof) -> None:
    """A no, with what follows: nothing more is counted, and what was counted is erased."""
    add_word(tx, address_id, list_slug, allowed=False, proof=proof)
    for letter in stop_counting(tx, address_id, list_slug):
        track = Track(letter.issue_id, 0, 0, personal_nonce(letter.delivery_id))
        erase_hits(tx, letter.issue_id, seen_hash(letter.issue_key, track))


def stop_counting(tx: Connection, address_id: int, list_slug: str) -> list[NamedLetter]:
    """From now on no hit of the reader's letters of that list is written; those whose hits may be stored."""
    named = issues.c.list_slug == list_slug, issues.c.measure == MeasureMode.CONSENT.value
    theirs = deliveries.c.address_id == address_id, deliveries.c.measured
    found = tx.execute(
        update(deliveries)
        .where(*theirs, deliveries.c.issue_id.in_(select(issues.c.id).where(*named)))
        .values(measured=False)
        .returning(deliveries.c.id)
    )
    ids = list(found.scalars())
    columns = (deliveries.c.id, deliveries.c.issue_id, issues.c.issue_key)
    counted = select(*columns).join(issues, issues.c.id == deliveries.c.issue_id)
    rows = tx.execute(counted.where(deliveries.c.id.in_(ids), issues.c.issue_key.is_not(None)))
    return [NamedLetter(*row) for row in rows]


def erase_hits(tx: Connection, issue_id: int, seen_hash: bytes) -> None:
    """As if the letter had never been opened."""
    tx.execute(delete(seen).where(seen.c.issue_id == issue_id, seen.c.hash == seen_hash))


def refuse_letter(tx: Connection, issue_id: int, seen_hash: bytes) -> bool:
    """The letter's hits are erased and none is written any more; False where its count is closed."""
    # Whoever writes hits holds the issue too: one of the two comes first.
    held = select(issues.c.id).where(issues.c.id == issue_id, issues.c.issue_key.is_not(None)).with_for_update()
    if tx.execute(held).scalar_one_or_none() is None:
        return False
    erase_hits(tx, issue_id, seen_hash)
    mark = {"issue_id": issue_id, "hash": seen_hash, "link": REFUSED, "hit_class": int(HitClass.NOTHING)}
    tx.execute(insert(seen).values(mark))
    return True
