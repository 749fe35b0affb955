"""The alarm clock: APScheduler rings, a service acts. Stores nothing, so two clocks do no more than one."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from mailer.app import App
from mailer.app.heartbeats import Heartbeat, beat, last
from mailer.errors import MailerError
from mailer.services import feedback, joining, notices, people, publishing, reporting, returns, rights, sending
from mailer.services.publishing import Held
from mailer.services.returns import Collected
from mailer.services.rights import Retained
from mailer.services.sending import Drain

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2
RETURNS_EVERY = timedelta(minutes=10)
RETENTION_EVERY = timedelta(hours=24)
AFTER_A_FAILURE_S = 60
"""A relay that takes nothing is asked again after this long."""


@dataclass(frozen=True)
class Ticked:
    """What the clock did, once."""

    released: tuple[str, ...]
    reminded: tuple[str, ...]
    closed: int
    """Counts of issues that left 30 days ago."""
    held: tuple[Held, ...]
    answered: int = 0
    """Letters to those who asked to subscribe, reminders included."""
    kept: Retained | None = None
    """Who was silent for years, where somebody was asked or erased."""


def tick(app: App, now: datetime) -> Ticked:
    """The clock's duties, once: release what is due, tell what is not ready, close counts, answer those who asked.

    It never sends. First it takes back what an import left whose program died.
    """
    people.recover(app, now)
    attended = publishing.attend(app, now)
    feedback.recover(app)
    feedback.forget_order(app, now)
    closed = reporting.close_counts(app, now)
    asked = joining.attend(app, now)
    kept = keep_or_erase(app, now)
    rights.forget_old(app, now)
    beat(app.site, Heartbeat.CLOCK)
    answered = asked.answered + asked.reminded
    return Ticked(attended.released, attended.reminded, closed, attended.held, answered, kept)


def keep_or_erase(app: App, now: datetime) -> Retained | None:
    """Who was silent for years is asked, once a day, and erased if nothing is heard; None where nobody was."""
    before = last(app.site, Heartbeat.RETENTION)
    if before and timedelta(0) <= now - before < RETENTION_EVERY:
        return None
    beat(app.site, Heartbeat.RETENTION)
    done = rights.retain(app, now)
    return done if done.asked or done.erased else None


def collect_returns(app: App, now: datetime) -> Collected | None:
    """What came back is fetched, every ten minutes; None where no mailbox is named, or it was opened just now."""
    before = last(app.site, Heartbeat.RETURNS)
    if not app.config.bounces.mailbox.host or (before and timedelta(0) <= now - before < RETURNS_EVERY):
        return None
    beat(app.site, Heartbeat.RETURNS)
    return returns.collect(app, now)


async def run_sender(app: App, now: Callable[[], datetime], stop: asyncio.Event) -> None:
    """Sends what is due every two seconds until `stop` is set; a failing relay or database is tried again later."""
    quiet_until = -1.0
    ringing = asyncio.Lock()

    async def ring() -> None:
        nonlocal quiet_until
        loop = asyncio.get_running_loop()
        if stop.is_set() or loop.time() < quiet_until:
            return
        try:
            async with ringing:
                await _write_notices(app, now)
                await _send(app, now, stop)
        except MailerError as error:
            log.warning("%s", error, extra={"action": "send_failed"})
            quiet_until = loop.time() + AFTER_A_FAILURE_S

    # Default grace is one second: a late ring would be dropped. One ring at a time, missed ones fold into one.
    scheduler = AsyncIOScheduler(job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1})
    scheduler.add_job(ring, "interval", seconds=LOOK_EVERY_S, next_run_time=now())
    # On the minute: noon is noon. And once at the start, for what was slept through.
    scheduler.add_job(_duties, "cron", (app, now), second=0, timezone="UTC", next_run_time=now())
    scheduler.add_job(_fetch, "cron", (app, now), second=30, timezone="UTC")
    scheduler.start()
    try:
        await stop.wait()
        # Shutting the scheduler down cancels what rings: letters in hand first.
        async with ringing:
            pass
    finally:
        scheduler.shutdown(wait=False)


async def _write_notices(app: App, now: Callable[[], datetime]) -> None:
    joining.answer(app, now())
    await notices.send_notices(app, now)


async def _duties(app: App, now: Callable[[], datetime]) -> None:
    try:
        # In a thread: a release of many thousand letters would keep those under way waiting.
        await asyncio.to_thread(tick, app, now())
    except MailerError as error:
        log.warning("%s", error, extra={"action": "tick_failed"})


async def _fetch(app: App, now: Callable[[], datetime]) -> None:
    try:
        # In a job of its own: a mailbox that does not answer delays no release.
        await asyncio.to_thread(collect_returns, app, now())
    except MailerError as error:
        log.warning("%s", error, extra={"action": "collect_failed"})


async def _send(app: App, now: Callable[[], datetime], stop: asyncio.Event) -> None:
    drain = Drain()
    try:
        await sending.send_due(app, now, stop, drain)
    finally:
        if drain.sent or drain.failed or drain.unknown:
            counts = {"sent": drain.sent, "deferred": drain.deferred, "failed": drain.failed, "unknown": drain.unknown}
            log.info("%d letters sent", drain.sent, extra={"action": "drain_ended", **counts})
