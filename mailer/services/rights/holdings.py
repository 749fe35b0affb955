"""The rights of one person (GDPR art. 15, 17, 20): what we hold about an address, handed over or erased.

A letter can be forwarded, so its links do not lead here: a link of an hour is mailed to the address itself.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

from mailer.app import App
from mailer.app.oppositions import append_oppositions
from mailer.app.readers import about_us, known, reader_behind
from mailer.domain.addresses import mask, read_address
from mailer.domain.choices import OWN_DATA_WITHIN, UNDO_MOVE_WITHIN
from mailer.domain.notices import NoticeKind
from mailer.domain.oppositions import Opposition, Refusal
from mailer.domain.people import SuppressionReason
from mailer.domain.tokens import NOT_OURS, Purpose
from mailer.errors import BadToken, NotFound, ReaderRefused
from mailer.language import N_
from mailer.store import contacts, data_requests, moves, notices, people, persons, traces
from mailer.store.database import Connection
from mailer.store.people import ReaderRow

LATE = N_("This link was valid for one hour. Ask for another one, from one of your letters.")
MOVED_LATELY = N_(
    "Your letters came to this address a short while ago from another one, which can still undo that. "
    "Until then, ask us for the erasure: we see to both addresses."
)
NOBODY = N_("We hold nothing about {address}.")
ERASED = N_("We hold nothing about {address} but a coded print, so that no file brings it back.")
A_DAY = timedelta(hours=24)
LINKS_A_DAY = 3
TRACES_KEPT = timedelta(days=30)
"""The privacy page says so."""


@dataclass(frozen=True)
class Holdings:
    """All that we hold about one address, by table."""

    address: str
    masked_address: str
    at: datetime
    tables: Mapping[str, list[dict[str, Any]]]

    def as_json(self) -> dict[str, Any]:
        """Plain values alone: what any program can read (GDPR art. 20)."""
        tables = {
            name: [{key: _plain(value) for key, value in row.items()} for row in rows]
            for name, rows in self.tables.items()
        }
        return {"about": self.address, "at": self.at.isoformat(), **tables}

    def as_csv(self) -> str:
        """One line a value: table, row, column, value. No cell is a formula to a spreadsheet."""
        written = StringIO()
        lines = csv.writer(written, delimiter=";")
        lines.writerow(("table", "row", "column", "value"))
        for name, rows in self.tables.items():
            for at, row in enumerate(rows, start=1):
                lines.writerows((name, at, key, _cell(_plain(value))) for key, value in row.items())
        return written.getvalue()


def send_link(app: App, token: str, now: datetime) -> None:
    """Mails the link to one's own data to the address that a letter went to; silent where no mail may go."""
    with app.database.transaction() as tx:
        reader = reader_behind(app, tx, token, Purpose.PREFERENCES)
        if reader.suppressed or data_requests.since(tx, reader.address_id, now - A_DAY) >= LINKS_A_DAY:
            return
        request_id = data_requests.add(tx, reader.address_id, now)
        link = f"{app.config.public_url}/data/{app.keyring.token(Purpose.DATA, request_id)}"
        notices.queue(
            tx, NoticeKind.OWN_DATA, f"data:{request_id}", reader.address, {**about_us(app), "link": link}, now
        )


def own_data(app: App, token: str, now: datetime) -> Holdings:
    """What the link of an hour leads to. Raises BadToken, or ReaderRefused after that hour."""
    with app.database.reading() as tx:
        return _holdings(tx, _asking(app, tx, token, now), now)


def erase_own(app: App, token: str, now: datetime) -> None:
    """Everything about the address that asks, those that it moved from, the others of its owner.

    Raises BadToken or ReaderRefused.
    """
    with app.database.transaction() as tx:
        reader = _asking(app, tx, token, now)
        lately = now - UNDO_MOVE_WITHIN
        if any(row.confirmed_at and row.confirmed_at > lately for row in moves.moved_to(tx, reader.address_id)):
            # Else a friend with a forwarded letter could take the letters over, and then erase their owner.
            raise ReaderRefused(MOVED_LATELY)
        erase_reader(app, tx, reader, now)
    app.database.leave_no_trace()


def find(app: App, address: str, now: datetime) -> Holdings:
    """What we hold about an address, for the staff. Raises Refused or NotFound."""
    with app.database.reading() as tx:
        return _holdings(tx, _reader_at(app, tx, address), now)


def forget(app: App, address: str, now: datetime) -> int:
    """Erases an address, those that it moved from and the others of its owner; how many. Raises Refused or NotFound."""
    with app.database.transaction() as tx:
        erased = erase_reader(app, tx, _reader_at(app, tx, address), now)
    app.database.leave_no_trace()
    return erased


def forget_old(app: App, now: datetime) -> int:
    """The clock's part: what readers did themselves leaves no trace after thirty days but its effect. How much went."""
    with app.database.transaction() as tx:
        return traces.erase_traces(tx, now - TRACES_KEPT)


def erase_reader(app: App, tx: Connection, reader: ReaderRow, now: datetime) -> int:
    """Erases an address, those that it moved from and the others of its owner; how many. The caller commits."""
    every = _with_others(tx, reader.address_id)
    who = [known(people.reader_at(tx, one)).fingerprint for one in every]
    for one in every:
        persons.erase(tx, one, now)
    erased = SuppressionReason.ERASED.value
    append_oppositions(app.site, [Opposition(one, Refusal.SUPPRESSED, erased, now) for one in who])
    return len(every)


def _with_others(tx: Connection, address_id: int) -> list[int]:
    found = [address_id]
    for one in found:
        theirs = [row.from_address_id for row in moves.moved_to(tx, one)] + contacts.with_own_addresses(tx, one)
        found += [also for also in dict.fromkeys(theirs) if also not in found]
    return found


def _asking(app: App, tx: Connection, token: str, now: datetime) -> ReaderRow:
    request = data_requests.find(tx, app.keyring.read(Purpose.DATA, token))
    if request is None:
        raise BadToken(NOT_OURS)
    if now - request.asked_at > OWN_DATA_WITHIN:
        raise ReaderRefused(LATE)
    return known(people.reader_at(tx, request.address_id))


def _reader_at(app: App, tx: Connection, address: str) -> ReaderRow:
    canonical = read_address(address).canonical
    fingerprint = app.keyring.fingerprint(canonical)
    address_id = people.address_of(tx, fingerprint)
    reader = people.reader_at(tx, address_id) if address_id is not None else None
    if reader is None:
        erased = people.suppression_of(tx, fingerprint) is not None
        raise NotFound(ERASED if erased else NOBODY, address=address)
    return reader


def _holdings(tx: Connection, reader: ReaderRow, now: datetime) -> Holdings:
    return Holdings(reader.address, mask(reader.address), now, persons.held(tx, reader.address_id))


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
