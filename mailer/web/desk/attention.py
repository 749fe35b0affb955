"""« Envois à décider » and « Alertes »: what waits for a person's word, in one place each."""

from fastapi import APIRouter
from starlette.responses import Response

from mailer.domain.accounts import Action
from mailer.domain.deliveries import DeliveryState
from mailer.errors import MailerError, Refused
from mailer.language import N_, number
from mailer.services import accounts, publishing
from mailer.store.alerts import AlertRow
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.forms import Posted, one_word

router = APIRouter()

SETTLED_SENT = N_("{issue}: {count} letters count as sent. They never leave again.")
SETTLED_AGAIN = N_("{issue}: {count} letters leave again with the next send.")
OTHER_COUNT = N_("Of {count} letters nobody knows now, which is not the number that you saw. Look again, then press.")

TO_DO = {
    "relay": N_("Letters wait and none is lost. Look at the health page; if it lasts, call whoever runs the relay."),
    "issue": N_("Open its page: the letter is paused there, and goes on when you say so."),
    "mailbox of returns": N_("Returned letters are not read meanwhile. Have the password of that mailbox looked at."),
    "complaints": N_("Before the next letter, ask yourselves who received this one without wishing to."),
    "content refused": N_("Make the letter lighter or correct it; no reader is at fault."),
    "family": N_("Under « Returns » you may let letters leave again. Their readers lose nothing by waiting."),
    "domain": N_("Write to the postmaster of this domain. When it is settled, say so under « Returns »."),
    "clock": N_("Open the issues: what is missing stands beside each."),
}
"""By how the kind of an alert begins."""


@router.get("/deliveries/")
def show_unknown(desk: AtDesk) -> Response:
    """Letters of which nobody knows whether they left, by issue and address."""
    return _unknown(desk)


@router.post("/deliveries/{campaign}/{slug}")
def settle(campaign: str, slug: str, form: Posted, desk: AtDesk) -> Response:
    """They left, or they are queued again: for as many as the button said."""
    desk.need(Action.DECIDE)
    name = f"{campaign}/{slug}"
    if not desk.first_press(form):
        return desk.again("/desk/deliveries/")
    sent = one_word(form, "as") == "sent"
    try:
        count = publishing.to_decide(desk.app).get(name, 0)
        if count and one_word(form, "count") != str(count):
            raise Refused(OTHER_COUNT, count=number(desk.app.config.language, count))
        to = DeliveryState.SENT if sent else DeliveryState.QUEUED
        settled = publishing.settle(desk.app, name, to, desk.now)
    except MailerError as error:
        return _unknown(desk, 409, desk.told(error))
    accounts.note(desk.app, desk.visitor, "settled", name, desk.now)
    said = SETTLED_SENT if sent else SETTLED_AGAIN
    return desk.go("/desk/deliveries/", said, issue=name, count=number(desk.app.config.language, settled))


@router.get("/alerts/")
def show_alerts(desk: AtDesk) -> Response:
    """What rang and is not over, with what to do."""
    found = publishing.open_alerts(desk.app, of_clock=True)
    lines = [(desk.plain(one.sentence, one.values), one.raised_at, *_what_to_do(desk, one)) for one in found]
    return desk.page("alerts", lines=lines)


def _unknown(desk: Desk, status: int = 200, sentences: list[str] | None = None) -> Response:
    desk.need(Action.DECIDE)
    issues = [publishing.show(desk.app, name) for name in publishing.to_decide(desk.app)]
    return desk.page("deliveries", status, issues=issues, sentences=sentences or [])


def _what_to_do(desk: Desk, alert: AlertRow) -> tuple[str, str]:
    """A sentence, and the page where it is done."""
    kind = next((one for one in TO_DO if alert.kind.startswith(one)), "")
    said = desk.pages.said(TO_DO[kind]) if kind else ""
    if kind in ("family", "domain"):
        return said, "/desk/returns/" if desk.may(Action.PEOPLE) else ""
    if kind in ("relay", "mailbox of returns"):
        return said, "/desk/health" if desk.may(Action.INSTALLATION) else ""
    issue = alert.values.get("issue")
    return said, f"/desk/issues/{issue}" if issue else "/desk/issues/"
