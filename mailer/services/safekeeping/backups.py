"""A backup, whole or not at all: made beside its place, on disk, then renamed. Disturbs nobody who is at work."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from mailer.app import App, site_key
from mailer.app.backups import Manifest, key_check, pack, program_version
from mailer.app.heartbeats import Heartbeat, beat
from mailer.app.oppositions import sync_folder
from mailer.app.sealing import seal
from mailer.errors import Refused
from mailer.language import N_
from mailer.store.copies import copy_database
from mailer.store.database import Database

EXISTS = N_("{path} exists already. Choose another name, or say --force to replace it.")
NOT_WRITTEN = N_(
    "The backup cannot be written to {path}: {reason}. Nothing is left of it. Make room, then do it again."
)
KEYS_SUFFIX = ".keys"
STAGING = ".mailer-backup-"
NIGHTLY = re.compile(r"mailer-(\d{8}-\d{6})\.tar\.gz(\.age)?(\.keys)?")


@dataclass(frozen=True)
class BackupMade:
    """What was written."""

    file: Path
    keys: Path | None
    """Of the site, apart from the backup; None where they were not asked for."""
    size: int
    rows: Mapping[str, int]
    removed: int = 0
    """Old backups of the same folder that were taken away."""


def back_up(
    app: App, file: Path, now: datetime, *, passphrase: str = "", keys: bool = True, force: bool = False
) -> BackupMade:
    """Database and own files in one file, closed with the passphrase if there is one. Raises Refused or StoreError."""
    made = write_backup(app.site, app.database, file, now, passphrase=passphrase, keys=keys, force=force)
    beat(app.site, Heartbeat.BACKUP)
    return made


def back_up_into(
    app: App, folder: Path, now: datetime, *, keep_days: int, passphrase: str = "", keys: bool = True
) -> BackupMade:
    """A backup named by its moment; those in the folder older than `keep_days` go, once this one is there."""
    made = back_up(app, folder / backup_name(now, bool(passphrase)), now, passphrase=passphrase, keys=keys)
    removed = _remove_old(folder, now - timedelta(days=keep_days))
    return BackupMade(**{**vars(made), "removed": removed})


def backup_name(now: datetime, sealed: bool) -> str:
    """`mailer-20260304-021500.tar.gz`, in UTC, so that names sort by age."""
    return f"mailer-{now:%Y%m%d-%H%M%S}.tar.gz{'.age' if sealed else ''}"


def write_backup(
    site: Path, database: Database, file: Path, now: datetime, *, passphrase: str, keys: bool, force: bool
) -> BackupMade:
    """The backup of a database that may be of an older version. Raises Refused or StoreError."""
    key_file = file.with_name(f"{file.name}{KEYS_SUFFIX}") if keys else None
    for path in (file, key_file):
        if path is not None and path.exists() and not force:
            raise Refused(EXISTS, path=path)
    key = site_key(site)
    try:
        with _staging(file.parent) as folder:
            copy = copy_database(database, folder)
            told = Manifest(now, program_version(), copy.revision, copy.dialect, key_check(key), copy.rows)
            packed = folder / "packed"
            pack(site, copy, told, packed)
            if passphrase:
                seal(packed, folder / "sealed", passphrase)
                packed = folder / "sealed"
            if key_file is not None:
                _put(_key_copy(folder, key), key_file)
            _put(packed, file)
    except OSError as error:
        raise Refused(NOT_WRITTEN, path=file, reason=error.strerror) from error
    return BackupMade(file, key_file, file.stat().st_size, copy.rows)


@contextmanager
def _staging(parent: Path) -> Iterator[Path]:
    """A private folder on the disk of the backup, gone afterwards."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=STAGING, dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _key_copy(folder: Path, key: bytes) -> Path:
    path = folder / "keys"
    path.write_text(f"{key.hex()}\n", encoding="ascii")
    return path


def _put(made: Path, place: Path) -> None:
    """On disk first, then under its name: a power cut leaves the old file or the new one."""
    made.chmod(0o600)
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(place)
    sync_folder(place.parent)


def _remove_old(folder: Path, before: datetime) -> int:
    limit = f"{before:%Y%m%d-%H%M%S}"
    old = [path for path in folder.iterdir() if (named := NIGHTLY.fullmatch(path.name)) and named[1] < limit]
    for path in old:
        path.unlink(missing_ok=True)
    for left in folder.glob(f"{STAGING}*"):
        # What a power cut left of an earlier backup; this one has just ended.
        shutil.rmtree(left, ignore_errors=True)
    return sum(path.suffix != KEYS_SUFFIX for path in old)
