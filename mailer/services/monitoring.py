"""How the installation is: what is wrong now, the figures for a monitor, what a careful person would correct."""

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from mailer.app import KEY_FILE, App
from mailer.app.backups import program_version as program_version
from mailer.app.heartbeats import Heartbeat, last
from mailer.config import CONFIG_FILE, Config
from mailer.domain.findings import Finding, Level
from mailer.errors import Problem, StoreError
from mailer.language import N_
from mailer.store import alerts
from mailer.store.copies import sqlite_file
from mailer.store.database import open_database
from mailer.store.gauges import Gauges, gauges
from mailer.store.schema import refuse_foreign, refuse_older

CLOCK_LATE = timedelta(minutes=5)
BACKUP_LATE = timedelta(days=7)
LEAST_FREE = 200_000_000
"""Bytes: below, a backup or a day's letters may not find room any more."""

CLOCK_STOPPED = N_("The clock has not ticked since {moment}: nothing is released by itself. Start mailer-worker again.")
DISK_NEARLY_FULL = N_("Only {free} MB are free on the disk of {folder}. Make room before writing stops.")
NO_CLOCK = N_(
    "no clock has ticked here yet: nothing is sent or released by itself until mailer worker (or serve) runs."
)
NO_BACKUP = N_("no backup has been made here yet: mailer backup FILE")
OLD_BACKUP = N_("the last backup was made {days} days ago: mailer backup FILE (or mailer-backup.timer, each night).")
KEY_OPEN = N_("others than its owner may read this key: chmod 600 {path}")
CANNOT_WRITE = N_("this user cannot write here: give it the right to (chown -R).")
NO_HTTPS = N_('"public_url" is {url}: readers cannot reach this machine there. Give the address of your reverse proxy.')
LOCAL_RELAY = N_('"smtp.security" is none and the relay is {host}: letters and password would travel in clear.')


NOBODY_TOLD = N_('"staff.tell" is empty: nobody is written to when a letter will not leave by itself.')


@dataclass(frozen=True)
class Figures:
    """What /metrics says; moments are None where something never happened on this machine."""

    gauges: Gauges
    last_tick: datetime | None
    last_backup: datetime | None


def troubles(app: App, now: datetime) -> list[Problem]:
    """What is wrong at this moment, each in a sentence; nothing where all is well."""
    return [*_database_troubles(app), *_clock_troubles(app.site, now), *_disk_troubles(app.site)]


def figures(app: App) -> Figures:
    """The figures for a monitor. Raises StoreError."""
    with app.database.reading() as tx:
        return Figures(gauges(tx), last(app.site, Heartbeat.CLOCK), last(app.site, Heartbeat.BACKUP))


def is_backup_late(made: datetime | None, now: datetime) -> bool:
    """Whether the last backup is missing or too old to be content with."""
    return made is None or now - made > BACKUP_LATE


def last_returns(app: App) -> datetime | None:
    """When the mailbox of returns was opened last."""
    return last(app.site, Heartbeat.RETURNS)


def check_installation(site: Path, config: Config, now: datetime) -> list[Finding]:
    """What is wrong or doubtful with the machine's part of a site; reads only."""
    return [
        *_check_database(site, config),
        *_check_rights(site),
        *_check_address(config),
        *_check_habits(site, now),
    ]


def _database_troubles(app: App) -> Iterator[Problem]:
    try:
        with app.database.reading() as tx:
            opened = alerts.open_alerts(tx)
    except StoreError as error:
        yield Problem("database", None, error.sentence, error.values)
        return
    for alert in opened:
        if alert.kind == "relay":
            yield Problem("relay", None, alert.sentence, dict(alert.values))


def _clock_troubles(site: Path, now: datetime) -> Iterator[Problem]:
    ticked = last(site, Heartbeat.CLOCK)
    if ticked is not None and now - ticked > CLOCK_LATE:
        yield Problem("clock", None, CLOCK_STOPPED, {"moment": f"{ticked:%Y-%m-%d %H:%M} UTC"})


def _disk_troubles(site: Path) -> Iterator[Problem]:
    free = shutil.disk_usage(site).free
    if free < LEAST_FREE:
        yield Problem("disk", None, DISK_NEARLY_FULL, {"free": free // 1_000_000, "folder": site})


def _check_database(site: Path, config: Config) -> Iterator[Finding]:
    file = sqlite_file(config.database.url, site)
    if file is not None and not file.exists():
        return  # made at the first start
    try:
        database = open_database(config.database.url, site, as_it_is=True)
        try:
            with database.reading() as tx:
                refuse_foreign(tx, database.place)
                refuse_older(tx, database.place)
        finally:
            database.close()
    except StoreError as error:
        yield Finding(Level.ERROR, CONFIG_FILE, None, error.sentence, error.values)


def _check_rights(site: Path) -> Iterator[Finding]:
    for folder in (site / "var", site / "var" / "keys", site / "var" / "senders"):
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            yield Finding(Level.ERROR, f"{folder.relative_to(site)}/", None, CANNOT_WRITE)
    key = site / KEY_FILE
    if key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        yield Finding(Level.ERROR, str(KEY_FILE), None, KEY_OPEN, {"path": KEY_FILE})


def _check_address(config: Config) -> Iterator[Finding]:
    if not config.public_url.startswith("https://"):
        yield Finding(Level.WARNING, CONFIG_FILE, None, NO_HTTPS, {"url": config.public_url})
    if not config.staff.tell:
        yield Finding(Level.ADVICE, CONFIG_FILE, None, NOBODY_TOLD)
    here = config.smtp.host in ("127.0.0.1", "::1", "localhost")
    if config.smtp.security == "none" and not here:
        yield Finding(Level.WARNING, CONFIG_FILE, None, LOCAL_RELAY, {"host": config.smtp.host})


def _check_habits(site: Path, now: datetime) -> Iterator[Finding]:
    if last(site, Heartbeat.CLOCK) is None:
        yield Finding(Level.ADVICE, "var/last/clock", None, NO_CLOCK)
    for trouble in (*_clock_troubles(site, now), *_disk_troubles(site)):
        yield Finding(Level.WARNING, "var/", None, trouble.sentence, trouble.values)
    made = last(site, Heartbeat.BACKUP)
    if made is None:
        yield Finding(Level.ADVICE, "var/last/backup", None, NO_BACKUP)
    elif now - made > BACKUP_LATE:
        yield Finding(Level.WARNING, "var/last/backup", None, OLD_BACKUP, {"days": (now - made).days})
