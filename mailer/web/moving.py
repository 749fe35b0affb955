"""The two pages of a change of address: confirmed at the new one, undone from the old one. Only a POST acts."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mailer.services import moving
from mailer.web.forms import Posted, refuse_other_sites, words
from mailer.web.front import AtFront

router = APIRouter()


@router.api_route("/move/{token}", methods=["GET", "HEAD"])
def show_move(token: str, front: AtFront) -> Response:
    """Asks whoever has the new address."""
    return front.pages.page("move", change=moving.asked(front.app, token, front.clock()))


@router.post("/move/{token}")
def move(token: str, form: Posted, request: Request, front: AtFront) -> Response:
    """The letters go to the new address."""
    refuse_other_sites(request, front.app.config.public_url)
    if words(form, "action") != ["move"]:
        raise HTTPException(400)
    moving.confirm(front.app, token, front.clock())
    return front.pages.page("move", change=moving.asked(front.app, token, front.clock()))


@router.api_route("/back/{token}", methods=["GET", "HEAD"])
def show_move_back(token: str, front: AtFront) -> Response:
    """Asks whoever has the old address."""
    return front.pages.page("move_back", change=moving.done(front.app, token, front.clock()))


@router.post("/back/{token}")
def move_back(token: str, form: Posted, request: Request, front: AtFront) -> Response:
    """The letters go to the old address again."""
    refuse_other_sites(request, front.app.config.public_url)
    if words(form, "action") != ["back"]:
        raise HTTPException(400)
    moving.undo(front.app, token, front.clock())
    return front.pages.page("move_back", change=moving.done(front.app, token, front.clock()))
