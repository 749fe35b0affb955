"""« À vérifier »: the rows of imported files that wait for a person, taken or left out one by one."""

from fastapi import APIRouter
from starlette.responses import Response

from mailer.domain.accounts import Action
from mailer.errors import MailerError
from mailer.language import N_
from mailer.services import people
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.desk.wording import plain_words
from mailer.web.forms import Posted, one_word

router = APIRouter(prefix="/contacts/to-check")

MOST_SHOWN = 50
TAKEN = N_("Taken: this row is a contact now.")
DROPPED = N_("Left out: nobody is written to for this row.")
DECIDED = N_("Somebody decided about this row before you.")


@router.get("/")
def show(desk: AtDesk) -> Response:
    """Those that wait, oldest import first."""
    desk.need(Action.PEOPLE)
    return _page(desk)


@router.post("/{number}")
def decide(number: int, form: Posted, desk: AtDesk) -> Response:
    """One row becomes a contact, or nobody."""
    desk.need(Action.PEOPLE)
    path, taken = "/desk/contacts/to-check/", one_word(form, "action") == "take"
    if not desk.first_press(form):
        return desk.again(path)
    if number not in {row.number for row in people.to_check(desk.app)}:
        return desk.go(path, DECIDED)
    address = one_word(form, "address").strip()
    try:
        if taken:
            people.take(desk.app, number, desk.now, address)
        else:
            people.drop(desk.app, number, desk.now)
    except MailerError as error:
        return _page(desk, 422, number, address, desk.told(error))
    return desk.go(path, TAKEN if taken else DROPPED)


def _page(
    desk: Desk, status: int = 200, number: int = 0, address: str = "", sentences: list[str] | None = None
) -> Response:
    rows = people.to_check(desk.app)
    language = desk.app.config.language
    shown = [(row, plain_words(language, row.sentence, row.details)) for row in rows[:MOST_SHOWN]]
    # What somebody just typed stays before their eyes.
    shown.sort(key=lambda one: one[0].number != number)
    return desk.page(
        "to_check", status, rows=shown, total=len(rows), typed={number: address}, sentences=sentences or []
    )
