"""What a service is given: this installation's config, database, keys and templates, opened once. Decides nothing."""

import os
import secrets
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import mailer
from mailer.app.presence import beside_others
from mailer.app.relays import refresh_families
from mailer.config import Config, read_config
from mailer.domain.tokens import Keyring
from mailer.errors import Refused
from mailer.language import N_
from mailer.store import people
from mailer.store.database import Database, open_database
from mailer.store.ledger import Ledger

KEY_FILE = Path("var") / "keys" / "master.key"
KEY_LOST = N_(
    "The key file {path} is missing, but the database already holds people: without it oppositions cannot be "
    "recognised and the links in letters already sent are dead. Put the file back from your backup."
)
KEY_BAD = N_("The key file {path} does not hold a key. Put it back from your backup.")
KEY_UNWRITABLE = N_("The key file {path} cannot be read or written: {reason}. Give this user the right to do so.")


class App:
    """One open installation. Close it, or use it in a `with`."""

    def __init__(
        self, config: Config, site: Path, database: Database, keyring: Keyring, hold: int | None = None
    ) -> None:
        self.config = config
        self.site = site
        self.database = database
        self.keyring = keyring
        self._hold = hold

    @cached_property
    def ledger(self) -> Ledger:
        """The recorder of small facts; its thread starts at the first use."""
        return Ledger(self.database)

    @property
    def templates(self) -> tuple[Path, ...]:
        """Template folders, the first that holds a file wins: the site's own, then those that came with the program."""
        return (self.site / "templates", shipped_templates())

    def close(self) -> None:
        """Writes what the ledger still holds and lets go of the database."""
        if "ledger" in self.__dict__:
            self.ledger.close()
        self.database.close()
        _let_go(self._hold)
        self._hold = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_app(site: Path, environ: Mapping[str, str]) -> App:
    """The installation in a site's folder. Raises BadFiles, Refused or StoreError."""
    config = read_config(site, environ)
    hold = beside_others(site)
    try:
        database = open_database(config.database.url, site)
    except BaseException:
        _let_go(hold)
        raise
    try:
        refresh_families(database, config)
        return App(config, site, database, Keyring(_master_key(site / KEY_FILE, database)), hold)
    except BaseException:
        database.close()
        _let_go(hold)
        raise


def site_key(site: Path) -> bytes:
    """The site's master key. Raises Refused."""
    path = site / KEY_FILE
    try:
        return read_key(path)
    except OSError as error:
        raise Refused(KEY_UNWRITABLE, path=path, reason=error.strerror) from error


def read_key(path: Path) -> bytes:
    """The master key in a file. Raises Refused or OSError."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError as error:
        raise Refused(KEY_BAD, path=path) from error
    if len(key) < 32:
        raise Refused(KEY_BAD, path=path)
    return key


def shipped_templates() -> Path:
    """The folder of the templates that came with the program."""
    package = Path(mailer.__file__).parent
    inside = package / "_templates"
    return inside if inside.is_dir() else package.parent / "templates"


def _let_go(hold: int | None) -> None:
    if hold is not None:
        os.close(hold)


def _master_key(path: Path, database: Database) -> bytes:
    try:
        if path.exists():
            return read_key(path)
        return _new_key(path, database)
    except OSError as error:
        raise Refused(KEY_UNWRITABLE, path=path, reason=error.strerror) from error


def _new_key(path: Path, database: Database) -> bytes:
    with database.reading() as tx:
        if people.any_address(tx):
            raise Refused(KEY_LOST, path=path)
    key = secrets.token_bytes(32)
    try:
        write_key(path, key)
    except FileExistsError:
        return read_key(path)
    return key


def write_key(path: Path, key: bytes) -> None:
    """A new key file, for this user alone. Raises OSError; FileExistsError where another program was first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # O_EXCL: of two programs that start together, one makes the key and the other reads it.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
