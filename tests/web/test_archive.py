from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import process_time

import pytest
from starlette.testclient import TestClient

from mailer.app import App, open_app
from mailer.store import old_issues, tables
from mailer.store.old_issues import OldIssueRow
from mailer.web import create_web
from mailer.web.headers import DESK_PATH, PERSONAL_PATHS
from tests.web.conftest import Clock
from tests.web.letters import Letter, held
from tests.web.visitor import ORIGIN, visitor


@pytest.mark.parametrize(
    ("path", "target"), [("/", "/archive/"), ("/archive", "/archive/"), ("/archive/sirene", "/archive/sirene/")]
)
def test_the_addresses_that_people_type_lead_on(client: TestClient, path: str, target: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (307, target)


@pytest.mark.usefixtures("sirene")
def test_the_archive_lists_public_letters_and_their_latest_issue(client: TestClient) -> None:
    page = client.get("/archive/").text
    assert page.index("L&#39;heure de la Sirène") < page.index("/archive/sirene/2026-09")
    assert "Le Klaxon" in page
    assert "quinzaine" not in page


@pytest.mark.usefixtures("sirene")
def test_a_letter_s_archive_goes_by_year_newest_first(client: TestClient) -> None:
    page = client.get("/archive/sirene/")
    assert page.status_code == 200
    assert "September 2, 2026" in page.text
    assert '<h2 id="year-2026">2026</h2>' in page.text
    assert '<a href="/archive/sirene/2026-09">' in page.text
    assert "No issue has come out yet" in client.get("/archive/klaxon/").text


def test_an_issue_is_shown_as_frozen_with_nothing_personal(client: TestClient, jeanne: Letter) -> None:
    page = client.get("/archive/sirene/2026-09")
    assert page.status_code == 200
    assert "Bonjour, voici" in page.text
    assert not [token for token in (jeanne.leave, jeanne.preferences, jeanne.track) if token in page.text]
    assert not [path for path in ("/o/", "/c/", "/u/", "/p/") if path in page.text]
    policy = page.headers["content-security-policy"]
    assert (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' https://lettre.collectif.example;"
        in policy
    )


@pytest.mark.usefixtures("sirene")
def test_an_edit_after_release_does_not_change_what_is_online(site: Path, client: TestClient) -> None:
    before = client.get("/archive/sirene/2026-09").content
    (site / "campaigns" / "sirene" / "2026-09" / "issue.md").write_text("something else", encoding="utf-8")
    assert client.get("/archive/sirene/2026-09").content == before


def test_what_is_not_public_is_not_there_at_all(
    client: TestClient, release: Callable[[str], dict[str, Letter]]
) -> None:
    release("quinzaine")
    nothing = client.get("/archive/no-such-list/")
    assert nothing.status_code == 404
    for path in ("/archive/quinzaine/", "/archive/quinzaine/2026-09", "/archive/sirene/2026-09"):
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (404, nothing.content)


def test_an_image_is_served_for_ever_under_its_own_type(app: App, client: TestClient) -> None:
    names = {"a" * 32 + ".png": "image/png", "b" * 32 + ".ics": "text/calendar"}
    with app.database.transaction() as tx:
        for name, media_type in names.items():
            tx.execute(tables.attachments.insert().values(file_name=name, media_type=media_type, content=b"<svg>"))
    for name, media_type in names.items():
        answer = client.get(f"/media/{name}")
        assert answer.headers["content-type"].startswith(media_type)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert ("content-disposition" in answer.headers) is (media_type == "text/calendar")
    assert client.get(f"/media/{'c' * 32}.png").status_code == 404


def test_the_privacy_page_says_who_why_how_long_and_how_readings_are_counted(client: TestClient) -> None:
    page = client.get("/privacy").text
    for words in (
        "Collectif des Tilleuls",
        "12 rue des Tilleuls, 93100 Montbriel",
        "lettre@collectif.example",
        "Vous recevez cette lettre parce que vous l&#39;avez demandée.",
        'id="measure"',
        "Counted without knowing who reads: Le Klaxon, L&#39;heure de la Sirène",
        "Not counted at all: La quinzaine",
        "procès-verbal du 1er juin 2026",
        "June 1, 2026",
        "erase",
    ):
        assert words in page


def test_a_site_without_measure_promises_nothing_about_it(site: Path, client: TestClient) -> None:
    for path in (site / "lists").glob("*.toml"):
        path.write_text(path.read_text(encoding="utf-8").replace("anonymous", "off"), encoding="utf-8")
    page = client.get("/privacy").text
    assert "Counted without" not in page
    assert "Not counted at all" in page


def test_robots_stay_away_from_personal_links(client: TestClient) -> None:
    lines = client.get("/robots.txt").text.splitlines()
    assert lines[0] == "User-agent: *"
    assert {f"Disallow: {path}" for path in (*PERSONAL_PATHS, DESK_PATH)} == set(lines[1:])


def test_an_icon_is_where_browsers_look_for_one(client: TestClient) -> None:
    assert client.get("/favicon.ico").headers["content-type"] == "image/svg+xml"


def test_health_follows_the_database(app: App, site: Path, client: TestClient, jeanne: Letter) -> None:
    assert client.get("/healthz").text == "ok\n"
    app.database.close()
    for path in (site / "var").glob("mailer.db*"):
        path.write_bytes(b"not a database at all" * 100)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "120")
    assert answer.text == "not ok\n"
    assert client.post(f"/u/{jeanne.leave}", data={"List-Unsubscribe": "One-Click"}).status_code == 503
    assert client.get(f"/o/{jeanne.track}.gif").status_code == 200


def test_broken_site_files_give_a_plain_page_and_keep_their_names_inside(site: Path, client: TestClient) -> None:
    (site / "lists" / "sirene.toml").write_text("titel = 1", encoding="utf-8")
    answer = client.get("/archive/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "toml" not in answer.text


def test_a_site_s_own_page_and_style_win(site: Path, app: App, clock: Clock) -> None:
    own = site / "templates" / "pages"
    (own / "static").mkdir(parents=True)
    (own / "one_click.html").write_text('<link href="{{ asset("site.css") }}">Our own words', encoding="utf-8")
    (own / "static" / "site.css").write_text("body { color: green }", encoding="utf-8")
    with visitor(create_web(app, clock)) as client:
        page = client.post("/u/x", data={"List-Unsubscribe": "One-Click"}).text
        assert "Our own words" in page
        style = page.split('"')[1]
        assert client.get(style).text == "body { color: green }"
        assert "immutable" in client.get(style).headers["cache-control"]
        assert "immutable" not in client.get("/static/site.css").headers["cache-control"]


def test_an_address_that_begins_with_the_name_does_not_say_it_twice(site: Path, clock: Clock) -> None:
    street = "12 rue des Tilleuls, 93100 Montbriel"
    own = {"MAILER_ORGANISATION__POSTAL_ADDRESS": f"Collectif des Tilleuls, {street}"}
    for environ in ({}, own):
        with open_app(site, environ) as app, visitor(create_web(app, clock)) as client:
            assert f"<p>Collectif des Tilleuls, {street}</p>" in client.get("/archive/").text


def test_pages_speak_the_site_s_language(site: Path, clock: Clock) -> None:
    with open_app(site, {"MAILER_LANGUAGE": "fr"}) as app, visitor(create_web(app, clock)) as client:
        assert '<html lang="fr">' in client.get("/archive/").text
        assert "Collectif des Tilleuls" in client.get("/nowhere").text


@pytest.mark.usefixtures("sirene")
def test_reading_the_archive_writes_nothing(app: App, client: TestClient) -> None:
    before = held(app)
    for path in ("/archive/", "/archive/sirene/", "/archive/sirene/2026-09", "/privacy", "/healthz", ORIGIN):
        client.get(path)
    assert held(app) == before


@pytest.mark.usefixtures("sirene")
@pytest.mark.parametrize("query", ["rentrée", "RENTREE", "une rentr", "  voix   plusieurs "])
def test_words_are_found_whatever_their_accents(client: TestClient, query: str) -> None:
    for path in ("/archive/", "/archive/sirene/"):
        page = client.get(path, params={"q": query})
        assert page.status_code == 200
        assert 'href="/archive/sirene/2026-09"' in page.text


@pytest.mark.usefixtures("sirene")
@pytest.mark.parametrize("query", ["inexistant", "%", "_", "'; DROP TABLE issue; --", "\x00", "😀" * 300, "<script>"])
def test_what_is_not_there_is_said_and_nothing_breaks(client: TestClient, query: str) -> None:
    page = client.get("/archive/", params={"q": query})
    assert page.status_code == 200
    assert "2026-09" not in page.text
    assert "<script" not in page.text


@pytest.mark.usefixtures("sirene")
def test_a_found_word_is_marked_and_the_foot_of_letters_is_not_looked_at(client: TestClient) -> None:
    assert "<mark>programme</mark>" in client.get("/archive/", params={"q": "programme"}).text
    assert "2026-09" not in client.get("/archive/", params={"q": "93100"}).text


@pytest.mark.usefixtures("sirene")
def test_an_issue_leads_on_and_says_what_it_is_where_it_is_shared(client: TestClient) -> None:
    page = client.get("/archive/sirene/2026-09").text
    assert '<meta property="og:url" content="https://lettre.collectif.example/archive/sirene/2026-09">' in page
    assert '<meta property="og:description" content="Ce qui bouge chez nous">' in page
    assert page.index("og:title") < page.index("</head>") < page.index("mailer-bar") < page.index("Bonjour, voici")
    assert page.index("Bonjour, voici") < page.index('action="/subscribe/sirene"') < page.index("</body>")


def test_extracts_end_before_the_second_article(
    site: Path, client: TestClient, release: Callable[[str], dict[str, Letter]]
) -> None:
    campaign = site / "campaigns" / "klaxon" / "campaign.toml"
    campaign.write_text(campaign.read_text(encoding="utf-8").replace('"public"', '"extracts"'), encoding="utf-8")
    issue = site / "campaigns" / "klaxon" / "2026-09" / "issue.md"
    articles = "".join(f'\n::: article title="Article {n}"\nLe texte {n}.\n:::\n' for n in ("un", "deux", "trois"))
    issue.write_text(issue.read_text(encoding="utf-8") + articles, encoding="utf-8")
    letter = release("klaxon")["jeanne@orange.example"]
    page = client.get("/archive/klaxon/2026-09").text
    assert "Le texte un" in page
    assert "Le texte deux" not in page
    assert "https://lettre.collectif.example/subscribe/klaxon" in page
    assert b"Le texte trois" in letter.raw
    assert "2026-09" not in client.get("/archive/", params={"q": "trois"}).text


def test_three_hundred_issues_are_shown_and_searched_at_once(app: App, client: TestClient, clock: Clock) -> None:
    words = "la rentrée des associations et leurs subventions " * 150
    with app.database.transaction() as tx:
        for number in range(300):
            at = clock() - timedelta(days=14 * number)
            row = OldIssueRow("sirene", f"n{number}", f"Numéro {number}", at, "", "", f"<p>{words}</p>", ())
            old_issues.keep(tx, row, clock())
    for path in ("/archive/sirene/", "/archive/sirene/?q=subventions+numero", "/archive/sirene/n7"):
        client.get(path)
        started = process_time()
        assert client.get(path).status_code == 200
        spent = process_time() - started
        assert spent < 0.25, path
