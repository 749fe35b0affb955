"""Who is at the desk: what every page of the staff is given, and where those go who are not in yet."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mailer.app import App
from mailer.domain.accounts import LONGEST_SESSION, Action, Role
from mailer.domain.accounts import may as role_may
from mailer.errors import MailerError, Refused
from mailer.language import N_
from mailer.services import accounts, reporting
from mailer.services.accounts import Account, Step, Visitor
from mailer.services.reporting import IssueReport
from mailer.web.desk.recent import Recent
from mailer.web.desk.wording import PLAIN, plain_sentences
from mailer.web.forms import refuse_other_sites, words
from mailer.web.front import AtFront, Front
from mailer.web.headers import DESK_PATH, PREVIEW_POLICY
from mailer.web.pages import Pages

COOKIE = "desk"
SAFE_METHODS = ("GET", "HEAD")
NEXT_STEP = {Step.CODE: "/desk/login/code", Step.SET_UP: "/desk/account/code"}

NOT_YOURS = N_("Your role here is {role}: it does not allow you to {action}. Ask an administrator.")
DONE_BEFORE = N_("That was done already: the button was pressed twice, or the page was sent again.")


class NotAllowed(Refused):
    """Somebody is in, and their role does not allow it."""


class GoElsewhere(Exception):
    """Somebody who is not in yet, or not all the way, is sent where they come in."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True)
class Threshold:
    """The desk as anyone may see it: its pages, the time, and whoever is known by a cookie, half way or all."""

    front: Front
    pages: Pages
    now: datetime
    request: Request
    visitor: Visitor | None

    @property
    def app(self) -> App:
        """The installation."""
        return self.front.app

    @property
    def host(self) -> str:
        """Where the request came from."""
        return self.request.client.host if self.request.client else ""

    @property
    def agent(self) -> str:
        """What the browser calls itself."""
        return self.request.headers.get("user-agent", "")

    @property
    def by_htmx(self) -> bool:
        """Whether a part of a page asks, which no redirect moves."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def today(self) -> date:
        """In the zone of the site."""
        return self.now.astimezone(self.app.config.zone).date()

    def page(self, name: str, /, status: int = 200, **values: object) -> HTMLResponse:
        """The page `templates/desk/<name>.html`, for somebody who is not in yet."""
        return HTMLResponse(self.pages.written(f"{name}.html", **{"desk": None, "flash": (), **values}), status)

    def report(self, name: str) -> IssueReport:
        """How a released issue was read, as counted within the last minute. Raises NotFound."""
        return self.recent.get((IssueReport, name), self.now, partial(reporting.issue_report, self.app, name))

    @property
    def recent(self) -> Recent:
        """Figures of the last minute."""
        recent: Recent = self.request.app.state.recent
        return recent

    def told(self, error: MailerError) -> list[str]:
        """An error in the words of the desk."""
        return plain_sentences(self.app.config.language, error)

    def plain(self, sentence: str, values: Mapping[str, object] | None = None) -> str:
        """A sentence of a service in the words of the desk."""
        return self.pages.said(PLAIN.get(sentence, sentence), values)

    def letter(self, html: str) -> HTMLResponse:
        """A letter to be shown in a frame: nothing in it may run."""
        policy = PREVIEW_POLICY.format(public_url=self.app.config.public_url)
        return HTMLResponse(html, headers={"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"})

    def let_in(self, token: str, path: str) -> Response:
        """Gives the browser the secret of its session."""
        return self.keep(RedirectResponse(path, 303), token)

    def keep(self, answer: Response, token: str) -> Response:
        """The same, beside an answer."""
        answer.set_cookie(
            COOKIE,
            token,
            max_age=int(LONGEST_SESSION.total_seconds()),
            path=DESK_PATH,
            secure=self.app.config.public_url.startswith("https://"),
            httponly=True,
            samesite="lax",
        )
        return answer


@dataclass(frozen=True)
class Desk(Threshold):
    """The desk as somebody sees it who is in: pages know who they are and what they may do."""

    visitor: Visitor

    @property
    def account(self) -> Account:
        """Whose hands these are; approvals and the audit carry its name."""
        return self.visitor.account

    @property
    def role(self) -> Role:
        """What they are here for."""
        return self.account.role

    def may(self, action: Action | str) -> bool:
        """Whether their role allows it; templates say `desk.may("SEND")`."""
        return role_may(self.role, Action[action] if not isinstance(action, Action) else action)

    def need(self, action: Action) -> None:
        """Raises NotAllowed where their role does not allow it."""
        if not self.may(action):
            raise NotAllowed(NOT_YOURS, role=self.role, action=action)

    def page(self, name: str, /, status: int = 200, **values: object) -> HTMLResponse:
        """The page `templates/desk/<name>.html`. It holds `desk`, and `press` for the forms that act once."""
        said = [self.pages.said(sentence, holes) for sentence, holes in accounts.take_words(self.app, self.visitor)]
        return HTMLResponse(self._written(name, flash=said, **values), status)

    def part(self, name: str, /, **values: object) -> HTMLResponse:
        """A part of a page, for htmx: `templates/desk/<name>.html` without what the next page says first."""
        return HTMLResponse(self._written(name, flash=(), **values))

    def note(self, action: str, subject: str) -> None:
        """The audit holds that they did it; the subject is never an address."""
        accounts.note(self.app, self.visitor, action, subject, self.now)

    def go(self, path: str, sentence: str = "", **holes: object) -> Response:
        """On to another page, which first says what was done."""
        if sentence:
            accounts.say_next(self.app, self.visitor, sentence, holes)
        if self.by_htmx:
            return Response(status_code=200, headers={"HX-Redirect": path})
        return RedirectResponse(path, 303)

    def first_press(self, form: FormData) -> bool:
        """Whether this form was not sent before: a double click, or « back » and again, acts once."""
        keys = words(form, "press")
        return len(keys) == 1 and accounts.press(self.app, self.visitor, keys[0], self.now)

    def again(self, path: str) -> Response:
        """What a form that was sent before gets."""
        return self.go(path, DONE_BEFORE)

    def _written(self, name: str, /, **values: object) -> str:
        return self.pages.written(f"{name}.html", desk=self, press=secrets.token_urlsafe(12), **values)


def refuse_others(request: Request) -> None:
    """Raises 403 where another site made a browser post something here."""
    if request.method not in SAFE_METHODS:
        refuse_other_sites(request, request.app.state.front.app.config.public_url)


def safe_next(path: str) -> str:
    """Where to go after the login: a page of the desk, and nothing else."""
    parts = urlsplit(path)
    ours = not parts.scheme and not parts.netloc and parts.path.startswith(DESK_PATH) and "\\" not in path
    return path if ours and path.isprintable() else DESK_PATH


def _threshold(request: Request, front: AtFront) -> Threshold:
    now, token = front.clock(), request.cookies.get(COOKIE, "")
    visitor = accounts.who_is(front.app, token, now) if token else None
    return Threshold(front, request.app.state.desk_pages, now, request, visitor)


AtThreshold = Annotated[Threshold, Depends(_threshold)]
"""Before the login, and for links that need none."""


def _desk(threshold: AtThreshold) -> Desk:
    visitor, request = threshold.visitor, threshold.request
    if visitor is None or visitor.step is not Step.IN:
        way_in = NEXT_STEP[visitor.step] if visitor else "/desk/login"
        raise GoElsewhere(f"{way_in}?next={quote(_asked_for(request), safe='/')}")
    return Desk(threshold.front, threshold.pages, threshold.now, request, visitor)


def _asked_for(request: Request) -> str:
    """Where somebody wanted to go; what they were sending is not sent again by itself."""
    if request.method not in SAFE_METHODS:
        return DESK_PATH
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


AtDesk = Annotated[Desk, Depends(_desk)]
"""Every page of the staff: whoever is not in is sent to the login, and comes back."""
