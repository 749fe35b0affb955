"""« Réglages »: who has keys to the desk, and who did what there."""

from datetime import date

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from mailer.domain.accounts import TWO_STEPS, Action, Role
from mailer.errors import Refused
from mailer.language import N_
from mailer.services import accounts
from mailer.services.accounts import Invited
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.forms import Posted, one_word

router = APIRouter(prefix="/settings")

ROLES = (
    (Role.CONTRIBUTOR, N_("writes issues and comments on them")),
    (Role.EDITOR, N_("writes, has letters read, sends tests, looks after contacts and lists")),
    (Role.REVIEWER, N_("reads letters before they leave and comments on them")),
    (Role.SENDER, N_("all of that; approves, schedules and sends")),
    (Role.ADMIN, N_("all of that; invites people and reads who did what")),
)
ACTIONS = {
    "log_in": N_("logged in"),
    "account_added": N_("made an account"),
    "account_changed": N_("changed an account"),
    "account_reset": N_("sent a new link"),
    "account_ended": N_("ended an account"),
    "password_set": N_("chose a password"),
    "code_set": N_("set up a telephone"),
    "tested": N_("sent a test letter"),
    "review_asked": N_("made a link for readings"),
    "approved": N_("approved the letter"),
    "scheduled": N_("changed the moment"),
    "held": N_("held the letter back"),
    "released": N_("sent the letter off"),
    "paused": N_("paused the letter"),
    "resumed": N_("let the letter go on"),
    "cancelled": N_("stopped the letter for good"),
    "exported": N_("took contacts out as a file"),
    "settled": N_("decided about unknown letters"),
    "retried": N_("had an address tried again"),
    "provider_resumed": N_("had letters leave again for a provider"),
    "contact_exported": N_("took out what is held about contact"),
    "contact_erased": N_("erased contact"),
    "imported": N_("imported a file, import"),
    "import_undone": N_("took back import"),
    "merged": N_("made two contacts one"),
    "taken_apart": N_("took two contacts apart"),
}
"""What the audit says of each thing done."""

BAD_DAY = N_("The last day was not understood. Write it as year-month-day, for instance 2027-01-31, or leave it empty.")
BAD_ROLE = N_("Choose what this person may do.")
CHANGED = N_("{name}: changed. It holds from their next page on.")
ENDED = N_("{name} has no key to the desk any more.")


@router.get("/")
def show(desk: AtDesk) -> Response:
    """Who has keys; what is set where."""
    return _settings(desk)


@router.post("/people")
def add(form: Posted, desk: AtDesk) -> Response:
    """Somebody is invited; the link is shown once, and mailed where an address is given."""
    desk.need(Action.ACCOUNTS)
    if not desk.first_press(form):
        return desk.again("/desk/settings/")
    try:
        role, until = _role(form), _day(form)
        invited = accounts.add(
            desk.app,
            one_word(form, "name"),
            role,
            desk.now,
            email=one_word(form, "email").strip(),
            until=until,
            by=desk.account.name,
        )
    except Refused as refused:
        return _settings(desk, 422, sentences=desk.told(refused), typed=form)
    return _settings(desk, invited=invited)


@router.post("/people/{number}")
def change(number: int, form: Posted, desk: AtDesk) -> Response:
    """What the pressed button says about one account."""
    desk.need(Action.ACCOUNTS)
    name = next((one.name for one in accounts.every(desk.app) if one.id == number), "")
    try:
        return _act(desk, name, form)
    except Refused as refused:
        return _settings(desk, 422, sentences=desk.told(refused))


@router.get("/audit")
def show_audit(desk: AtDesk, before: int | None = None) -> Response:
    """Who did what, a page at a time."""
    desk.need(Action.AUDIT)
    return desk.page("audit", lines=accounts.lines(desk.app, before), actions=ACTIONS, whole=before is None)


def _act(desk: Desk, name: str, form: FormData) -> Response:
    by = desk.account.name
    match one_word(form, "action"):
        case "change":
            email = one_word(form, "email").strip()
            accounts.change(desk.app, name, _role(form), _day(form), email, desk.now, by=by)
            return desk.go("/desk/settings/", CHANGED, name=name)
        case "end":
            accounts.end(desk.app, name, desk.now, by=by)
            return desk.go("/desk/settings/", ENDED, name=name)
        case "reset" | "reset_code" as action:
            if not desk.first_press(form):
                return desk.again("/desk/settings/")
            invited = accounts.reset(desk.app, name, desk.now, code=action == "reset_code", by=by)
            return _settings(desk, invited=invited)
        case _:
            return desk.go("/desk/settings/")


def _settings(
    desk: Desk,
    status: int = 200,
    *,
    invited: Invited | None = None,
    sentences: list[str] | None = None,
    typed: FormData | None = None,
) -> Response:
    people = accounts.every(desk.app) if desk.may(Action.ACCOUNTS) else []
    given = {name: one_word(typed, name) if typed else "" for name in ("name", "email", "role", "until")}
    return desk.page(
        "settings",
        status,
        people=people,
        roles=ROLES,
        two_steps=TWO_STEPS,
        invited=invited,
        sentences=sentences or [],
        typed=given,
    )


def _role(form: FormData) -> Role:
    try:
        return Role(one_word(form, "role"))
    except ValueError as error:
        raise Refused(BAD_ROLE) from error


def _day(form: FormData) -> date | None:
    text = one_word(form, "until").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refused(BAD_DAY) from error
