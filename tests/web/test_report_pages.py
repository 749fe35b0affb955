"""The pages that `mailer report --html` writes, in Debian's Chromium: read, reached, printed, nothing asked."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from mailer.services import reporting
from tests.browsers import CHROMIUM, SCHEMES, browser, violations
from tests.services.test_reporting import APPLE, NAME, PERSON, deliver, fetch, letter
from tests.sites import NOON, open_site, subscribe, write_site

__all__ = ["browser"]

WIDTHS = (360, 1200)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An issue's page and its year's, beside a year that was brought in."""
    folder = tmp_path_factory.mktemp("pages")
    with open_site(write_site(folder / "site")) as app:
        subscribe(app, [f"voisin{number}@orange.example" for number in range(3)])
        deliver(app, 60)
        for link in [1] * 14 + [2] * 5 + [0] * 12:
            fetch(app, letter(app), link, PERSON)
        for _ in range(6):
            fetch(app, letter(app), 0, APPLE)
        (folder / "past.csv").write_text("year;campaign;issues;sends;rate\n2025;lettre;11;600;30 %\n", encoding="utf-8")
        reporting.import_past(app, folder / "past.csv", NOON)
        now = NOON + timedelta(days=3)
        issue = reporting.issue_page(app, reporting.issue_report(app, NAME), now)
        year = reporting.year_page(app, 2026, reporting.year_report(app, 2026), reporting.past_years(app, 2025), now)
    (folder / "issue.html").write_text(issue, encoding="utf-8")
    (folder / "year.html").write_text(year, encoding="utf-8")
    return folder


@pytest.fixture(params=["issue", "year"])
def address(request: pytest.FixtureRequest, pages: Path) -> str:
    return (pages / f"{request.param}.html").as_uri()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with closing(browser.new_page(viewport={"width": 1200, "height": 800})) as opened:
        yield opened


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_fits_says_nothing_to_the_console_and_axe_finds_nothing(
    browser: Browser, address: str, width: int, scheme: str
) -> None:
    with closing(browser.new_page(viewport={"width": width, "height": 740}, color_scheme=scheme)) as page:  # type: ignore[arg-type] # a literal of playwright's
        said, asked = list[str](), list[str]()
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("svg:visible").count() == page.locator("figure").count() >= 1
        assert page.evaluate("getComputedStyle(document.querySelector('.plot .bar')).fill") != "rgb(0, 0, 0)"
        assert violations(page) == []
        assert (said, asked) == ([], [address])


def test_a_plot_is_kept_as_a_picture_in_the_colours_of_paper(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(address)
    with page.expect_download() as kept:
        page.locator("button[data-plot]").first.click()
    picture = Image.open(BytesIO(Path(kept.value.path()).read_bytes()))
    assert kept.value.suggested_filename.endswith(".png")
    assert (picture.format, picture.width) == ("PNG", 1360)
    colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20) or []}
    assert (255, 255, 255) in colours
    assert (0xB9, 0x2D, 0x18) in colours


def test_without_script_everything_is_there_but_the_buttons(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    with closing(context), closing(context.new_page()) as page:
        page.goto(address)
        assert page.locator("button:visible").count() == 0
        assert page.locator("table:visible").count() >= 1


def test_on_paper_everything_fits_an_a4_page(page: Page, address: str) -> None:
    page.goto(address)
    page.emulate_media(media="print", color_scheme="dark")
    # 178 mm of text at 96 points an inch.
    page.set_viewport_size({"width": 672, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("getComputedStyle(document.querySelector('.plot.wide')).display") == "block"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(36, 29, 25)"
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_fewer_than_ten_are_nowhere_on_the_page(pages: Path) -> None:
    text = (pages / "issue.html").read_text(encoding="utf-8")
    assert "https://jardin.lavoir.example/ouverture" in text
    assert "https://lavoir.example/horaires" not in text
    assert "1 autre lien a été suivi par moins de dix personnes" in text


def test_every_figure_has_its_definition_and_each_plot_its_table(page: Page, address: str) -> None:
    page.goto(address)
    marks = page.locator("a.mark")
    assert marks.count() > 5
    for target in {marks.nth(at).get_attribute("href") for at in range(marks.count())}:
        assert target is not None
        assert page.locator(target).count() == 1
    assert page.locator("figure table").count() == page.locator("figure").count()
