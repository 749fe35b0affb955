"""Senders killed at any moment, again and again: nobody is lost, nobody gets two, what cannot be known is named.

Twenty kills in the suite; `make torture` does a thousand. Each falls on a moment that the receiver chooses: while it
hears of a recipient, or when it has a whole letter and has not answered yet, which is the worst of all.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from shutil import copytree
from subprocess import Popen
from threading import Event

import pytest
from sqlalchemy import select

from mailer.app import App
from mailer.demo.receiver import Received, Receiver, receiver_in_thread
from mailer.domain.deliveries import DeliveryState
from mailer.domain.tokens import Purpose
from mailer.services import reporting, sending
from mailer.store.journal import read_journal
from mailer.store.tables import deliveries
from tests.journeys.programs import LONGEST_S, ended, run, started, until
from tests.sites import open_site, release, subscribe, write_site
from tests.store.conftest import new_database

NAME = "lettre/2026-03"
KILLS = int(os.environ.get("MAILER_TEST_KILLS", "20"))
CONNECTIONS = 6
READERS = 600
ENOUGH = 300
"""Letters that must wait before a round: more than three senders take in hand and send until they are told to stop."""
SHARES = {("sqlite", 1): 0.4, ("sqlite", 3): 0.3, ("postgresql", 1): 0.15, ("postgresql", 3): 0.15}
"""Of all kills, those of one database and so many senders."""


class Executioner:
    """A receiver's ear that kills a process at a moment it was told: after so many events more.

    Until it is told, the receiver says nothing: nobody sends while others still start.
    """

    def __init__(self, by: signal.Signals = signal.SIGKILL) -> None:
        self._by = by
        self._victim: Popen[str] | None = None
        self._left = 0
        self._told = Event()
        self._told.set()

    @property
    def is_done(self) -> bool:
        return self._victim is None

    def hold(self) -> None:
        self._told.clear()

    def await_moment(self, victim: "Popen[str]", events: int) -> None:
        self._left, self._victim = events, victim
        self._told.set()

    def hear(self, _recipient: str) -> None:
        assert self._told.wait(LONGEST_S)
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
    with ExitStack() as stack:
        stack.enter_context(receiver_in_thread(relay))
        site, settings = stack.enter_context(site_on(dialect, tmp_path, relay.port, request))
        app = stack.enter_context(open_site(site, **settings))
        subscribe(app, [f"lectrice{number}@courriel.example" for number in range(READERS)])
        released: list[str] = []
        for _ in range(kills):
            if sending.waiting(app, datetime.now(UTC)) < ENOUGH:
                released.append(release_another(app, len(released)))
            kill_one_of(senders, site, settings, executioner, random)
        assert run(site, "send", **settings).code == 0
        unknown = check_every_letter(app, READERS * len(released), relay.letters)
        assert len(unknown) <= CONNECTIONS * kills
        check_reports(app, released, len(relay.letters), len(unknown))


def release_another(app: App, number: int) -> str:
    """The next of a row of issues, to the same readers."""
    name = f"{NAME}-{number}" if number else NAME
    if number:
        copytree(app.site / "campaigns" / NAME, app.site / "campaigns" / name)
    release(app, name)
    return name


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
    """Starts senders together and has one killed, once all hold letters; its journal names no more letters than it had
    connections. A kill counts only where it was one: a sender that ended by itself fails the test."""
    executioner.hold()
    with ExitStack() as stack:
        processes = [stack.enter_context(started(site, "send", **settings)) for _ in range(senders)]
        until(lambda: all(map(is_on_duty, processes)))
        executioner.await_moment(processes[0], random.randint(1, 60))
        until(lambda: processes[0].poll() is not None)
        assert processes[0].returncode == -signal.SIGKILL
        for process in processes[1:]:
            process.send_signal(signal.SIGTERM)
        for record in map(read_journal, (site / "var" / "senders").glob("*.journal")):
            assert record is None or len(record.under_way) <= CONNECTIONS
        # A signal that comes when the program has finished ends it too.
        assert all(ended(process).code in (0, -signal.SIGTERM) for process in processes[1:])


def is_on_duty(process: "Popen[str]") -> bool:
    """Whether it holds a sender's lock."""
    assert process.poll() is None
    with suppress(OSError):
        return any(file.readlink().suffix == ".lock" for file in Path(f"/proc/{process.pid}/fd").iterdir())
    return False


def check_every_letter(app: App, letters: int, received: list[Received]) -> set[int]:
    """The database against the receiver's own log, letter by letter; those that nobody knows the end of."""
    found: dict[DeliveryState, set[int]] = {}
    with app.database.reading() as tx:
        for row in tx.execute(select(deliveries.c.id, deliveries.c.state)):
            found.setdefault(DeliveryState(row.state), set()).add(row.id)
    taken = [delivery_of(app, letter) for letter in received]
    unknown = found.pop(DeliveryState.UNKNOWN, set())
    assert len(taken) == len(set(taken))
    assert found.keys() == {DeliveryState.SENT}
    assert found[DeliveryState.SENT] <= set(taken) <= found[DeliveryState.SENT] | unknown
    assert len(found[DeliveryState.SENT]) + len(unknown) == letters
    return unknown


def delivery_of(app: App, letter: Received) -> int:
    """The delivery that a letter's return path names."""
    return app.keyring.read(Purpose.BOUNCE, letter.sender.removeprefix("b+").partition("@")[0])


def check_reports(app: App, released: list[str], received: int, unknown: int) -> None:
    """What staff are told of the issues together: what arrived, but for letters of which nobody can tell."""
    reports = [reporting.issue_report(app, name) for name in released]
    assert sum(report.audience for report in reports) == READERS * len(released)
    assert sum(report.delivered for report in reports) == READERS * len(released) - unknown
    assert 0 <= received - sum(report.delivered for report in reports) <= unknown
