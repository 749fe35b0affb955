"""Letters outside campaigns: written and handed to the relay one at a time, each at most once. Decides none of them."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.app import App
from mailer.domain.deliveries import DeliveryState, Ending, Outcome, RetryPolicy, Settlement, Step, next_step
from mailer.errors import BadFiles, RelayError
from mailer.language import say_error
from mailer.store import notices
from mailer.store.notices import NoticeRow
from mailer.transport.smtp import Connection, Relay

log = logging.getLogger(__name__)

LEASE_S = 600.0
"""Longer than any relay takes for one letter: then its sender is dead, and the notice may have left."""

AFTER_A_FAILURE = timedelta(minutes=1)


@dataclass
class Sent:
    """What became of the notices that were due."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    unknown: int = 0


async def send_notices(app: App, clock: Callable[[], datetime]) -> Sent:
    """Writes what is due and hands it over. A relay that takes nothing is no error here: the notices wait."""
    done, due = Sent(), _due(app, clock())
    try:
        if due:
            async with Relay(app.config.smtp).connection() as connection:
                while due and connection.usable:
                    await _send(app, connection, due[0], clock, done)
                    due.pop(0)
    except RelayError as error:
        log.warning("%s", error, extra={"action": "notices_wait"})
    _put_off(app, due, clock())
    done.deferred += len(due)
    return done


def _due(app: App, now: datetime) -> list[NoticeRow]:
    with app.database.reading() as tx:
        due, overdue = notices.due(tx, now), notices.any_overdue(tx)
    if overdue:
        with app.database.transaction() as tx:
            notices.recover(tx, now)
    return due


async def _send(app: App, connection: Connection, row: NoticeRow, clock: Callable[[], datetime], done: Sent) -> None:
    claim_id, now = secrets.token_hex(8), clock()
    sender = str(row.content.get("sender") or app.config.organisation.contact)

    async def first_to_take_it() -> bool:
        with app.database.transaction() as tx:
            return notices.about_to_leave(tx, row.id, claim_id, LEASE_S, now)

    try:
        letter = _letter(app, row, sender, now)
    except BadFiles as mistakes:
        # A template that a person broke: it is mended, and the notice leaves then.
        log.warning("%s", mistakes, extra={"action": "notice_not_written", "notice": row.id})
        words = say_error(app.config.language, mistakes)
        outcome: Outcome | None = Outcome(Ending.DEFERRED, Step.RCPT, None, words)
    else:
        outcome = await connection.deliver(sender, row.address, first_to_take_it, lambda: letter)
    if outcome is not None:
        _settle(app, row, claim_id, outcome, clock(), done)


def _letter(app: App, row: NoticeRow, sender: str, now: datetime) -> bytes:
    # Not before one is due: what compiles letters takes 13 MB, and a sender's process mostly never needs it.
    from mailer.rendering.notices import Envelope, write_notice

    domain = sender.rpartition("@")[2]
    envelope = Envelope(
        sender_name=app.config.organisation.name,
        sender=sender,
        recipient=row.address,
        date=now.astimezone(app.config.zone),
        message_id=f"notice.{row.id}.{int(row.queued_at.timestamp())}@{domain}",
    )
    return write_notice(row.kind, row.content, envelope, app.templates, app.config.language)


def _settle(app: App, row: NoticeRow, claim_id: str, outcome: Outcome, now: datetime, done: Sent) -> None:
    if outcome.ending is Ending.BROKEN:
        # One letter alone may be what breaks the connection: it waits longer each time, and is given up in the end.
        outcome = Outcome(Ending.DEFERRED, Step.DATA, outcome.code, outcome.words)
    settlement = next_step(outcome, row.attempts + 1, row.first_attempt_at or now, now, _policy(app))
    if settlement.next_try_at is not None and settlement.next_try_at <= now:
        settlement = _later(settlement, now)
    with app.database.transaction() as tx:
        if notices.settle(tx, row.id, claim_id, settlement, now):
            _count(settlement, done)


def _later(settlement: Settlement, now: datetime) -> Settlement:
    return Settlement(
        settlement.state, settlement.code, settlement.words, settlement.counted, next_try_at=now + AFTER_A_FAILURE
    )


def _count(settlement: Settlement, done: Sent) -> None:
    match settlement.state:
        case DeliveryState.SENT:
            done.sent += 1
        case DeliveryState.FAILED:
            done.failed += 1
        case DeliveryState.UNKNOWN:
            done.unknown += 1
        case _:
            done.deferred += 1


def _put_off(app: App, rows: list[NoticeRow], now: datetime) -> None:
    """What could not be tried waits a minute, so that a relay that is away is not called every two seconds."""
    if rows:
        with app.database.transaction() as tx:
            notices.put_off(tx, [row.id for row in rows], now + AFTER_A_FAILURE)


def _policy(app: App) -> RetryPolicy:
    retry = app.config.retry
    return RetryPolicy(
        timedelta(seconds=retry.first_after_s),
        timedelta(seconds=retry.longest_s),
        timedelta(hours=retry.give_up_after_hours),
    )
