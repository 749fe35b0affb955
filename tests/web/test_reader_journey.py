"""A reader's whole way in Debian's Chromium: from the archive to the letter, through every choice, and out again."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from mailer.app import App, open_app
from mailer.services import publishing
from mailer.web.server import web_in_thread
from tests.browsers import CHROMIUM, SCHEMES, violations
from tests.web.asking import Mailbox, a_mailbox
from tests.web.conftest import Clock
from tests.web.letters import letters, state_of
from tests.web.test_choosing import mails

PHONE = {"width": 360, "height": 740}
NEW, OTHER = "nouvelle@courriel.example", "nouvelle.adresse@courriel.example"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]


@dataclass
class Visit:
    """One browser on one site; every page that it comes to is looked at."""

    page: Page
    url: str
    scripts: bool

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)
        self.look()

    def press(self, button: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).click()
        self.look()

    def says(self, words: str) -> None:
        assert words in self.page.inner_text("main"), self.page.inner_text("main")

    def look(self) -> None:
        if not self.scripts:
            return
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), self.page.url
        # On a desk the files of each room look at these pages.
        for scheme in SCHEMES if self.page.viewport_size == PHONE else ():
            self.page.emulate_media(color_scheme=scheme)
            assert violations(self.page) == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("width", [360, 1280])
def test_from_the_archive_to_the_letter_through_every_choice_and_out(
    site: Path, clock: Clock, browser: Browser, width: int, scripts: bool
) -> None:
    viewport = PHONE | {"width": width}
    with (
        open_app(site, {"MAILER_LANGUAGE": "fr"}) as app,
        a_mailbox(app, clock) as mailbox,
        web_in_thread(app, clock) as url,
        closing(browser.new_context(java_script_enabled=scripts, viewport=viewport)) as context,  # type: ignore[arg-type] # a literal of playwright's
    ):
        visit = Visit(context.new_page(), url, scripts)
        subscribe(visit, app, mailbox, clock)
        preferences, leave = a_letter(app, clock)
        choose(visit, preferences)
        move_and_back(visit, app, preferences)
        see_own_data(visit, app, preferences)
        go_out_and_come_back(visit, app, leave)


def subscribe(visit: Visit, app: App, mailbox: Mailbox, clock: Clock) -> None:
    visit.go("/archive/sirene/")
    visit.page.get_by_label("Votre adresse électronique").fill(NEW)
    clock.pass_hours(0.01)
    visit.press("Recevoir cette lettre")
    # Away from the loop on which the browser is driven.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(mailbox.fetch).result()
    assert state_of(app, NEW, "sirene") is None
    visit.go(mailbox.path())
    visit.page.locator("button.main").click()
    visit.page.wait_for_load_state()
    visit.look()
    assert state_of(app, NEW, "sirene") == "active"


def a_letter(app: App, clock: Clock) -> tuple[str, str]:
    """The September issue goes out; the paths of its links for the new reader."""
    publishing.approve(app, "sirene/2026-09", "Ana Lima", clock())
    publishing.release(app, "sirene/2026-09", clock())
    mine = letters(app, "sirene/2026-09", clock())[NEW]
    clock.pass_hours(2)
    return f"/p/{mine.preferences}", f"/u/{mine.leave}"


def choose(visit: Visit, preferences: str) -> None:
    visit.go(preferences)
    visit.press("Deux mois")
    visit.press("Finir la pause maintenant")
    visit.press("Voir et choisir")
    visit.press("Ne compter aucune de mes lettres")
    visit.says("ne sont pas comptées")


def move_and_back(visit: Visit, app: App, preferences: str) -> None:
    visit.go(preferences)
    visit.page.get_by_label("Votre nouvelle adresse").fill(OTHER)
    visit.press("Changer d’adresse")
    [(to, confirm)] = mails(app, "move_confirm")
    assert to == OTHER
    visit.go(confirm)
    visit.page.locator("button.main").click()
    visit.page.wait_for_load_state()
    visit.look()
    assert state_of(app, OTHER, "sirene") == "active"
    [(told, back)] = mails(app, "moved")
    assert told == NEW
    visit.go(back)
    visit.page.locator("button.main").click()
    visit.page.wait_for_load_state()
    visit.look()
    assert state_of(app, NEW, "sirene") == "active"


def see_own_data(visit: Visit, app: App, preferences: str) -> None:
    visit.go(preferences)
    visit.press("M’envoyer le lien")
    [(to, link)] = mails(app, "own_data")
    assert to == NEW
    visit.go(link)
    visit.says(NEW)


def go_out_and_come_back(visit: Visit, app: App, leave: str) -> None:
    visit.go(leave)
    visit.page.locator("button.main").click()
    visit.page.wait_for_load_state()
    visit.look()
    assert state_of(app, NEW, "sirene") == "left"
    visit.press("C’était une erreur ? Annuler")
    assert state_of(app, NEW, "sirene") == "active"
