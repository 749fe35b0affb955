"""The Atom feed of each public archive (RFC 4287): identities that never change, no answer twice (RFC 9110, 13.1)."""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from uuid import NAMESPACE_DNS, uuid5

from fastapi import APIRouter, Request
from starlette.responses import Response

from mailer.domain.letters import MailingList
from mailer.services import reading
from mailer.services.reading import ArchivedIssue
from mailer.web.archive import Slug
from mailer.web.front import AtFront

router = APIRouter()

NEWEST = 20
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@router.api_route("/archive/{list_slug}/feed.atom", methods=["GET", "HEAD"])
def show_feed(list_slug: Slug, request: Request, front: AtFront) -> Response:
    """The twenty newest issues, for feed readers and for the association's own site."""
    shelf = reading.open_shelf(front.app, list_slug)
    issues = reading.issues_of(front.app, shelf, front.clock(), NEWEST)
    entries = [(issue, identity(shelf.letter, issue)) for issue in issues]
    updated = max((issue.released_at for issue in issues), default=NEVER)
    text = front.pages.written(
        "feed.atom", shelf=shelf, letter=shelf.letter, entries=entries, updated=updated, feed_id=identity(shelf.letter)
    )
    content = "".join(one for one in text if one >= " " or one in "\t\n").encode()
    headers = {
        "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        "Last-Modified": format_datetime(updated.astimezone(UTC), usegmt=True),
        "Cache-Control": "public, max-age=900",
    }
    if _is_known(request, headers["ETag"], updated):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/atom+xml", headers=headers)


def identity(letter: MailingList, issue: ArchivedIssue | None = None) -> str:
    """Of a feed, or of an issue in it. Made of what never changes: neither a title nor these pages' address."""
    return uuid5(NAMESPACE_DNS, f"{letter.list_id}/{issue.slug if issue else ''}").urn


def _is_known(request: Request, etag: str, updated: datetime) -> bool:
    # If-Modified-Since counts only where no tag is named (RFC 9110, 13.1.3).
    if tags := request.headers.get("if-none-match"):
        return tags.strip() == "*" or etag in {one.strip().removeprefix("W/") for one in tags.split(",")}
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except (TypeError, ValueError):
        return False
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    return updated.replace(microsecond=0) <= since
