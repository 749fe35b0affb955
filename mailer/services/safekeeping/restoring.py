"""A backup put back, so that nothing leaves a second time and nobody who refused meanwhile is written to again.

Everything is verified before anything is touched; what is replaced is kept aside; a person decides what goes on.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from mailer.app import KEY_FILE, read_key, write_key
from mailer.app.backups import Manifest, database_in, files_in, key_check, unpack
from mailer.app.journal import read_releases
from mailer.app.oppositions import read_oppositions
from mailer.app.presence import alone
from mailer.app.sealing import is_sealed, unseal
from mailer.config import CONFIG_FILE, Config, read_config
from mailer.domain.oppositions import Opposition
from mailer.errors import Refused
from mailer.language import N_, say
from mailer.services.safekeeping.backups import KEYS_SUFFIX
from mailer.store.copies import dialect_of, sqlite_file
from mailer.store.database import Connection, Database, open_database
from mailer.store.replacing import finish_sqlite, replace_postgresql, swap_sqlite
from mailer.store.restoring import (
    Doubtful,
    Replayed,
    doubt_unsettled,
    hold_approved,
    letters_in_hand,
    mark_departures,
    replay,
    skip_ids,
)
from mailer.store.schema import HEAD

UNREADABLE = N_("{path} cannot be read: {reason}.")
NOT_WRITTEN = N_("The backup cannot be put back in {site}: {reason}. Make room there, then do it again.")
NEWER = N_(
    "{path} was made by a newer version of this program (its tables are {found}, ours {ours}). "
    "Install that version, then do this again."
)
OTHER_DATABASE = N_(
    "{path} holds a database of {found} and this site uses {wanted} (database.url in config.toml). "
    "A backup goes back to the kind of database that it came from."
)
NO_KEYS = N_(
    "The keys of this backup are needed: without them links in letters already sent are dead and oppositions are not "
    "recognised. Name their file with --keys (it was written as {path})."
)
OTHER_KEYS = N_("{keys} does not hold the keys of this backup. Look for the file that was kept with it.")
OTHER_SITE = N_("{site} has other keys: this backup is of another installation. Restore it in an empty folder.")
NOT_EMPTY = N_("{site} is neither a site nor empty. Name an empty folder, or the site's own, with --site.")
SENDING = N_("A sender holds {count} letters at this moment: wait until it has finished, then do this again.")
PAUSED = N_(
    "A backup was restored: letters of this issue may have left after it was made. Look at the relay's log, settle "
    "the unknown ones (mailer issue settle), then resume (mailer issue resume)."
)
HELD = N_("A backup was restored: this issue may have been released after it was made. Approve it again if it was not.")

DEPARTED = N_("Its letter left before the backup was restored.")

MARGIN = timedelta(minutes=10)
"""A journal's line is written before its transaction commits, and so may be older than a backup that lacks it."""


@dataclass(frozen=True)
class Verified:
    """A backup that is whole and fits this site."""

    manifest: Manifest
    later_oppositions: int


@dataclass(frozen=True)
class RestoreReport:
    """What was done, for the person who now has to look."""

    manifest: Manifest
    aside: tuple[str, ...]
    """Where what was replaced is kept: files, folders, a database schema."""
    unfinished: tuple[Doubtful, ...]
    held: tuple[str, ...]
    """Approved when the backup was made: the clock leaves them alone until somebody approves or releases them."""
    departed: tuple[str, ...]
    """Left after the backup was made, says the journal of releases: they do not leave again under their names."""
    replayed: Replayed
    kept_config: bool
    """The site's own config.toml stayed, and differs from the one in the backup."""


@dataclass
class _Opened:
    """A backup unpacked in a folder of its own, with all that is needed to put it back."""

    file: Path
    site: Path
    folder: Path
    manifest: Manifest
    config: Config
    key: bytes
    stamp: str
    aside: list[str] = field(default_factory=list)

    @property
    def aside_folder(self) -> Path:
        return self.site / "var" / f"before-restore-{self.stamp}"


def verify(
    site: Path, file: Path, environ: Mapping[str, str], now: datetime, *, keys: Path | None, passphrase: str
) -> Verified:
    """Looks at everything that restoring would look at first; changes nothing. Raises Refused or BadFiles."""
    with _opened(site, file, environ, now, keys, passphrase) as opened:
        return Verified(opened.manifest, len(_later(opened)))


def restore(
    site: Path, file: Path, environ: Mapping[str, str], now: datetime, *, keys: Path | None, passphrase: str
) -> RestoreReport:
    """Puts the backup in the place of what is there. Raises Refused, StoreError or BadFiles, with nothing changed."""
    with alone(site), _opened(site, file, environ, now, keys, passphrase) as opened:
        try:
            return _put_back(opened, now)
        except OSError as error:
            raise Refused(NOT_WRITTEN, site=site, reason=error.strerror) from error


@contextmanager
def _opened(
    site: Path, file: Path, environ: Mapping[str, str], now: datetime, keys: Path | None, passphrase: str
) -> Iterator[_Opened]:
    _refuse_strangers(site)
    folder = _staging(site)
    try:
        manifest = _unpacked(file, folder, passphrase)
        if manifest.schema > HEAD:
            raise Refused(NEWER, path=file, found=manifest.schema, ours=HEAD)
        config = _config(site, folder, environ)
        if dialect_of(config.database.url) != manifest.dialect:
            wanted = dialect_of(config.database.url)
            raise Refused(OTHER_DATABASE, path=file, found=manifest.dialect, wanted=wanted)
        key = _key(site, file, keys, manifest)
        yield _Opened(file, site, folder, manifest, config, key, f"{now:%Y%m%d_%H%M%S}_{folder.name[-4:]}".lower())
    except OSError as error:
        raise Refused(UNREADABLE, path=error.filename or file, reason=error.strerror) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_strangers(site: Path) -> None:
    is_site = (site / CONFIG_FILE).is_file()
    if not is_site and site.is_dir() and any(path.name != "var" for path in site.iterdir()):
        raise Refused(NOT_EMPTY, site=site)


def _staging(site: Path) -> Path:
    try:
        (site / "var").mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".restore-", dir=site / "var"))
    except OSError as error:
        raise Refused(NOT_WRITTEN, site=site, reason=error.strerror) from error


def _unpacked(file: Path, folder: Path, passphrase: str) -> Manifest:
    packed = file
    if is_sealed(file):
        packed = folder / "packed"
        unseal(file, packed, passphrase)
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    return unpack(packed, unpacked)


def _config(site: Path, folder: Path, environ: Mapping[str, str]) -> Config:
    own = (site / CONFIG_FILE).is_file()
    return read_config(site if own else folder / "unpacked" / "site", environ)


def _key(site: Path, file: Path, keys: Path | None, manifest: Manifest) -> bytes:
    live = site / KEY_FILE
    beside = file.with_name(f"{file.name}{KEYS_SUFFIX}")
    if live.exists() and key_check(read_key(live)) != manifest.key_check:
        raise Refused(OTHER_SITE, site=site)
    source = keys or next((path for path in (live, beside) if path.exists()), None)
    if source is None:
        raise Refused(NO_KEYS, path=beside.name)
    key = read_key(source)
    if key_check(key) != manifest.key_check:
        raise Refused(OTHER_KEYS, keys=source)
    return key


def _put_back(opened: _Opened, now: datetime) -> RestoreReport:
    # The journals first, which tell what the database must be told, and the key, without which it is of no use.
    _put_files(opened, [(place, source) for place, source in _files(opened) if place.parts[0] == "var"])
    if not (opened.site / KEY_FILE).exists():
        write_key(opened.site / KEY_FILE, opened.key)
    put_database = _put_sqlite if opened.manifest.dialect == "sqlite" else _put_postgresql
    unfinished, held, departed, replayed = put_database(opened, now)
    kept_config = _put_files(opened, [(place, source) for place, source in _files(opened) if place.parts[0] != "var"])
    aside = tuple(dict.fromkeys(opened.aside))
    return RestoreReport(opened.manifest, aside, tuple(unfinished), tuple(held), tuple(departed), replayed, kept_config)


Told = tuple[list[Doubtful], list[str], list[str], Replayed]


def _tell(opened: _Opened, tx: Connection, now: datetime) -> Told:
    language = opened.config.language
    unfinished = doubt_unsettled(tx, say(language, PAUSED), now)
    held = hold_approved(tx, say(language, HELD))
    departed = mark_departures(tx, _releases(opened), say(language, DEPARTED))
    replayed = replay(tx, _later(opened), now)
    skip_ids(tx)
    return unfinished, held, departed, replayed


def _later(opened: _Opened) -> list[Opposition]:
    since = opened.manifest.made_at - MARGIN
    return [one for one in read_oppositions(opened.site) if one.at >= since]


def _releases(opened: _Opened) -> dict[str, datetime]:
    since = opened.manifest.made_at - MARGIN
    return {one.issue: one.at for one in read_releases(opened.site) if one.at >= since}


def _put_sqlite(opened: _Opened, now: datetime) -> Told:
    copy = database_in(opened.folder / "unpacked")
    told = finish_sqlite(copy, lambda tx: _tell(opened, tx, now))
    live = sqlite_file(opened.config.database.url, opened.site)
    assert live is not None  # noqa: S101 - the dialect was compared
    if kept := swap_sqlite(copy, live, opened.aside_folder):
        opened.aside.append(str(kept))
    return told


def _put_postgresql(opened: _Opened, now: datetime) -> Told:
    database = open_database(opened.config.database.url, opened.site, as_it_is=True)
    try:
        _refuse_senders(database)
        dump, revision = database_in(opened.folder / "unpacked"), opened.manifest.schema
        kept, told = replace_postgresql(database, dump, revision, opened.stamp, lambda tx: _tell(opened, tx, now))
    finally:
        database.close()
    if kept:
        opened.aside.append(f"{database.place}, schema {kept}")
    return told


def _refuse_senders(database: Database) -> None:
    with database.reading() as tx:
        held = letters_in_hand(tx)
    if held:
        raise Refused(SENDING, count=held)


def _files(opened: _Opened) -> list[tuple[Path, Path]]:
    return list(files_in(opened.folder / "unpacked"))


def _put_files(opened: _Opened, files: list[tuple[Path, Path]]) -> bool:
    """Own files of the backup; those of the site that differ are kept aside. True where config.toml stays instead."""
    kept_config = False
    for place, source in files:
        target = opened.site / place
        if target.is_file():
            if target.read_bytes() == source.read_bytes() or place.parts[:1] == ("var",):
                continue
            if place == Path(CONFIG_FILE):
                kept_config = True
                continue
            _keep_aside(opened, place)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    return kept_config


def _keep_aside(opened: _Opened, place: Path) -> None:
    kept = opened.aside_folder / place
    kept.parent.mkdir(parents=True, exist_ok=True)
    (opened.site / place).rename(kept)
    opened.aside.append(str(opened.aside_folder))
