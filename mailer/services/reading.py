"""What anyone may read on the web: public letters, their issues, images, the privacy page. Writes nothing."""

from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.config import Decision, Organisation
from mailer.content.lists import read_lists
from mailer.domain.letters import Attachment, MailingList
from mailer.errors import NotFound
from mailer.language import N_
from mailer.store import archive, issues

NO_LIST = N_('There is no public letter called "{list}".')
NO_ISSUE = N_('There is no issue "{issue}" to read online.')
NO_FILE = N_("There is no such file.")


@dataclass(frozen=True)
class ArchivedIssue:
    """One line of an archive."""

    title: str
    number: str
    subject: str
    url: str
    released_at: datetime


@dataclass(frozen=True)
class ArchivePage:
    """The issues of a public letter, newest first."""

    list_title: str
    description: str
    issues: tuple[ArchivedIssue, ...]


@dataclass(frozen=True)
class PrivacyPage:
    """What the privacy page is made from."""

    organisation: Organisation
    lists: tuple[MailingList, ...]
    decision: Decision | None


def public_lists(app: App) -> list[MailingList]:
    """The letters that anyone may read and subscribe to."""
    return [mailing for mailing in read_lists(app.site).values() if mailing.public]


def archived_issues(app: App, list_slug: str, now: datetime) -> ArchivePage:
    """The archive of one public letter. Raises NotFound."""
    mailing = _public_list(app, list_slug)
    with app.database.reading() as tx:
        rows = archive.released(tx, list_slug, now)
    lines = tuple(
        ArchivedIssue(row.title, row.number, row.subject, f"/archive/{list_slug}/{row.slug}", row.released_at)
        for row in rows
    )
    return ArchivePage(mailing.title, mailing.description, lines)


def archived_page(app: App, list_slug: str, slug: str, now: datetime) -> str:
    """The archive's own variant of an issue, a whole HTML page. Raises NotFound."""
    _public_list(app, list_slug)
    with app.database.reading() as tx:
        page = archive.online(tx, list_slug, slug, now)
    if page is None:
        raise NotFound(NO_ISSUE, issue=slug)
    return page


def attachment(app: App, file_name: str) -> Attachment:
    """A file that a letter links to. Raises NotFound."""
    with app.database.reading() as tx:
        found = issues.attachment(tx, file_name)
    if found is None:
        raise NotFound(NO_FILE)
    media_type, content = found
    return Attachment(file_name, media_type, content)


def privacy(app: App) -> PrivacyPage:
    """Who keeps what about readers, and how readings are counted."""
    lists = tuple(read_lists(app.site).values())
    return PrivacyPage(app.config.organisation, lists, app.config.measure.anonymous)


def _public_list(app: App, slug: str) -> MailingList:
    found = read_lists(app.site).get(slug)
    if found is None or not found.public:
        raise NotFound(NO_LIST, list=slug)
    return found
