"""The pages of choices, changes of address and own data, in Debian's Chromium: nothing overflows, axe finds nothing."""

from collections.abc import Iterator
from contextlib import closing
from typing import Literal

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from mailer.app import App
from mailer.web.server import web_in_thread
from tests.browsers import CHROMIUM, SCHEMES, WIDTHS, violations
from tests.web.conftest import Clock
from tests.web.letters import Letter, state_of
from tests.web.test_choosing import JEANNE, PAUL, every_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]


@pytest.fixture
def url(app: App, clock: Clock) -> Iterator[str]:
    with web_in_thread(app, clock) as base:
        yield base


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_of_choices_fits_and_is_read_by_all(
    app: App,
    browser: Browser,
    url: str,
    client: TestClient,
    sirene: dict[str, Letter],
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    paths = [*every_path(app, client, sirene[JEANNE]), f"/p/{sirene[PAUL].preferences}"]
    with closing(browser.new_page(viewport={"width": width, "height": 740}, color_scheme=scheme)) as page:
        for path in paths:
            page.goto(url + path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert violations(page) == [], path
        page.goto(f"{url}/u/{sirene[PAUL].leave}")
        page.click("button.main")
        page.wait_for_selector("text=Would you tell us why?")
        assert violations(page) == []


def test_a_reader_leaves_says_why_and_undoes_without_javascript(
    app: App, browser: Browser, url: str, jeanne: Letter
) -> None:
    with closing(browser.new_page(java_script_enabled=False, viewport={"width": 360, "height": 740})) as page:
        page.goto(f"{url}/u/{jeanne.leave}")
        page.click("button.main")
        page.check("#why-too_many")
        page.click("text=Tell you why")
        page.click("text=Undo it")
        assert "All is as it was before" in page.inner_text("h1")
        page.goto(f"{url}/p/{jeanne.preferences}")
        page.click("text=Two months")
        page.click("text=End the pause now")
    assert state_of(app, JEANNE, "sirene") == "active"
