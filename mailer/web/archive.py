"""What anyone may read: public letters, their issues, images, how readers' data are used. Shows, never acts."""

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mailer.services import reading
from mailer.web.front import AtFront
from mailer.web.headers import ARCHIVE_POLICY, FILE_POLICY

router = APIRouter()

Slug = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
FileName = Annotated[str, Path(pattern=r"^[0-9a-f]{32}\.[a-z]{3,4}$")]

SHOWN_TYPES = {"image/png", "image/jpeg", "image/gif"}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.api_route("/", methods=["GET", "HEAD"])
@router.api_route("/archive", methods=["GET", "HEAD"])
def entrance() -> Response:
    """The archive is the front page."""
    return RedirectResponse("/archive/")


@router.api_route("/archive/", methods=["GET", "HEAD"])
def show_public_letters(front: AtFront) -> Response:
    """The letters that anyone may read."""
    letters = [
        (letter, reading.archived_issues(front.app, letter.slug, front.clock()).issues[:1])
        for letter in reading.public_lists(front.app)
    ]
    return front.pages.page("archive", letters=letters)


@router.api_route("/archive/{list_slug}", methods=["GET", "HEAD"])
def entrance_of_list(list_slug: Slug) -> Response:
    """The address as people type it."""
    return RedirectResponse(f"/archive/{list_slug}/")


@router.api_route("/archive/{list_slug}/", methods=["GET", "HEAD"])
def show_issues(list_slug: Slug, front: AtFront) -> Response:
    """A letter's issues by year, newest first."""
    page = reading.archived_issues(front.app, list_slug, front.clock())
    by_year = groupby(page.issues, key=lambda issue: issue.released_at.astimezone(front.app.config.zone).year)
    years = [(year, list(issues)) for year, issues in by_year]
    return front.pages.page("archive_list", letter=page, letter_slug=list_slug, years=years)


@router.api_route("/archive/{list_slug}/{issue_slug}", methods=["GET", "HEAD"])
def show_issue(list_slug: Slug, issue_slug: Slug, front: AtFront) -> Response:
    """The issue as it was frozen, in the variant that holds nothing personal."""
    html = reading.archived_page(front.app, list_slug, issue_slug, front.clock())
    policy = ARCHIVE_POLICY.format(public_url=front.app.config.public_url)
    return HTMLResponse(html, headers={"Content-Security-Policy": policy})


@router.api_route("/media/{file_name}", methods=["GET", "HEAD"])
def send_file(file_name: FileName, front: AtFront) -> Response:
    """An image or calendar entry; its name is its content's hash, so it never changes."""
    found = reading.attachment(front.app, file_name)
    headers = FOR_EVER | {"Content-Security-Policy": FILE_POLICY}
    if found.media_type not in SHOWN_TYPES:
        headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return Response(found.content, media_type=found.media_type, headers=headers)


@router.api_route("/privacy", methods=["GET", "HEAD"])
def show_privacy(front: AtFront) -> Response:
    """Who keeps what about readers, why, how long, and how readings are counted."""
    return front.pages.page("privacy", privacy=reading.privacy(front.app))
