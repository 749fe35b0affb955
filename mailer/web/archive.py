"""What anyone may read: public letters, their issues, images, how readers' data are used. Shows, never acts."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import RedirectResponse, Response

from mailer.services import reading
from mailer.web.front import AtFront
from mailer.web.headers import FILE_POLICY
from mailer.web.shelves import issue_page, pdf_file, shelf_page

router = APIRouter()

Slug = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
FileName = Annotated[str, Path(pattern=r"^[0-9a-f]{32}\.[a-z]{3,4}$")]
Words = Annotated[str, Query(alias="q")]

SHOWN_TYPES = {"image/png", "image/jpeg", "image/gif"}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.api_route("/", methods=["GET", "HEAD"])
@router.api_route("/archive", methods=["GET", "HEAD"])
def entrance() -> Response:
    """The archive is the front page."""
    return RedirectResponse("/archive/")


@router.api_route("/archive/", methods=["GET", "HEAD"])
def show_public_letters(front: AtFront, query: Words = "") -> Response:
    """The letters that anyone may read, or the issues that hold some words."""
    now, shelves = front.clock(), reading.public_shelves(front.app)
    if query.strip():
        hits = reading.search(front.app, shelves, query, now)
        return front.pages.page("archive_search", shelf=None, query=query[:200], hits=hits)
    return front.pages.page("archive", letters=reading.latest_of(front.app, shelves, now))


@router.api_route("/archive/{list_slug}", methods=["GET", "HEAD"])
def entrance_of_list(list_slug: Slug) -> Response:
    """The address as people type it."""
    return RedirectResponse(f"/archive/{list_slug}/")


@router.api_route("/archive/{list_slug}/", methods=["GET", "HEAD"])
def show_issues(list_slug: Slug, front: AtFront, query: Words = "") -> Response:
    """A letter's issues by year, newest first, or those that hold some words."""
    return shelf_page(front, reading.open_shelf(front.app, list_slug), query)


@router.api_route("/archive/{list_slug}/{issue_slug}.pdf", methods=["GET", "HEAD"])
def send_pdf(list_slug: Slug, issue_slug: Slug, front: AtFront) -> Response:
    """The issue on paper, where it was printed."""
    return pdf_file(front, reading.open_shelf(front.app, list_slug), issue_slug)


@router.api_route("/archive/{list_slug}/{issue_slug}", methods=["GET", "HEAD"])
def show_issue(list_slug: Slug, issue_slug: Slug, front: AtFront) -> Response:
    """The issue as it was frozen, in the variant that holds nothing personal."""
    return issue_page(front, reading.open_shelf(front.app, list_slug), issue_slug)


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
