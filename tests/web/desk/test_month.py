"""A month at the desk as people live it, in Debian's Chromium: from the invitation to the reading rate."""

import asyncio
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, Page, Request

from mailer import clock as alarm
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.accounts import Role
from mailer.services import accounts, publishing, sending
from mailer.services.sending import Drain
from tests.browsers import CHROMIUM, SCHEMES, WIDTHS, violations
from tests.sites import CONFIG, subscribe, write_campaign, write_site
from tests.web.asking import parsed
from tests.web.desk.conftest import PASSWORD, Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]

ISSUE = "/desk/issues/lettre/2026-03"
READERS = [f"lectrice{at}@orange.example" for at in range(1, 7)]
TEST_GROUP = ["essai@laposte.example", "essai@free.example"]
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0"}


class Mailboxes:
    """What the relay took, by whom it is for."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.receiver = Receiver(on_letter=lambda _, to, content: self.taken.append((to, parsed(content))))

    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for _, letter in self.taken]


@pytest.fixture
def mailboxes() -> Iterator[Mailboxes]:
    boxes = Mailboxes()
    with receiver_in_thread(boxes.receiver):
        yield boxes


@pytest.fixture
def desk_site(tmp_path: Path, mailboxes: Mailboxes) -> Callable[[str], Path]:
    def write(url: str) -> Path:
        config = CONFIG.replace("https://lettre.lavoir.example", url)
        config = config.replace("port = 9", f"port = {mailboxes.receiver.port}")
        site = write_site(tmp_path / "site", f"{config}\n[staff]\ntest_group = {TEST_GROUP}\n")
        write_campaign(site, more="reviews = 2\n")
        return site

    return write


class Screen:
    """Somebody before a browser; whatever a page loads is noted, and each page is looked at."""

    def __init__(self, desk: Desk, page: Page) -> None:
        self.desk, self.page = desk, page
        self.loaded: set[str] = set()
        page.on("request", lambda request: self.note(request))
        page.on("pageerror", lambda error: self.loaded.add(str(error)))

    def note(self, request: Request) -> None:
        self.loaded.add(urlsplit(request.url).netloc)

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.desk.url + path)

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(label, exact=True).first.fill(value)

    def press(self, button: str | re.Pattern[str]) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button).first.click()

    def says(self, words: str) -> None:
        assert words in self.text(), self.text()

    def text(self) -> str:
        return " ".join(self.page.inner_text("main").split())


def test_a_month_from_the_invitation_to_the_reading_rate(desk: Desk, browser: Browser, mailboxes: Mailboxes) -> None:
    subscribe(desk.app, READERS)
    desk.clock.pass_hours(-3)
    link = accounts.add(desk.app, "Odile Urvoas", Role.SENDER, desk.clock()).link
    with (
        closing(browser.new_context(locale="fr-FR", timezone_id="Europe/Paris")) as hers,
        closing(browser.new_context(locale="fr-FR", viewport={"width": 360, "height": 740})) as theirs,
    ):
        odile, reader = Screen(desk, hers.new_page()), Screen(desk, theirs.new_page())
        telephone = come_in(odile, link)
        come_back(odile, telephone)
        write_a_last_word(odile)
        look_and_try(odile, mailboxes)
        have_it_read(odile, reader)
        choose_the_moment_and_approve(odile)
        watch_it_leave(odile, mailboxes)
        see_how_it_was_read(odile, mailboxes)
        assert odile.loaded | reader.loaded == {urlsplit(desk.url).netloc}


def come_in(odile: Screen, link: str) -> pyotp.TOTP:
    """The link, a password, the telephone, the printed codes."""
    odile.go(link)
    odile.says("Bienvenue, Odile Urvoas")
    odile.fill("Mot de passe", PASSWORD)
    odile.fill("Le même, encore une fois", PASSWORD)
    odile.press("Ouvrir le bureau")
    odile.says("Réglez votre téléphone")
    odile.page.get_by_text("Sans appareil photo").click()
    telephone = pyotp.TOTP(odile.page.inner_text("details code").replace(" ", ""))
    odile.fill("Code", telephone.at(odile.desk.clock()))
    odile.press("Continuer")
    odile.says("Imprimez ces codes")
    assert odile.page.locator(".codes code").count() == 10
    odile.page.get_by_role("button", name="Je les ai gardés").click()
    odile.says("À faire")
    return telephone


def come_back(odile: Screen, telephone: pyotp.TOTP) -> None:
    """Out, and in again with both steps; a page that was asked for comes after them."""
    odile.press("Sortir")
    odile.says("À bientôt")
    odile.go(ISSUE)
    odile.fill("Votre nom, ou votre adresse de courriel", "odile urvoas")
    odile.fill("Mot de passe", "pas le bon du tout")
    odile.press("Entrer")
    odile.says("ne vont pas ensemble")
    odile.fill("Mot de passe", PASSWORD)
    odile.press("Entrer")
    odile.desk.clock.pass_hours(1 / 60)
    odile.fill("Code", telephone.at(odile.desk.clock()))
    odile.press("Continuer")
    odile.says("La lettre du Lavoir – mars")


def write_a_last_word(odile: Screen) -> None:
    """An article more, in the composer, with bold letters; test_composer_browser.py writes a whole issue."""
    page = odile.page
    page.locator("a[href$='/compose']").first.click()
    page.wait_for_selector("#compose[data-ready]", state="attached")
    page.click("#add summary")
    block = page.locator(".part").nth(page.locator(".part").count())
    page.get_by_role("button", name="Article", exact=True).click()
    block.locator("input[name$='.title']").fill("Le jardin")
    block.locator(".ProseMirror").click()
    page.keyboard.type("Il rouvre ")
    page.keyboard.press("Control+b")
    page.keyboard.type("samedi")
    page.frame_locator("iframe.letter").get_by_role("heading", name="Le jardin").wait_for()
    page.locator(".bar").get_by_role("button", name="Enregistrer").click()
    page.wait_for_selector(".flash:has-text('C’est enregistré')")
    odile.go(ISSUE)


def look_and_try(odile: Screen, mailboxes: Mailboxes) -> None:
    """The check comes by itself; the letter stands in a frame; a test goes to the group."""
    odile.page.get_by_text("La vérification ne trouve rien à corriger.").wait_for()
    odile.page.get_by_role("button", name="Vérifier et voir la lettre").click()
    odile.page.frame_locator("iframe.letter").first.get_by_role("heading", name="La laverie").wait_for()
    odile.page.go_back()
    odile.press(re.compile("groupe d’essai"))
    odile.says("aucun de ses liens n’agit")
    assert [to for to, _ in mailboxes.taken] == TEST_GROUP
    assert all(subject.startswith("[TEST]") for subject in mailboxes.subjects())


def have_it_read(odile: Screen, reader: Screen) -> None:
    """A link goes to somebody without account, on a telephone; a colleague reads at the desk."""
    odile.says("Relu par 0/2")
    odile.press("Faire un lien pour les relectures")
    link = re.search(r"http://\S+/desk/review/\S+", odile.text())
    assert link
    reader.go(link[0])
    reader.page.frame_locator("iframe.letter").get_by_role("heading", name="La laverie").wait_for()
    reader.page.get_by_text("Commenter « La laverie »").click()
    part = reader.page.locator("#part-2")
    part.get_by_label("Votre nom").fill("Zoé <b>Martin</b>")
    part.get_by_label("Ce que vous changeriez").fill("« Réparée » depuis quand ? 🚿")
    with reader.page.expect_navigation():
        part.get_by_role("button").click()
    reader.says("Zoé <b>Martin</b>")
    for scheme in SCHEMES:
        reader.page.emulate_media(color_scheme=scheme)
        assert violations(reader.page) == []
    reader.press("J’ai relu cette lettre")
    reader.says("C’est noté : vous avez relu cette lettre")
    odile.go(ISSUE)
    odile.says("Relu par 1/2")
    odile.says("On pourra l’approuver quand les relectures seront faites")
    odile.page.get_by_text("1 commentaire vous attend").click()
    odile.press(re.compile("Marquer comme réglé"))
    odile.says("Réglé par Odile Urvoas")
    odile.press("J’ai relu cette lettre")


def choose_the_moment_and_approve(odile: Screen) -> None:
    """An hour later than planned, with a reason; then her word, on which she clicks twice."""
    odile.go(ISSUE)
    odile.says("Relu par 2/2")
    odile.page.get_by_text("Choisir un autre moment").click()
    odile.fill("Heure", "13:00")
    odile.fill("Pourquoi", "la mairie répond à midi")
    odile.press("Déplacer")
    odile.says("Elle partira le mercredi 4 mars 2026 à 13:00")
    odile.page.get_by_role("button", name="Approuver pour 6 personnes").dblclick()
    # Two clicks are two journeys; the page that counts is the one that says so.
    odile.page.get_by_text("Approuvée en votre nom").wait_for()
    odile.says("Approuvée en votre nom. Elle part d’elle-même le mercredi 4 mars 2026 à 13:00")
    odile.says("Approuvé : il part de lui-même le mercredi 4 mars 2026 à 13:00")
    assert [one.who for one in publishing.show(odile.desk.app, "lettre/2026-03").approvals] == ["Odile Urvoas"]


def watch_it_leave(odile: Screen, mailboxes: Mailboxes) -> None:
    """The clock lets it go at its moment; she pauses it, goes on, and a real sender carries it to a real relay."""
    desk = odile.desk
    desk.clock.pass_hours(4.1 - 1 / 60)
    assert alarm.tick(desk.app, desk.clock()).released == ("lettre/2026-03",)
    odile.go("/desk/")
    odile.says("Aucune lettre n’est encore partie, 6 à partir")
    odile.press("Mettre en pause")
    odile.says("plus aucune lettre ne part")
    odile.press("Reprendre : envoyer les 6 lettres qui attendent")
    odile.page.get_by_text("6 à partir").wait_for()
    before = len(mailboxes.taken)
    with ThreadPoolExecutor(1) as elsewhere:  # playwright's own loop runs in this thread
        elsewhere.submit(lambda: asyncio.run(sending.send_due(desk.app, desk.clock, asyncio.Event(), Drain()))).result()
    # The page asks by itself, every three seconds.
    odile.page.get_by_text("6 lettres parties, plus aucune n’attend.").wait_for(timeout=15_000)
    assert sorted(to for to, _ in mailboxes.taken[before:]) == READERS


def see_how_it_was_read(odile: Screen, mailboxes: Mailboxes) -> None:
    """Three of six open it: half, on the issue's page and among what is to do."""
    desk = odile.desk
    desk.clock.pass_hours(5)
    client = desk.client(None)
    for _, letter in mailboxes.taken[-6:-3]:
        pixel = re.search(r"/o/[\w-]{32}\.gif", str(letter.get_body(("html",))))
        assert pixel
        assert client.get(pixel[0], headers=BROWSER).status_code == 200
    desk.app.ledger.flush()
    odile.go(ISSUE)
    odile.says("Remises 6 sur 6")
    odile.says("50,00 %")
    odile.page.get_by_role("link", name="À faire").click()
    odile.says("50,00 % Taux de lecture estimé : 50,00 %")


def test_every_page_can_be_read_by_everybody(desk: Desk, browser: Browser) -> None:
    """axe-core, light and dark, on a telephone and a desk; nothing is wider than its screen; nothing from elsewhere."""
    subscribe(desk.app, READERS)
    desk.clock.pass_hours(-3)
    publishing.approve(desk.app, "bureau/2026-03", "Odile", desk.clock())
    subscribe(desk.app, READERS, "bureau")
    publishing.release(desk.app, "bureau/2026-03", desk.clock())
    paths = ["", "issues/", "issues/lettre/2026-03", "issues/lettre/2026-03/check", "issues/lettre/2026-03/read"]
    paths += ["issues/bureau/2026-03", "issues/nulle/part", "settings/", "settings/audit", "account"]
    page = desk.page(browser)
    screen = Screen(desk, page)
    for path in paths:
        screen.go(f"/desk/{path}")
        page.wait_for_load_state("networkidle")
        # Colours hang on the scheme and places on the width: two of the four pairs see them all.
        for width, scheme in zip(WIDTHS, reversed(SCHEMES), strict=True):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
            assert violations(page) == []
    assert screen.loaded == {urlsplit(desk.url).netloc}


def test_every_page_works_without_scripts(desk: Desk, browser: Browser) -> None:
    subscribe(desk.app, READERS)
    desk.clock.pass_hours(-3)
    write_campaign(desk.app.site, more="", model=None)
    page = desk.page(browser, Role.SENDER, java_script_enabled=False)
    screen = Screen(desk, page)
    screen.go(ISSUE)
    page.get_by_role("link", name="Voir ce que dit la vérification").click()
    screen.says("La vérification ne trouve rien à corriger")
    page.go_back()
    screen.press("Approuver pour 6 personnes")
    screen.says("Elle part d’elle-même le")
    desk.clock.now += timedelta(hours=3)
    screen.press("Envoyer maintenant à 6 personnes")
    screen.says("Elle part à 6 personnes")
    page.go_back()
    screen.says("La lettre du Lavoir – mars")
