"""The pages in Debian's Chromium: what a reader with a phone, a keyboard or a dark screen meets."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

import mailer.web
from mailer.app import App, open_app
from mailer.web.server import web_in_thread
from tests.browsers import CHROMIUM, SCHEMES, WIDTHS, violations
from tests.web.conftest import Clock
from tests.web.letters import Letter, state_of

STYLE = Path(mailer.web.__file__).parents[2] / "templates" / "pages" / "static" / "site.css"
SEVEN_TO_ONE, FOUR_AND_A_HALF_TO_ONE, THREE_TO_ONE = 7.0, 4.5, 3.0

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]


@pytest.fixture
def url(app: App, clock: Clock) -> Iterator[str]:
    with web_in_thread(app, clock) as base:
        yield base


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_no_page_scrolls_sideways_asks_elsewhere_or_offends_its_own_policy(
    browser: Browser, url: str, jeanne: Letter, width: int, scheme: str
) -> None:
    with closing(browser.new_page(viewport={"width": width, "height": 740}, color_scheme=scheme)) as page:  # type: ignore[arg-type] # a literal of playwright's
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        for path in _paths(jeanne):
            page.goto(url + path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none", path
        assert [line for line in said if "404" not in line] == []
        assert [one for one in asked if not one.startswith(url)] == []


def test_a_reader_leaves_with_the_keyboard_alone(app: App, browser: Browser, url: str, jeanne: Letter) -> None:
    with closing(browser.new_page()) as page:
        page.goto(f"{url}/u/{jeanne.leave}")
        _tab_to(page, "button.main")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=status]")
        assert "You have left" in page.inner_text("h1")
    assert state_of(app, "jeanne@orange.example", "sirene") == "left"


def test_a_reader_chooses_by_touching_anywhere_in_the_row(app: App, browser: Browser, url: str, jeanne: Letter) -> None:
    with closing(browser.new_page(viewport={"width": 360, "height": 740}, has_touch=True)) as page:
        page.goto(f"{url}/p/{jeanne.preferences}")
        page.touchscreen.tap(*_middle(page, "#about-klaxon"))
        page.tap("button.main")
        page.wait_for_selector("[role=status]")
        assert page.is_checked("#letter-klaxon")
        assert page.is_checked("#letter-sirene")
    assert state_of(app, "jeanne@orange.example", "klaxon") == "active"


def test_whatever_is_pressed_is_large_enough_for_a_thumb(browser: Browser, url: str, jeanne: Letter) -> None:
    with closing(browser.new_page(viewport={"width": 360, "height": 740})) as page:
        for path in _paths(jeanne):
            page.goto(url + path)
            heights = page.evaluate(
                "[...document.querySelectorAll('button, nav a, .choice, .issues li, .masthead a')]"
                ".map(one => one.getBoundingClientRect().height)"
            )
            assert min(heights) >= 43, path


def test_french_pages_fit_a_phone(site: Path, clock: Clock, browser: Browser) -> None:
    with (
        open_app(site, {"MAILER_LANGUAGE": "fr"}) as app,
        web_in_thread(app, clock) as url,
        closing(browser.new_page(viewport={"width": 320, "height": 640})) as page,
    ):
        for path in ("/archive/", "/privacy", "/nowhere"):
            page.goto(url + path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_on_any_page(
    browser: Browser, url: str, jeanne: Letter, width: int, scheme: Literal["light", "dark"]
) -> None:
    with closing(browser.new_page(viewport={"width": width, "height": 740}, color_scheme=scheme)) as page:
        for path in (*_paths(jeanne), "/archive/sirene/2026-09"):
            page.goto(url + path)
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_axe_would_find_what_is_wrong(browser: Browser) -> None:
    with closing(browser.new_page()) as page:
        page.set_content("<html><body><img src='x'><input></body></html>")
        found = "\n".join(violations(page))
    assert "image-alt" in found
    assert "html-has-lang" in found


@pytest.mark.parametrize(
    ("text", "behind", "least"),
    [
        ("ink", "paper", SEVEN_TO_ONE),
        ("soft", "paper", FOUR_AND_A_HALF_TO_ONE),
        ("accent", "paper", FOUR_AND_A_HALF_TO_ONE),
        ("accent-deep", "paper", FOUR_AND_A_HALF_TO_ONE),
        ("on-accent", "accent", FOUR_AND_A_HALF_TO_ONE),
        ("on-accent", "accent-deep", FOUR_AND_A_HALF_TO_ONE),
        ("edge", "paper", THREE_TO_ONE),
    ],
)
def test_colours_keep_their_distance_in_light_and_dark(text: str, behind: str, least: float) -> None:
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)) for part in _themes())
    for theme in (light, dark):
        assert _contrast(theme[text], theme[behind]) >= least


def _paths(letter: Letter) -> list[str]:
    personal = [f"/u/{letter.leave}", f"/p/{letter.preferences}", f"/u/{'A' * 22}"]
    archives = ["/archive/", "/archive/sirene/", "/archive/klaxon/", "/archive/?q=rentr%C3%A9e", "/archive/?q=zzz"]
    return [*archives, "/privacy", *personal]


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"the keyboard does not reach {selector}")


def _middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _themes() -> list[str]:
    return STYLE.read_text(encoding="utf-8").split("@media (prefers-color-scheme: dark)")[:2]


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
