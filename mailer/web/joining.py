"""Asking for a letter, confirming it, finding one's choices again. A GET shows, only a POST acts.

Forms on other sites may post here, so there is nothing to steal: whoever asks learns nothing, and only the owner of
the mailbox can confirm. Decision 16.
"""

from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mailer.app import App
from mailer.domain.joining import Way, host_of
from mailer.domain.tokens import Purpose
from mailer.errors import BadToken, Refused
from mailer.language import N_, by_when
from mailer.services import joining, measuring
from mailer.services.joining import Ask, Offer, Stage, Taken
from mailer.web.forms import Posted, refuse_other_sites, words
from mailer.web.front import AtFront, Front
from mailer.web.invitations import invitation
from mailer.web.pages import Pages

router = APIRouter()

Slug = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]

TRAP = "comment"
"""A field that no person sees. What fills it fills everything."""
QUICKEST = timedelta(seconds=2)
LONGEST = 320
"""Characters of what was typed that are shown again."""
ONE_HOUR = timedelta(hours=1)

NO_ADDRESS = N_("This does not look like an e-mail address. One looks like this: name@example.org.")
NO_CHOICE = N_("Tick at least one letter.")
TOO_QUICK = N_("That was very quick, and machines are quick. If you are not one, press the button again.")
FRESH = {"Cache-Control": "no-store"}


@router.api_route("/subscribe", methods=["GET", "HEAD"])
def show_all_letters(front: AtFront) -> Response:
    """Every public letter, none ticked."""
    return _form(front, joining.offer(front.app), frozenset())


@router.api_route("/subscribe/{list_slug}", methods=["GET", "HEAD"])
def show_letter(list_slug: Slug, front: AtFront) -> Response:
    """One field and a choice of letters; the one of the page is ticked, because it is the one that was asked for."""
    return _form(front, joining.offer(front.app, list_slug), frozenset([list_slug]))


@router.post("/subscribe")
def ask(form: Posted, request: Request, front: AtFront) -> Response:
    """From our page, or from a form on another site."""
    return _ask(form, request, front, joining.offer(front.app))


@router.post("/subscribe/{list_slug}")
def ask_for_letter(list_slug: Slug, form: Posted, request: Request, front: AtFront) -> Response:
    """The same; a form that offers no choice is for this letter."""
    return _ask(form, request, front, joining.offer(front.app, list_slug))


@router.api_route("/confirm/{token}", methods=["GET", "HEAD"])
def show_confirmation(token: str, front: AtFront) -> Response:
    """Asks once more, with a button: what follows links without being a person changes nothing."""
    return _stage(front, joining.look(front.app, token, front.clock()))


@router.post("/confirm/{token}")
def confirm(token: str, form: Posted, request: Request, front: AtFront) -> Response:
    """The button."""
    refuse_other_sites(request, front.app.config.public_url)
    if words(form, "action") != ["confirm"]:
        raise HTTPException(400)
    return _stage(front, joining.confirm(front.app, token, front.clock(), measuring.agreement(front.app)))


@router.api_route("/lost", methods=["GET", "HEAD"])
def show_lost(front: AtFront) -> Response:
    """For those who want to choose or leave and have no letter at hand."""
    return front.pages.page("lost", headers=FRESH, typed="", trouble="")


@router.post("/lost")
def find_again(form: Posted, request: Request, front: AtFront) -> Response:
    """A mail with the link, if there is anyone to write to; the page is the same for everyone."""
    refuse_other_sites(request, front.app.config.public_url)
    if any(words(form, TRAP)):
        return front.pages.page("lost_asked", headers=FRESH)
    typed, now = _typed(form), front.clock()
    if wait := front.limits.wait(_visitor(request), now):
        return _busy(front, now, wait)
    try:
        taken = joining.ask_way_back(front.app, typed, now)
    except Refused:
        return front.pages.page("lost", 400, headers=FRESH, typed=_printable(typed), trouble=NO_ADDRESS)
    return front.pages.page("lost_asked", headers=FRESH) if taken is Taken.YES else _busy(front, now, ONE_HOUR)


def form_to_paste(app: App, pages: Pages, list_slug: str, now: datetime) -> str:
    """The form of a public letter for a page of another site. Raises NotFound."""
    shown = joining.form_to_paste(app, list_slug, now)
    return pages.written(
        "form_to_paste.html",
        letter=shown.letter,
        letters=shown.letters,
        wording=shown.wording,
        measure_wording=measuring.shown_wording(app)[0],
        public_url=app.config.public_url,
    )


def _ask(form: FormData, request: Request, front: Front, shown: Offer) -> Response:
    if any(words(form, TRAP)):
        return front.pages.page("asked", headers=FRESH)
    now = front.clock()
    if wait := front.limits.wait(_visitor(request), now):
        return _busy(front, now, wait)
    ticked = _ticked(form, shown)
    if trouble := _trouble(front, form, ticked, now):
        return _form(front, shown, ticked, form, trouble)
    try:
        taken = joining.ask(front.app, _what(front, form, request, ticked), now)
    except BadToken:
        raise
    except Refused:
        return _form(front, shown, ticked, form, NO_ADDRESS)
    return front.pages.page("asked", headers=FRESH) if taken is Taken.YES else _busy(front, now, ONE_HOUR)


def _what(front: Front, form: FormData, request: Request, ticked: frozenset[str]) -> Ask:
    ours = _shown_at(front, form) is not None
    return Ask(
        text=_typed(form),
        letters=ticked,
        way=Way.PAGE if ours else Way.FORM,
        origin="" if ours else host_of(request.headers.get("origin")),
        version="".join(words(form, "wording")[:1]),
        measure_wanted=words(form, "measure") == ["yes"],
    )


def _ticked(form: FormData, shown: Offer) -> frozenset[str]:
    """Letters that are there; of a form without boxes, the one that its address names."""
    if not words(form, "letter") and not words(form, "choice") and shown.letter is not None:
        return frozenset([shown.letter.slug])
    return frozenset(words(form, "letter")) & {one.slug for one in shown.letters}


def _trouble(front: Front, form: FormData, ticked: frozenset[str], now: datetime) -> str:
    if not ticked:
        return NO_CHOICE
    shown_at = _shown_at(front, form)
    if shown_at is not None and timedelta() <= now - shown_at < QUICKEST:
        return TOO_QUICK
    return ""


def _shown_at(front: Front, form: FormData) -> datetime | None:
    """When our page was shown, by our own signature; None for whatever else posts."""
    try:
        seconds = front.app.keyring.read(Purpose.FORM, "".join(words(form, "shown")[:1]))
        return datetime.fromtimestamp(seconds, front.app.config.zone)
    except (BadToken, OverflowError, ValueError):
        return None


def _form(
    front: Front, shown: Offer, ticked: frozenset[str], form: FormData | None = None, trouble: str = ""
) -> Response:
    """The form, new or with what was typed. A second try counts from the first showing."""
    seen = "".join(words(form, "shown")[:1]) if form is not None and _shown_at(front, form) is not None else ""
    carried = invitation(front) | ({"shown": seen} if seen else {})
    return front.pages.page(
        "subscribe",
        400 if trouble else 200,
        headers=FRESH,
        letters=shown.letters,
        letter=shown.letter,
        ticked=ticked,
        typed=_printable(_typed(form)) if form is not None else "",
        trouble=trouble,
        trouble_of="choice" if trouble == NO_CHOICE else "address" if trouble == NO_ADDRESS else "",
        **carried,
    )


def _stage(front: Front, one: joining.Joining) -> Response:
    name = {Stage.OPEN: "confirm", Stage.DONE: "confirmed", Stage.ALREADY_DONE: "confirmed"}.get(one.stage, "expired")
    return front.pages.page(name, joining=one)


def _busy(front: Front, now: datetime, wait: timedelta) -> Response:
    config = front.app.config
    # To the next whole minute: an hour that is said is one at which it works.
    again = now + wait + timedelta(seconds=59)
    when = by_when(config.language, again, now, config.zone)
    headers = FRESH | {"Retry-After": str(int(wait.total_seconds()) + 1)}
    return front.pages.page("busy", 429, headers=headers, when=when)


def _typed(form: FormData) -> str:
    return "".join(words(form, "email")[:1])


def _printable(typed: str) -> str:
    """As it may be shown again: no control character, and no novel."""
    return "".join(one for one in typed[:LONGEST] if one.isprintable())


def _visitor(request: Request) -> str:
    """Whose limits count. A proxy in another container is believed here: nothing but these limits hangs on it."""
    host = request.client.host if request.client else ""
    told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return told if told and _is_private(host) else host


def _is_private(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return False
