"""« Lectures » and « Listes »: every page, who may see it, what is typed, what is taken out as a file."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from mailer.app import App, open_app
from mailer.domain.accounts import Role
from mailer.services import reporting
from mailer.web import create_web
from tests.browsers import CHROMIUM, violations
from tests.services.test_reporting import APPLE, PERSON, deliver, fetch, letter
from tests.sites import CONFIG, NOON, subscribe, write_issue, write_site
from tests.web.conftest import Clock
from tests.web.desk.conftest import NAMES, Desk, enter

HTTP = "http://127.0.0.1:9"
ISSUE = "/desk/readings/lettre/2026-03"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_app(write_site(tmp_path / "site", CONFIG.replace("https://lettre.lavoir.example", HTTP)), {}) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON + timedelta(days=1))


@pytest.fixture
def come_in(app: App, clock: Clock) -> Callable[[Role], TestClient]:
    web = create_web(app, clock)

    def client(role: Role) -> TestClient:
        one = TestClient(web, base_url=HTTP, follow_redirects=False)
        one.cookies.set("desk", enter(app, NAMES[role], role, clock)[0], path="/desk/")
        return one

    return client


def read_by_some(app: App) -> None:
    """An issue to forty, read by eighteen, and a year before that was brought in."""
    deliver(app, 40)
    for link in [1] * 12 + [0] * 6:
        fetch(app, letter(app), link, PERSON)
    fetch(app, letter(app), 0, APPLE)
    past = app.site / "past.csv"
    past.write_text("year;campaign;issues;sends;rate\n2025;lettre;11;600;30 %\n", encoding="utf-8")
    reporting.import_past(app, past, NOON)


def test_a_desk_where_nothing_left_says_what_will_stand_here(come_in: Callable[[Role], TestClient]) -> None:
    page = come_in(Role.REVIEWER).get("/desk/readings/").text
    assert "Lectures de 2026" in page
    assert "Aucun numéro n’est parti cette année" in page
    assert 'href="/desk/issues/"' in page
    assert "/print" not in page


def test_an_issue_tells_three_figures_first_then_its_tables_and_is_taken_along(
    app: App, come_in: Callable[[Role], TestClient]
) -> None:
    read_by_some(app)
    remi = come_in(Role.REVIEWER)
    page = remi.get(ISSUE).text
    assert (
        page.index("Remises")
        < page.index("46,15")
        < page.index("Numéro quitté" if "Numéro quitté" in page else "</dl>")
    )
    assert "Aucune n’est revenue." in page
    assert "Personne n’est parti par cette lettre." in page
    assert "jardin.lavoir.example" in page
    table = remi.get(f"{ISSUE}/csv")
    assert table.headers["content-disposition"] == 'attachment; filename="lettre-2026-03.csv"'
    assert table.content.startswith(b"\xef\xbb\xbf")
    printed = remi.get(f"{ISSUE}/print")
    assert "script-src &#39;sha256-" in printed.text
    assert "default-src" not in printed.headers["content-security-policy"]
    assert remi.get("/desk/readings/lettre/2026-09").status_code == 404


def test_a_year_stands_beside_the_year_before_with_its_text_to_copy(
    app: App, come_in: Callable[[Role], TestClient]
) -> None:
    read_by_some(app)
    remi = come_in(Role.REVIEWER)
    page = remi.get("/desk/readings/").text
    assert "[1 numéro produit en 2026" in page
    assert "en 2025 ; chiffre repris d’un autre logiciel" in page.replace("\u202f", " ").replace("\xa0", " ")
    assert f'href="{ISSUE}"' in page
    assert remi.get("/desk/readings/2026").text.count("46,15") >= 2
    before = remi.get("/desk/readings/2025").text
    assert "Aucun numéro n’est parti cette année" in before
    assert "Chiffres repris" in before
    assert remi.get("/desk/readings/2026/csv").headers["content-disposition"].endswith('"2026.csv"')
    assert "[1 numéro produit" in remi.get("/desk/readings/2026/print").text
    assert remi.get("/desk/readings/12").status_code == 404


def test_a_list_says_who_is_in_who_is_out_and_gives_its_form(app: App, come_in: Callable[[Role], TestClient]) -> None:
    subscribe(app, ["lectrice1@orange.example", "lectrice2@orange.example"])
    subscribe(app, ["voisin@orange.example"], "bureau")
    edith = come_in(Role.EDITOR)
    every = edith.get("/desk/lists/").text
    assert "La lettre du Lavoir" in every
    assert "Le mot du bureau" in every
    page = edith.get("/desk/lists/lettre").text
    assert "sur 3 contacts" in page
    assert "Inscription à « La lettre du Lavoir »." in page.replace("\xa0", " ")
    assert "&lt;form method=&#34;post&#34; action=&#34;" + HTTP + "/subscribe/lettre" in page
    assert "n’a donc pas de formulaire" in edith.get("/desk/lists/bureau").text
    missing = edith.get("/desk/lists/letre")
    assert (missing.status_code, "lettre" in missing.text) == (404, True)


def test_one_address_is_told_why_it_gets_a_letter_or_not(app: App, come_in: Callable[[Role], TestClient]) -> None:
    subscribe(app, ["lectrice1@orange.example"])
    edith = come_in(Role.EDITOR)
    address = {"address": " lectrice1@orange.example "}
    told = edith.post("/desk/lists/lettre/why", data=address).text
    assert "la reçoit." in told
    everywhere = edith.post("/desk/lists/why", data=address).text
    assert everywhere.count("la reçoit.") == 2
    assert "ne la reçoit pas." in everywhere
    assert "la reçoit." in edith.post("/desk/issues/lettre/2026-03/audience", data=address).text
    for path in ("/desk/lists/why", "/desk/lists/lettre/why", "/desk/issues/lettre/2026-03/audience"):
        wrong = edith.post(path, data={"address": "<b>pas une adresse"})
        assert (wrong.status_code, "&lt;b&gt;pas une adresse" in wrong.text) == (422, True)
        assert "Dites de qui est l’adresse." in edith.post(path, data={"address": " "}).text
        assert "Aucun contact" in edith.post(path, data={"address": "inconnue@orange.example"}).text


def test_lists_with_a_mistake_are_a_sentence(app: App, come_in: Callable[[Role], TestClient]) -> None:
    (app.site / "lists" / "lettre.toml").write_text("title = 3", encoding="utf-8")
    edith = come_in(Role.EDITOR)
    assert "lists/lettre.toml" in edith.get("/desk/lists/").text
    assert edith.post("/desk/lists/why", data={"address": "a@orange.example"}).status_code == 422


def test_contacts_are_taken_out_by_who_sends_and_the_audit_says_so(
    app: App, come_in: Callable[[Role], TestClient]
) -> None:
    subscribe(app, ["lectrice1@orange.example"])
    subscribe(app, ["voisin@orange.example"], "bureau")
    edith, sonia, adele = come_in(Role.EDITOR), come_in(Role.SENDER), come_in(Role.ADMIN)
    assert "/export" not in edith.get("/desk/lists/lettre").text
    assert edith.post("/desk/lists/lettre/export").status_code == 403
    taken = sonia.post("/desk/lists/lettre/export")
    assert taken.headers["content-disposition"] == 'attachment; filename="lettre.csv"'
    assert "lectrice1@orange.example" in taken.text
    assert "voisin@" not in taken.text
    assert "voisin@orange.example" in sonia.post("/desk/lists/export").text
    assert sonia.post("/desk/lists/lettres/export").status_code == 404
    audit = adele.get("/desk/settings/audit").text
    assert audit.count("a pris des contacts dans un fichier") == 2


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.REVIEWER])
def test_who_does_not_look_after_people_sees_counts_of_an_issue_and_no_person(
    app: App, come_in: Callable[[Role], TestClient], role: Role
) -> None:
    write_issue(app.site, "lettre/2026-03")
    someone = come_in(role)
    assert someone.get("/desk/lists/").status_code == 403
    assert someone.get("/desk/lists/lettre").status_code == 403
    assert someone.post("/desk/lists/why", data={"address": "a@orange.example"}).status_code == 403
    assert someone.post("/desk/lists/export").status_code == 403
    audience = someone.get("/desk/issues/lettre/2026-03/audience")
    assert (audience.status_code, 'name="address"' in audience.text) == (200, False)
    assert someone.post("/desk/issues/lettre/2026-03/audience", data={"address": "a@orange.example"}).status_code == 403


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")
def test_the_pages_fit_and_axe_finds_nothing(desk: Desk, browser: Browser) -> None:
    read_by_some(desk.app)
    desk.clock.pass_hours(6)
    said = list[str]()
    for width, scheme in ((360, "dark"), (1280, "light")):
        page = desk.page(browser, color_scheme=scheme, viewport={"width": width, "height": 800})
        page.on("console", lambda message: said.append(message.text))
        with closing(page.context):
            for path in ("/desk/readings/", ISSUE, "/desk/lists/", "/desk/lists/lettre"):
                page.goto(desk.url + path)
                assert page.url == desk.url + path
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
                assert violations(page) == []
            page.goto(f"{desk.url}{ISSUE}/print")
            assert page.evaluate("getComputedStyle(document.querySelector('.plot .bar')).fill") != "rgb(0, 0, 0)"
    assert said == []
