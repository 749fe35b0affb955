"""/healthz says plainly what is wrong, /metrics counts; both tell strangers nothing."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from mailer.app import App, open_app
from mailer.app.heartbeats import FOLDER, Heartbeat, beat, last
from mailer.services import monitoring
from mailer.services.sending.watch import ALERT_RELAY, RELAY_BREAKS
from mailer.store import alerts
from mailer.web import create_web
from tests.web.conftest import Clock
from tests.web.letters import Letter

STRANGER = ("198.51.100.7", 40000)
HERE = ("127.0.0.1", 40000)


def ask(app: App, clock: Clock, path: str, peer: tuple[str, int] = HERE, **headers: str) -> tuple[int, str]:
    client = TestClient(create_web(app, clock), base_url="http://127.0.0.1", client=peer)
    answer = client.get(path, headers=headers)
    return answer.status_code, answer.text


@pytest.fixture
def with_token(site: Path) -> Iterator[App]:
    with open_app(site, {"MAILER_METRICS__TOKEN": "a long word that nobody guesses"}) as opened:
        yield opened


def figures(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_all_is_well_on_a_new_site(app: App, clock: Clock) -> None:
    assert ask(app, clock, "/healthz") == (200, "ok\n")


def test_a_clock_that_stopped_is_said_here_and_hidden_from_strangers(app: App, site: Path, clock: Clock) -> None:
    beat(site, Heartbeat.CLOCK)
    ticked(site, clock.now)
    assert ask(app, clock, "/healthz")[0] == 200
    clock.pass_hours(0.2)
    status, text = ask(app, clock, "/healthz")
    assert (status, text.splitlines()[0]) == (503, "not ok")
    assert "The clock has not ticked since 2026-09-02 10:00 UTC" in text
    assert ask(app, clock, "/healthz", STRANGER) == (503, "not ok\n")


def ticked(site: Path, moment: datetime) -> None:
    os.utime(site / FOLDER / Heartbeat.CLOCK, (moment.timestamp(), moment.timestamp()))


def test_a_relay_that_takes_nothing_is_said(app: App, clock: Clock) -> None:
    with app.database.transaction() as tx:
        values = {"host": "relay.example", "count": 3, "words": "421 later"}
        alerts.raise_alert(tx, ALERT_RELAY, RELAY_BREAKS, values, clock.now)
    status, text = ask(app, clock, "/healthz")
    assert status == 503
    assert "relay: The relay relay.example broke off 3 times" in text


def test_a_disk_that_is_nearly_full_is_said(app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "LEAST_FREE", 10**18)
    status, text = ask(app, clock, "/healthz")
    assert status == 503
    assert "disk: Only" in text


def test_a_database_that_does_not_answer_is_said(app: App, site: Path, clock: Clock) -> None:
    app.database.close()
    for path in (site / "var").glob("mailer.db*"):
        path.write_bytes(b"not a database at all" * 100)
    status, text = ask(app, clock, "/healthz")
    assert status == 503
    assert "database: " in text
    assert "is not a database" in text


def test_the_figures_are_counts_without_names(
    app: App, clock: Clock, release: Callable[[str], dict[str, Letter]]
) -> None:
    letters = release("sirene")
    beat(app.site, Heartbeat.BACKUP)
    status, text = ask(app, clock, "/metrics")
    assert status == 200
    found = figures(text)
    assert found["mailer_issue_deliveries", ("sirene/2026-09", "queued")] == 3
    assert found["mailer_deliveries", ("queued",)] == 3
    assert found["mailer_deliveries", ("unknown",)] == 0
    assert found["mailer_database_bytes", ()] > 4096
    assert found["mailer_oldest_due_timestamp_seconds", ()] <= clock.now.timestamp()
    assert found["mailer_last_backup_timestamp_seconds", ()] > 0
    assert ("mailer_last_tick_timestamp_seconds", ()) not in found
    for name in (*letters, "rentrée", "Jeanne", "@"):
        assert name not in text


def test_open_alerts_are_counted_by_kind(app: App, clock: Clock) -> None:
    with app.database.transaction() as tx:
        alerts.raise_alert(tx, "relay", RELAY_BREAKS, {"host": "h", "count": 1, "words": ""}, clock.now)
    assert figures(ask(app, clock, "/metrics")[1])["mailer_alerts_open", ("relay",)] == 1


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        (STRANGER, {}),
        (STRANGER, {"authorization": "Bearer wrong"}),
        (STRANGER, {"authorization": "Bearer "}),
        (HERE, {"x-forwarded-for": "198.51.100.7"}),
        (HERE, {"x-real-ip": "198.51.100.7"}),
        (HERE, {"forwarded": "for=198.51.100.7"}),
        (HERE, {"x-forwarded-for": "127.0.0.1"}),
    ],
)
def test_figures_are_not_for_strangers_nor_for_those_behind_a_proxy(
    app: App, clock: Clock, peer: tuple[str, int], headers: dict[str, str]
) -> None:
    assert ask(app, clock, "/metrics", peer, **headers)[0] == 404


def test_a_monitor_elsewhere_shows_the_token(with_token: App, clock: Clock) -> None:
    shown = {"authorization": "Bearer a long word that nobody guesses", "x-forwarded-for": "198.51.100.7"}
    assert ask(with_token, clock, "/metrics", STRANGER, **shown)[0] == 200
    assert ask(with_token, clock, "/metrics", STRANGER, authorization="Bearer another word")[0] == 404


def test_the_age_of_a_heartbeat_is_a_file_s_date(site: Path, clock: Clock) -> None:
    beat(site, Heartbeat.CLOCK)
    ticked(site, clock.now - timedelta(minutes=4))
    assert last(site, Heartbeat.CLOCK) == clock.now - timedelta(minutes=4)
    assert last(site, Heartbeat.BACKUP) is None
