"""The pages behind a letter's personal links: leave, undo, choose one's letters. A GET shows, only a POST acts."""

import logging
from collections.abc import Callable, Mapping
from datetime import date

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mailer.domain.choices import REASONS, LeaveReason, LeaveWay, pause_of_months, pause_until
from mailer.domain.tokens import Purpose
from mailer.errors import BadToken, ReaderRefused
from mailer.language import N_
from mailer.services import measuring, moving, rights, subscriptions
from mailer.web.forms import Posted, refuse_other_sites, words
from mailer.web.front import AtFront, Front

router = APIRouter()
log = logging.getLogger(__name__)

ONE_CLICK_FIELD, ONE_CLICK = "List-Unsubscribe", "One-Click"

NOT_A_DAY = N_("We did not understand the day. Write it as year-month-day, for instance 2027-03-01.")

Action = Callable[[Front, str, FormData], Response]
"""What a button does: at the front, for the reader of a token, with what was posted."""


@router.api_route("/u/{token}", methods=["GET", "HEAD"])
def show_leave(token: str, front: AtFront) -> Response:
    """Asks; scanners that follow the link change nothing."""
    standing = subscriptions.standing(front.app, token, Purpose.LEAVE, front.clock())
    return front.pages.page("leave", standing=standing)


@router.post("/u/{token}")
def leave(token: str, form: Posted, request: Request, front: AtFront) -> Response:
    """A mail program's one-click (RFC 8058), or a button of the page."""
    if ONE_CLICK in words(form, ONE_CLICK_FIELD):
        return _one_click(front, token)
    return act_on_leaving(front, token, form, request)


def act_on_leaving(front: Front, token: str, form: FormData, request: Request) -> Response:
    """What a button behind a link to leave says. A post without one does nothing."""
    return _act(LEAVE_ACTIONS, front, token, form, request)


@router.api_route("/p/{token}", methods=["GET", "HEAD"])
def show_letters(token: str, front: AtFront) -> Response:
    """A box for each letter, ticked where the reader gets it; rhythm, address and data below."""
    standing = subscriptions.standing(front.app, token, Purpose.PREFERENCES, front.clock())
    return front.pages.page("letters", standing=standing, saved=False)


@router.post("/p/{token}")
def choose_letters(token: str, form: Posted, request: Request, front: AtFront) -> Response:
    """What the pressed button says. A post without one does nothing."""
    return _act(LETTER_ACTIONS, front, token, form, request)


def _act(actions: Mapping[str, Action], front: Front, token: str, form: FormData, request: Request) -> Response:
    refuse_other_sites(request, front.app.config.public_url)
    named = words(form, "action")
    if len(named) != 1 or named[0] not in actions:
        # No box ticked is a choice; an empty body is not.
        raise HTTPException(400)
    return actions[named[0]](front, token, form)


def _one_click(front: Front, token: str) -> Response:
    try:
        subscriptions.leave(front.app, token, front.clock(), LeaveWay.ONE_CLICK)
    except BadToken:
        # The same answer to the byte: a list of guesses learns nothing (RFC 8058 §4).
        return front.pages.page("one_click")
    return front.pages.page("one_click")


def _leave(front: Front, token: str, _: FormData) -> Response:
    return _left(front, subscriptions.leave(front.app, token, front.clock()))


def _oppose(front: Front, token: str, _: FormData) -> Response:
    return _left(front, subscriptions.oppose(front.app, token, front.clock()))


def _undo(front: Front, token: str, form: FormData) -> Response:
    standing = subscriptions.undo(front.app, token, _one(form, "undo"), front.clock())
    return front.pages.page("back", standing=standing)


def _say_reason(front: Front, token: str, form: FormData) -> Response:
    if _one(form, "reason") not in set(LeaveReason):
        raise HTTPException(400)
    reason, said = LeaveReason(_one(form, "reason")), " ".join(words(form, "words"))
    standing = subscriptions.say_reason(front.app, token, _one(form, "undo"), reason, said, front.clock())
    return _left(front, standing, said=True)


def _choose(front: Front, token: str, form: FormData) -> Response:
    chosen, shown = frozenset(words(form, "letter")), frozenset(words(form, "shown")) or None
    return _letters(front, subscriptions.choose(front.app, token, chosen, front.clock(), shown))


def _pause(front: Front, token: str, form: FormData) -> Response:
    now, zone = front.clock(), front.app.config.zone
    months = words(form, "months")
    if months:
        until = pause_of_months(int(months[0]) if months[0].isdecimal() else 0, now, zone)
    else:
        until = pause_until(_day(_one(form, "until")), now, zone)
    return _letters(front, subscriptions.pause(front.app, token, until, now))


def _resume(front: Front, token: str, _: FormData) -> Response:
    return _letters(front, subscriptions.resume(front.app, token, front.clock()))


def _monthly(front: Front, token: str, _: FormData) -> Response:
    return _letters(front, subscriptions.one_a_month(front.app, token, True, front.clock()))


def _all(front: Front, token: str, _: FormData) -> Response:
    return _letters(front, subscriptions.one_a_month(front.app, token, False, front.clock()))


def _move(front: Front, token: str, form: FormData) -> Response:
    moving.ask(front.app, token, _one(form, "address"), front.clock())
    return front.pages.page("mail_sent", what="move")


def _data(front: Front, token: str, _: FormData) -> Response:
    rights.send_link(front.app, token, front.clock())
    return front.pages.page("mail_sent", what="data")


def _measure(front: Front, token: str, _: FormData) -> Response:
    standing = measuring.standing(front.app, token)
    return front.pages.page("measure", standing=standing, saved=False, action=f"/p/{token}/measure")


LEAVE_ACTIONS: dict[str, Action] = {"leave": _leave, "oppose": _oppose, "undo": _undo, "reason": _say_reason}

LETTER_ACTIONS: dict[str, Action] = {
    "choose": _choose,
    "pause": _pause,
    "resume": _resume,
    "monthly": _monthly,
    "all": _all,
    "move": _move,
    "data": _data,
    "measure": _measure,
}
"""By the name of the button."""


def _left(front: Front, standing: subscriptions.Standing, *, said: bool = False) -> Response:
    return front.pages.page("left", standing=standing, reasons=REASONS.items(), said=said)


def _letters(front: Front, standing: subscriptions.Standing) -> Response:
    return front.pages.page("letters", standing=standing, saved=True)


def _one(form: FormData, name: str) -> str:
    """The one text under a name. Raises 400 where there is none, or several."""
    found = words(form, name)
    if len(found) != 1:
        raise HTTPException(400)
    return found[0]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ReaderRefused(NOT_A_DAY) from error
