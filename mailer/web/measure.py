"""The pages where a reader says whether they may be counted. A GET shows, only a POST acts."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mailer.services import measuring
from mailer.web.forms import Posted, refuse_other_sites, words
from mailer.web.front import AtFront

router = APIRouter()

ANSWERS = {"yes": True, "no": False}


@router.api_route("/p/{token}/measure", methods=["GET", "HEAD"])
def show_choice(token: str, front: AtFront) -> Response:
    """What the list does, what the reader said, and the button for the contrary."""
    return front.pages.page("measure", standing=measuring.standing(front.app, token), saved=False)


@router.post("/p/{token}/measure")
def choose(token: str, form: Posted, request: Request, front: AtFront) -> Response:
    """Yes or no, at once."""
    refuse_other_sites(request, front.app.config.public_url)
    allowed = ANSWERS.get("+".join(words(form, "measure")))
    if allowed is None:
        raise HTTPException(400)
    standing = measuring.choose(front.app, token, allowed=allowed, now=front.clock())
    return front.pages.page("measure", standing=standing, saved=True)


@router.api_route("/m/{token}", methods=["GET", "HEAD"])
def show_letter(token: str, front: AtFront) -> Response:
    """Asks whether this one letter is to be left out."""
    return front.pages.page("measure_letter", counted=measuring.is_counted(front.app, token), saved=False)


@router.post("/m/{token}")
def refuse_letter(token: str, form: Posted, request: Request, front: AtFront) -> Response:
    """Leaves it out, and erases what was counted of it."""
    refuse_other_sites(request, front.app.config.public_url)
    if words(form, "action") != ["refuse"]:
        raise HTTPException(400)
    measuring.refuse_letter(front.app, token, front.clock())
    return front.pages.page("measure_letter", counted=False, saved=True)
