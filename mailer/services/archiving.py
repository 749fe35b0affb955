"""What the archive gains beside what is sent: old issues, PDF files, secret links. Sends nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailer.app import App
from mailer.content.lists import read_lists
from mailer.content.old_archives import OldPage, read_old_archive
from mailer.domain.letters import Attachment
from mailer.domain.tokens import Purpose
from mailer.errors import NotFound, Problem
from mailer.language import N_
from mailer.rendering.old_pages import set_old_page
from mailer.rendering.paper import print_page
from mailer.store import archive, attachments, old_issues
from mailer.store.old_issues import OldIssueRow

NO_SUCH_LIST = N_('There is no list "{list}". The lists are: {known}.')
TAKEN = N_('an issue sent from here has this address already: "{slug}".')
NOT_FROZEN = N_('"{issue}" was not approved yet: what may still change is not printed.')
PDF = "application/pdf"


@dataclass(frozen=True)
class OldArchiveReport:
    """What became of each file of a folder."""

    new: tuple[OldPage, ...]
    changed: tuple[OldPage, ...]
    unchanged: tuple[OldPage, ...]
    problems: tuple[Problem, ...]
    dry_run: bool


def import_old_archive(app: App, list_slug: str, folder: Path, now: datetime, *, dry_run: bool) -> OldArchiveReport:
    """Old issues into a list's archive; the same folder again changes nothing. Raises NotFound."""
    _check_list(app, list_slug)
    found = read_old_archive(folder)
    with app.database.reading() as tx:
        known, taken = old_issues.known(tx, list_slug), old_issues.taken(tx, list_slug)
    problems = [Problem(page.file, None, TAKEN, {"slug": page.slug}) for page in found.pages if page.slug in taken]
    pages = [page for page in found.pages if page.slug not in taken]
    report = OldArchiveReport(
        tuple(page for page in pages if page.slug not in known),
        tuple(page for page in pages if page.slug in known and known[page.slug] != page.digest),
        tuple(page for page in pages if known.get(page.slug) == page.digest),
        (*found.problems, *problems),
        dry_run,
    )
    if not dry_run:
        _keep(app, list_slug, (*report.new, *report.changed), now)
    return report


def print_issue(app: App, name: str, *, keep: bool) -> bytes:
    """A frozen issue as PDF; kept, its page in the archive offers it. Raises NotFound or Refused."""
    with app.database.reading() as tx:
        found = archive.frozen_page(tx, name)
        files = attachments.of_issue(tx, found[0]) if found else {}
    if found is None:
        raise NotFound(NOT_FROZEN, issue=name)
    number, page = found
    shown = {file: content for file, (kind, content) in files.items() if kind.startswith("image/")}
    for file in shown:
        page = page.replace(f"{app.config.public_url}/media/{file}", file)
    printed = print_page(page, shown)
    if keep:
        pdf = Attachment(f"{hashlib.sha256(printed).hexdigest()[:32]}.pdf", PDF, printed)
        with app.database.transaction() as tx:
            attachments.store(tx, pdf)
            archive.keep_pdf(tx, number, pdf.file_name)
    return printed


def secret_link(app: App, list_slug: str, now: datetime, *, new: bool) -> str:
    """The address that opens a list's archive to whoever has it; a new one voids the one before. Raises NotFound."""
    _check_list(app, list_slug)
    with app.database.transaction() as tx:
        number = None if new else archive.secret_id(tx, list_slug)
        if number is None:
            number = archive.new_secret(tx, list_slug, now)
    return f"{app.config.public_url}/wiki/{app.keyring.token(Purpose.ARCHIVE, number)}/"


def _keep(app: App, list_slug: str, pages: Sequence[OldPage], now: datetime) -> None:
    with app.database.transaction() as tx:
        for page in pages:
            old_issues.keep(tx, _row(app, list_slug, page), now)


def _row(app: App, list_slug: str, page: OldPage) -> OldIssueRow:
    # At noon, no zone of ours moves it to another day.
    at = datetime(page.day.year, page.day.month, page.day.day, 12, tzinfo=app.config.zone)
    images = [Attachment(image.file_name, image.media_type, image.content) for image in page.images]
    online = set_old_page(page, app.templates, app.config.language)
    return OldIssueRow(list_slug, page.slug, page.subject, at, page.digest, page.summary, online, images)


def _check_list(app: App, list_slug: str) -> None:
    lists = read_lists(app.site)
    if list_slug not in lists:
        raise NotFound(NO_SUCH_LIST, list=list_slug, known=", ".join(lists))
