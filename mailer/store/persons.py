"""All that is held about one address: read whole, or erased but for a keyed hash and the figures of issues.

`HELD` names every table in which a person can be found; tests/store/test_persons.py compares it with the tables.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, or_, select

from mailer.domain.people import SuppressionReason
from mailer.store.account_tables import accounts
from mailer.store.joining_tables import proofs, requests
from mailer.store.people import reader_at, suppress
from mailer.store.sql import run
from mailer.store.tables import (
    addresses,
    affiliations,
    batches,
    choices,
    contact_addresses,
    contact_changes,
    contacts,
    custom_values,
    data_requests,
    deliveries,
    doubts,
    heard,
    issues,
    leavings,
    measure_choices,
    memberships,
    merges,
    moves,
    not_duplicates,
    notices,
    questions,
    retries,
    returned,
    subscriptions,
    suppressions,
    tags,
)

Rows = list[dict[str, Any]]


def held(tx: Connection, address_id: int) -> dict[str, Rows]:
    """Every row about an address, by table, as plain values; tables without one are there, and empty."""
    return {name: [dict(row._mapping) for row in tx.execute(_HELD[name](address_id))] for name in HELD}


def erase(tx: Connection, address_id: int, now: datetime) -> None:
    """Nothing is left but a keyed hash that no file gets past, and rows that only count.

    Letters that wait do not leave. Twice is as good as once.
    """
    if reader_at(tx, address_id) is None:
        return
    suppress(tx, address_id, SuppressionReason.ERASED, now)
    for words in _ERASE:
        run(tx, words, id=address_id)
    nobody = {"nobody": f"erased:{secrets.token_hex(16)}", "hash": secrets.token_bytes(16)}
    run(tx, _EMPTY, id=address_id, now=now, **nobody)


def _of_address(column: ColumnElement[Any], columns: Sequence[ColumnElement[Any]]) -> Any:
    return lambda address_id: select(*columns).where(column == address_id)


def _of_contacts(table: Table, names: Sequence[str]) -> Any:
    """Of the contacts that are written to at the address."""
    columns = [table.c[name] for name in names]
    return lambda address_id: select(*columns).where(table.c.contact_id.in_(_contacts(address_id)))


def _contacts(address_id: int) -> Select[Any]:
    """Who is written to there, and who became one with them."""
    whole = select(contacts.c.id).where(contacts.c.address_id == address_id).cte("whole", recursive=True)
    gone = select(merges.c.gone_id).join(whole, whole.c.id == merges.c.kept_id).where(merges.c.undone_at.is_(None))
    return select(whole.union(gone).c.id)


def _contact(address_id: int) -> Select[Any]:
    return select(*(contacts.c[name] for name in _SAID_OF_CONTACTS)).where(contacts.c.id.in_(_contacts(address_id)))


def _affiliation(address_id: int) -> Select[Any]:
    structure = contacts.alias("structure")
    mine = _contacts(address_id)
    wanted = or_(affiliations.c.person_id.in_(mine), affiliations.c.structure_id.in_(mine))
    place = select(structure.c.name.label("structure"), affiliations.c.role)
    place = place.join(structure, structure.c.id == affiliations.c.structure_id)
    return place.where(or_(wanted, affiliations.c.address_id == address_id)).order_by(affiliations.c.id)


def _further_address(address_id: int) -> Select[Any]:
    mine = contact_addresses.c.contact_id.in_(_contacts(address_id))
    further = select(addresses.c.address, contact_addresses.c.label)
    further = further.join(addresses, addresses.c.id == contact_addresses.c.address_id)
    return further.where(or_(mine, contact_addresses.c.address_id == address_id))


def _merge(address_id: int) -> Select[Any]:
    return select(merges.c.at, merges.c.undone_at).where(merges.c.kept_id.in_(_contacts(address_id)))


def _not_duplicate(address_id: int) -> Select[Any]:
    mine = _contacts(address_id)
    looked = select(not_duplicates.c.at)
    return looked.where(or_(not_duplicates.c.first_id.in_(mine), not_duplicates.c.second_id.in_(mine)))


def _canonical(address_id: int) -> Any:
    return select(addresses.c.canonical).where(addresses.c.id == address_id).scalar_subquery()


def _suppression(address_id: int) -> Select[Any]:
    mine = select(addresses.c.fingerprint).where(addresses.c.id == address_id).scalar_subquery()
    return select(suppressions.c.reason, suppressions.c.at).where(suppressions.c.fingerprint == mine)


def _batch(address_id: int) -> Select[Any]:
    brought = select(contacts.c.batch_id).where(contacts.c.address_id == address_id)
    joined = select(subscriptions.c.batch_id).where(subscriptions.c.address_id == address_id)
    return select(batches.c.file_name, batches.c.imported_at).where(
        or_(batches.c.id.in_(brought), batches.c.id.in_(joined))
    )


def _delivery(address_id: int) -> Select[Any]:
    wanted = ("state", "first_attempt_at", "settled_at", "code", "words", "skip_reason", "left_at")
    said = [issues.c.name.label("issue"), issues.c.subject, *(deliveries.c[name] for name in wanted)]
    mine = select(*said).join(issues, issues.c.id == deliveries.c.issue_id)
    return mine.where(deliveries.c.address_id == address_id).order_by(deliveries.c.id)


def _notice(address_id: int) -> Select[Any]:
    said = [notices.c[name] for name in ("kind", "address", "state", "queued_at", "settled_at", "words")]
    return select(*said).where(func.lower(notices.c.address) == _canonical(address_id)).order_by(notices.c.id)


def _request(address_id: int) -> Select[Any]:
    mine = select(addresses.c.fingerprint).where(addresses.c.id == address_id).scalar_subquery()
    said = [requests.c[name] for name in ("kind", "address", "asked_at", "mailed_at", "reminded_at", "confirmed_at")]
    return select(*said).where(requests.c.fingerprint == mine).order_by(requests.c.id)


def _doubt(address_id: int) -> Select[Any]:
    said = [doubts.c[name] for name in ("line", "written", "proposal", "name", "kind", "outcome", "settled_at")]
    mine = _canonical(address_id)
    wanted = or_(func.lower(doubts.c.proposal) == mine, func.lower(doubts.c.written) == mine)
    return select(*said).where(wanted).order_by(doubts.c.id)


def _account(address_id: int) -> Select[Any]:
    said = [accounts.c[name] for name in ("name", "email", "role", "until", "made_at", "ended_at")]
    return select(*said).where(func.lower(accounts.c.email) == _canonical(address_id))


def _move(address_id: int) -> Select[Any]:
    # Only its own side: the other address may be somebody else's.
    said = [moves.c.state, moves.c.asked_at, moves.c.confirmed_at, moves.c.ended_at]
    return select(*said).where(or_(moves.c.from_address_id == address_id, moves.c.to_address_id == address_id))


_SAID_OF_CONTACTS = (
    *("kind", "name", "first_name", "last_name", "language", "postcode", "city", "region", "country"),
    *("level", "theme", "notes", "created_at", "closed_at", "closed_reason"),
)

_HELD: Mapping[str, Any] = {
    "address": _of_address(addresses.c.id, [addresses.c.address, addresses.c.created_at]),
    "contact": _contact,
    "affiliation": _affiliation,
    "contact_address": _further_address,
    "tag": _of_contacts(tags, ["slug"]),
    "membership": _of_contacts(memberships, ["year", "kind", "since"]),
    "custom_value": _of_contacts(custom_values, ["field", "value"]),
    "contact_change": _of_contacts(contact_changes, ["at", "field", "before", "after"]),
    "merge": _merge,
    "not_duplicate": _not_duplicate,
    "import_batch": _batch,
    "subscription": _of_address(
        subscriptions.c.address_id,
        [subscriptions.c[name] for name in ("list_slug", "state", "basis", "joined_at", "left_at")],
    ),
    "suppression": _suppression,
    "choice": _of_address(choices.c.address_id, [choices.c.paused_until, choices.c.monthly, choices.c.changed_at]),
    "leaving": _of_address(
        leavings.c.address_id,
        [leavings.c[name] for name in ("list_slug", "opposed", "way", "at", "undone_at")],
    ),
    "move": _move,
    "data_request": _of_address(data_requests.c.address_id, [data_requests.c.asked_at]),
    "heard": _of_address(heard.c.address_id, [heard.c.way, heard.c.at]),
    "question": _of_address(questions.c.address_id, [questions.c.asked_at, questions.c.answered_at]),
    "request": _request,
    "proof": _of_address(
        proofs.c.address_id,
        [proofs.c[name] for name in ("list_slug", "title", "version", "way", "origin", "asked_at", "confirmed_at")],
    ),
    "measure_choice": _of_address(
        measure_choices.c.address_id,
        [measure_choices.c[name] for name in ("list_slug", "allowed", "wording", "version", "way", "at")],
    ),
    "retried": _of_address(retries.c.address_id, [retries.c.reason, retries.c.why, retries.c.at]),
    "returned": _of_address(
        returned.c.address_id,
        [returned.c[name] for name in ("arrived_at", "kind", "cause", "status", "recipient", "words", "copy_text")],
    ),
    "doubt": _doubt,
    "account": _account,
    "notice": _notice,
    "delivery": _delivery,
}
HELD = tuple(_HELD)
"""In the order of an export."""

_MINE = "SELECT canonical FROM address WHERE id = :id"

# Who is written to there, and who became one with them.
_WHOLE = """WITH RECURSIVE whole (id) AS (SELECT id FROM contact WHERE address_id = :id
  UNION SELECT merge.gone_id FROM merge JOIN whole ON whole.id = merge.kept_id WHERE merge.undone_at IS NULL)
SELECT id FROM whole"""

_ERASE = (
    "DELETE FROM proof WHERE address_id = :id",
    "DELETE FROM measure_choice WHERE address_id = :id",
    # What came back was counted: the row stays without whom it was about.
    """UPDATE returned SET recipient = '', words = '', copy_text = '', address_id = NULL WHERE address_id = :id""",
    f"DELETE FROM doubt WHERE lower(proposal) = ({_MINE}) OR lower(written) = ({_MINE})",  # noqa: S608 - the constant above
    """DELETE FROM requested WHERE request_id IN (SELECT id FROM request
  WHERE fingerprint = (SELECT fingerprint FROM address WHERE id = :id))""",
    "DELETE FROM request WHERE fingerprint = (SELECT fingerprint FROM address WHERE id = :id)",
    "DELETE FROM leaving WHERE address_id = :id",
    "DELETE FROM data_request WHERE address_id = :id",
    "DELETE FROM retried WHERE address_id = :id",
    "DELETE FROM heard WHERE address_id = :id",
    "DELETE FROM question WHERE address_id = :id",
    "DELETE FROM choice WHERE address_id = :id",
    # The new address of a change that was never confirmed stands in its mail too.
    """DELETE FROM notice WHERE key IN (
  SELECT 'move:' || CAST(id AS TEXT) FROM move WHERE from_address_id = :id OR to_address_id = :id)""",
    "DELETE FROM move WHERE from_address_id = :id OR to_address_id = :id",
    f"DELETE FROM notice WHERE lower(address) = ({_MINE})",  # noqa: S608 - the constant above
    # Not yet confirmed, a new address stands in the request alone.
    f"UPDATE move SET state = 'dropped', wanted = '' WHERE lower(wanted) = ({_MINE})",  # noqa: S608 - as above
    # Whoever works here keeps the account, whose name stands beside what they approved; its address is gone.
    f"UPDATE account SET email = '' WHERE lower(email) = ({_MINE})",  # noqa: S608 - as above
    "DELETE FROM subscription WHERE address_id = :id",
    f"UPDATE subscription SET contact_id = NULL WHERE contact_id IN ({_WHOLE})",  # noqa: S608 - the constant above
    # A relay repeats the address in its replies.
    "UPDATE delivery SET contact_id = NULL, words = '' WHERE address_id = :id",
    "DELETE FROM contact_address WHERE address_id = :id",
    "UPDATE affiliation SET address_id = NULL WHERE address_id = :id",
    # All that is known of a contact goes with its row.
    f"DELETE FROM contact WHERE id IN ({_WHOLE})",  # noqa: S608 - as above
)

_EMPTY = """UPDATE address SET address = '', canonical = :nobody, domain = '', family = 0, fingerprint = :hash,
  erased_at = :now WHERE id = :id AND erased_at IS NULL"""
