"""`mailer backup`, `restore`, `upgrade`: nothing is lost with a machine or a new version."""

import os
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.config import CONFIG_FILE, read_config
from mailer.errors import Refused
from mailer.language import N_, moment, number
from mailer.services import safekeeping
from mailer.services.safekeeping import BackupMade, RestoreReport, Verified

FILE_OR_FOLDER = N_("Either the FILE to write or --into FOLDER: one of them, not both.")
NOT_CONFIRMED = N_("Nothing was restored. Say --yes to restore without the question.")
KEYS_APART = N_(
    "The keys are in {keys}. Keep them apart from the backup, on another disk or on paper: without them a backup is "
    "of little use, and with both anyone has everything."
)
NEEDS_PASSPHRASE = N_("--encrypt needs a passphrase: in the variable MAILER_BACKUP__PASSPHRASE, or on a terminal.")
NO_KEYS = N_("The keys of the site (var/keys) are not in it: keep a copy of them elsewhere, once and for all.")


def add_to(cli: typer.Typer) -> None:
    """Adds this module's commands to the command line."""
    cli.command()(backup)
    cli.command()(restore)
    cli.command()(upgrade)


def backup(
    file: Annotated[Path | None, typer.Argument(help="The file to write.")] = None,
    into: Annotated[Path | None, typer.Option(help="Or a folder: named by date, old ones are removed.")] = None,
    keep_days: Annotated[int, typer.Option(min=1, help="With --into: for how many days backups stay.")] = 30,
    encrypt: Annotated[bool, typer.Option("--encrypt", help="Close it with a passphrase (age format).")] = False,
    no_keys: Annotated[bool, typer.Option("--no-keys", help="Do not write the keys beside it.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    json: JsonOption = False,
) -> None:
    """Back up database and own files, also while letters leave. The keys go to a file of their own."""
    terminal.json = json
    if (file is None) == (into is None):
        raise Refused(FILE_OR_FOLDER)
    with terminal.open() as app:
        words = _passphrase(app.config.backup.passphrase.get_secret_value(), twice=True) if encrypt else ""
        now, keys = terminal.now(), not no_keys
        if into is not None:
            made = safekeeping.back_up_into(app, into, now, keep_days=keep_days, passphrase=words, keys=keys)
        elif file is not None:
            made = safekeeping.back_up(app, file, now, passphrase=words, keys=keys, force=force)
    _tell_backup(made)
    terminal.result(made)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `mailer backup` wrote.")],
    keys: Annotated[Path | None, typer.Option(help="Where its keys are; by default the site's, or FILE.keys.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say whether it could be restored.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Put a backup in the place of what is here, or into an empty folder. Nothing leaves before a person has looked."""
    terminal.json = json
    site = terminal.folder_or_empty()
    words = _passphrase_of(site, file)
    verified = safekeeping.verify(site, file, os.environ, terminal.now(), keys=keys, passphrase=words)
    _tell_verified(file, verified)
    if dry_run:
        terminal.result({"manifest": verified.manifest, "later_oppositions": verified.later_oppositions})
        return
    _confirm(yes, site)
    report = safekeeping.restore(site, file, os.environ, terminal.now(), keys=keys, passphrase=words)
    _tell_restored(report)
    terminal.result(report)


def upgrade(json: JsonOption = False) -> None:
    """Bring the database to this version's tables: a backup first, then all or nothing. Stop the services first."""
    terminal.json = json
    done = safekeeping.upgrade(terminal.folder(), os.environ, terminal.now())
    if done.backup is None:
        terminal.say(N_("The database is up to date ({after})."), after=done.after)
    else:
        terminal.say(
            N_("The database is brought from {before} to {after}. The backup made first is {backup}."), **vars(done)
        )
    terminal.result(done)


def _passphrase(given: str, *, twice: bool) -> str:
    if given:
        return given
    if not terminal.err.is_terminal:
        raise Refused(NEEDS_PASSPHRASE)
    return str(typer.prompt(terminal.text(N_("Passphrase")), hide_input=True, confirmation_prompt=twice, err=True))


def _passphrase_of(site: Path, file: Path) -> str:
    if not safekeeping.is_sealed(file):
        return ""
    given = os.environ.get("MAILER_BACKUP__PASSPHRASE", "")
    if (site / CONFIG_FILE).is_file():
        given = read_config(site, os.environ).backup.passphrase.get_secret_value()
    return given if given or not terminal.err.is_terminal else _passphrase("", twice=False)


def _confirm(yes: bool, site: Path) -> None:
    if yes:
        return
    question = terminal.text(N_("Restore it in {site}?"), site=site)
    if not terminal.err.is_terminal or not typer.confirm(question, err=True):
        raise Refused(NOT_CONFIRMED)


def _tell_backup(made: BackupMade) -> None:
    size = number(terminal.language, round(made.size / 1e6, 1))
    terminal.say(N_("Backup written: {file} ({size} MB)."), file=made.file, size=size)
    if made.removed:
        terminal.say_count("{count} older backup removed.", "{count} older backups removed.", made.removed)
    terminal.say(KEYS_APART if made.keys else NO_KEYS, keys=made.keys)


def _tell_verified(file: Path, verified: Verified) -> None:
    made = moment(terminal.language, verified.manifest.made_at, terminal.zone)
    contacts = number(terminal.language, verified.manifest.rows.get("contact", 0))
    terminal.say(
        N_("{file} is whole: made {made}, version {version}, {contacts} contacts."),
        file=file,
        made=made,
        version=verified.manifest.version,
        contacts=contacts,
    )


def _tell_restored(report: RestoreReport) -> None:
    terminal.say(N_("The backup is restored. Nothing was sent, and nothing will be before you have looked."))
    for place in report.aside:
        terminal.say(N_("What was there before is kept in {place}"), place=place)
    if report.kept_config:
        terminal.say(N_("config.toml stayed as it is; the one in the backup differs."))
    terminal.say(
        N_("From the journal: {opposed} oppositions and {left} departures that the backup did not know."),
        opposed=number(terminal.language, report.replayed.opposed),
        left=number(terminal.language, report.replayed.left),
    )
    if report.replayed.strangers:
        terminal.say_count(
            "{count} person left a list after the backup and is not in it: a new import would bring them back.",
            "{count} people left a list after the backup and are not in it: a new import would bring them back.",
            report.replayed.strangers,
        )
    for issue in report.unfinished:
        terminal.say(
            N_("{issue} is paused, {count} letters may have left or not. Their names: mailer issue show {issue}"),
            issue=issue.name,
            count=number(terminal.language, issue.unknown),
        )
    if report.unfinished:
        terminal.say(
            N_("Look at the relay's log, then for each: mailer issue settle ISSUE --as sent (or queued), and resume.")
        )
    if report.held:
        terminal.say(
            N_("Approved when the backup was made, perhaps released since: {issues}. Look before you release."),
            issues=", ".join(report.held),
        )
    if report.departed:
        terminal.say(
            N_(
                "Left after the backup was made, says the journal: {issues}. They do not leave again under these names."
            ),
            issues=", ".join(report.departed),
        )
    terminal.say(N_("Then: mailer check, and start the services again."))
