"""A sender that stands still past its lease, as under SIGSTOP or in a machine that sleeps: it begins no further letter.

What it was writing in that very moment may still arrive when it wakes. It is in its journal, and unknown to all others.
"""

import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from subprocess import Popen

import pytest
from sqlalchemy.exc import OperationalError

from mailer.app import App
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.deliveries import DeliveryState
from mailer.services import publishing
from mailer.store.journal import read_journal
from tests.journeys.programs import ended, run, started, until
from tests.journeys.test_kills import NAME, Executioner, site_on
from tests.sites import open_site, release, subscribe

READERS = [f"lectrice{number}@courriel.example" for number in range(1000)]
LEASE = {"MAILER_DATABASE__LEASE_S": "1"}
"""For the one that stalls, and for nobody else: whoever takes over may be slow on a busy machine."""


@pytest.mark.parametrize("dialect", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_sender_that_was_stopped_past_its_lease_wakes_and_begins_no_further_letter(
    tmp_path: Path, dialect: str, request: pytest.FixtureRequest
) -> None:
    stop = Executioner(signal.SIGSTOP)
    relay = Receiver(refuse_recipient=stop.hear, refuse_letter=stop.hear)
    with (
        receiver_in_thread(relay),
        site_on(dialect, tmp_path, relay.port, request) as (site, settings),
        open_site(site, **settings) as app,
    ):
        subscribe(app, READERS)
        release(app, NAME)
        with started(site, "send", **settings, **LEASE) as sleeper:
            stop.await_moment(sleeper, 150)
            until(lambda: stop.is_done)
            until(lambda: is_outside_a_transaction(app, sleeper))
            until(lambda: lease_is_over(app))
            was_leaving = readers_of(app, under_way(site))
            assert run(site, "send", **settings).code == 0
            others, given_up = Counter(names(relay)), counts(app)["unknown"]
            assert given_up > 0, "what it had in hand is given up, not taken over"
            assert len(others) >= len(READERS) - given_up, "and all else left by another sender"
            sleeper.send_signal(signal.SIGCONT)
            assert ended(sleeper).code == 0
        assert Counter(names(relay)) - others <= Counter(was_leaving), "it begins no letter any more"
        assert counts(app)["unknown"] == 0, "it lives, and has said what it knows"
        assert run(site, "send", **settings).code == 0
        assert Counter(names(relay)) == Counter(READERS)
        assert counts(app)[DeliveryState.SENT] == len(READERS)


def under_way(site: Path) -> list[int]:
    """What the journals name as leaving."""
    records = [read_journal(path) for path in (site / "var" / "senders").glob("*.journal")]
    return [delivery_id for record in records if record for delivery_id in record.under_way]


def readers_of(app: App, delivery_ids: list[int]) -> list[str]:
    with app.database.reading() as tx:
        found = tx.exec_driver_sql("SELECT delivery.id, address FROM delivery JOIN address ON address.id = address_id")
        addresses = {row.id: row.address for row in found}
    return [addresses[delivery_id] for delivery_id in delivery_ids]


def names(relay: Receiver) -> list[str]:
    return [letter.recipient for letter in relay.letters]


def counts(app: App) -> dict[str, int]:
    return dict(publishing.show(app, NAME).deliveries)


def is_outside_a_transaction(app: App, sleeper: "Popen[str]") -> bool:
    """One that stopped inside its transaction keeps everyone else from writing: it walks on a little and stops anew."""
    try:
        if app.database.engine.dialect.name == "sqlite":
            with closing(sqlite3.connect(app.database.place, timeout=0, isolation_level=None)) as connection:
                connection.execute("BEGIN IMMEDIATE")
        else:
            with app.database.engine.begin() as tx:
                tx.exec_driver_sql("LOCK TABLE delivery IN SHARE ROW EXCLUSIVE MODE NOWAIT")
    except (sqlite3.OperationalError, OperationalError):
        sleeper.send_signal(signal.SIGCONT)
        time.sleep(0.003)
        sleeper.send_signal(signal.SIGSTOP)
        return False
    return True


def lease_is_over(app: App) -> bool:
    clock = {
        "sqlite": "(julianday('now') - 2440587.5) * 86400.0",
        "postgresql": "extract(epoch FROM clock_timestamp())",
    }
    with app.database.reading() as tx:
        said = clock[tx.dialect.name]
        held = f"SELECT count(*) FROM delivery WHERE state = 'claimed' AND lease_until > {said}"  # noqa: S608 - ours
        return not tx.exec_driver_sql(held).scalar_one()
