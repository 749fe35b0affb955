"""Who has not been heard of for years, who was asked, who answered. Decides nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from mailer.domain.notices import NoticeState
from mailer.domain.retention import HeardWay
from mailer.store.joining_tables import proofs
from mailer.store.moments import Moment
from mailer.store.tables import (
    addresses,
    choices,
    contacts,
    data_requests,
    heard,
    leavings,
    measure_choices,
    moves,
    notices,
    questions,
    subscriptions,
    suppressions,
)

KEY = "stay:"
"""Before the number of a question: the key of its notice."""

SIGNS: Mapping[str, tuple[ColumnElement[Any], ColumnElement[Any]]] = {
    "address": (addresses.c.id, addresses.c.created_at),
    "subscription": (subscriptions.c.address_id, subscriptions.c.joined_at),
    "proof": (proofs.c.address_id, proofs.c.confirmed_at),
    "measure_choice": (measure_choices.c.address_id, measure_choices.c.at),
    "choice": (choices.c.address_id, choices.c.changed_at),
    "leaving": (leavings.c.address_id, leavings.c.at),
    "move": (moves.c.from_address_id, moves.c.asked_at),
    "data_request": (data_requests.c.address_id, data_requests.c.asked_at),
    "heard": (heard.c.address_id, heard.c.at),
}
"""What comes from the person, by table, and when. A letter, a pixel and an import do not; an address counts from the
day that we came to know it."""


@dataclass(frozen=True)
class QuestionRow:
    """A question, and whom it was put to."""

    id: int
    address_id: int
    asked_at: datetime
    answered_at: datetime | None


def hear(tx: Connection, address_id: int, way: HeardWay, now: datetime) -> None:
    """They were heard just now."""
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    said = {"way": way.value, "at": now}
    row = make(heard).values(address_id=address_id, **said)
    tx.execute(row.on_conflict_do_update(index_elements=["address_id"], set_=said))


def silent(tx: Connection, before: datetime, limit: int) -> list[tuple[int, str]]:
    """Whom to ask: last heard before that moment, never written to in vain, not asked already; the longest first."""
    last = _last(before).subquery()
    found = (
        select(addresses.c.id, addresses.c.address)
        .join(last, last.c.address_id == addresses.c.id)
        .where(~_suppressed(), ~_asked(), _somebody())
        .order_by(last.c.at, addresses.c.id)
        .limit(limit)
    )
    return [(row.id, row.address) for row in tx.execute(found)]


def out_of_reach(tx: Connection, before: datetime) -> int:
    """How many were last heard before that moment and cannot be asked: suppressed, or their question did not leave."""
    last = _last(before).subquery()
    lost = exists().where(
        questions.c.address_id == addresses.c.id,
        questions.c.answered_at.is_(None),
        notices.c.key == _key(),
        notices.c.state.in_((NoticeState.FAILED.value, NoticeState.UNKNOWN.value)),
    )
    found = select(func.count()).select_from(addresses).join(last, last.c.address_id == addresses.c.id)
    return int(tx.execute(found.where((_suppressed() & ~_asked() & _somebody()) | lost)).scalar_one())


def ask(tx: Connection, address_id: int, now: datetime) -> int:
    """A question is put; its number."""
    added = insert(questions).values(address_id=address_id, asked_at=now, answered_at=None)
    return int(tx.execute(added.returning(questions.c.id)).scalar_one())


def find(tx: Connection, number: int) -> QuestionRow | None:
    """A question; None where its address was erased since."""
    columns = [questions.c[name] for name in QuestionRow.__dataclass_fields__]
    found = tx.execute(select(*columns).where(questions.c.id == number)).one_or_none()
    return QuestionRow(*found) if found else None


def close_answered(tx: Connection, before: datetime, now: datetime) -> int:
    """Whoever was heard again, in whatever way, has answered; how many questions that closed."""
    still = _last(before).subquery()
    heard_again = questions.c.answered_at.is_(None) & questions.c.address_id.not_in(select(still.c.address_id))
    return tx.execute(update(questions).where(heard_again).values(answered_at=now)).rowcount


def ripe(
    tx: Connection, before: datetime, asked_before: datetime, limit: int, address_id: int | None = None
) -> list[int]:
    """Whom to erase: the question left before `asked_before`, and nothing was heard. Of all, or of one."""
    last = _last(before).subquery()
    found = (
        select(questions.c.address_id)
        .join(notices, notices.c.key == _key())
        .join(last, last.c.address_id == questions.c.address_id)
        .where(questions.c.answered_at.is_(None))
        .where(notices.c.state == NoticeState.SENT.value, notices.c.settled_at <= asked_before)
    )
    found = found if address_id is None else found.where(questions.c.address_id == address_id)
    return list(tx.execute(found.order_by(questions.c.id).limit(limit)).scalars())


def waiting(tx: Connection) -> int:
    """How many questions have no answer yet."""
    return int(tx.execute(select(func.count()).where(questions.c.answered_at.is_(None))).scalar_one())


def open_since(tx: Connection) -> list[datetime]:
    """When each question that has no answer yet was put."""
    return list(tx.execute(select(questions.c.asked_at).where(questions.c.answered_at.is_(None))).scalars())


def asked_since(tx: Connection, since: datetime) -> int:
    """How many were put since then."""
    return int(tx.execute(select(func.count()).where(questions.c.asked_at > since)).scalar_one())


def _last(before: datetime) -> Select[Any]:
    """The last sign of each address, of those alone that lies before."""
    signs = union_all(*_signs()).subquery()
    at = func.max(signs.c.at)
    last = select(signs.c.address_id, type_coerce(at, Moment()).label("at")).group_by(signs.c.address_id)
    return last.having(type_coerce(at, Moment()) < literal(before, Moment()))


def _signs() -> Iterator[Select[Any]]:
    for name, (whose, when) in SIGNS.items():
        sign = select(whose.label("address_id"), when.label("at")).where(when.is_not(None))
        # What a file brought is no sign of life.
        yield sign.where(subscriptions.c.batch_id.is_(None)) if name == "subscription" else sign


def _suppressed() -> ColumnElement[bool]:
    return exists().where(suppressions.c.fingerprint == addresses.c.fingerprint)


def _asked() -> ColumnElement[bool]:
    return exists().where(questions.c.address_id == addresses.c.id, questions.c.answered_at.is_(None))


def _somebody() -> ColumnElement[bool]:
    """An address that stands for nobody any more has nobody to ask."""
    mine = exists().where(contacts.c.address_id == addresses.c.id)
    return addresses.c.erased_at.is_(None) & (mine | exists().where(subscriptions.c.address_id == addresses.c.id))


def _key() -> ColumnElement[str]:
    return literal(KEY, String()).concat(cast(questions.c.id, String()))
