"""What may happen to a sender in the middle of its work: each reader gets one letter, or is named for a person.

The stories are those that other programs tell of themselves; their numbers stand in the tests' docstrings.
"""

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread, Timer

import pytest
from sqlalchemy import event

from mailer.app import App
from mailer.demo.receiver import receiver_in_thread
from mailer.domain.deliveries import DeliveryState
from mailer.errors import RelayError, StoreError
from mailer.services import publishing, sending
from mailer.services.sending import Drain
from mailer.store.database import Connection
from tests.services.test_sending import NAME, READERS, Post, leave, post_office, refusing
from tests.sites import NOON, open_site, release, subscribe

ORANGE = [f"lecteur{number}@orange.fr" for number in range(6)]


def send_in_background(post: Post, drain: Drain, clock: Callable[[], datetime]) -> Thread:
    thread = Thread(target=lambda: asyncio.run(sending.send_due(post.app, clock, asyncio.Event(), drain)))
    thread.start()
    return thread


def test_a_sender_that_stalls_past_its_lease_ends_no_further_letter(tmp_path: Path) -> None:
    stalled, awake = Event(), Event()

    with post_office(tmp_path, MAILER_SMTP__CONNECTIONS="1", MAILER_DATABASE__LEASE_S="1") as post:

        def clock() -> datetime:
            # Asked before each letter: here the whole program stands still once, as under SIGSTOP.
            if len(post.taken) == 2 and not stalled.is_set():
                stalled.set()
                awake.wait(30)
            return NOON

        drain = Drain()
        sender = send_in_background(post, drain, clock)
        assert stalled.wait(30)
        time.sleep(1.3)  # its lease of a second runs out, on the database's own clock
        post.send()
        taken = len(post.taken)
        assert post.status().deliveries["unknown"] >= len(READERS) - taken > 0, "it is given up, not taken over"
        awake.set()
        sender.join(30)
        assert post.status().deliveries["unknown"] == 0, "it lives, and says that the rest had never left"
        post.send()
        assert Counter(post.recipients()) == Counter(READERS)


def test_a_reader_who_leaves_while_the_letter_waits_at_a_slow_relay_gets_none(tmp_path: Path) -> None:
    late = READERS[8]

    def slow(_: str) -> None:
        time.sleep(0.2)

    with post_office(tmp_path, refuse_letter=slow, MAILER_SMTP__CONNECTIONS="1") as post:
        sender = send_in_background(post, Drain(), lambda: NOON)
        while not post.taken:
            time.sleep(0.01)
        leave(post, late)
        sender.join(30)
        assert late not in post.recipients()
        assert post.status().deliveries["skipped"] == 1
        assert len(post.taken) == 9


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_a_pause_and_a_cancellation_act_within_a_second_and_lose_nothing(tmp_path: Path, verb: str) -> None:
    def slow(_: str) -> None:
        time.sleep(0.2)

    with post_office(tmp_path, refuse_letter=slow, MAILER_SMTP__CONNECTIONS="1") as post:
        sender = send_in_background(post, Drain(), lambda: NOON)
        while not post.taken:
            time.sleep(0.01)
        getattr(publishing, verb)(post.app, NAME, NOON)
        before = len(post.taken)
        sender.join(30)
        # Within a second, at five letters a second.
        assert len(post.taken) <= before + 5
        rest = "queued" if verb == "pause" else "skipped"
        status = post.status().deliveries
        assert (status["sent"], status[rest]) == (len(post.taken), 10 - len(post.taken))
        if verb == "pause":
            publishing.resume(post.app, NAME, NOON)
            post.send()
            assert post.recipients() == READERS


def test_what_was_accepted_is_known_though_the_database_failed_right_after(tmp_path: Path) -> None:
    """Story 18: the database is gone just when the relay says 250."""
    with post_office(tmp_path, MAILER_SMTP__CONNECTIONS="2") as post:

        def fail(*_: object) -> None:
            if post.taken:
                raise StoreError("the database is gone")

        event.listen(post.app.database.engine, "begin", fail)
        with pytest.raises(StoreError):
            post.send()
        event.remove(post.app.database.engine, "begin", fail)
        taken = len(post.taken)
        assert taken > 0
        post.send()
        assert post.recipients() == READERS
        assert post.status().deliveries["sent"] == 10


def test_a_database_that_stumbles_for_a_moment_stops_nothing(tmp_path: Path) -> None:
    with post_office(tmp_path) as post:
        left = [2]

        def stumble(_: Connection) -> None:
            if post.taken and left[0]:
                left[0] -= 1
                raise StoreError("busy")

        event.listen(post.app.database.engine, "begin", stumble)
        assert post.send().sent == 10
        assert left == [0]
        assert post.recipients() == READERS


def test_a_relay_dead_for_six_hours_costs_nobody_a_letter(tmp_path: Path) -> None:
    """Story 5: connection refused for all is nothing sent, and nothing finished."""
    with post_office(tmp_path) as post:
        with open_site(post.app.site, MAILER_SMTP__PORT="9") as elsewhere:
            for hour in range(6):
                with pytest.raises(RelayError):
                    asyncio.run(
                        sending.send_due(elsewhere, lambda: NOON + timedelta(hours=hour), asyncio.Event(), Drain())  # noqa: B023 - run at once
                    )
        assert post.status().deliveries["queued"] == 10
        post.now += timedelta(hours=6)
        assert post.send().sent == 10


def test_a_relay_that_throttles_for_a_while_loses_nobody(tmp_path: Path) -> None:
    """Story 4: 421 to every recipient, then well again."""
    answer = refusing(*READERS, reply=b"421 4.3.2 busy", times=1)
    with post_office(tmp_path, answer, MAILER_SMTP__CONNECTIONS="8") as post:
        drain = post.send()
        assert (drain.sent, drain.failed, drain.unknown) == (10, 0, 0)
        assert post.recipients() == READERS


def test_slow_replies_time_nobody_out(tmp_path: Path) -> None:
    """Story 3, on a smaller scale: replies that take their time."""
    with post_office(tmp_path, refuse_letter=lambda _: time.sleep(0.3), MAILER_SMTP__CONNECTIONS="4") as post:
        drain = post.send()
        assert (drain.sent, drain.unknown) == (10, 0)


@pytest.mark.parametrize(
    "reply", [b"421 4.7.0 OFR_104 too many connections", b"450 4.2.1 too many messages, slow down"]
)
def test_a_receiver_that_asks_to_slow_down_waits_alone(tmp_path: Path, reply: bytes) -> None:
    answer = refusing(ORANGE[0], reply=reply, times=1)
    readers = [*READERS[:4], *ORANGE]
    with post_office(tmp_path, answer, readers=readers, MAILER_SMTP__CONNECTIONS="1") as post:
        drain = post.send()
        assert (drain.failed, drain.deferred, drain.unknown) == (0, 0, 0)
        assert set(READERS[:4]) <= set(post.recipients())
        status = post.status()
        assert status.deliveries["queued"] > 0
        [alert] = status.alerts
        assert alert.kind == "family orange"
        before = len(post.taken)
        assert post.send().sent == 0, "held, also for the next sender"
        end_holds(post.app)
        post.send()
        assert Counter(post.recipients()) == Counter(readers)
        assert len(post.taken) > before
        assert post.status().alerts == ()


def test_a_storm_of_policy_refusals_blames_two_readers_at_most_and_holds_the_family(tmp_path: Path) -> None:
    """500 refusals for policy are an alarm, not 500 readers lost."""
    answer = refusing(*ORANGE, reply=b"550 5.7.1 Service refused. OFR_506")
    readers = [*READERS[:4], *ORANGE]
    with post_office(tmp_path, answer, readers=readers, MAILER_SMTP__CONNECTIONS="1") as post:
        drain = post.send()
        assert (drain.sent, drain.failed) == (4, 2)
        status = post.status()
        assert (status.deliveries["failed"], status.deliveries["queued"]) == (2, 4)
        assert [alert.kind for alert in status.alerts] == ["family orange"]
        assert publishing.count_audience(post.app, NAME).total == 10, "nobody is suppressed"


def test_a_relay_that_refuses_everyone_for_policy_is_told_before_many_are_counted_as_refused(tmp_path: Path) -> None:
    answer = refusing(*READERS, reply=b"554 5.7.1 relay access denied")
    with post_office(tmp_path, answer, MAILER_SMTP__CONNECTIONS="1") as post:
        with pytest.raises(RelayError, match="relay access denied"):
            post.send()
        status = post.status()
        assert (status.deliveries["failed"], status.deliveries["queued"]) == (5, 5)


def end_holds(app: App) -> None:
    with app.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE hold SET until_s = since_s")


def test_two_relays_carry_their_own_lists_and_one_that_is_dead_stops_only_its_own(tmp_path: Path) -> None:
    with post_office(tmp_path) as post:
        lists = post.app.site / "lists" / "bureau.toml"
        lists.write_text(lists.read_text() + 'relay = "spare"\n')
        settings = {
            "MAILER_SMTP__PORT": str(post.receiver.port),
            "MAILER_RELAYS__SPARE__HOST": "127.0.0.1",
            "MAILER_RELAYS__SPARE__PORT": "9",
            "MAILER_RELAYS__SPARE__SECURITY": "none",
        }
        with open_site(post.app.site, **settings) as app:
            subscribe(app, READERS[:3], "bureau")
            release(app, "bureau/2026-03")
            drain = Drain()
            with pytest.raises(RelayError):
                asyncio.run(sending.send_due(app, lambda: NOON, asyncio.Event(), drain))
            assert drain.sent == 10
            assert publishing.show(app, "bureau/2026-03").deliveries["queued"] == 3
            assert publishing.show(app, NAME).deliveries["sent"] == 10
        receiver = type(post.receiver)()
        with receiver_in_thread(receiver):
            settings["MAILER_RELAYS__SPARE__PORT"] = str(receiver.port)
            with open_site(post.app.site, **settings) as app:
                drain = Drain()
                asyncio.run(sending.send_due(app, lambda: NOON, asyncio.Event(), drain))
                assert drain.sent == 3
        assert len(receiver.letters) == 3


def test_a_quota_is_never_exceeded_and_all_leave_in_the_end(tmp_path: Path) -> None:
    with post_office(tmp_path, MAILER_SMTP__PER_SECOND="5") as post:
        started = time.monotonic()
        drain = post.send()
        took = time.monotonic() - started
        assert (drain.sent, post.recipients()) == (10, READERS)
        assert took > 0.9
        moments = sorted(letter.at for letter in post.receiver.letters)
        for at, moment in enumerate(moments):
            within = [other for other in moments[at:] if other - moment <= timedelta(seconds=1)]
            assert len(within) <= 5


def test_a_family_gets_no_more_connections_than_it_may_have(tmp_path: Path) -> None:
    open_now, most = Counter[str](), [0]

    def slow(recipient: str) -> None:
        open_now[recipient] += 1
        most[0] = max(most[0], len(open_now))
        time.sleep(0.01)
        del open_now[recipient]

    with post_office(
        tmp_path, refuse_letter=slow, readers=ORANGE, MAILER_SMTP__FAMILIES__ORANGE__CONNECTIONS="1"
    ) as post:
        post.send()
        assert post.recipients() == ORANGE
        assert most == [1]


def test_states_add_up_whatever_the_relay_answers(tmp_path: Path) -> None:
    def answer(recipient: str) -> bytes | None:
        number = int(recipient.partition("@")[0].removeprefix("lectrice"))
        return {0: b"550 5.1.1 no such user", 3: b"451 4.7.1 greylisted", 6: b"501 5.1.3 bad address"}.get(number % 9)

    with post_office(tmp_path, answer) as post:
        drain = post.send()
        assert (drain.sent, drain.failed, drain.deferred, drain.unknown) == (6, 3, 1, 0)
        counts = post.status().deliveries
        assert sum(counts.values()) == 10
        assert counts[DeliveryState.SENT] == len(post.taken)


def test_a_letter_that_is_put_off_while_the_database_is_slow_still_leaves_in_the_same_run(tmp_path: Path) -> None:
    """The last letter is given back by a turn that takes its time: until it ends, nobody may think that all is over."""
    asked, held = list[str](), list[sqlite3.Connection]()

    def answer(recipient: str) -> bytes | None:
        if recipient != READERS[-1] or asked:
            return None
        asked.append(recipient)
        # Meanwhile the sender looks for more, and finds that nothing else is due.
        time.sleep(0.6)
        writer = sqlite3.connect(tmp_path / "site" / "var" / "mailer.db", check_same_thread=False)
        writer.execute("BEGIN IMMEDIATE")
        held.append(writer)
        Timer(0.4, writer.close).start()
        return b"421 4.7.0 too many letters"

    with post_office(tmp_path, answer, MAILER_SMTP__CONNECTIONS="1") as post:
        drain = post.send()
        assert (asked, len(held)) == ([READERS[-1]], 1)
        assert (drain.sent, drain.deferred) == (10, 0)
