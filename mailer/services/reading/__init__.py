"""What anyone may read on the web: letters, their issues, images, how readers' data are used. Writes nothing."""

from mailer.services.reading.archives import (
    ArchivedIssue,
    IssuePage,
    Shelf,
    attachment,
    issues_of,
    latest_of,
    open_shelf,
    open_with,
    page_of,
    pdf_of,
    public_lists,
    public_shelves,
)
from mailer.services.reading.privacy import PrivacyPage, privacy
from mailer.services.reading.searching import Hit, search

__all__ = [
    "ArchivedIssue",
    "Hit",
    "IssuePage",
    "PrivacyPage",
    "Shelf",
    "attachment",
    "issues_of",
    "latest_of",
    "open_shelf",
    "open_with",
    "page_of",
    "pdf_of",
    "privacy",
    "public_lists",
    "public_shelves",
    "search",
]
