"""The archive of a letter that is not public, for whoever has its secret link: from an association's wiki, say."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import RedirectResponse, Response

from mailer.services import reading
from mailer.web.front import AtFront
from mailer.web.shelves import issue_page, pdf_file, shelf_page

router = APIRouter()

Slug = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
Token = Annotated[str, Path(max_length=64)]


@router.api_route("/wiki/{token}", methods=["GET", "HEAD"])
def entrance(token: Token, front: AtFront) -> Response:
    """The address as people paste it."""
    return RedirectResponse(reading.open_with(front.app, token).path)


@router.api_route("/wiki/{token}/", methods=["GET", "HEAD"])
def show_issues(token: Token, front: AtFront, query: Annotated[str, Query(alias="q")] = "") -> Response:
    """The letter's issues by year, or those that hold some words."""
    return shelf_page(front, reading.open_with(front.app, token), query)


@router.api_route("/wiki/{token}/{issue_slug}.pdf", methods=["GET", "HEAD"])
def send_pdf(token: Token, issue_slug: Slug, front: AtFront) -> Response:
    """The issue on paper, where it was printed."""
    return pdf_file(front, reading.open_with(front.app, token), issue_slug)


@router.api_route("/wiki/{token}/{issue_slug}", methods=["GET", "HEAD"])
def show_issue(token: Token, issue_slug: Slug, front: AtFront) -> Response:
    """One issue."""
    return issue_page(front, reading.open_with(front.app, token), issue_slug)
