"""In and out: the login with its two steps, and the link by which somebody chooses a password."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from mailer.errors import Refused
from mailer.language import N_
from mailer.services import accounts
from mailer.services.accounts import Step
from mailer.web.desk.entry import COOKIE, AtDesk, AtThreshold, Threshold, safe_next
from mailer.web.forms import Posted, one_word
from mailer.web.headers import DESK_PATH

router = APIRouter()

LOGGED_OUT = N_("You are logged out. Until next time.")
NOT_TWICE = N_("The two passwords are not the same. Type it again, twice.")


@router.get("/login")
def show_login(desk: AtThreshold, next: str = DESK_PATH, bye: bool = False) -> Response:
    """Asks who is there."""
    if desk.visitor is not None:
        return RedirectResponse(safe_next(next), 303)
    return _login(desk, next=safe_next(next), sentences=[desk.pages.said(LOGGED_OUT)] if bye else [])


@router.post("/login")
def log_in(form: Posted, desk: AtThreshold) -> Response:
    """Name and password; the code is asked for on the next page."""
    name, wanted = one_word(form, "name"), safe_next(one_word(form, "next"))
    try:
        token = accounts.log_in(desk.app, name, one_word(form, "password"), desk.host, desk.agent, desk.now)
    except Refused as refused:
        return _login(desk, 422, name=name, next=wanted, sentences=desk.told(refused))
    return desk.let_in(token, wanted)


@router.get("/login/code")
def show_second_step(desk: AtThreshold, next: str = DESK_PATH) -> Response:
    """Asks for the code of the telephone."""
    if desk.visitor is None or desk.visitor.step is not Step.CODE:
        return RedirectResponse(safe_next(next), 303)
    return desk.page("code", next=safe_next(next), sentences=[])


@router.post("/login/code")
def second_step(form: Posted, desk: AtThreshold) -> Response:
    """Takes the code, once."""
    if desk.visitor is None:
        return RedirectResponse("/desk/login", 303)
    wanted = safe_next(one_word(form, "next"))
    try:
        token = accounts.show_code(desk.app, desk.visitor, one_word(form, "code"), desk.host, desk.now)
    except Refused as refused:
        return desk.page("code", 422, next=wanted, sentences=desk.told(refused))
    return desk.let_in(token, wanted)


@router.post("/logout")
def log_out(desk: AtDesk) -> Response:
    """This browser is out."""
    accounts.log_out(desk.app, desk.visitor, desk.now)
    answer = RedirectResponse("/desk/login?bye=1", 303)
    answer.delete_cookie(COOKIE, path=DESK_PATH)
    return answer


@router.get("/invitation/{token}")
def show_invitation(token: str, desk: AtThreshold) -> Response:
    """Whoever has the link chooses a password. Looking changes nothing."""
    return desk.page("invitation", account=accounts.look(desk.app, token, desk.now), sentences=[])


@router.post("/invitation/{token}")
def take_invitation(token: str, form: Posted, desk: AtThreshold) -> Response:
    """The password is chosen, and its owner is in."""
    password = one_word(form, "password")
    try:
        if password != one_word(form, "again"):
            raise Refused(NOT_TWICE)
        session = accounts.accept(desk.app, token, password, desk.agent, desk.now)
    except Refused as refused:
        account = accounts.look(desk.app, token, desk.now)
        return desk.page("invitation", 422, account=account, sentences=desk.told(refused))
    return desk.let_in(session, DESK_PATH)


def _login(desk: Threshold, status: int = 200, **values: object) -> Response:
    return desk.page("login", status, **{"name": "", **values})
