"""« Numéros »: every issue, and the page of one: where it stands, what comes next, its letter in a frame."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from mailer.domain.accounts import Action
from mailer.domain.deliveries import DeliveryState
from mailer.domain.findings import Finding, Level
from mailer.domain.issues import IssueState
from mailer.errors import BadFiles, NotFound, WrongState
from mailer.services import editing, foretelling, planning, proofing, publishing, reporting, reviewing
from mailer.services.editing import Wanted
from mailer.services.publishing import IssueStatus
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.desk.wording import progress_sentence
from mailer.web.forms import Posted, one_word

router = APIRouter(prefix="/issues")

BACK, AHEAD = timedelta(days=60), timedelta(days=100)
LEFT = (DeliveryState.SENT, DeliveryState.BOUNCED)
WAITING = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING)
TYPED = ("to", "day", "hour", "reason", "count")
"""The fields of an issue's page."""
LEVELS = (Level.ERROR, Level.WARNING, Level.ADVICE)


@dataclass(frozen=True)
class Progress:
    """A released issue as it leaves."""

    status: IssueStatus
    sent: int
    waiting: int
    sentence: str

    @property
    def is_moving(self) -> bool:
        """Whether it is worth looking again in a moment."""
        return self.status.state == IssueState.RELEASED and self.waiting > 0

    @property
    def done(self) -> int:
        """Letters that do not wait any more."""
        return self.status.audience - self.waiting


@router.get("/")
def show_all(desk: AtDesk) -> Response:
    """What leaves soon, and what left of late."""
    today = desk.today
    calendar = planning.schedule(desk.app, today - BACK, today + AHEAD)
    lines = [line for line in calendar.lines if line.issue or line.at >= desk.now]
    return desk.page("issues", lines=lines, unreadable=calendar.unreadable, now=desk.now)


@router.post("/new")
def begin(form: Posted, desk: AtDesk) -> Response:
    """An issue begun from its campaign's model, for one slot; then it is written."""
    desk.need(Action.WRITE)
    if not desk.first_press(form):
        return desk.again("/desk/issues/")
    try:
        planned = date.fromisoformat(one_word(form, "planned"))
    except ValueError as error:
        raise HTTPException(400) from error
    begun = editing.new_issue(desk.app, one_word(form, "campaign"), Wanted(planned), desk.now)
    return desk.go(f"/desk/issues/{begun.name}/compose")


@router.get("/{campaign}/{slug}")
def show(campaign: str, slug: str, desk: AtDesk) -> Response:
    """Where the issue stands, and what comes next."""
    return issue_page(desk, f"{campaign}/{slug}")


@router.get("/{campaign}/{slug}/progress")
def show_progress(campaign: str, slug: str, desk: AtDesk) -> Response:
    """How far it is: asked again and again by the page."""
    return desk.part("_progress", progress=progress_of(desk, f"{campaign}/{slug}"))


@router.get("/{campaign}/{slug}/check")
def show_check(campaign: str, slug: str, desk: AtDesk) -> Response:
    """What to look at again, and the letter itself."""
    name = f"{campaign}/{slug}"
    return desk.page("check", name=name, findings=findings_of(desk, name), audiences=_audiences(desk, name))


@router.get("/{campaign}/{slug}/findings")
def show_findings(campaign: str, slug: str, desk: AtDesk) -> Response:
    """The list alone, for the issue's page."""
    name = f"{campaign}/{slug}"
    return desk.part("_findings", name=name, findings=findings_of(desk, name))


@router.get("/{campaign}/{slug}/letter")
def show_letter(campaign: str, slug: str, desk: AtDesk, audience: str = "", plain: bool = False) -> HTMLResponse:
    """The letter alone, for a frame."""
    return letter_frame(desk, f"{campaign}/{slug}", audience, plain=plain)


def issue_page(desk: Desk, name: str, status: int = 200, sentences: list[str] | None = None, **typed: str) -> Response:
    """The page of an issue; what somebody typed that could not be taken is still there."""
    try:
        return _before(desk, name, status, sentences or [], typed)
    except BadFiles as mistakes:
        return desk.page("issue_broken", status, name=name, sentences=sentences or [], mistakes=desk.told(mistakes))
    except WrongState:
        return _after(desk, name, status, sentences or [])


def progress_of(desk: Desk, name: str) -> Progress:
    """A released issue on its way. Raises NotFound."""
    status = publishing.show(desk.app, name)
    if status.released_at is None:
        raise NotFound(publishing.NOT_RELEASED, issue=name)
    sent, waiting = (sum(status.deliveries[one.value] for one in some) for some in (LEFT, WAITING))
    end = foretelling.foretell_issue(desk.app, name, desk.now) if waiting else None
    config = desk.app.config
    sentence = progress_sentence(config.language, config.zone, sent, waiting, end, desk.now)
    return Progress(status, sent, waiting, sentence)


def findings_of(desk: Desk, name: str) -> list[tuple[Level, list[Finding]]]:
    """What to look at again, the worst first."""
    found = proofing.check_issue(desk.app, name, desk.now)
    return [(level, some) for level in LEVELS if (some := [one for one in found if one.level is level])]


def letter_frame(desk: Desk, name: str, audience: str = "", *, plain: bool = False) -> HTMLResponse:
    """The letter as it would leave, where nothing can run. Its mistakes, where it cannot be made."""
    try:
        look = proofing.look(desk.app, name, desk.now, audience)
    except BadFiles as mistakes:
        return desk.letter(desk.pages.written("_no_letter.html", sentences=desk.told(mistakes)))
    return desk.letter(desk.pages.written("_plain.html", text=look.text) if plain else look.html)


def _before(desk: Desk, name: str, status: int, sentences: list[str], typed: dict[str, str]) -> Response:
    preparation = publishing.prepare(desk.app, name)
    audience = preparation.audience
    return desk.page(
        "issue",
        status,
        name=name,
        preparation=preparation,
        issue=preparation.issue,
        total=audience.total,
        late=_late(preparation.issue.slot, desk.now, preparation.issue.campaign.late_limit),
        links=reviewing.links(desk.app, name, desk.now),
        open_comments=reviewing.open_comments(desk.app, name),
        mine=desk.account.name in [one.who for one in preparation.approvals],
        test_group=desk.app.config.staff.test_group,
        sentences=sentences,
        typed=dict.fromkeys(TYPED, "") | typed,
    )


def _after(desk: Desk, name: str, status: int, sentences: list[str]) -> Response:
    progress = progress_of(desk, name)
    report = reporting.issue_report(desk.app, name)
    rate = reporting.rate_sentence(desk.app.config.language, report)
    return desk.page("issue_out", status, name=name, progress=progress, report=report, rate=rate, sentences=sentences)


def _audiences(desk: Desk, name: str) -> list[tuple[str, str]]:
    try:
        preparation = publishing.prepare(desk.app, name)
    except (BadFiles, WrongState):
        return []
    return list(preparation.titles.items())


def _late(slot: datetime, now: datetime, limit: timedelta) -> str:
    """Whether its moment is still to come, has passed and the clock may still act, or has passed for good."""
    if slot >= now:
        return ""
    return "soon" if now - slot <= limit else "never"
