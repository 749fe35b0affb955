"""Senders killed at any moment, again and again: nobody is lost, nobody gets two, what cannot be known is named.

Twenty kills in the suite; `make torture` does a thousand. Each falls on a moment that the receiver chooses: while it
hears of a recipient, or when it has a whole letter and has not answered yet, which is the worst of all.
"""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from subprocess import Popen

import pytest

from mailer.app import App
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.deliveries import DeliveryState
from mailer.store import deliveries, issues
from mailer.store.journal import read_journal
from tests.journeys.programs import ended, run, started, until
from tests.sites import open_site, release, subscribe, write_site
from tests.store.conftest import new_database

NAME = "lettre/2026-03"
KILLS = int(os.environ.get("MAILER_TEST_KILLS", "20"))
CONNECTIONS = 6
LETTERS_A_KILL = 120
SHARES = {("sqlite", 1): 0.4, ("sqlite", 3): 0.3, ("postgresql", 1): 0.15, ("postgresql", 3): 0.15}
"""Of all kills, those of one database and so many senders."""


class Executioner:
    """A receiver's ear that kills a process at a moment it was told: after so many events more."""

    def __init__(self, by: signal.Signals = signal.SIGKILL) -> None:
        self._by = by
        self._victim: Popen[str] | None = None
        self._left = 0

    @property
    def is_done(self) -> bool:
        return self._victim is None

    def await_moment(self, victim: "Popen[str]", events: int) -> None:
        self._left, self._victim = events, victim

    def hear(self, _recipient: str) -> None:
        victim = self._victim
        if victim is None:
            return
        self._left -= 1
        if self._left <= 0:
            self._victim = None
            victim.send_signal(self._by)


@pytest.mark.parametrize("senders", [1, 3])
@pytest.mark.parametrize("dialect", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_killed_senders_lose_nobody_and_double_nobody(
    tmp_path: Path, dialect: str, senders: int, request: pytest.FixtureRequest
) -> None:
    kills = max(1, round(KILLS * SHARES[dialect, senders]))
    executioner, random = Executioner(), Random(f"{dialect} {senders}")  # noqa: S311 a story, not a secret
    relay = Receiver(refuse_recipient=executioner.hear, refuse_letter=executioner.hear)
    with receiver_in_thread(relay), site_on(dialect, tmp_path, relay.port, request) as (site, settings):
        readers = [f"lectrice{number}@courriel.example" for number in range(kills * LETTERS_A_KILL)]
        with open_site(site, **settings) as app:
            subscribe(app, readers)
            release(app, NAME)
            for _ in range(kills):
                kill_one_of(senders, site, settings, executioner, random)
            assert run(site, "send", **settings).code == 0
            check_every_letter(app, readers, Counter(letter.recipient for letter in relay.letters), CONNECTIONS * kills)


@contextmanager
def site_on(
    dialect: str, folder: Path, port: int, request: pytest.FixtureRequest
) -> Iterator[tuple[Path, dict[str, str]]]:
    settings = {"MAILER_SMTP__PORT": str(port), "MAILER_SMTP__CONNECTIONS": str(CONNECTIONS)}
    site = write_site(folder / "site")
    if dialect == "sqlite":
        yield site, settings
    else:
        with new_database(request.getfixturevalue("postgresql_server")) as url:
            yield site, settings | {"MAILER_DATABASE__URL": url}


def kill_one_of(senders: int, site: Path, settings: dict[str, str], executioner: Executioner, random: Random) -> None:
    """Starts senders together and has one killed; its journal names no more letters than it had connections."""
    with ExitStack() as stack:
        processes = [stack.enter_context(started(site, "send", **settings)) for _ in range(senders)]
        executioner.await_moment(processes[0], random.randint(1, 60))
        until(lambda: processes[0].poll() is not None)
        for record in map(read_journal, (site / "var" / "senders").glob("*.journal")):
            assert record is None or len(record.under_way) <= CONNECTIONS
        for process in processes[1:]:
            process.send_signal(signal.SIGTERM)
            # A signal that comes before the program listens for it, or when it has finished, ends it too.
            assert ended(process).code in (0, -signal.SIGTERM)


def check_every_letter(app: App, readers: list[str], taken: Counter[str], most_unknown: int) -> None:
    """The database against the receiver's own log."""
    with app.database.reading() as tx:
        row = issues.find(tx, NAME)
        assert row is not None
        unknown = {one.address for one in deliveries.unsettled(tx, row.id)}
        found = deliveries.counts(tx, row.id)
    assert [reader for reader, times in taken.items() if times > 1] == []
    assert set(readers) - set(taken) <= unknown
    assert found == {DeliveryState.SENT: len(readers) - len(unknown)} | (
        {DeliveryState.UNKNOWN: len(unknown)} if unknown else {}
    )
    assert len(unknown) <= most_unknown
