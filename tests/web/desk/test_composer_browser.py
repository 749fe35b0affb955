"""The composer in Debian's Chromium: the demo Sirène written through the page, and what goes wrong while one writes."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from mailer.content.writing import Part, take_apart
from mailer.domain.accounts import Role
from mailer.domain.letters import BlockKind
from tests.browsers import CHROMIUM, SCHEMES, WIDTHS, violations
from tests.web.desk.conftest import Desk

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "campaigns" / "sirene" / "2023-09"
PAGE = "/desk/issues/sirene/2023-10/compose"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]


@pytest.fixture
def desk_site(tmp_path: Path) -> Callable[[str], Path]:
    """The demo's own site, with an issue of October that holds a greeting and nothing else."""

    def write(url: str) -> Path:
        site = tmp_path / "site"
        for folder in ("campaigns", "lists"):
            shutil.copytree(ROOT / folder, site / folder)
        config = (ROOT / "config.toml").read_text(encoding="utf-8")
        (site / "config.toml").write_text(re.sub(r"(?m)^public_url = .*$", f'public_url = "{url}"', config), "utf-8")
        issue = site / "campaigns" / "sirene" / "2023-10" / "issue.md"
        issue.parent.mkdir()
        front = '+++\nsubject = "À écrire"\nslot = 2023-10-04\naudience = ["sirene", "base"]\n+++\n'
        issue.write_text(f"{front}\n::: greeting\nBonjour\n:::\n", encoding="utf-8")
        return site

    return write


@pytest.fixture
def page(desk: Desk, browser: Browser) -> Iterator[Page]:
    """The composer, open, as an editor sees it; a page that asked another host or broke its own policy fails."""
    said: list[str] = []
    with closing(
        desk.page(browser, Role.EDITOR, viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    ) as opened:
        opened.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
        opened.on("pageerror", lambda error: said.append(str(error)))
        opened.on("request", lambda one: None if one.url.startswith((desk.url, "data:")) else said.append(one.url))
        opened.goto(desk.url + PAGE)
        opened.wait_for_selector("#compose[data-ready]", state="attached")
        yield opened
        opened.context.close()
    # A picture that is refused, or a letter with a mistake, is an answer that the console calls an error.
    assert [one for one in said if "status of 422" not in one and "status of 409" not in one] == []


def text(desk: Desk) -> str:
    return (desk.app.site / "campaigns" / "sirene" / "2023-10" / "issue.md").read_text(encoding="utf-8")


def add(page: Page, part: Part) -> Locator:
    """A block, as a person adds it: from the menu, its fields by their labels, its text as Markdown."""
    if not page.locator("#add").evaluate("one => one.open"):
        page.click("#add summary")
    count = page.locator(".part").count()
    page.click(f"#add button[data-add={part.kind}]")
    expect(page.locator(".part")).to_have_count(count + 1)
    block = page.locator(".part").last
    for name, value in part.fields.items():
        if name == "image":
            block.locator("input[type=file]").set_input_files(DEMO / value)
            expect(block.locator("select[data-pictures]")).not_to_have_value("")
        elif name in ("audience", "campaign"):
            block.locator(f"select[name$='.{name}']").select_option(value)
        else:
            block.locator(f"input[name$='.{name}']").fill(value)
    if part.text:
        block.get_by_role("button", name="En Markdown").click()
        block.locator("textarea").fill(part.text)
    return block


def test_the_demo_sirene_is_written_through_the_page(desk: Desk, page: Page) -> None:
    demo = take_apart((DEMO / "issue.md").read_text(encoding="utf-8"))
    for field in ("subject", "preheader", "number"):
        page.fill(f"[name='front.{field}']", (demo.front or {})[field])
    page.locator(".part summary").first.click()
    page.get_by_role("button", name="Retirer ce bloc").click()
    everything = (*demo.parts, Part(BlockKind.FOOTER))
    assert {one.kind for one in everything} == set(BlockKind)
    for part in everything:
        add(page, part)
    expect(page.locator("#waits")).to_have_text("")
    frame = page.frame_locator("iframe.letter")
    expect(frame.get_by_role("heading", name="Une rentrée à plusieurs voix")).to_be_visible()
    expect(frame.locator("img[alt^='Affiche de la journée']")).to_have_js_property("complete", True)
    assert frame.locator("img[alt^='Affiche de la journée']").evaluate("one => one.naturalWidth") > 0
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    page.wait_for_selector(".flash:has-text('C’est enregistré')")
    names = {"sirene-bandeau.png", "journee-de-rentree.png"}
    assert [(one.kind, one.fields, one.text) for one in take_apart(text(desk)).parts] == [
        (one.kind, dict(one.fields), one.text) for one in everything
    ]
    assert names <= {one.name for one in (desk.app.site / "campaigns" / "sirene" / "2023-10").iterdir()}
    _look_everywhere(page)


def _look_everywhere(page: Page) -> None:
    page.locator(".part summary").nth(3).click()
    page.wait_for_selector(".part:nth-child(4) .ProseMirror")
    for scheme in SCHEMES:
        for width in WIDTHS:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


def test_a_block_is_added_written_and_saved_by_keyboard_alone(desk: Desk, page: Page) -> None:
    page.focus("[name='front.number']")
    _tab_to(page, ".part summary")
    page.keyboard.press("Enter")
    page.wait_for_selector(".ProseMirror")
    _tab_to(page, ".ProseMirror")
    page.keyboard.press("Control+End")
    page.keyboard.type(" à toutes")
    # The editor lets go of the keyboard.
    _tab_to(page, "[data-do=remove]")
    _tab_to(page, "#add summary")
    page.keyboard.press("Enter")
    _tab_to(page, "[data-add=section]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".part:nth-child(2)")
    page.keyboard.type("À la main")
    _tab_to(page, ".bar button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".flash:has-text('C’est enregistré')")
    assert "Bonjour à toutes" in text(desk)
    assert '::: section title="À la main"' in text(desk)


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(selector)


def test_blocks_move_by_keyboard_and_by_hand_and_text_is_rich(desk: Desk, page: Page) -> None:
    lead = add(page, Part(BlockKind.LEAD, {"title": "Deuxième"}))
    lead.locator(".ProseMirror").click()
    page.keyboard.type("Du gras ")
    page.keyboard.press("Control+b")
    page.keyboard.type("ici")
    page.keyboard.press("Control+b")
    # What Word puts on the clipboard.
    lead.locator(".ProseMirror").evaluate(
        """(one, html) => { const held = new DataTransfer(); held.setData("text/html", html);
        one.dispatchEvent(new ClipboardEvent("paste", {clipboardData: held, bubbles: true, cancelable: true})); }""",
        "<p class=MsoNormal><span style='font-weight:bold'>Collé</span><o:p></o:p><script>alert(1)</script></p>",
    )
    expect(lead.locator(".ProseMirror strong")).to_have_count(2)
    assert lead.locator("textarea").input_value() == "Du gras **ici**\n\n**Collé**"
    add(page, Part(BlockKind.SECTION, {"title": "Troisième"}))
    up = page.locator(".part").last.get_by_role("button", name="Monter")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_have_text("Monté. C’est maintenant le bloc 2 sur 3.")
    expect(page.locator(".part").nth(1).get_by_role("button", name="Monter")).to_be_focused()
    _drag(page, page.locator(".part").nth(2), page.locator(".part").first)
    kinds = page.locator(".part").evaluate_all("all => all.map(one => one.dataset.kind)")
    assert kinds == ["lead", "greeting", "section"]
    page.locator(".part").nth(2).get_by_role("button", name="Retirer").click()
    page.get_by_role("button", name="Le remettre").click()
    expect(page.locator(".part")).to_have_count(3)
    page.get_by_role("button", name="Enregistrer", exact=True).last.press("Enter")
    page.wait_for_selector(".flash:has-text('C’est enregistré')")
    assert [str(one.kind) for one in take_apart(text(desk)).parts] == kinds


def _drag(page: Page, block: Locator, over: Locator) -> None:
    block.locator(".handle").hover()
    page.mouse.down()
    for _ in range(4):
        # Near an edge the page scrolls under the pointer.
        box = over.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 40, box["y"] + box["height"] / 2, steps=3)
    page.mouse.up()


def test_a_lost_session_a_large_photo_and_a_false_one_lose_nothing(desk: Desk, page: Page) -> None:
    article = add(page, Part(BlockKind.ARTICLE, {"title": "Le <b>jardin</b>"}))
    article.locator("input[type=file]").set_input_files(
        {"name": "vacances.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"}
    )
    expect(article.locator(".trouble")).to_contain_text("n’est pas une image")
    article.locator("input[type=file]").set_input_files(
        {"name": "vacances.jpg", "mimeType": "image/jpeg", "buffer": _ten_megabytes()}
    )
    expect(article.locator("select[data-pictures]")).to_have_value("vacances.jpg", timeout=15_000)
    assert (desk.app.site / "campaigns/sirene/2023-10/vacances.jpg").stat().st_size < 1_000_000
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.fill("[name='front.subject']", "Écrit sans session 🌻")
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("#lost")).to_be_visible()
    assert page.input_value("[name='front.subject']") == "Écrit sans session 🌻"
    # The tab is closed, the computer switched off; whoever comes back is offered what this browser kept.
    page.context.add_cookies(cookies)  # type: ignore[arg-type] # what playwright itself gave
    page.goto(desk.url + PAGE)
    page.get_by_role("button", name="Le reprendre").click()
    expect(page.locator("[name='front.subject']")).to_have_value("Écrit sans session 🌻")
    expect(page.locator(".unsaved")).to_be_visible()
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    page.wait_for_selector(".flash:has-text('C’est enregistré')")
    assert "Écrit sans session 🌻" in text(desk)
    assert "Le <b>jardin</b>" in text(desk)


def _ten_megabytes() -> bytes:
    made = BytesIO()
    noise = Image.effect_noise((1000, 1000), 90).resize((3600, 2700)).convert("RGB")
    noise.save(made, "JPEG", quality=100, subsampling=0)
    return made.getvalue().ljust(10_000_000, b"\0")
