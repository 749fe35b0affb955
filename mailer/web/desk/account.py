"""One's own account: the telephone that makes codes, the password, the browsers that are logged in."""

from fastapi import APIRouter
from starlette.responses import Response

from mailer.errors import Refused
from mailer.language import N_
from mailer.services import accounts
from mailer.services.accounts import Step, Visitor
from mailer.web.desk.entry import AtDesk, AtThreshold, Desk, GoElsewhere, Threshold
from mailer.web.forms import Posted, one_word

router = APIRouter()

CHANGED = N_("Your new password holds from now on. Every other browser was logged out.")
OTHERS_OUT = N_("Every other browser is logged out.")


@router.get("/account")
def show_account(desk: AtDesk) -> Response:
    """Who one is here, and where one is logged in."""
    return _account(desk)


@router.post("/account/password")
def change_password(form: Posted, desk: AtDesk) -> Response:
    """Another password; the present one is asked for."""
    try:
        present, wanted = one_word(form, "present"), one_word(form, "password")
        accounts.change_password(desk.app, desk.visitor, present, wanted, desk.host, desk.now)
    except Refused as refused:
        return _account(desk, 422, desk.told(refused))
    return desk.go("/desk/account", CHANGED)


@router.post("/account/others")
def end_others(desk: AtDesk) -> Response:
    """A browser was left open somewhere."""
    accounts.end_others(desk.app, desk.visitor, desk.now)
    return desk.go("/desk/account", OTHERS_OUT)


@router.get("/account/code")
def show_set_up(desk: AtThreshold) -> Response:
    """The square for the telephone, as long as none was set up."""
    return _set_up(desk, _known(desk))


@router.post("/account/code")
def set_up(form: Posted, desk: AtThreshold) -> Response:
    """The telephone shows its first code; the page shows the codes to print, once."""
    visitor = _known(desk)
    try:
        confirmed = accounts.confirm_code(desk.app, visitor, one_word(form, "code"), desk.now)
    except Refused as refused:
        return _set_up(desk, visitor, 422, desk.told(refused))
    return desk.keep(desk.page("codes_to_keep", codes=confirmed.codes), confirmed.session)


def _known(desk: Threshold) -> Visitor:
    """Somebody who showed a password: before the telephone is set up, nothing else is open to them."""
    visitor = desk.visitor
    if visitor is None or visitor.step is Step.CODE or visitor.account.code_since is not None:
        raise GoElsewhere("/desk/account")
    return visitor


def _set_up(desk: Threshold, visitor: Visitor, status: int = 200, sentences: list[str] | None = None) -> Response:
    enrolment = accounts.begin_code(desk.app, visitor)
    return desk.page("code_set_up", status, enrolment=enrolment, visitor=visitor, sentences=sentences or [])


def _account(desk: Desk, status: int = 200, sentences: list[str] | None = None) -> Response:
    browsers, codes_left = accounts.browsers(desk.app, desk.visitor)
    here = desk.visitor.session.id
    return desk.page("account", status, browsers=browsers, here=here, codes_left=codes_left, sentences=sentences or [])
