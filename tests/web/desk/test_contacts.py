"""Contacts at the desk: found, corrected, erased; a file brought in by its page; rows to check; two made one."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from mailer.app import App, open_app
from mailer.domain.accounts import Role
from mailer.domain.people import ContactKind
from mailer.services import contacts, merging, people
from mailer.services.people import uploads
from mailer.web import create_web
from tests.browsers import CHROMIUM, violations
from tests.sites import CONFIG, NOON, subscribe, write_site
from tests.web.conftest import Clock
from tests.web.desk.conftest import NAMES, Desk, enter

HTTP = "http://127.0.0.1:9"
TABLE = """Nom,Prénom,Courriel,Fonction,Newsletter
Morvan,Anne,anne@kerlann.example,trésorière,oui
Le Goff,Yann,yann@kerlann.example,,peut-être
,Zoé,zoe@gmial.com,,oui
"""
IMPORT = "/desk/contacts/import/"


class Staff:
    """Somebody at the desk, who presses buttons as pages show them."""

    def __init__(self, web: ASGIApp, cookie: str) -> None:
        self.client = TestClient(web, base_url=HTTP, follow_redirects=True)
        self.client.cookies.set("desk", cookie, path="/desk/")

    def see(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def press(self, page: str, to: str, **fields: str) -> str:
        """The first form of a page that leads there, with what the page put in it; the next page."""
        return self.send(to, {**form_of(self.see(page), to), **fields})

    def send(self, to: str, fields: dict[str, str | list[str]]) -> str:
        answer = self.client.post(to, data=fields)
        assert answer.status_code < 500
        return unescape(answer.text)

    def bring(self, content: str | bytes, name: str = "adhérents.csv") -> tuple[str, str]:
        """A file through the page: where its own page is, and that page."""
        answer = self.client.post(IMPORT, files={"file": (name, content)})
        return answer.url.path, unescape(answer.text)


def form_of(page: str, to: str) -> dict[str, str | list[str]]:
    """The hidden fields, the words and the choices of a form, as a browser would send them."""
    found = re.search(rf'<form[^>]*action="{to}".*?</form>', page, re.DOTALL)
    assert found, f"no form for {to}"
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[0]):
        fields.setdefault(name, []).append(value)
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', found[0], re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        assert chosen
        fields.setdefault(name, []).append(chosen[1])
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    config = CONFIG.replace("https://lettre.lavoir.example", HTTP).replace(
        "[organisation]", 'language = "en"\n\n[organisation]', 1
    )
    with open_app(write_site(tmp_path / "site", config), {}) as opened:
        yield opened


@pytest.fixture
def person(app: App) -> Callable[[Role], Staff]:
    clock = Clock(NOON)
    web = create_web(app, clock)
    return lambda role: Staff(web, enter(app, NAMES[role], role, clock)[0])


@pytest.fixture
def edith(person: Callable[[Role], Staff]) -> Staff:
    return person(Role.EDITOR)


def added(app: App, name: str, address: str = "", kind: ContactKind = ContactKind.PERSON, **more: str) -> int:
    return contacts.add(app, kind, {"name": name, **more}, NOON, address=address)


def test_a_contact_is_found_by_beginnings_and_shown_on_a_card(app: App, edith: Staff) -> None:
    number = added(app, "Élodie <b>Kervella", "elodie@kerlann.example", city="Brest")
    assert f'href="/desk/contacts/{number}"' in edith.see("/desk/contacts/?q=elod brest")
    found = edith.see("/desk/contacts/found?q=kerv")
    assert "Kervella" in found
    assert "<html" not in found
    assert "Nobody is found by that" in edith.see("/desk/contacts/?q=zzz")
    raw = edith.client.get(f"/desk/contacts/{number}").text
    assert "&lt;b&gt;Kervella" in raw
    assert "<b>Kervella" not in raw
    assert edith.client.get("/desk/contacts/4000").status_code == 404
    assert "mailer contacts" not in edith.client.get("/desk/contacts/4000").text
    assert edith.client.get("/desk/contacts/99999999999999999999").status_code == 404


def test_a_card_is_corrected_and_keeps_what_cannot_be_taken(app: App, edith: Staff) -> None:
    number = added(app, "Anne Morvan", "anne@kerlann.example")
    place = added(app, "Collectif du Puits", kind=ContactKind.STRUCTURE)
    card = f"/desk/contacts/{number}"
    assert "Saved: City" in edith.press(card, f"{card}/edit", name="Anne Morvan", city="Quimper")
    assert "Édith Rédac" in edith.see(card)
    wrong = edith.press(card, f"{card}/edit", city="Brest", language="breton")
    assert "is no language" in wrong
    assert 'value="Brest"' in wrong
    assert contacts.show(app, str(number))[0].contact.city == "Quimper"
    edith.press(card, f"{card}/tag", off="", tag="Conseil d'administration")
    edith.press(card, f"{card}/member", off="", year="2026")
    edith.press(card, f"{card}/join", structure="collectif du puits", role="trésorière")
    shown = contacts.show(app, str(number))[0]
    assert (shown.tags, [one.year for one in shown.memberships]) == (("conseil-d-administration",), [2026])
    assert [(one.id, one.role) for one in shown.structures] == [(place, "trésorière")]
    assert "No structure is found" in edith.press(card, f"{card}/join", structure="nulle part")
    edith.press(card, f"{card}/part")
    edith.press(card, f"{card}/tag")
    after = contacts.show(app, str(number))[0]
    assert (len(after.structures), len(after.tags)) == (0, 0)
    assert "is closed" in edith.press(card, f"{card}/close")
    assert "is open again" in edith.press(card, f"{card}/reopen")


def test_one_person_is_taken_out_and_erased_with_the_address_typed(app: App, edith: Staff) -> None:
    number = added(app, "Anne Morvan", "anne@kerlann.example")
    card = f"/desk/contacts/{number}"
    held = edith.client.get(f"{card}/data.json")
    assert held.json()["about"] == "anne@kerlann.example"
    assert "attachment" in held.headers["content-disposition"]
    assert "anne@kerlann.example" in edith.see(f"{card}/data.csv")
    assert "Nothing was erased" in edith.press(card, f"{card}/erase", erase="yann@kerlann.example")
    assert "Erased. Only a coded print" in edith.press(card, f"{card}/erase", erase=" Anne@kerlann.example ")
    assert contacts.find(app, "anne") == []
    assert edith.client.get(card).status_code == 404


def test_a_file_is_looked_at_corrected_rehearsed_and_imported_once(app: App, edith: Staff) -> None:
    path, page = edith.bring(TABLE)
    assert "anne@kerlann.example" in page
    assert "« peut-être » (1)" in page
    form = form_of(page, path)
    columns = form["column"]
    assert columns == ["Nom", "Prénom", "Courriel", "Fonction", "Newsletter"]
    form["meaning"] = ["last_name", "first_name", "email", "notes", "newsletter"]
    form |= {"wish": "no", "list": "lettre", "action": "rehearse"}
    rehearsed = edith.send(path, form)
    assert "3 rows would give: 2 contacts ready" in rehearsed
    assert "Import 2 contacts" in rehearsed
    assert "gmial.com" in rehearsed
    assert contacts.find(app, "morvan") == []
    report = edith.client.get(f"{path}/report")
    assert "yann@kerlann.example" in report.text
    apply = form_of(rehearsed, path) | {"action": "apply"}
    assert "2 contacts ready" in edith.send(path, apply)
    assert "the button was pressed twice" in edith.send(path, apply)
    assert len(people.latest(app, 9)) == 1
    anne, yann = (contacts.show(app, f"{one}@kerlann.example")[0] for one in ("anne", "yann"))
    assert anne.contact.notes == "trésorière"
    assert [one.list_slug for one in anne.subscriptions] == ["lettre"]
    assert yann.subscriptions == ()
    assert not list((app.site / uploads.FOLDER).iterdir())
    assert "was taken back: 2 contacts" in edith.press(IMPORT, "/desk/contacts/import/undo/1")
    assert contacts.find(app, "morvan") == []


def test_what_is_no_table_or_no_file_is_a_sentence(app: App, edith: Staff) -> None:
    assert "Choose a file first" in edith.bring("")[1]
    assert "is a PDF, not a table" in edith.bring(b"%PDF-1.7 xx", "liste.pdf")[1]
    path, page = edith.bring("Morvan,anne@kerlann.example\nLe Goff,yann@kerlann.example\n", "../../sans noms.csv")
    assert "Say below what they are, in order" in page
    assert "--columns" not in page
    named = edith.send(path, {"columns": "nom, email", "action": "look"})
    assert "See what would happen" in named
    assert [one.name for one in (app.site / uploads.FOLDER).rglob("*.csv")] == ["sans noms.csv"]
    assert all(one.stat().st_mode & 0o077 == 0 for one in (app.site / uploads.FOLDER).iterdir())
    edith.send(path, {"action": "drop"})
    assert "not kept any more" in edith.client.get(path).text
    assert edith.client.get(f"{IMPORT}..%2F..%2Fconfig").status_code == 404
    huge = edith.client.post(IMPORT, files={"file": ("a.csv", b"x" * (21 * 1024 * 1024))})
    assert huge.status_code == 413


def test_rows_to_check_are_taken_or_left_out_one_by_one(app: App, edith: Staff, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Nom,Courriel\nZoé,zoe@gmial.com\nMax,max at kerlann\nLou,lou@orange.fe\n", encoding="utf-8")
    people.import_contacts(app, file, NOON, dry_run=False)
    rows = people.to_check(app)
    queue = "/desk/contacts/to-check/"
    page = edith.see(queue)
    assert f"{len(rows)} rows of imported files wait" in page
    first = f"{queue}{rows[0].number}"
    form = form_of(page, first) | {"action": "take"}
    assert "type it, or leave" in edith.send(first, form | {"address": "zoe"}) or "zoe" in edith.see(queue)
    assert len(people.to_check(app)) == len(rows)
    assert "Taken" in edith.press(queue, first, action="take", address="zoe@gmail.example")
    assert contacts.find(app, "zoe@gmail.example")
    assert "Somebody decided about this row" in edith.send(first, {"press": "new", "action": "take"})
    for row in rows[1:]:
        assert "Left out" in edith.press(queue, f"{queue}{row.number}", action="drop")
    assert "No row waits" in edith.see(queue)


def test_two_are_made_one_taken_apart_and_kept_apart(app: App, edith: Staff) -> None:
    first = added(app, "Anne Morvan", "anne@kerlann.example", city="Brest")
    second = added(app, "Anne Morvan", "anne+lettre@kerlann.example", city="Brest")
    queue, pair = "/desk/contacts/duplicates/", f"/desk/contacts/duplicates/{first}/{second}"
    assert pair in edith.see(queue)
    assert "same address but for a plus or dots" in edith.see(pair)
    form = form_of(edith.see(pair), pair) | {"action": "second"}
    assert "They are one now" in edith.send(pair, form)
    assert "the button was pressed twice" in edith.send(pair, form)
    assert len(merging.merged_into(app, second)) == 1
    assert "are two again" in edith.press(f"/desk/contacts/{second}", f"/desk/contacts/{second}/take-apart")
    assert "not proposed again" in edith.press(pair, pair, action="separate")
    assert "No two contacts are probably one" in edith.see(queue)


def test_whoever_may_not_see_contacts_is_refused_everywhere(app: App, person: Callable[[Role], Staff]) -> None:
    number = added(app, "Anne Morvan", "anne@kerlann.example")
    card = f"/desk/contacts/{number}"
    pages = ("", "found", "new", f"{number}", f"{number}/data.csv", "import/", "to-check/", "duplicates/", "import/x")
    posts = ("new", f"{number}/edit", f"{number}/erase", "import/", "import/x", "import/undo/1", "to-check/1")
    for role in (Role.CONTRIBUTOR, Role.REVIEWER):
        staff = person(role)
        assert {staff.client.get(f"/desk/contacts/{one}").status_code for one in pages} == {403}
        assert {staff.client.post(f"/desk/contacts/{one}", data={"press": "x"}).status_code for one in posts} == {403}
        assert staff.client.post(f"{card}/erase", data={"erase": "anne@kerlann.example"}).status_code == 403
    assert contacts.show(app, str(number))
    for role in (Role.SENDER, Role.ADMIN):
        assert person(role).client.get(card).status_code == 200


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")
def test_the_pages_are_read_and_reached_by_everyone(desk: Desk, browser: Browser, tmp_path: Path) -> None:
    subscribe(desk.app, ["max@kerlann.example"])
    first = added(desk.app, "Anne Morvan", "anne@kerlann.example", city="Brest")
    second = added(desk.app, "Anne Morvan", "anne+a@kerlann.example", city="Brest")
    contacts.tag(desk.app, str(first), "bénévole", NOON)
    table, doubtful = tmp_path / "adhérents.csv", tmp_path / "doutes.csv"
    table.write_text(TABLE, encoding="utf-8")
    doubtful.write_text("Nom,Courriel\nZoé,zoe@gmial.com\n", encoding="utf-8")
    people.import_contacts(desk.app, doubtful, NOON, dry_run=False)
    with closing(desk.page(browser, Role.EDITOR)) as page:
        page.goto(f"{desk.url}/desk/contacts/")
        page.get_by_label("Un nom, une structure").press_sequentially("anne m")
        page.wait_for_selector("#found a")
        _look(page, "contacts")
        for name, path in (
            ("card", f"{first}"),
            ("pair", f"duplicates/{first}/{second}"),
            ("pairs", "duplicates/"),
            ("to-check", "to-check/"),
            ("import", "import/"),
        ):
            page.goto(f"{desk.url}/desk/contacts/{path}")
            _look(page, name)
        page.set_input_files("input[type=file]", table)
        page.click("main form button")
        page.wait_for_selector("select[name=meaning]")
        _look(page, "look")
        page.click("button[value=rehearse]")
        page.wait_for_selector("button[value=apply]")
        _look(page, "rehearsed")
        page.click("button[value=apply]")
        page.wait_for_selector(".flash:has-text('Rien n’a été envoyé')")
        page.context.close()


def _look(page: object, name: str) -> None:
    import os

    from playwright.sync_api import Page

    assert isinstance(page, Page)
    for width, scheme in ((360, "dark"), (1280, "light")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a word that playwright types as a literal
        page.set_viewport_size({"width": width, "height": 900})
        if os.environ.get("SHOTS"):
            page.screenshot(path=f"{os.environ['SHOTS']}/{name}-{width}.png", full_page=True)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
