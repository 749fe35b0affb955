"""`mailer check` on the installation: what a careful person would correct, in plain words."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from mailer import clock
from mailer.app.heartbeats import FOLDER, Heartbeat, beat
from mailer.config import read_config
from mailer.domain.findings import Level
from mailer.services import monitoring, safekeeping
from mailer.services.monitoring import (
    CLOCK_STOPPED,
    KEY_OPEN,
    LOCAL_RELAY,
    NO_BACKUP,
    NO_CLOCK,
    NO_HTTPS,
    NOBODY_TOLD,
    OLD_BACKUP,
)
from mailer.store.schema import OLDER
from tests.sites import CONFIG, NOON, open_site, write_site


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site in good order: its clock ticks, its backup is of today."""
    folder = write_site(tmp_path / "site", f'{CONFIG}\n[staff]\ntell = ["odile@lavoir.example"]\n')
    with open_site(folder) as app:
        clock.tick(app, NOON)
        safekeeping.back_up(app, tmp_path / "backup.tar.gz", NOON)
    for what in Heartbeat:
        happened(folder, what, 0)
    return folder


def happened(site: Path, what: Heartbeat, days: float) -> None:
    moment = (NOON - timedelta(days=days)).timestamp()
    (site / FOLDER / what).touch()
    os.utime(site / FOLDER / what, (moment, moment))


def found(site: Path, **settings: str) -> dict[str, Level]:
    config = read_config(site, settings)
    return {one.sentence: one.level for one in monitoring.check_installation(site, config, NOON)}


def test_nothing_is_said_of_a_site_in_good_order(site: Path) -> None:
    assert found(site) == {}


def test_a_site_that_was_never_started_is_advised(tmp_path: Path) -> None:
    assert found(write_site(tmp_path / "new")) == dict.fromkeys((NO_CLOCK, NO_BACKUP, NOBODY_TOLD), Level.ADVICE)
    assert not (tmp_path / "new" / "var").exists()


def test_a_backup_older_than_a_week_is_a_warning(site: Path) -> None:
    happened(site, Heartbeat.BACKUP, 6.9)
    assert found(site) == {}
    happened(site, Heartbeat.BACKUP, 7.1)
    assert found(site) == {OLD_BACKUP: Level.WARNING}


def test_a_clock_that_stopped_is_a_warning(site: Path) -> None:
    happened(site, Heartbeat.CLOCK, 0.1)
    assert found(site) == {CLOCK_STOPPED: Level.WARNING}


def test_keys_that_others_may_read_are_an_error(site: Path) -> None:
    (site / "var" / "keys" / "master.key").chmod(0o640)
    assert found(site) == {KEY_OPEN: Level.ERROR}


def test_an_address_that_readers_cannot_reach_and_a_relay_in_clear_are_warnings(site: Path) -> None:
    assert found(site, MAILER_PUBLIC_URL="http://127.0.0.1:8080") == {NO_HTTPS: Level.WARNING}
    assert found(site, MAILER_SMTP__HOST="relay.example") == {LOCAL_RELAY: Level.WARNING}


def test_a_database_of_an_older_version_is_an_error(site: Path) -> None:
    with open_site(site) as app, app.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    assert found(site) == {OLDER: Level.ERROR}


def test_beating_where_nothing_can_be_written_refuses_nobody(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    beat(tmp_path, Heartbeat.CLOCK)
