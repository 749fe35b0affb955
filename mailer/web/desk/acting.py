"""What the buttons on an issue's page do: test, have it read, move, approve, hold, release, pause, resume, cancel."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from mailer.domain.accounts import Action
from mailer.domain.deliveries import DeliveryState
from mailer.errors import MailerError, Refused
from mailer.language import N_, moment, number
from mailer.services import accounts, composing, proofing, publishing, reviewing
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.desk.issues import TYPED, issue_page
from mailer.web.forms import Posted, one_word

router = APIRouter(prefix="/issues")

BAD_MOMENT = N_("The day or the hour was not understood. Write the day as 2026-03-04 and the hour as 12:00.")
NO_ADDRESS = N_("Say which address the test letter goes to.")
NOT_AS_SEEN = N_("It would go to {count} readers now, which is not the number that you saw. Look again, then press.")

TESTED = N_("Sent to {addresses}. Look at it in your mailbox: it is marked [TEST] and none of its links acts.")
LINK = N_("Pass this link on: {link} – it works until {until}.")
LINKS_ENDED = N_("No link to this letter works any more.")
MOVED = N_("It will leave on {at}.")
MOVED_VOID = N_("It will leave on {at}. It has to be approved again: its moment is a part of what is approved.")
APPROVED = N_("Approved in your name. It leaves by itself on {at}.")
APPROVED_MORE = N_("Approved in your name. Somebody else must approve it too, from their own account.")
HELD = N_("Held back: it does not leave until somebody approves it again.")
RELEASED = N_("It is on its way to {count} readers.")
PAUSED = N_("Paused: within a second no further letter leaves. Nothing is lost.")
RESUMED = N_("It goes on where it stopped.")
CANCELLED = N_("Stopped for good: what had not left will not leave.")
SETTLED = N_("Decided for {count} letters.")
DESK = N_("at the desk, by {who}")


@dataclass(frozen=True)
class Said:
    """What the next page says first."""

    sentence: str
    values: Mapping[str, object]


Verb = Callable[[Desk, str, FormData], Said]


def act(verb: str, campaign: str, slug: str, form: FormData, desk: Desk) -> Response:
    """What the pressed button says, once; where it cannot be done, the page says why, and all is as before."""
    needed, does, noted = VERBS[verb]
    desk.need(needed)
    name, path = f"{campaign}/{slug}", f"/desk/issues/{campaign}/{slug}"
    if not desk.first_press(form):
        return desk.again(path)
    try:
        said = does(desk, name, form)
    except MailerError as error:
        kept = {key: one_word(form, key) for key in TYPED}
        return issue_page(desk, name, 409, desk.told(error), **kept)
    if noted:
        accounts.note(desk.app, desk.visitor, noted, name, desk.now)
    return desk.go(path, said.sentence, **said.values)


def _test(desk: Desk, name: str, form: FormData) -> Said:
    group = desk.app.config.staff.test_group
    to = list(group) if one_word(form, "group") and group else one_word(form, "to").replace(",", " ").split()
    if not to:
        raise Refused(NO_ADDRESS)
    # This runs in a thread of its own, where no loop is.
    asyncio.run(proofing.send_tests(desk.app, name, to, desk.now))
    return Said(TESTED, {"addresses": ", ".join(to)})


def _ask(desk: Desk, name: str, _: FormData) -> Said:
    link, until = reviewing.ask(desk.app, name, desk.account.name, desk.now, desk.account.id)
    return Said(LINK, {"link": link, "until": _moment(desk, until)})


def _end_links(desk: Desk, name: str, _: FormData) -> Said:
    reviewing.end_links(desk.app, name, desk.now)
    return Said(LINKS_ENDED, {})


def _move(desk: Desk, name: str, form: FormData) -> Said:
    try:
        wanted = datetime.fromisoformat(f"{one_word(form, 'day').strip()}T{one_word(form, 'hour').strip()}")
    except ValueError as error:
        raise Refused(BAD_MOMENT) from error
    if wanted.tzinfo is not None:
        raise Refused(BAD_MOMENT)
    was = publishing.prepare(desk.app, name)
    who, reason = desk.account.name, one_word(form, "reason")
    moved = composing.move(desk.app, name, wanted, reason, who, desk.now, desk.account.id)
    return Said(MOVED_VOID if was.approvals else MOVED, {"at": _moment(desk, moved.slot)})


def _approve(desk: Desk, name: str, form: FormData) -> Said:
    status = publishing.approve(desk.app, name, desk.account.name, desk.now, _count(form))
    preparation = publishing.prepare(desk.app, name)
    if not preparation.is_approved:
        return Said(APPROVED_MORE, {})
    return Said(APPROVED, {"at": _moment(desk, status.slot or preparation.issue.slot)})


def _hold(desk: Desk, name: str, form: FormData) -> Said:
    reason = " ".join(one_word(form, "reason").split()) or desk.pages.said(DESK, {"who": desk.account.name})
    publishing.hold(desk.app, name, reason)
    return Said(HELD, {})


def _release(desk: Desk, name: str, form: FormData) -> Said:
    """The form carries the number that stood on the button."""
    total = publishing.count_audience(desk.app, name).total
    if _count(form) != total:
        raise Refused(NOT_AS_SEEN, count=number(desk.app.config.language, total))
    status = publishing.release(desk.app, name, desk.now)
    return Said(RELEASED, {"count": number(desk.app.config.language, status.audience)})


def _pause(desk: Desk, name: str, _: FormData) -> Said:
    publishing.pause(desk.app, name, desk.now, desk.pages.said(DESK, {"who": desk.account.name}))
    return Said(PAUSED, {})


def _resume(desk: Desk, name: str, _: FormData) -> Said:
    publishing.resume(desk.app, name, desk.now)
    return Said(RESUMED, {})


def _cancel(desk: Desk, name: str, _: FormData) -> Said:
    publishing.cancel(desk.app, name, desk.now)
    return Said(CANCELLED, {})


def _settle(desk: Desk, name: str, form: FormData) -> Said:
    to = DeliveryState.SENT if one_word(form, "as") == "sent" else DeliveryState.QUEUED
    settled = publishing.settle(desk.app, name, to, desk.now)
    return Said(SETTLED, {"count": number(desk.app.config.language, settled)})


VERBS: Mapping[str, tuple[Action, Verb, str]] = {
    "test": (Action.TEST, _test, "tested"),
    "ask": (Action.TEST, _ask, ""),
    "end-links": (Action.TEST, _end_links, ""),
    "move": (Action.SEND, _move, ""),
    "approve": (Action.SEND, _approve, "approved"),
    "hold": (Action.SEND, _hold, "held"),
    "release": (Action.SEND, _release, "released"),
    "pause": (Action.SEND, _pause, "paused"),
    "resume": (Action.SEND, _resume, "resumed"),
    "cancel": (Action.SEND, _cancel, "cancelled"),
    "settle": (Action.DECIDE, _settle, "settled"),
}
"""By the last part of the address: who may, what it does, what the audit says; those without a word note it below."""


def _serve(verb: str) -> None:
    @router.post(f"/{{campaign}}/{{slug}}/{verb}")
    def pressed(campaign: str, slug: str, form: Posted, desk: AtDesk) -> Response:
        return act(verb, campaign, slug, form, desk)


for each in VERBS:
    _serve(each)


def _count(form: FormData) -> int | None:
    """The number of readers as it was typed, spaces between its figures or not; -1 for what is no number."""
    typed = "".join(one_word(form, "count").split())
    if not typed:
        return None
    return int(typed) if typed.isdecimal() and len(typed) < 10 else -1


def _moment(desk: Desk, at: datetime) -> str:
    return moment(desk.app.config.language, at, desk.app.config.zone)
