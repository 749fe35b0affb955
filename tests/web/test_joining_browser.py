"""Subscribing in Debian's Chromium, on our page and by the form pasted into a page of another origin."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from mailer.app import App, open_app
from mailer.domain.joining import Way
from mailer.services import joining
from mailer.services.joining import Ask
from mailer.web.pages import Pages
from mailer.web.server import web_in_thread
from tests.browsers import browser as browser
from tests.web.conftest import Clock
from tests.web.letters import held, state_of
from tests.web.test_browser import pytestmark as pytestmark

NEW = "nouvelle@courriel.example"


@pytest.fixture
def url(app: App, clock: Clock) -> Iterator[str]:
    with web_in_thread(app, clock) as base:
        yield base


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def another_site(folder: Path) -> Iterator[str]:
    """A folder of files on a port of its own: another origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def pasted(app: App, public_url: str, clock: Clock) -> str:
    """What `mailer lists form` prints."""
    shown = joining.form_to_paste(app, "klaxon", clock())
    page = Pages(app).page(
        "form_to_paste", public_url=public_url, letter=shown.letter, letters=shown.letters, wording=shown.wording
    )
    return bytes(page.body).decode()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_form_works_from_a_page_of_another_origin(
    app: App, browser: Browser, url: str, clock: Clock, tmp_path: Path, scripts: bool
) -> None:
    wiki = tmp_path / "wiki"
    wiki.mkdir()
    beginning = '<!doctype html><meta charset="utf-8"><title>wiki</title>'
    (wiki / "index.html").write_text(beginning + pasted(app, url, clock), encoding="utf-8")
    with another_site(wiki) as elsewhere, closing(browser.new_context(java_script_enabled=scripts)) as context:
        page = context.new_page()
        page.goto(elsewhere)
        assert not page.is_visible("input[name=comment]")
        page.get_by_label("Your e-mail address").fill(NEW)
        page.get_by_label("L'heure de la Sirène").check()
        page.get_by_role("button").click()
        page.wait_for_url(f"{url}/subscribe/klaxon")
        assert page.inner_text("h1") == "Look into your mailbox"
    rows = held(app, "requested")["requested"]
    assert {row[1] for row in rows} == {"sirene", "klaxon"}
    assert {(row[5], row[6]) for row in rows} == {("form", elsewhere.partition("://")[2])}


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_newcomer_goes_from_the_page_to_the_subscription(
    app: App, browser: Browser, url: str, clock: Clock, width: int, scripts: bool
) -> None:
    viewport = {"width": width, "height": 740}
    with closing(browser.new_context(java_script_enabled=scripts, viewport=viewport)) as context:  # type: ignore[arg-type] # a literal of playwright's
        page = context.new_page()
        page.goto(f"{url}/subscribe")
        page.get_by_label("Your e-mail address").fill(NEW)
        page.locator("label[for=letter-sirene]").click()
        clock.pass_hours(0.01)
        _press(page)
        assert page.inner_text("h1") == "Look into your mailbox"
        page.goto(url + _link(app, clock))
        assert state_of(app, NEW, "sirene") is None
        _press(page)
        assert page.inner_text("h1") == "You are subscribed"
    assert state_of(app, NEW, "sirene") == "active"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_of_joining_scrolls_sideways_or_offends_its_own_policy(
    site: Path, clock: Clock, browser: Browser, width: int, scheme: str
) -> None:
    with (
        open_app(site, {"MAILER_LANGUAGE": "fr"}) as app,
        web_in_thread(app, clock) as url,
        closing(browser.new_page(viewport={"width": width, "height": 740}, color_scheme=scheme)) as page,  # type: ignore[arg-type] # a literal of playwright's
    ):
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        long = f"{'longue' * 8}@courriel.example"
        joining.ask(app, Ask(long, frozenset(["sirene", "klaxon"]), Way.PAGE), clock())
        for path in ("/subscribe", "/subscribe/sirene", "/lost", _link(app, clock)):
            page.goto(url + path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            heights = page.evaluate(
                "[...document.querySelectorAll('button, input[type=email], .choice')].map(one => one.offsetHeight)"
            )
            assert min(heights) >= 43, path
        _press(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert said == []


def _press(page: Page) -> None:
    with page.expect_navigation():
        page.locator("button.main").click()


def _link(app: App, clock: Clock) -> str:
    joining.answer(app, clock())
    [notice] = held(app, "notice")["notice"]
    [content] = [one for one in notice if isinstance(one, dict)]
    return urlsplit(str(content["link"])).path
