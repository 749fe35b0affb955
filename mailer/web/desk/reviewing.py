"""A letter read before it leaves: by a link, without account, or at the desk; comments beside blocks."""

from urllib.parse import quote, unquote

from fastapi import APIRouter
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mailer.domain.accounts import Action
from mailer.errors import BadFiles, MailerError
from mailer.language import N_
from mailer.services import proofing, reviewing
from mailer.services.reviewing import LONGEST_NAME, Reading
from mailer.web.desk.entry import AtDesk, AtThreshold, Desk, Threshold
from mailer.web.forms import Posted, one_word

router = APIRouter()

THANKS = N_("Noted, thank you. Whoever prepares the letter sees it.")
READ = N_("Noted: you have read this letter. Thank you.")
SETTLED = N_("Settled.")
NAME_COOKIE_AGE = 15 * 86_400


@router.get("/review/{token}")
def show(token: str, desk: AtThreshold, said: str = "") -> Response:
    """The letter, and beside each of its blocks what was said and a field to say more."""
    name = reviewing.behind(desk.app, token, desk.now)
    flash = [desk.pages.said({"read": READ}.get(said, THANKS))] if said else []
    return _page(desk, name, f"/desk/review/{token}", who=unquote(desk.request.cookies.get("reader", "")), flash=flash)


@router.get("/review/{token}/letter")
def letter(token: str, desk: AtThreshold) -> HTMLResponse:
    """The letter alone, for the frame."""
    return _letter(desk, reviewing.behind(desk.app, token, desk.now))


@router.post("/review/{token}")
def answer(token: str, form: Posted, desk: AtThreshold) -> Response:
    """A comment, or « I have read it »."""
    name = reviewing.behind(desk.app, token, desk.now)
    path, who = f"/desk/review/{token}", one_word(form, "who")
    try:
        said = _take(desk, name, who, one_word(form, "action"), one_word(form, "block"), one_word(form, "words"))
    except MailerError as error:
        typed = {"block": one_word(form, "block"), "words": one_word(form, "words")}
        return _page(desk, name, path, 422, who=who, sentences=desk.told(error), typed=typed)
    going = RedirectResponse(f"{path}?said={said}", 303)
    going.set_cookie(
        "reader", quote(who[:LONGEST_NAME]), max_age=NAME_COOKIE_AGE, path=path, httponly=True, samesite="lax"
    )
    return going


@router.get("/issues/{campaign}/{slug}/read")
def show_at_desk(campaign: str, slug: str, desk: AtDesk) -> Response:
    """The same for somebody who has an account."""
    return _page(desk, f"{campaign}/{slug}", f"/desk/issues/{campaign}/{slug}/read", who=desk.account.name)


@router.post("/issues/{campaign}/{slug}/read")
def answer_at_desk(campaign: str, slug: str, form: Posted, desk: AtDesk) -> Response:
    """A comment in one's own name; one of somebody's settled."""
    desk.need(Action.REVIEW)
    name, path = f"{campaign}/{slug}", f"/desk/issues/{campaign}/{slug}/read"
    action, block = one_word(form, "action"), one_word(form, "block")
    if action == "settle" and block.isdecimal():
        desk.need(Action.WRITE)
        reviewing.settle(desk.app, name, int(block), desk.account.name, desk.now)
        return desk.go(path, SETTLED)
    try:
        said = _take(desk, name, desk.account.name, action, block, one_word(form, "words"))
    except MailerError as error:
        typed = {"block": block, "words": one_word(form, "words")}
        return _page(desk, name, path, 422, who=desk.account.name, sentences=desk.told(error), typed=typed)
    return desk.go(path, READ if said == "read" else THANKS)


def _take(desk: Threshold, name: str, who: str, action: str, block: str, words: str) -> str:
    if action == "read":
        reviewing.read(desk.app, name, who, desk.now)
        return "read"
    reviewing.say(desk.app, name, int(block) if block.isdecimal() else 0, who, words, desk.now)
    return "comment"


def _page(desk: Threshold, name: str, path: str, status: int = 200, **values: object) -> Response:
    try:
        reading: Reading | None = reviewing.look(desk.app, name)
    except BadFiles:
        # Somebody is in the middle of correcting it.
        reading = None
    at_desk = isinstance(desk, Desk)
    frame = f"{path.removesuffix('/read')}/letter"
    given = {"sentences": [], "typed": {"block": "", "words": ""}, **values}
    return desk.page("review", status, name=name, path=path, frame=frame, reading=reading, at_desk=at_desk, **given)


def _letter(desk: Threshold, name: str) -> HTMLResponse:
    try:
        return desk.letter(proofing.look(desk.app, name, desk.now).html)
    except BadFiles as mistakes:
        return desk.letter(desk.pages.written("_no_letter.html", sentences=desk.told(mistakes)))
