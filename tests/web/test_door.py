"""What holds for every address: methods, headers, and faults that stay inside."""

import logging
import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text
from starlette.testclient import TestClient

from mailer.app import App
from mailer.web.door import ROUTERS
from mailer.web.headers import PERSONAL_PATHS
from tests.web.letters import Letter, held
from tests.web.visitor import our_log

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
EVERYWHERE = [
    "/", "/archive/", "/archive/sirene/", "/archive/sirene/2026-09", "/media/x.png", "/privacy", "/healthz",
    "/robots.txt", "/static/site.css", "/u/x", "/p/x", "/c/x/1", "/o/x.gif", "/nowhere", "/o/x", "/c/x", "/u/", "/u",
]  # fmt: skip


def filled(path: str, letter: Letter) -> str:
    """A route's path with values that exist."""
    token = letter.preferences if path.startswith("/p/") else letter.leave
    values = {"token": token, "list_slug": "sirene", "issue_slug": "2026-09", "file_name": f"{'a' * 32}.png"}
    return path.format(**values, name="site.css")


@pytest.mark.parametrize("route", ROUTES, ids=[f"{sorted(route.methods or ())} {route.path}" for route in ROUTES])
def test_every_route_answers_head_like_get_and_refuses_what_it_does_not_do(
    app: App, client: TestClient, jeanne: Letter, route: APIRoute
) -> None:
    before, path = held(app), filled(route.path, jeanne)
    get, head = client.get(path), client.head(path)
    assert get.status_code == head.status_code
    assert dict(get.headers) == dict(head.headers)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = client.request(method, path)
        assert answer.status_code == 405
        assert "GET" in answer.headers["allow"]
    assert held(app) == before


OUR_PAGES_ONLY = {
    "/lost",
    *("/p/{token}/measure", "/p/{token}/join", "/u/{token}/never"),
    *(f"/{place}/{{token}}" for place in ("u", "p", "m", "confirm", "move", "back", "data", "stay")),
}
"""No cookie, so no token against forgery: the token in the path is the authority, or nothing is learnt or changed."""
FROM_ANYWHERE = {"/subscribe", "/subscribe/{list_slug}"}


def test_only_the_forms_take_a_post() -> None:
    posts = {route.path for route in ROUTES if "POST" in (route.methods or ())}
    assert posts == OUR_PAGES_ONLY | FROM_ANYWHERE


@pytest.mark.parametrize("path", sorted(OUR_PAGES_ONLY))
@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://elsewhere.example"}],
    ids=["cross-site", "same-site", "an older browser"],
)
def test_a_form_of_another_site_is_refused_wherever_it_is_not_meant_to_post(
    app: App, client: TestClient, jeanne: Letter, path: str, headers: dict[str, str]
) -> None:
    before = held(app)
    for action in ("leave", "oppose", "choose", "confirm"):
        body = {"action": action, "email": "jeanne@orange.example", "letter": "klaxon"}
        assert client.post(filled(path, jeanne), data=body, headers=headers).status_code == 403
    assert held(app) == before


@pytest.mark.parametrize("path", ["/o/x.gif", "/c/x/1", "/archive/", "/privacy", "/"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_what_only_shows_takes_no_other_method(client: TestClient, path: str, method: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert {"GET", "HEAD"} <= set(re.split(r",\s*", answer.headers["allow"]))


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_is_framed_by_safe_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert (
        "frame-ancestors 'none'" in headers["content-security-policy"]
        or "sandbox" in headers["content-security-policy"]
    )
    if path.startswith(PERSONAL_PATHS):
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["cache-control"] == "no-store"


def test_pages_load_nothing_from_elsewhere_and_run_nothing(client: TestClient, jeanne: Letter) -> None:
    for page in shown_pages(client, jeanne):
        loaded = re.findall(r'(?:src|srcset|action|data)="([^"]*)"|<link[^>]*href="([^"]*)"', page)
        assert [one for pair in loaded for one in pair if one and not re.match("/[^/]", one)] == []
        assert "<script" not in page
        assert not re.search(r"\s(?:on\w+|style)=", page)


def test_pages_are_made_for_every_reader(client: TestClient, jeanne: Letter) -> None:
    for page in shown_pages(client, jeanne):
        assert page.startswith("<!doctype html>")
        assert '<html lang="en">' in page
        assert 'name="viewport"' in page
        assert page.count("<h1") == 1
        assert re.search(r"<title>[^<]+ – Collectif des Tilleuls</title>", page)
        assert '<main id="content"' in page
        boxes = re.findall(r'type="checkbox" id="([^"]+)"', page)
        assert all(f'<label for="{box}">' in page for box in boxes)


def test_an_unforeseen_fault_is_a_page_without_its_reasons(
    app: App, client: TestClient, jeanne: Letter, caplog: pytest.LogCaptureFixture
) -> None:
    with app.database.transaction() as tx:
        tx.execute(text("ALTER TABLE delivery RENAME TO elsewhere"))
    with caplog.at_level(logging.DEBUG):
        answer = client.get(f"/u/{jeanne.leave}")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert not re.search(r"Traceback|sqlalchemy|SELECT", answer.text)
    assert "OperationalError" in our_log(caplog)
    assert not [secret for secret in (jeanne.leave, "/u/", "jeanne@") if secret in our_log(caplog)]


def test_a_hostile_agent_is_never_repeated(client: TestClient, jeanne: Letter) -> None:
    agent = {"User-Agent": "<script>alert(1)</script>", "Referer": "https://x.example/<script>"}
    for path in (f"/o/{jeanne.track}.gif", f"/c/{jeanne.track}/1", f"/u/{jeanne.leave}", "/nowhere"):
        assert b"<script" not in client.get(path, headers=agent).content


def test_a_foreign_host_name_is_never_repeated(client: TestClient, jeanne: Letter) -> None:
    for path in ("/", "/archive", "/archive/sirene", f"/u/{jeanne.leave}", "/nowhere"):
        answer = client.get(path, headers={"Host": "evil.example"})
        assert "evil.example" not in answer.text + answer.headers.get("location", "")


def shown_pages(client: TestClient, letter: Letter) -> Iterator[str]:
    """The HTML of every page that we write ourselves."""
    for path in (
        "/archive/",
        "/archive/sirene/",
        "/privacy",
        f"/u/{letter.leave}",
        f"/p/{letter.preferences}",
        "/none",
    ):
        yield client.get(path).text
    yield client.post(f"/p/{letter.preferences}", data={"action": "choose", "letter": "klaxon"}).text
    yield client.post(f"/u/{letter.leave}", data={"List-Unsubscribe": "One-Click"}).text
    yield client.post(f"/u/{letter.leave}", data={"action": "leave"}).text
    yield client.post(f"/u/{letter.leave}", data={"action": "oppose"}).text
    yield client.get(f"/u/{letter.leave}").text
