"""Two contacts become one, and are taken apart again. Strict: what either left or refused, both did.

Who goes keeps all that is known of them, closed and without an address; whoever is kept gets copies of it. So taking
apart is to remove what was added, unless it was touched since: a departure since stays, at every address of the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from mailer.domain.people import OWN_WORD, ClosedReason, SuppressionReason
from mailer.store import affiliations, copying, merged_lists, people
from mailer.store.contacts import Change, ContactRecord, beside, note
from mailer.store.search import forget_words
from mailer.store.skips import TO_ADDRESS, skip_unwelcome
from mailer.store.sql import run
from mailer.store.tables import addresses, contacts, merges, suppressions

FILLED = (
    *("first_name", "last_name", "language", "postcode", "city", "region", "country"),
    *("level", "theme", "notes", "parent_id"),
)
"""What whoever is kept takes over from who goes, where they had nothing."""


@dataclass(frozen=True)
class MergeRow:
    """Two contacts that became one."""

    id: int
    kept_id: int
    gone_id: int
    at: datetime
    by: str
    moved: dict[str, Any]
    undone_at: datetime | None


@dataclass(frozen=True)
class RefusedToo:
    """What somebody refused since at one of their addresses, and now refuses at another: a list, or every letter."""

    fingerprint: bytes
    list_slug: str = ""
    reason: SuppressionReason | None = None
    """Of no letter any more; None where it is a list that was left."""


def find(tx: Connection, merge_id: int) -> MergeRow | None:
    """A merge; None where there is none, or one of the two was erased since."""
    found = tx.execute(_MERGE.where(merges.c.id == merge_id)).one_or_none()
    return None if found is None else MergeRow(*found)


def of_contact(tx: Connection, contact_id: int) -> list[MergeRow]:
    """The merges that a contact stands for and that can be undone, the newest first."""
    mine = _MERGE.where(merges.c.kept_id == contact_id, merges.c.undone_at.is_(None))
    return [MergeRow(*row) for row in tx.execute(mine.order_by(merges.c.id.desc()))]


def later(tx: Connection, row: MergeRow) -> int | None:
    """The last merge since that one of the two took part in: it is undone first."""
    both = (row.kept_id, row.gone_id)
    since = select(merges.c.id).where(
        merges.c.id > row.id,
        merges.c.undone_at.is_(None),
        or_(merges.c.kept_id.in_(both), merges.c.gone_id.in_(both)),
    )
    return tx.execute(since.order_by(merges.c.id.desc()).limit(1)).scalar()


def merge(tx: Connection, kept: ContactRecord, gone: ContactRecord, by: str, now: datetime) -> int:
    """Makes two contacts one; the number to undo it by."""
    start = {"kept_id": kept.id, "gone_id": gone.id, "at": now, "by": by, "moved": {}}
    merge_id = int(tx.execute(insert(merges).values(start).returning(merges.c.id)).scalar_one())
    mailbox = _strictest(tx, kept.address_id, gone.address_id)
    moved: dict[str, Any] = {"address_id": mailbox, "addresses": [kept.address_id, gone.address_id]}
    moved["fields"] = _fill(tx, kept, gone, by, now, merge_id)
    moved["lists"] = merged_lists.join(tx, merge_id, kept, gone, mailbox)
    moved["copies"] = copying.copy(tx, kept.id, gone.id)
    closed = {"closed_at": now, "closed_reason": ClosedReason.MERGED.value, "address_id": None}
    tx.execute(update(contacts).where(contacts.c.id == gone.id).values(closed))
    tx.execute(update(contacts).where(contacts.c.id == kept.id).values(address_id=mailbox))
    moved["beside"] = [
        one for one in (kept.address_id, gone.address_id) if one not in (None, mailbox) and beside(tx, kept.id, one)
    ]
    own = [one for one in (kept.address_id, gone.address_id) if one is not None] or [0]
    moved["letters"] = list(run(tx, _LETTERS, kept=kept.id, gone=gone.id, own=own).scalars())
    _skip(tx, kept.id, own, mailbox, now)
    note(tx, kept.id, Change(f"merge {merge_id}", "", f"{gone.name} ({gone.id})"), by, now, merge_id)
    forget_words(tx, kept.id)
    forget_words(tx, gone.id)
    tx.execute(update(merges).where(merges.c.id == merge_id).values(moved=moved))
    return merge_id


def undo(tx: Connection, row: MergeRow, by: str, now: datetime) -> list[RefusedToo]:
    """Takes two contacts apart again, as they were; what either refused since, and now refuses as both."""
    moved = row.moved
    at_kept, at_gone = moved["addresses"]
    lives = {"closed_at": None, "closed_reason": None, "address_id": at_gone}
    tx.execute(update(contacts).where(contacts.c.id == row.gone_id).values(lives))
    was = contacts.c.address_id.is_not_distinct_from(moved["address_id"])
    tx.execute(update(contacts).where(contacts.c.id == row.kept_id, was).values(address_id=at_kept))
    run(tx, _NOT_BESIDE, kept=row.kept_id, ids=moved["beside"] or [0])
    run(tx, _LETTERS_BACK, kept=row.kept_id, gone=row.gone_id, ids=moved["letters"] or [0])
    _unfill(tx, row)
    copying.take_back(tx, row.kept_id, row.gone_id, moved["copies"])
    merged_lists.part(tx, row.id, row.kept_id, row.gone_id, moved["lists"])
    refused = _refused_since(tx, [one for one in (at_kept, at_gone) if one is not None], row.at, now)
    tx.execute(update(merges).where(merges.c.id == row.id).values(undone_at=now))
    note(tx, row.kept_id, Change(f"merge {row.id}", str(row.gone_id), ""), by, now, row.id)
    forget_words(tx, row.kept_id)
    forget_words(tx, row.gone_id)
    return refused


def _strictest(tx: Connection, kept: int | None, gone: int | None) -> int | None:
    """The one address that the two are written to: the one whose owner refused, so that nothing is; else a good one."""
    mine = select(addresses.c.id, suppressions.c.reason).join(
        suppressions, suppressions.c.fingerprint == addresses.c.fingerprint
    )
    reasons = {
        row.id: SuppressionReason(row.reason) for row in tx.execute(mine.where(addresses.c.id.in_((kept, gone))))
    }
    known = [one for one in (kept, gone) if one is not None]
    refused = [one for one in known if reasons.get(one) in OWN_WORD]
    good = [one for one in known if one not in reasons]
    return next(iter([*refused, *good, *known]), None)


def _fill(
    tx: Connection, kept: ContactRecord, gone: ContactRecord, by: str, now: datetime, merge_id: int
) -> dict[str, list[Any]]:
    before, theirs = vars(kept), vars(gone)
    filled = {name: theirs[name] for name in FILLED if not before[name] and theirs[name]}
    if kept.id in (filled.get("parent_id"), *(one.id for one in affiliations.networks_above(tx, gone.id))):
        filled.pop("parent_id", None)
    if gone.id in (one.id for one in affiliations.networks_above(tx, kept.id)):
        filled["parent_id"] = None
    if filled:
        tx.execute(update(contacts).where(contacts.c.id == kept.id).values(filled))
    for name, value in filled.items():
        note(tx, kept.id, Change(name, str(before[name] or ""), str(value or "")), by, now, merge_id)
    return {name: [before[name], value] for name, value in filled.items()}


def _unfill(tx: Connection, row: MergeRow) -> None:
    for name, (before, after) in row.moved["fields"].items():
        same = contacts.c[name].is_not_distinct_from(after)
        tx.execute(update(contacts).where(contacts.c.id == row.kept_id, same).values({name: before}))


def _skip(tx: Connection, kept: int, own: Sequence[int], mailbox: int | None, now: datetime) -> None:
    """Whoever is one gets one letter of an issue, and none where either refused."""
    refused = select(suppressions.c.reason).join(addresses, addresses.c.fingerprint == suppressions.c.fingerprint)
    reason = tx.execute(refused.where(addresses.c.id == mailbox)).scalar()
    if reason is not None and SuppressionReason(reason) in OWN_WORD:
        run(tx, _SKIP_ALL, kept=kept, own=list(own), now=now)
    run(tx, _SKIP_SECOND, kept=kept, own=list(own), mailbox=mailbox or 0, now=now)
    for address_id in own:
        skip_unwelcome(tx, TO_ADDRESS, now, address_id=address_id)


def _refused_since(tx: Connection, own: Sequence[int], since: datetime, now: datetime) -> list[RefusedToo]:
    refused = []
    lists = list(run(tx, _LEFT_SINCE, own=list(own) or [0], since=since).scalars())
    reasons = [
        SuppressionReason(one) for one in run(tx, _SUPPRESSED_SINCE, own=list(own) or [0], since=since).scalars()
    ]
    for address_id in own:
        who = tx.execute(select(addresses.c.fingerprint).where(addresses.c.id == address_id)).scalar_one()
        refused += [RefusedToo(who, one) for one in lists if people.leave_list(tx, address_id, None, one, now)]
        for reason in reasons:
            if people.suppress(tx, address_id, reason, now):
                refused.append(RefusedToo(who, reason=reason))
    return refused


_MERGE = select(*(merges.c[name] for name in MergeRow.__dataclass_fields__))

_LETTERS = """UPDATE delivery SET contact_id = :kept WHERE contact_id = :gone AND address_id IN :own RETURNING id"""

_LETTERS_BACK = "UPDATE delivery SET contact_id = :gone WHERE id IN :ids AND contact_id = :kept"

_NOT_BESIDE = "DELETE FROM contact_address WHERE contact_id = :kept AND address_id IN :ids"

# The claim stays: where a sender had the letter on its way in that very moment, it tells what became of it.
_SKIP_ALL = """UPDATE delivery SET state = 'skipped', settled_at = :now, lease_until = NULL, skip_reason = 'opposed'
WHERE contact_id = :kept AND address_id IN :own AND state IN ('queued', 'claimed')"""

_SKIP_SECOND = """UPDATE delivery
SET state = 'skipped', settled_at = :now, lease_until = NULL, skip_reason = 'cancelled'
WHERE contact_id = :kept AND address_id IN :own AND address_id <> :mailbox AND state IN ('queued', 'claimed')
  AND EXISTS (SELECT 1 FROM delivery AS other WHERE other.issue_id = delivery.issue_id AND other.address_id = :mailbox
    AND other.state <> 'skipped')"""

_LEFT_SINCE = """SELECT DISTINCT list_slug FROM subscription
WHERE address_id IN :own AND state = 'left' AND merge_id IS NULL AND left_at >= :since"""

_SUPPRESSED_SINCE = """SELECT DISTINCT suppression.reason FROM suppression
JOIN address ON address.fingerprint = suppression.fingerprint
WHERE address.id IN :own AND suppression.at >= :since AND suppression.reason IN ('opposition', 'complaint')"""
