"""The pages behind a letter's personal links: leave, oppose, choose one's letters. A GET shows, only a POST acts."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mailer.domain.tokens import Purpose
from mailer.errors import BadToken
from mailer.services import subscriptions
from mailer.web.forms import Posted, refuse_other_sites, words
from mailer.web.front import AtFront, Front

router = APIRouter()

ONE_CLICK_FIELD, ONE_CLICK = "List-Unsubscribe", "One-Click"


@router.api_route("/u/{token}", methods=["GET", "HEAD"])
def show_leave(token: str, front: AtFront) -> Response:
    """Asks; scanners that follow the link change nothing."""
    standing = subscriptions.standing(front.app, token, Purpose.LEAVE)
    return front.pages.page("leave", standing=standing)


@router.post("/u/{token}")
def leave(token: str, form: Posted, request: Request, front: AtFront) -> Response:
    """A mail program's one-click (RFC 8058), or the button of the page."""
    if ONE_CLICK in words(form, ONE_CLICK_FIELD):
        return _one_click(front, token)
    refuse_other_sites(request, front.app.config.public_url)
    match words(form, "action"):
        case ["leave"]:
            standing = subscriptions.leave(front.app, token, front.clock())
        case ["oppose"]:
            standing = subscriptions.oppose(front.app, token, front.clock())
        case _:
            raise HTTPException(400)
    return front.pages.page("left", standing=standing)


@router.api_route("/p/{token}", methods=["GET", "HEAD"])
def show_letters(token: str, front: AtFront) -> Response:
    """A box for each public letter, ticked where the reader gets it."""
    standing = subscriptions.standing(front.app, token, Purpose.PREFERENCES)
    return front.pages.page("letters", standing=standing, saved=False)


@router.post("/p/{token}")
def choose_letters(token: str, form: Posted, request: Request, front: AtFront) -> Response:
    """From now on exactly the letters that are ticked."""
    refuse_other_sites(request, front.app.config.public_url)
    if words(form, "action") != ["choose"]:
        # No box ticked is a choice; an empty body is not.
        raise HTTPException(400)
    chosen = frozenset(words(form, "letter"))
    standing = subscriptions.choose(front.app, token, chosen, front.clock())
    return front.pages.page("letters", standing=standing, saved=True)


def _one_click(front: Front, token: str) -> Response:
    try:
        subscriptions.leave(front.app, token, front.clock())
    except BadToken:
        # The same answer to the byte: a list of guesses learns nothing (RFC 8058 §4).
        return front.pages.page("one_click")
    return front.pages.page("one_click")
