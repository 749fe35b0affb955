"""« Retours »: what came back, whom to phone, what to try again, which providers wait."""

from collections import Counter
from collections.abc import Mapping
from itertools import groupby

from fastapi import APIRouter
from starlette.responses import Response

from mailer.domain.accounts import Action
from mailer.domain.bounces.verdicts import Kind
from mailer.domain.bounces.wording import CAUSE_NAMES, Cause
from mailer.domain.people import SuppressionReason
from mailer.domain.spreadsheets import spreadsheet
from mailer.errors import MailerError, Refused
from mailer.language import N_
from mailer.services import accounts, publishing, returns
from mailer.store.phoning import ToPhone
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.forms import Posted, one_word

router = APIRouter(prefix="/returns")

MOST_SHOWN = 200
FIGURES = (
    (N_("mailbox full"), (Cause.FULL,)),
    (N_("no longer exists"), (Cause.NO_MAILBOX, Cause.NO_DOMAIN, Cause.MOVED)),
    (N_("refused by the provider"), (Cause.SPAM, Cause.POLICY, Cause.AUTHENTICATION, Cause.THROTTLED)),
    (N_("closed or asleep"), (Cause.DISABLED,)),
)
"""What is counted apart; all else is « other »."""
OTHER, COMPLAINTS = N_("other reasons"), N_("complaints")
REASONS = {
    SuppressionReason.SUSPENDED: N_("suspended: letters came back too often"),
    SuppressionReason.NO_MAILBOX: N_("the mailbox does not exist"),
}
COLUMNS = (N_("Structure"), N_("Name"), N_("Role in it"), N_("Town"), N_("E-mail address"), N_("Since"), N_("Reason"))
SAY_HOW = N_("Say in a few words why {address} is tried again, for instance: she phoned, her mailbox has room again.")
RETRIED = N_("{address} gets the next issue again.")
RESUMED = N_("{name} gets letters again.")


@router.get("/")
def show(desk: AtDesk) -> Response:
    """Figures, whom to phone, what waits."""
    return _returns(desk)


@router.get("/to-phone.csv")
def download(desk: AtDesk) -> Response:
    """The list for whoever phones, by structure, as a spreadsheet opens it."""
    desk.need(Action.PEOPLE)
    rows = [[desk.pages.said(one) for one in COLUMNS], *(_cells(desk, one) for one in returns.to_phone(desk.app))]
    table = spreadsheet(desk.app.config.language, rows)
    named = f'attachment; filename="{desk.today.isoformat()}.csv"'
    return Response(table, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": named})


@router.post("/retry")
def retry(form: Posted, desk: AtDesk) -> Response:
    """An address gets letters again, with the reason of whoever knows."""
    desk.need(Action.PEOPLE)
    if not desk.first_press(form):
        return desk.again("/desk/returns/")
    address, why = one_word(form, "address").strip(), one_word(form, "why").strip()
    try:
        if not why:
            raise Refused(SAY_HOW, address=address)
        written = returns.retry(desk.app, address, desk.now, why)
    except (MailerError, ValueError) as error:
        return _returns(desk, 409, desk.told(error) if isinstance(error, MailerError) else [str(error)])
    # Not the address: whoever asks to be forgotten would stay in the audit.
    accounts.note(desk.app, desk.visitor, "retried", "", desk.now)
    return desk.go("/desk/returns/", RETRIED, address=written)


@router.post("/resume")
def resume(form: Posted, desk: AtDesk) -> Response:
    """A provider gets letters again at once."""
    desk.need(Action.SEND)
    if not desk.first_press(form):
        return desk.again("/desk/returns/")
    try:
        name = returns.resume(desk.app, one_word(form, "provider"), desk.now)
    except MailerError as error:
        return _returns(desk, 409, desk.told(error))
    accounts.note(desk.app, desk.visitor, "provider_resumed", name, desk.now)
    return desk.go("/desk/returns/", RESUMED, name=name)


def _returns(desk: Desk, status: int = 200, sentences: list[str] | None = None) -> Response:
    desk.need(Action.PEOPLE)
    found, waiting = returns.desk(desk.app, desk.now), returns.to_phone(desk.app)
    domains = [one for one in publishing.open_alerts(desk.app) if one.kind.startswith("domain ")]
    return desk.page(
        "returns",
        status,
        since=found.since,
        figures=_figures(found.causes),
        groups=[(name, list(some)) for name, some in groupby(waiting[:MOST_SHOWN], key=lambda one: one.structure)],
        more=max(0, len(waiting) - MOST_SHOWN),
        why=_why,
        providers=returns.paused_providers(desk.app, desk.now),
        domains=domains,
        sentences=sentences or [],
    )


def _figures(causes: Mapping[tuple[str, str | None, str], int]) -> list[tuple[str, int]]:
    named = {cause: name for name, some in FIGURES for cause in some}
    counted: Counter[str] = Counter()
    for (kind, cause, _), count in causes.items():
        if kind == Kind.COMPLAINT:
            counted[COMPLAINTS] += count
        elif cause:
            counted[named.get(Cause(cause), OTHER)] += count
    order = [*(name for name, _ in FIGURES), OTHER, COMPLAINTS]
    return [(name, counted[name]) for name in order if counted[name]]


def _why(one: ToPhone) -> str:
    """The most exact that is known, as a message id."""
    return CAUSE_NAMES[Cause(one.cause)] if one.cause else REASONS[SuppressionReason(one.reason)]


def _cells(desk: Desk, one: ToPhone) -> list[str]:
    since = one.since.astimezone(desk.app.config.zone).date().isoformat()
    return [one.structure, one.name, one.role, one.city, one.address, since, desk.pages.said(_why(one))]
