"""Debian's Chromium for the tests of pages, and what it finds that a person could not read or reach."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (360, 1280)
_AXE = Path(__file__).parent / "web" / "axe" / "axe.min.js"
_RUN_AXE = """
async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .flatMap(one => one.nodes.map(node => [one.id, one.impact, node.target.join(" "), node.failureSummary].join(": ")))
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file of tests; for the whole session its loop would be in the way of asynchronous tests."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield launched
        launched.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is shown now (WCAG 2.2 A and AA, best practices)."""
    page.evaluate(_axe())
    found = page.evaluate(_RUN_AXE)
    assert isinstance(found, list)
    return [f"{page.url}: {one}" for one in found]


@cache
def _axe() -> str:
    # Evaluated from outside the page, so that the page's own policy needs no exception.
    return _AXE.read_text(encoding="utf-8")
