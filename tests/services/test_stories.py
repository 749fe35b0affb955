"""Failure stories of other newsletter programs that ours must not repeat, each under the number it has in our survey.

9 stuck at 0 of N, no cancel · 10 a resumed issue stalls · 11 fifteen hours late · 15 a stale look at the database ·
20 the same member twice · 21 a restored server sends again · 22 a second click on « send » · 50 a mistake in the
audience writes to all.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from mailer.app import App
from mailer.clock import tick
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.errors import MailerError, Refused, RelayError, WrongState
from mailer.services import publishing, sending
from mailer.services.sending import Drain
from mailer.store import issues
from tests.sites import CONFIG, ISSUE, NOON, open_site, release, subscribe, write_issue, write_site

NAME, NEXT = "lettre/2026-03", "lettre/2026-04"
READERS = [f"lectrice{number}@courriel.example" for number in range(30)]
HOUR = timedelta(hours=1)


@pytest.fixture
def relay() -> Iterator[Receiver]:
    """A relay that takes everything."""
    with receiver_in_thread(Receiver()) as receiver:
        yield receiver


@pytest.fixture
def app(tmp_path: Path, relay: Receiver) -> Iterator[App]:
    """A site with thirty readers beside the relay, speaking English."""
    site = write_site(tmp_path / "site", f'language = "en"\n{CONFIG}')
    with open_site(site, MAILER_SMTP__PORT=str(relay.port), MAILER_SMTP__CONNECTIONS="1") as opened:
        subscribe(opened, READERS)
        yield opened


def send(app: App, stop_after: int | None = None, relay: Receiver | None = None) -> Drain:
    """Sends what is due; stops when the relay has taken so many."""
    drain, stop = Drain(), asyncio.Event()

    async def both() -> None:
        task = asyncio.create_task(sending.send_due(app, lambda: NOON + HOUR, stop, drain))
        while not task.done():
            if relay and stop_after and len(relay.letters) >= stop_after:
                stop.set()
            await asyncio.sleep(0.001)
        await task

    asyncio.run(both())
    return drain


def received(relay: Receiver) -> Counter[str]:
    return Counter(letter.recipient for letter in relay.letters)


def test_story_9_nothing_leaves_through_a_relay_that_is_not_there_and_a_cancel_works(tmp_path: Path) -> None:
    with open_site(write_site(tmp_path / "site"), MAILER_SMTP__PORT="9") as app:
        subscribe(app, READERS)
        release(app, NAME)
        with pytest.raises(RelayError):
            send(app)
        assert publishing.show(app, NAME).deliveries["queued"] == len(READERS)
        assert publishing.cancel(app, NAME, NOON).deliveries["skipped"] == len(READERS)


def test_story_10_a_resumed_issue_goes_on_where_it_stopped(app: App, relay: Receiver) -> None:
    release(app, NAME)
    send(app, stop_after=5, relay=relay)
    publishing.pause(app, NAME, NOON)
    paused_at = len(relay.letters)
    assert 5 <= paused_at < len(READERS)
    assert send(app).sent == 0
    publishing.resume(app, NAME, NOON)
    assert send(app).sent == len(READERS) - paused_at
    assert received(relay) == Counter(READERS)


def test_story_11_a_letter_that_is_late_beyond_the_limit_asks_a_person(app: App) -> None:
    publishing.approve(app, NAME, "Odile", NOON)
    assert tick(app, NOON + 15 * HOUR).released == ()
    assert f"mailer issue release {NAME}" in tick(app, NOON + 15 * HOUR).held[0].why
    assert publishing.release(app, NAME, NOON + 16 * HOUR).state == "released"


def test_story_15_a_look_from_before_the_release_releases_nothing_again(app: App) -> None:
    publishing.approve(app, NAME, "Odile", NOON)
    with app.database.reading() as stale:
        before = issues.find(stale, NAME)
        assert tick(app, NOON).released == (NAME,)
        assert issues.find(stale, NAME) == before
        with pytest.raises(WrongState, match="already released"):
            publishing.release(app, NAME, NOON)
    assert publishing.show(app, NAME).audience == len(READERS)


def test_story_20_one_mailbox_gets_one_letter_however_often_it_is_in_the_base(app: App, relay: Receiver) -> None:
    twice = [READERS[0].upper(), READERS[0], READERS[1]]
    subscribe(app, twice)
    subscribe(app, [*twice, "elise@courriel.example"], "bureau")
    write_issue(app.site, NAME, audience='audience = ["lettre", "bureau"]')
    release(app, NAME)
    send(app)
    assert received(relay) == Counter([*READERS, "elise@courriel.example"])


def test_story_21_a_copy_of_the_server_started_later_sends_nothing_by_itself(app: App, relay: Receiver) -> None:
    """A snapshot from before noon, started on another machine the day after; its own release has to be said."""
    publishing.approve(app, NAME, "Odile", NOON - HOUR)
    copy = app.site.parent / "copy"
    with app.database.transaction():
        shutil.copytree(app.site, copy)
    assert tick(app, NOON).released == (NAME,)
    send(app)
    with open_site(copy, MAILER_SMTP__PORT=str(relay.port)) as other:
        assert tick(other, NOON + 24 * HOUR).released == ()
        assert send(other).sent == 0
        with other.database.transaction() as tx:
            issues.mark_left_before_restore(tx, NAME, NOON)
        with pytest.raises(WrongState, match="before the backup was restored"):
            publishing.release(other, NAME, NOON + 24 * HOUR)
    assert received(relay) == Counter(READERS)


def test_story_22_a_second_click_on_release_changes_nothing(app: App, relay: Receiver) -> None:
    publishing.approve(app, NAME, "Odile", NOON)

    def click(_: int) -> str:
        try:
            return publishing.release(app, NAME, NOON).state
        except MailerError as refused:
            return str(refused)

    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(click, range(3)))
    assert told.count("released") == 1
    assert sum("A letter never leaves twice." in one for one in told) == 2
    send(app)
    assert received(relay) == Counter(READERS)


# Story 50: a filter that was wrong mailed 230,000 people instead of 7,200 --------------------------------------------


def everyone_else(app: App, count: int) -> None:
    subscribe(app, [f"ancienne{number}@courriel.example" for number in range(count)])


@pytest.fixture
def unusual(app: App) -> App:
    """After an issue to thirty readers, one that would go to four times as many."""
    release(app, NAME)
    everyone_else(app, 90)
    write_issue(app.site, NEXT, ISSUE.replace("2026-03-04", "2026-04-01"))
    return app


def test_story_50_an_unusual_audience_says_the_number_the_usual_one_and_what_to_do(unusual: App) -> None:
    with pytest.raises(Refused, match=r"120 readers; the usual number is 30\. Two different people .*--count N"):
        publishing.approve(unusual, NEXT, "Odile", NOON)
    with pytest.raises(Refused, match="120 readers, not 30"):
        publishing.approve(unusual, NEXT, "Odile", NOON, 30)


def test_story_50_an_unusual_audience_needs_two_different_people_who_typed_the_number(unusual: App) -> None:
    publishing.approve(unusual, NEXT, "Zoé Martin", NOON, 120)
    with pytest.raises(WrongState, match="already approved"):
        publishing.approve(unusual, NEXT, " zoe  MARTIN", NOON, 120)
    with pytest.raises(WrongState, match="2 different people"):
        publishing.release(unusual, NEXT, NOON)
    assert publishing.show(unusual, NEXT).state == "approved"
    publishing.approve(unusual, NEXT, "Karim", NOON, 120)
    assert publishing.release(unusual, NEXT, NOON).audience == 120


def test_story_50_a_list_of_everyone_is_never_usual(app: App) -> None:
    write_issue(app.site, NAME, audience='audience = ["lettre", "tous"]')
    with pytest.raises(Refused, match="a whole list of everyone"):
        publishing.approve(app, NAME, "Odile", NOON)
    for who in ("Odile", "Karim"):
        publishing.approve(app, NAME, who, NOON, 30)
    assert tick(app, NOON).released == (NAME,)


def test_story_50_an_audience_that_became_unusual_after_its_approval_is_held(app: App) -> None:
    release(app, NAME)
    write_issue(app.site, NEXT, ISSUE.replace("2026-03-04", "2026-04-01"))
    publishing.approve(app, NEXT, "Odile", NOON)
    everyone_else(app, 90)
    moment = NOON + timedelta(days=28) - HOUR
    done = tick(app, moment)
    assert done.released == ()
    assert "120 readers" in done.held[0].why
    for who in ("Odile", "Karim"):
        publishing.approve(app, NEXT, who, moment, 120)
    assert tick(app, moment + timedelta(minutes=1)).released == (NEXT,)


def test_story_50_an_audience_may_not_outgrow_the_number_that_was_typed(unusual: App) -> None:
    for who in ("Odile", "Karim"):
        publishing.approve(unusual, NEXT, who, NOON, 120)
    subscribe(unusual, [f"nouvelle{number}@courriel.example" for number in range(21)])
    with pytest.raises(WrongState, match="141 readers now, and was approved for 120"):
        publishing.release(unusual, NEXT, NOON)
    publishing.approve(unusual, NEXT, "Odile", NOON, 141)
    assert publishing.release(unusual, NEXT, NOON).audience == 141
    kept = publishing.show(unusual, NEXT).approvals
    assert [(one.who, one.count, one.voided_at is None) for one in kept] == [
        ("Odile", 120, False), ("Karim", 120, True), ("Odile", 141, True),
    ]  # fmt: skip
