"""« Doublons »: two contacts that are probably one, beside each other; made one, or kept apart."""

from fastapi import APIRouter
from starlette.responses import Response

from mailer.app.cards import custom_fields
from mailer.domain.accounts import Action
from mailer.errors import MailerError
from mailer.language import N_
from mailer.services import merging
from mailer.web.desk.contacts import LABELS, Number
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.forms import Posted, one_word

router = APIRouter(prefix="/contacts/duplicates")

MOST_SHOWN = 50
MERGED = N_("They are one now. To take them apart again: « Became one with », further down this page.")
APART = N_("They are two, and are not proposed again.")


@router.get("/")
def show_all(desk: AtDesk) -> Response:
    """The most probable ones."""
    desk.need(Action.PEOPLE)
    return desk.page("duplicates", found=merging.probable(desk.app, MOST_SHOWN))


@router.get("/{first}/{second}")
def show(first: Number, second: Number, desk: AtDesk) -> Response:
    """Two of them side by side."""
    desk.need(Action.PEOPLE)
    return _pair(desk, first, second)


@router.post("/{first}/{second}")
def decide(first: Number, second: Number, form: Posted, desk: AtDesk) -> Response:
    """One, which keeps the contact that the button names; or two."""
    desk.need(Action.PEOPLE)
    if not desk.first_press(form):
        return desk.again("/desk/contacts/duplicates/")
    one, other = str(first), str(second)
    try:
        match one_word(form, "action"):
            case "separate":
                merging.separate(desk.app, one, other, desk.now, by=desk.account.name)
                return desk.go("/desk/contacts/duplicates/", APART)
            case "first" | "second" as which:
                kept, gone = (one, other) if which == "first" else (other, one)
                number = merging.merge(desk.app, kept, gone, desk.now, by=desk.account.name)
                desk.note("merged", str(number))
                return desk.go(f"/desk/contacts/{kept}", MERGED)
    except MailerError as error:
        return _pair(desk, first, second, 422, desk.told(error))
    return desk.go("/desk/contacts/duplicates/")


def _pair(desk: Desk, first: int, second: int, status: int = 200, sentences: list[str] | None = None) -> Response:
    pair = merging.side_by_side(desk.app, str(first), str(second))
    own = custom_fields(desk.app)
    return desk.page("duplicate", status, pair=pair, labels=LABELS, own=own, sentences=sentences or [])
