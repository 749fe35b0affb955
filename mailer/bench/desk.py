"""The desk's pages measured, in a year with 21,000 contacts: milliseconds from a request to the whole answer."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from mailer.app import App, open_app
from mailer.bench.reporting import HITS_OF_TEN_LETTERS, ISSUES, live_through
from mailer.bench.sites import CAMPAIGN, NOW, release, write_issue, write_site
from mailer.domain.accounts import Role
from mailer.errors import Refused
from mailer.language import N_
from mailer.services import accounts, publishing
from mailer.services.accounts import codes
from mailer.web.server import web_in_thread

PAGES = (
    "/desk/",
    "/desk/issues/",
    "/desk/issues/lettre/a-venir",
    "/desk/issues/lettre/a-venir/findings",
    "/desk/issues/lettre/a-venir/letter",
    "/desk/issues/lettre/a-venir/read",
    "/desk/issues/lettre/approuvee",
    "/desk/issues/lettre/en-route",
    "/desk/issues/lettre/en-route/progress",
    "/desk/issues/lettre/essai-3",
    "/desk/deliveries/",
    "/desk/alerts/",
    "/desk/returns/",
    "/desk/health",
    "/desk/contacts/",
    "/desk/contacts/?q=a",
    "/desk/contacts/1",
    "/desk/contacts/import/",
    "/desk/contacts/to-check/",
    "/desk/contacts/duplicates/",
    "/desk/issues/lettre/a-venir/audience",
    "/desk/readings/",
    "/desk/readings/lettre/essai-3",
    "/desk/lists/",
    "/desk/lists/lettre",
    "/desk/settings/",
    "/desk/settings/installation",
    "/desk/settings/register/page",
    "/desk/settings/keeping",
    "/desk/settings/audit",
    "/desk/account",
)
"""Drafts, approved, leaving and sent issues; a group of pages adds its own."""

WRONG = N_("{path} answered {status}, so its time means nothing.")


@dataclass
class DeskFigures:
    """Milliseconds, one value a round, by page."""

    contacts: int
    letters: int
    pages: dict[str, list[float]] = field(default_factory=dict)


def measure_desk(contacts: int, rounds: int, watch: Callable[[], float]) -> DeskFigures:
    """`watch` is a stopwatch, in seconds. Raises Refused where a page cannot be shown."""
    with TemporaryDirectory() as folder:
        site = write_site(Path(folder) / "site")
        with open_app(site, {}) as app:
            live_through(app, site, contacts * ISSUES * HITS_OF_TEN_LETTERS // 10)
            _prepare(app, site)
            cookie = _come_in(app)
            figures = DeskFigures(contacts, contacts * (ISSUES + 1))
            with web_in_thread(app, lambda: NOW + timedelta(minutes=5)) as url:
                for path in PAGES:
                    figures.pages[path] = [_answer_ms(url, path, cookie, watch) for _ in range(rounds + 1)][1:]
    return figures


def _prepare(app: App, site: Path) -> None:
    """An issue that is written, one that waits for its moment, one that is leaving."""
    campaign = f'{CAMPAIGN}[cadence]\nday = "first wednesday"\ntime = 12:00:00\n'
    (site / "campaigns" / "lettre" / "campaign.toml").write_text(campaign, encoding="utf-8")
    for name in ("a-venir", "approuvee", "en-route"):
        write_issue(site, f"lettre/{name}")
        later = (site / "campaigns" / "lettre" / name / "issue.md").read_text(encoding="utf-8")
        later = later.replace("slot = 2023-09-06T12:00:00", "send_at = 2023-09-07T12:00:00")
        (site / "campaigns" / "lettre" / name / "issue.md").write_text(later, encoding="utf-8")
    publishing.approve(app, "lettre/approuvee", "Odile", NOW)
    release(app, "lettre/en-route")


def _come_in(app: App) -> str:
    """The secret of an administrator's session."""
    link = accounts.add(app, "Odile Urvoas", Role.ADMIN, NOW).link
    token = accounts.accept(app, link.rpartition("/")[2], "le banc est repeint en vert", "bench", NOW)
    visitor = accounts.who_is(app, token, NOW)
    if visitor is None:
        raise Refused(WRONG, path=link, status=401)
    accounts.begin_code(app, visitor)
    visitor = accounts.who_is(app, token, NOW) or visitor
    return accounts.confirm_code(app, visitor, codes.code_at(app, visitor.account, NOW), NOW).session


def _answer_ms(url: str, path: str, cookie: str, watch: Callable[[], float]) -> float:
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
        started = watch()
        connection.request("GET", path, headers={"Cookie": f"desk={cookie}"})
        answer = connection.getresponse()
        answer.read()
        spent = watch() - started
    if answer.status != 200:
        raise Refused(WRONG, path=path, status=answer.status)
    return spent * 1000
