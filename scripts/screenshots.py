"""Draws the demo issues as readers see them: HTML, text and pictures at 360 and 700 px, light and dark.

    python scripts/screenshots.py OUT [campaign/slug …]

Needs the development extras and a Chromium (CHROMIUM names another one than /usr/bin/chromium). Nothing is
fetched: images come from the issue itself, and every other request is refused.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Route, sync_playwright

from mailer.content.campaigns import issue_names, read_campaigns
from mailer.content.issues import read_issue
from mailer.content.lists import read_lists
from mailer.domain.letters import FrozenLetter, Issue, Letterhead
from mailer.rendering.letters import compile_issue, letter_parts

SITE = Path(__file__).resolve().parent.parent
LETTERHEAD = Letterhead(
    "https://lettre.associations-citoyennes.example",
    "Collectif des associations citoyennes",
    "contact@associations-citoyennes.example",
    "21 rue des Malmaisons, 75013 Paris",
    "https://www.associations-citoyennes.example",
    "Europe/Paris",
)
WIDTHS = (360, 700)
SCHEMES = ("light", "dark")


def main(out: Path, names: list[str]) -> None:
    """Every issue, or those named, into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    lists = read_lists(SITE)
    campaigns = read_campaigns(SITE, lists)
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in names or issue_names(SITE):
            issue = read_issue(SITE, name, lists, campaigns, ZoneInfo(LETTERHEAD.zone))
            draw(browser, issue, out)
        browser.close()


def draw(browser: Browser, issue: Issue, out: Path) -> None:
    """One issue: each variant and the page on the web."""
    letter = compile_issue(issue, LETTERHEAD, [SITE / "templates"], {})
    pages = {"web": letter.online}
    for audience in issue.audience:
        html, text = letter_parts(issue, LETTERHEAD, [SITE / "templates"], {}, audience)
        pages[audience] = html
        (out / f"{_file(issue)}-{audience}.txt").write_text(text, encoding="utf-8")
    for page, html in pages.items():
        (out / f"{_file(issue)}-{page}.html").write_text(html, encoding="utf-8")
        _say(f"{issue.name} {page}: {len(html.encode()) / 1000:.1f} kB")
        for width in WIDTHS:
            for scheme in SCHEMES:
                picture = out / f"{_file(issue)}-{page}-{width}-{scheme}.png"
                shoot(browser, html, letter, width, scheme, picture)


def shoot(browser: Browser, html: str, letter: FrozenLetter, width: int, scheme: str, picture: Path) -> None:
    """One picture of a whole letter; tells when it is wider than the screen."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]  # one of SCHEMES
    page = context.new_page()
    media = {one.file_name: one.content for one in letter.attachments}
    page.route("**/*", lambda route: _answer(route, media))
    page.set_content(html, wait_until="load")
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        _say(f"  {picture.name}: {wide} px wide")
    page.screenshot(path=picture, full_page=True)
    context.close()


def _answer(route: Route, media: Mapping[str, bytes]) -> None:
    name = route.request.url.rpartition("/")[2]
    if name in media:
        route.fulfill(body=media[name])
    else:
        route.abort()


def _file(issue: Issue) -> str:
    return issue.name.replace("/", "-")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
