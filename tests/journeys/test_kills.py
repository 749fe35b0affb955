"""A sender killed at any moment, again and again: nobody is lost, nobody gets two, what cannot be known is named."""

import os
from collections import Counter
from pathlib import Path
from random import Random

from mailer.app import App
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.deliveries import DeliveryState
from mailer.store import deliveries, issues
from tests.journeys.programs import ended, run, started, until
from tests.sites import open_site, release, subscribe, write_site

NAME = "lettre/2026-03"
KILLS = int(os.environ.get("MAILER_TEST_KILLS", "8"))
CONNECTIONS = 6
READERS = [f"lectrice{number}@courriel.example" for number in range(60 * KILLS)]


def test_a_killed_sender_loses_nobody_and_doubles_nobody(tmp_path: Path) -> None:
    with receiver_in_thread(Receiver()) as relay:
        site, settings = put_in_queue(tmp_path, relay.port)
        random = Random(20260304)  # noqa: S311 a story, not a secret
        with open_site(site) as app:
            for _ in range(KILLS):
                kill_after(site, settings, relay, random.randint(1, 40))
                # What was on its way when the sender died, and no more.
                assert counts(app)[DeliveryState.SENDING] <= CONNECTIONS
            assert run(site, "send", **settings).code == 0
            check_every_letter(app, Counter(letter.recipient for letter in relay.letters))


def test_two_senders_at_once_share_the_letters_and_survive_a_kill(tmp_path: Path) -> None:
    with receiver_in_thread(Receiver()) as relay:
        site, settings = put_in_queue(tmp_path, relay.port)
        with started(site, "send", **settings) as other:
            kill_after(site, settings, relay, 20)
            assert ended(other).code == 0
        assert run(site, "send", **settings).code == 0
        with open_site(site) as app:
            check_every_letter(app, Counter(letter.recipient for letter in relay.letters))


def put_in_queue(folder: Path, port: int) -> tuple[Path, dict[str, str]]:
    settings = {"MAILER_SMTP__PORT": str(port), "MAILER_SMTP__CONNECTIONS": str(CONNECTIONS)}
    site = write_site(folder / "site")
    with open_site(site, **settings) as app:
        subscribe(app, READERS)
        release(app, NAME)
    return site, settings


def kill_after(site: Path, settings: dict[str, str], relay: Receiver, letters: int) -> None:
    """Starts a sender and kills it when the relay has taken so many letters more (or the sender has ended)."""
    enough = len(relay.letters) + letters
    with started(site, "send", **settings) as process:
        until(lambda: len(relay.letters) >= enough or process.poll() is not None)
        process.kill()


def counts(app: App) -> Counter[DeliveryState]:
    with app.database.reading() as tx:
        row = issues.find(tx, NAME)
        assert row is not None
        return Counter(deliveries.counts(tx, row.id))


def check_every_letter(app: App, taken: Counter[str]) -> None:
    """The database against the relay's own log."""
    with app.database.reading() as tx:
        row = issues.find(tx, NAME)
        assert row is not None
        unknown = {one.address for one in deliveries.unsettled(tx, row.id)}
    assert [reader for reader, times in taken.items() if times > 1] == []
    assert set(READERS) - set(taken) <= unknown
    found = counts(app)
    assert found[DeliveryState.SENT] == len(READERS) - len(unknown)
    assert set(found) <= {DeliveryState.SENT, DeliveryState.UNKNOWN}
    assert len(unknown) <= CONNECTIONS * (KILLS + 1)
