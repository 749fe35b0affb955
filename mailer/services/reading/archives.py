"""Archives: the public ones by the name of their list, others by their secret link; their issues, pages, files."""

from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.content.lists import read_lists
from mailer.domain.letters import Attachment, MailingList
from mailer.domain.tokens import Purpose
from mailer.errors import BadToken, NotFound
from mailer.language import N_
from mailer.store import archive, attachments
from mailer.store.archive import ArchivedRow, Readable

NO_LIST = N_('There is no public letter called "{list}".')
NO_ISSUE = N_('There is no issue "{issue}" to read online.')
NO_FILE = N_("There is no such file.")
LINK_REPLACED = N_("This link to the archive was replaced by another one.")
PDF = "application/pdf"


@dataclass(frozen=True)
class Shelf:
    """The archive of one letter, as whoever stands before it may read it."""

    letter: MailingList
    path: str
    """Of its page, with `/` at the end."""
    secret: bool


@dataclass(frozen=True)
class ArchivedIssue:
    """One line of an archive."""

    title: str
    number: str
    subject: str
    summary: str
    path: str
    card: str
    """The path of its banner; empty without one."""
    pdf: str
    """The path of its PDF; empty without one."""
    slug: str
    released_at: datetime


@dataclass(frozen=True)
class IssuePage:
    """One issue with those before and after it."""

    shelf: Shelf
    issue: ArchivedIssue
    html: str
    older: ArchivedIssue | None
    newer: ArchivedIssue | None


def public_lists(app: App) -> list[MailingList]:
    """The letters that anyone may read and subscribe to."""
    return [mailing for mailing in read_lists(app.site).values() if mailing.public]


def public_shelves(app: App) -> list[Shelf]:
    """The archives that anyone may read."""
    return [_public(mailing) for mailing in public_lists(app)]


def open_shelf(app: App, list_slug: str) -> Shelf:
    """The archive of a public letter. Raises NotFound."""
    found = read_lists(app.site).get(list_slug)
    if found is None or not found.public:
        raise NotFound(NO_LIST, list=list_slug)
    return _public(found)


def open_with(app: App, token: str) -> Shelf:
    """The archive that a secret link opens. Raises BadToken."""
    number = app.keyring.read(Purpose.ARCHIVE, token)
    with app.database.reading() as tx:
        slug = archive.secret_list(tx, number)
    found = read_lists(app.site).get(slug or "")
    if found is None:
        raise BadToken(LINK_REPLACED)
    return Shelf(found, f"/wiki/{token}/", secret=True)


def issues_of(app: App, shelf: Shelf, now: datetime, limit: int | None = None) -> list[ArchivedIssue]:
    """The issues of an archive, newest first."""
    with app.database.reading() as tx:
        rows = archive.released(tx, readable(shelf, now), limit)
    return [line(shelf, row) for row in rows]


def latest_of(app: App, shelves: list[Shelf], now: datetime) -> list[tuple[Shelf, ArchivedIssue | None]]:
    """Each archive with its latest issue."""
    newest = [(shelf, issues_of(app, shelf, now, limit=1)) for shelf in shelves]
    return [(shelf, found[0] if found else None) for shelf, found in newest]


def page_of(app: App, shelf: Shelf, slug: str, now: datetime) -> IssuePage:
    """The archive's own variant of an issue, a whole HTML page, and its neighbours. Raises NotFound."""
    with app.database.reading() as tx:
        html = archive.online(tx, readable(shelf, now), slug)
        rows = archive.released(tx, readable(shelf, now))
    at = next((at for at, row in enumerate(rows) if row.slug == slug), None)
    if html is None or at is None:
        raise NotFound(NO_ISSUE, issue=slug)
    older = line(shelf, rows[at + 1]) if at + 1 < len(rows) else None
    return IssuePage(shelf, line(shelf, rows[at]), html, older, line(shelf, rows[at - 1]) if at else None)


def pdf_of(app: App, shelf: Shelf, slug: str, now: datetime) -> bytes:
    """The issue as it was printed. Raises NotFound where it was not, or may not be read."""
    with app.database.reading() as tx:
        row = next((row for row in archive.released(tx, readable(shelf, now)) if row.slug == slug), None)
        found = attachments.find(tx, row.pdf) if row and row.pdf else None
    if found is None:
        raise NotFound(NO_FILE)
    return found[1]


def attachment(app: App, file_name: str) -> Attachment:
    """A file that a letter links to. Raises NotFound."""
    with app.database.reading() as tx:
        found = attachments.find(tx, file_name)
    # A PDF is a whole issue: it is read where the issue may be read, and nowhere else.
    if found is None or found[0] == PDF:
        raise NotFound(NO_FILE)
    return Attachment(file_name, *found)


def readable(shelf: Shelf, now: datetime) -> Readable:
    """What the store is asked for."""
    return Readable((shelf.letter.slug,), now, shelf.secret)


def line(shelf: Shelf, row: ArchivedRow) -> ArchivedIssue:
    """A row as its archive shows it."""
    path = f"{shelf.path}{row.slug}"
    card = f"/media/{row.card}" if row.card else ""
    return ArchivedIssue(
        row.title, row.number, row.subject, row.summary, path, card, f"{path}.pdf" if row.pdf else "", row.slug,
        row.released_at,
    )  # fmt: skip


def _public(mailing: MailingList) -> Shelf:
    return Shelf(mailing, f"/archive/{mailing.slug}/", secret=False)
