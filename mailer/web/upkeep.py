"""What browsers and robots ask for beside the pages: assets, robots.txt."""

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from mailer.web.front import AtFront
from mailer.web.headers import DESK_PATH, PERSONAL_PATHS
from mailer.web.pages import Pages

router = APIRouter()

ROBOTS = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in (*PERSONAL_PATHS, DESK_PATH))


@router.api_route("/robots.txt", methods=["GET", "HEAD"])
def robots() -> Response:
    """Personal links are nobody's to crawl."""
    return PlainTextResponse(ROBOTS)


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
def icon(front: AtFront) -> Response:
    """What browsers ask for beside an archived letter, which names no icon."""
    return asset("icon.svg", front)


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
def asset(name: str, front: AtFront, v: str = "") -> Response:
    """A file of templates/pages/static, held in memory."""
    return asset_answer(front.pages, name, v)


@router.api_route("/desk", methods=["GET", "HEAD"])
def desk() -> Response:
    """Its address as people type it."""
    return RedirectResponse("/desk/", 308)


def asset_answer(pages: Pages, name: str, v: str) -> Response:
    """An asset of a room of pages; one asked for by its version may be kept for ever."""
    found = pages.assets.get(name)
    if found is None:
        raise HTTPException(404)
    lasting = "public, max-age=31536000, immutable" if v == found.version else "public, max-age=300"
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": lasting})
