"""The desk of a small association, served: an account of each role, a client and a Chromium that are logged in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from mailer.app import App, open_app
from mailer.domain.accounts import TWO_STEPS, Role
from mailer.services import accounts
from mailer.services.accounts import entering, passwords
from mailer.store import accounts as stored
from mailer.web import create_web
from mailer.web.server import listen, web_in_thread
from tests.browsers import browser as browser
from tests.sites import CONFIG, NOON, write_site
from tests.web.conftest import Clock

PASSWORD = "le lavoir rouvre samedi"
NAMES = {
    Role.CONTRIBUTOR: "Cyril Contri",
    Role.EDITOR: "Édith Rédac",
    Role.REVIEWER: "Rémi Relit",
    Role.SENDER: "Sonia Envoie",
    Role.ADMIN: "Adèle Admin",
}


@dataclass(frozen=True)
class Desk:
    """A served site with people at its desk."""

    app: App
    clock: Clock
    web: ASGIApp
    url: str
    """Where Chromium finds it."""
    cookies: dict[Role, str]
    """Of somebody of each role who is in already."""

    def client(self, role: Role | None = Role.ADMIN) -> TestClient:
        """A client that is logged in, and does not follow redirects."""
        client = TestClient(self.web, base_url=self.url, follow_redirects=False)
        if role is not None:
            client.cookies.set("desk", self.cookies[role], path="/desk/")
        return client

    def page(self, browser: Browser, role: Role | None = Role.ADMIN, **options: object) -> Page:
        """A page of Chromium that is logged in."""
        context = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", **options)  # type: ignore[arg-type]  # passed on as they are
        if role is not None:
            context.add_cookies([{"name": "desk", "value": self.cookies[role], "url": f"{self.url}/desk/"}])
        return context.new_page()


@cache
def hashed() -> str:
    """Of everybody's password: to hash it takes a fifth of a second."""
    return passwords.hashed(PASSWORD)


def enter(app: App, name: str, role: Role, clock: Clock) -> tuple[str, str]:
    """An account whose owner went through all that the desk asks; the secrets of session and telephone."""
    accounts.add(app, name, role, clock())
    with app.database.transaction() as tx:
        account = stored.named(tx, name)
        assert account is not None
        stored.set_password(tx, account.id, hashed())
        session = entering.open_session(tx, account.id, "tests", clock())
    if role not in TWO_STEPS:
        return session, ""
    visitor = accounts.who_is(app, session, clock())
    assert visitor is not None
    secret = accounts.begin_code(app, visitor).secret.replace(" ", "")
    session = accounts.confirm_code(app, visitor, pyotp.TOTP(secret).at(clock()), clock()).session
    return session, secret


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def desk_site(tmp_path: Path) -> Callable[[str], Path]:
    """Writes the site that the desk is of; a test file may override it."""
    return lambda url: write_site(tmp_path / "site", CONFIG.replace("https://lettre.lavoir.example", url))


@pytest.fixture
def desk(desk_site: Callable[[str], Path], clock: Clock) -> Iterator[Desk]:
    listening = listen()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with open_app(desk_site(url), {}) as app:
        cookies = {role: enter(app, name, role, clock)[0] for role, name in NAMES.items()}
        with web_in_thread(app, clock, listening) as served:
            assert served == url
            yield Desk(app, clock, create_web(app, clock), url, cookies)
