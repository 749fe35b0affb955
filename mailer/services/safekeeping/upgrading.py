"""The database brought to this program's tables, with a backup first. Nobody else may be at work meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailer.app.presence import alone
from mailer.config import read_config
from mailer.errors import MailerError, Refused, StoreError
from mailer.language import N_
from mailer.services.safekeeping.backups import backup_name, write_backup
from mailer.store.database import Database, open_database, upgrade_database
from mailer.store.restoring import letters_in_hand
from mailer.store.schema import HEAD, refuse_foreign, revision_of

SENDING = N_("A sender holds {count} letters at this moment: wait until it has finished, then do this again.")
FAILED = N_(
    "The database could not be brought up to date and is as it was, at {before} ({reason}). "
    "Go on with the version of before, and report this. The backup made first is {backup}."
)
FOLDER = Path("var") / "backups"


@dataclass(frozen=True)
class Upgraded:
    """What was done: nothing where `backup` is None."""

    before: str | None
    after: str
    backup: Path | None


def upgrade(site: Path, environ: Mapping[str, str], now: datetime) -> Upgraded:
    """Backs up, then migrates whole or not at all. Raises Refused, StoreError or BadFiles."""
    config = read_config(site, environ)
    with alone(site):
        database = open_database(config.database.url, site, as_it_is=True)
        try:
            return _upgrade(site, database, now)
        finally:
            database.close()


def _upgrade(site: Path, database: Database, now: datetime) -> Upgraded:
    with database.reading() as tx:
        before = revision_of(tx)
        refuse_foreign(tx, database.place)
        held = letters_in_hand(tx) if before else 0
    if held:
        raise Refused(SENDING, count=held)
    if before in (None, HEAD):
        upgrade_database(database)
        return Upgraded(before, HEAD, None)
    backup = site / FOLDER / f"before-upgrade-{backup_name(now, sealed=False)}"
    write_backup(site, database, backup, now, passphrase="", keys=False, force=True)
    try:
        upgrade_database(database)
    except Exception as error:  # whatever a migration does: all of it is undone, and the person is told so
        reason = error if isinstance(error, MailerError) else f"{type(error).__name__}: {error}".partition("\n")[0]
        raise StoreError(FAILED, before=before, reason=reason, backup=backup) from error
    return Upgraded(before, HEAD, backup)
