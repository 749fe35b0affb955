"""A relay that takes 1,440 letters in 24 hours: check 6 of the rules of sending, with senders killed in the middle.

Quotas go by the database's own clock. It cannot be set forward, but all that it ever noted can be set back, which is
the same: so much later the next letters leave, by the receiver's log too.
"""

import signal
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from mailer.app import App
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.pace import DAY as WINDOW
from mailer.services import publishing
from tests.journeys.programs import ended, started, until
from tests.journeys.test_kills import CONNECTIONS, NAME, Executioner
from tests.sites import open_site, release, subscribe, write_site

A_DAY, DAY = 1_440, timedelta(hours=24)
TURN = 256
A_DAYS_BUCKET_S = WINDOW.bucket_s
LATER = timedelta(hours=8, minutes=20)
"""A whole number of the day's buckets."""
READERS = [f"lectrice{number}@courriel.example" for number in range(2_500)]


class Log:
    """When the receiver took each letter, on a clock that can be moved."""

    def __init__(self) -> None:
        self.moved = timedelta(0)
        self.moments: list[datetime] = []

    def note(self, receiver: Receiver) -> None:
        """What it took since the last time."""
        new = receiver.letters[len(self.moments) :]
        self.moments += [letter.at + self.moved for letter in new]

    def most_in_a_day(self) -> int:
        moments, first, most = sorted(self.moments), 0, 0
        for last, moment in enumerate(moments):
            while moment - moments[first] > DAY:
                first += 1
            most = max(most, last - first + 1)
        return most


def test_check_6_of_2500_letters_never_more_than_1440_leave_in_any_24_hours_whoever_is_killed(tmp_path: Path) -> None:
    killer, log = Executioner(), Log()
    relay = Receiver(refuse_recipient=killer.hear, refuse_letter=killer.hear)
    with receiver_in_thread(relay):
        settings = {
            "MAILER_SMTP__PORT": str(relay.port),
            "MAILER_SMTP__CONNECTIONS": str(CONNECTIONS),
            "MAILER_SMTP__PER_DAY": str(A_DAY),
        }
        with open_site(write_site(tmp_path / "site"), **settings) as app:
            subscribe(app, READERS)
            release(app, NAME)
            for turn in range(12):
                if turn in (0, 3):
                    send_and_kill(app, settings, killer)
                send_until_full(app, settings)
                log.note(relay)
                if not status(app)["queued"]:
                    break
                set_back(app, LATER)
                log.moved += LATER
            taken = Counter(letter.recipient for letter in relay.letters)
            unknown = status(app)["unknown"]
            assert log.most_in_a_day() <= A_DAY
            # What a killed sender had booked of the day is not given back: at most one turn of letters.
            assert log.most_in_a_day() > A_DAY - 2 * TURN, "and the day is used"
            assert max(taken.values()) == 1
            assert status(app)["sent"] + unknown == len(READERS)
            assert unknown <= 2 * CONNECTIONS
            assert len(READERS) - len(taken) <= unknown


def send_and_kill(app: App, settings: dict[str, str], killer: Executioner) -> None:
    with started(app.site, "send", **settings) as sender:
        killer.await_moment(sender, 700)
        until(lambda: sender.poll() is not None)


def send_until_full(app: App, settings: dict[str, str]) -> None:
    """Until all have left, or nothing more may for now."""
    with started(app.site, "send", **settings) as sender:
        until(lambda: sender.poll() is not None or is_full(app))
        sender.send_signal(signal.SIGTERM)
        assert ended(sender).code in (0, -signal.SIGTERM)


def is_full(app: App) -> bool:
    with app.database.reading() as tx:
        booked = tx.exec_driver_sql("SELECT day_letters FROM quota_meter WHERE family = -1").scalar()
        held = tx.exec_driver_sql("SELECT count(*) FROM delivery WHERE state IN ('claimed', 'sending')").scalar()
    return booked == A_DAY and not held


def status(app: App) -> Counter[str]:
    return Counter(publishing.show(app, NAME).deliveries)


def set_back(app: App, span: timedelta) -> None:
    """All that the quotas ever noted is so much longer ago."""
    seconds = int(span.total_seconds())
    assert seconds % A_DAYS_BUCKET_S == 0
    with app.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE quota_clock SET latest_s = latest_s - ?", (seconds,))
        tx.exec_driver_sql("UPDATE quota_meter SET day_eases_s = day_eases_s - ?", (seconds,))
        tx.exec_driver_sql("UPDATE quota_bucket SET bucket = bucket - ?", (seconds // A_DAYS_BUCKET_S,))
