"""The page where somebody who was silent for years says that they stay. Only a POST acts."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mailer.services import rights
from mailer.web.forms import Posted, refuse_other_sites, words
from mailer.web.front import AtFront

router = APIRouter()


@router.api_route("/stay/{token}", methods=["GET", "HEAD"])
def show_question(token: str, front: AtFront) -> Response:
    """Asks whether we may keep the address."""
    return front.pages.page("stay", question=rights.question(front.app, token))


@router.post("/stay/{token}")
def stay(token: str, form: Posted, request: Request, front: AtFront) -> Response:
    """We may."""
    refuse_other_sites(request, front.app.config.public_url)
    if words(form, "action") != ["stay"]:
        raise HTTPException(400)
    return front.pages.page("stay", question=rights.stay(front.app, token, front.clock()))
