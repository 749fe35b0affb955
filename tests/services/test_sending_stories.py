"""More failure stories of other newsletter programs that ours must not repeat, each under its number in our survey.

8 a value that is missing breaks one letter · 14 jobs that overlap · 17 a batch that loops for ever · 19 accepted, and
the client raised · 20 the same member twice, by a race. With them check 5 of the rules of sending: a receiver that
takes two connections, and a hundred letters at a time.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread, current_thread

import pytest

from mailer.app import App
from mailer.clock import tick
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.deliveries import DeliveryState
from mailer.services import publishing, sending
from mailer.services.sending import Drain
from tests.services.test_sending import NAME, READERS, post_office, refusing
from tests.services.test_sending_faults import end_holds
from tests.sites import NOON, open_site, subscribe, write_site

LONGEST_S = 60
SECOND = timedelta(seconds=1)

# Story 8: a value that is missing -------------------------------------------------------------------------------------

NAMES = [
    "",
    "   ",
    "Zoé\r\nBcc: tous@courriel.example",
    "é" * 300,
    "=?utf-8?q?x?=",
    "{{name}}",
    "@@track@@",
    "\x01",
    ".",
]


def test_story_8_no_name_of_a_reader_breaks_a_letter(tmp_path: Path) -> None:
    with post_office(tmp_path) as post:
        with post.app.database.transaction() as tx:
            for at, name in enumerate(NAMES, start=1):
                tx.exec_driver_sql("UPDATE contact SET name = ? WHERE id = ?", (name, at))
        drain = post.send()
        assert (drain.sent, drain.failed) == (len(READERS), 0)
        assert post.recipients() == READERS
        for reader in READERS:
            letter = post.letter_to(reader)
            assert [one.addr_spec for one in letter["To"].addresses] == [reader]
            assert letter["Bcc"] is None


def test_story_8_a_letter_that_cannot_be_filled_is_told_and_stops_no_other(tmp_path: Path) -> None:
    """As after a hand in the database: a reader of a variant that was never made."""
    with post_office(tmp_path) as post:
        with post.app.database.transaction() as tx:
            tx.exec_driver_sql("UPDATE delivery SET segment = 'ailleurs' WHERE id = (SELECT min(id) + 3 FROM delivery)")
        drain = post.send()
        assert (drain.sent, drain.failed, drain.unknown) == (9, 1, 0)
        assert len(post.recipients()) == len(set(post.recipients())) == 9
        with post.app.database.reading() as tx:
            [words] = tx.exec_driver_sql("SELECT words FROM delivery WHERE state = 'failed'").scalars()
        assert "could not be written" in words
        assert publishing.count_audience(post.app, NAME).total == 10, "nobody is suppressed"


def test_story_8_an_issue_of_which_no_letter_can_be_filled_is_paused_before_all_have_failed(tmp_path: Path) -> None:
    with post_office(tmp_path, MAILER_SMTP__CONNECTIONS="1") as post:
        with post.app.database.transaction() as tx:
            tx.exec_driver_sql("UPDATE delivery SET segment = 'ailleurs'")
        assert post.send().failed == 5
        status = post.status()
        assert (status.state, status.deliveries["queued"]) == ("paused", 5)
        assert "could not be written" in status.alerts[0].sentence


# Stories 14 and 20: two of everything at once -------------------------------------------------------------------------


def test_stories_14_and_20_clocks_and_senders_that_overlap_bring_each_reader_one_letter(tmp_path: Path) -> None:
    """Two schedulers with a sender each, and one quota, none of which knows of the others."""
    readers = [f"lectrice{number}@courriel.example" for number in range(90)]
    together = Barrier(2)

    def job(site: Path, settings: dict[str, str]) -> None:
        with open_site(site, **settings) as app:
            together.wait()
            tick(app, NOON)
            send_due(app)

    with approved_issue(tmp_path, readers, MAILER_SMTP__PER_SECOND="60") as (app, relay, settings):
        jobs = [Thread(target=job, args=(app.site, settings)) for _ in range(2)]
        for one in jobs:
            one.start()
        for one in jobs:
            one.join(LONGEST_S)
        status = publishing.show(app, NAME)
        assert (status.audience, status.deliveries[DeliveryState.SENT]) == (90, 90)
        assert Counter(letter.recipient for letter in relay.letters) == Counter(readers)
        assert most_within(SECOND, [letter.at for letter in relay.letters]) <= 60


@contextmanager
def approved_issue(
    folder: Path, readers: list[str], relay: Receiver | None = None, **limits: str
) -> Iterator[tuple[App, Receiver, dict[str, str]]]:
    """An issue that is due, not yet released; and the variables by which its site is opened."""
    with receiver_in_thread(relay or Receiver()) as receiver:
        settings = {"MAILER_SMTP__PORT": str(receiver.port), **limits}
        with open_site(write_site(folder / "site"), **settings) as app:
            subscribe(app, readers)
            publishing.approve(app, NAME, "Odile", NOON)
            yield app, receiver, settings


def send_due(app: App, now: datetime = NOON) -> Drain:
    drain = Drain()
    asyncio.run(sending.send_due(app, lambda: now, asyncio.Event(), drain))
    return drain


def most_within(span: timedelta, moments: list[datetime]) -> int:
    """The most of these moments in any such span, both its ends counted."""
    moments = sorted(moments)
    return max(sum(1 for other in moments[at:] if other - moment <= span) for at, moment in enumerate(moments))


# Story 17: a batch that loops for ever --------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", [b"451 4.3.0 try later", b"554 5.6.0 no"], ids=["for_now", "for_good"])
def test_story_17_what_is_refused_is_asked_for_once_a_run_and_given_up_in_the_end(tmp_path: Path, reply: bytes) -> None:
    asked = Counter[str]()
    refuse = refusing(READERS[4], reply=reply)

    def answer(recipient: str) -> bytes | None:
        asked[recipient] += 1
        return refuse(recipient)

    with post_office(tmp_path, answer) as post:
        post.send()
        assert asked == Counter(READERS), "one that is refused repeats no other, and is not repeated"
        for _ in range(20):
            post.now += timedelta(hours=4)
            post.send()
        assert (max(asked.values()) == 1) == reply.startswith(b"5")
        assert asked[READERS[4]] <= 21
        before = asked[READERS[4]]
        post.now += timedelta(days=2)
        post.send()
        assert asked[READERS[4]] == before
        assert post.status().deliveries == {"sent": 9, "failed": 1} | rest_of(post.status().deliveries)
        assert post.recipients() == [reader for reader in READERS if reader != READERS[4]]


def rest_of(counts: Mapping[str, int]) -> dict[str, int]:
    """The states that no letter is in."""
    return {state: count for state, count in counts.items() if not count}


# Story 19: the provider accepted, and the client raised ---------------------------------------------------------------


@pytest.mark.parametrize("where", ["connection", "books"])
def test_story_19_whatever_breaks_right_after_the_yes_the_letter_is_not_sent_again(tmp_path: Path, where: str) -> None:
    with post_office(tmp_path, MAILER_SMTP__CONNECTIONS="1") as post:
        broken: list[bool] = []

        def clock() -> datetime:
            # Asked for the moment of each outcome, and of each exchange with the database: the first of them breaks.
            is_turn = current_thread().name.startswith("books")
            if post.taken and not broken and is_turn == (where == "books"):
                broken.append(True)
                raise MemoryError("no memory for the outcome")
            return NOON

        drain = Drain()
        with pytest.raises(MemoryError):
            asyncio.run(asyncio.wait_for(sending.send_due(post.app, clock, asyncio.Event(), drain), LONGEST_S))
        assert broken
        taken = set(post.recipients())
        post.send()
        status = post.status().deliveries
        assert post.recipients() == READERS, "nobody is lost, nobody gets two"
        # Where the outcome itself was lost nobody can tell; where only its way into the database was, the journal does.
        assert (status["sent"], status["unknown"]) == ((9, 1) if where == "connection" else (10, 0))
        with post.app.database.reading() as tx:
            unknown = tx.exec_driver_sql(
                "SELECT address FROM delivery JOIN address ON address.id = address_id WHERE state = 'unknown'"
            ).scalars()
            assert set(unknown) <= taken


# Check 5: 421 OFR_104 after two connections or a hundred letters ------------------------------------------------------


def test_check_5_a_receiver_with_few_connections_and_a_hundred_letters_at_a_time_refuses_nobody(tmp_path: Path) -> None:
    readers = [f"lectrice{number}@orange.fr" for number in range(250)]
    busy = b"421 4.7.0 OFR_104 too many connections, slow down"
    told: list[str] = []

    def answer(recipient: str) -> bytes | None:
        most_open.append(relay.open_connections)
        if relay.open_connections > 2 or relay.taken >= 100 * (len(told) + 1):
            told.append(recipient)
            return busy
        return None

    most_open: list[int] = []
    relay = Receiver(refuse_recipient=answer)
    with approved_issue(tmp_path, readers, relay, MAILER_SMTP__CONNECTIONS="2") as (app, _, _settings):
        tick(app, NOON)
        for _ in range(4):
            drain = send_due(app)
            assert (drain.failed, drain.unknown) == (0, 0)
            end_holds(app)
        assert len(told) == 2
        assert max(most_open) <= 2
        assert Counter(letter.recipient for letter in relay.letters) == Counter(readers)
