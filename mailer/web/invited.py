"""The two pages behind the banner of a letter that came without being asked for: subscribe, or never again.

A GET shows one button, only a POST acts.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from mailer.domain.tokens import Purpose
from mailer.services import subscriptions
from mailer.web.forms import Posted, refuse_other_sites
from mailer.web.front import AtFront
from mailer.web.readers import act_on_leaving

router = APIRouter()


@router.api_route("/p/{token}/join", methods=["GET", "HEAD"])
def show_join(token: str, front: AtFront) -> Response:
    """Asks; scanners that follow the link change nothing."""
    return front.pages.page("invited", invitation=subscriptions.look(front.app, token, front.clock()), done=False)


@router.post("/p/{token}/join")
def join(token: str, request: Request, front: AtFront) -> Response:
    """Subscribes the reader of the letter to it."""
    refuse_other_sites(request, front.app.config.public_url)
    return front.pages.page("invited", invitation=subscriptions.accept(front.app, token, front.clock()), done=True)


@router.api_route("/u/{token}/never", methods=["GET", "HEAD"])
def show_never(token: str, front: AtFront) -> Response:
    """Asks; scanners that follow the link change nothing."""
    standing = subscriptions.standing(front.app, token, Purpose.LEAVE, front.clock())
    return front.pages.page("never", standing=standing)


@router.post("/u/{token}/never")
def never(token: str, form: Posted, request: Request, front: AtFront) -> Response:
    """What the pressed button says: the same buttons as behind the link to leave."""
    return act_on_leaving(front, token, form, request)
