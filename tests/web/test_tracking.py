import logging
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import text, update
from starlette.testclient import TestClient

from mailer.app import App
from mailer.domain.hits import HitClass
from mailer.errors import StoreError
from mailer.store import tables
from mailer.web.tracking import GIF, leads_to_the_web
from tests.web.conftest import Clock
from tests.web.letters import Letter, held
from tests.web.visitor import HOST, ORIGIN, our_log

GOOGLE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


def hits(app: App) -> list[tuple[object, ...]]:
    """(link, class) of what was counted."""
    return [row[2:] for row in held(app, "seen")["seen"]]


def test_the_pixel_is_one_transparent_point() -> None:
    with Image.open(BytesIO(GIF)) as image:
        assert image.size == (1, 1)
        assert image.convert("RGBA").getchannel("A").getextrema() == (0, 0)
    assert len(GIF) == 43


def test_a_pixel_is_counted_once_and_before_the_answer(app: App, client: TestClient, jeanne: Letter) -> None:
    for _ in range(3):
        answer = client.get(f"/o/{jeanne.track}.gif")
        assert (answer.status_code, answer.content) == (200, GIF)
        assert answer.headers["cache-control"] == "no-store"
        assert hits(app) == [(0, HitClass.HUMAN)]


def test_each_letter_is_counted_apart(app: App, client: TestClient, sirene: dict[str, Letter]) -> None:
    for letter in sirene.values():
        client.get(f"/o/{letter.track}.gif", headers={"User-Agent": GOOGLE})
    assert hits(app) == [(0, HitClass.PROXY)] * 3


def test_a_click_is_counted_once_and_leads_where_the_letter_said(app: App, client: TestClient, jeanne: Letter) -> None:
    for _ in range(2):
        answer = client.get(f"/c/{jeanne.track}/1")
        assert (answer.status_code, answer.headers["location"]) == (302, "https://programme.example/rentree")
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
    assert hits(app) == [(1, HitClass.HUMAN)]


def test_targets_keep_their_query_and_travel_in_ascii(client: TestClient, jeanne: Letter) -> None:
    targets = {client.get(f"/c/{jeanne.track}/{number}").headers["location"] for number in (1, 2, 3)}
    assert targets == {
        "https://programme.example/rentree",
        "https://wiki.example/?PagePrincipale",
        "https://collectif.example/%C3%A9t%C3%A9?a=1&b=2",
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Purpose": "prefetch"},
        {"DNT": "1"},
        {"Sec-GPC": "1"},
    ],
)
def test_a_prefetch_or_a_refusal_is_not_counted(
    app: App, client: TestClient, jeanne: Letter, headers: dict[str, str]
) -> None:
    assert client.get(f"/o/{jeanne.track}.gif", headers=headers).content == GIF
    assert client.get(f"/c/{jeanne.track}/1", headers=headers).status_code == 302
    assert hits(app) == []


def test_a_head_is_answered_and_not_counted(app: App, client: TestClient, jeanne: Letter) -> None:
    pixel, click = client.head(f"/o/{jeanne.track}.gif"), client.head(f"/c/{jeanne.track}/1")
    assert (pixel.status_code, pixel.headers["content-length"]) == (200, "43")
    assert (click.status_code, click.headers["location"]) == (302, "https://programme.example/rentree")
    assert hits(app) == []


def test_apple_s_proxy_and_early_scanners_are_not_people(
    app: App, client: TestClient, clock: Clock, jeanne: Letter
) -> None:
    client.get(f"/o/{jeanne.track}.gif", headers={"User-Agent": "Mozilla/5.0"})
    assert hits(app) == [(0, HitClass.MACHINE)]
    clock.pass_hours(-2)
    client.get(f"/c/{jeanne.track}/1")
    assert sorted(hits(app), key=repr) == [(0, HitClass.MACHINE), (1, HitClass.SCANNER)]


def test_an_unmeasured_letter_carries_no_trace_and_counts_nothing(
    app: App, client: TestClient, release: Callable[[str], dict[str, Letter]]
) -> None:
    quiet = release("quinzaine")["jeanne@orange.example"]
    assert not {path[:3] for path in quiet.paths(HOST)} & {"/o/", "/c/"}
    assert "https://programme.example/rentree" in quiet.urls
    assert quiet.track == ""
    client.get(f"/o/{quiet.leave}.gif")
    client.get("/o/.gif")
    assert hits(app) == []


@pytest.mark.parametrize("number", ["0", "9999", "10000", "-1", "1e1", "01", "٣", "²", "1/", "", "x", "1%0a"])
def test_a_number_that_is_no_link_leads_nowhere(client: TestClient, jeanne: Letter, number: str) -> None:
    answer = client.get(f"/c/{jeanne.track}/{number}")
    assert (answer.status_code, answer.headers.get("location")) == (404, None)


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "javascript:alert(1)", "https://a@b.example/", "https://a:b@c.example", "data:text/html,x",
     "/archive/", "https:///x", "https://x.example/\r\nSet-Cookie: a=b", "https:\\\\evil.example", "http://[", "ftp://x.example"],
)  # fmt: skip
def test_even_a_stored_link_of_the_wrong_kind_is_not_followed(
    app: App, client: TestClient, jeanne: Letter, target: str
) -> None:
    with app.database.transaction() as tx:
        tx.execute(update(tables.links).values(url=target))
    answer = client.get(f"/c/{jeanne.track}/1")
    assert (answer.status_code, answer.headers.get("location")) == (404, None)
    assert not leads_to_the_web(target)


def test_no_address_outside_the_letter_can_be_asked_for(client: TestClient, jeanne: Letter) -> None:
    answer = client.get(f"/c/{jeanne.track}/1?url=https://evil.example&u=//evil.example")
    assert answer.headers["location"] == "https://programme.example/rentree"


def test_a_scanner_that_follows_every_link_three_times_changes_no_subscription(
    app: App, client: TestClient, sirene: dict[str, Letter]
) -> None:
    before = held(app)
    paths = {path for letter in sirene.values() for path in letter.paths(HOST)}
    kinds = {path.split("/")[1] for path in paths}
    assert {"o", "c", "u", "p", "archive", "privacy"} <= kinds
    for _ in range(3):
        for path in sorted(paths):
            for method in ("GET", "HEAD", "OPTIONS"):
                assert client.request(method, path).status_code < 500
    assert held(app) == before


def test_every_link_of_a_letter_that_leads_to_us_works(client: TestClient, jeanne: Letter) -> None:
    for url in jeanne.urls:
        if url.startswith(ORIGIN):
            answer = client.get(url)
            assert answer.status_code in (200, 302), url


def test_no_address_is_in_any_link_of_a_letter(sirene: dict[str, Letter]) -> None:
    for letter in sirene.values():
        assert not [url for url in letter.urls if "@" in url or "%40" in url]


def test_a_failing_store_still_gives_the_image_and_the_page(
    app: App, client: TestClient, jeanne: Letter, caplog: pytest.LogCaptureFixture
) -> None:
    with app.database.transaction() as tx:
        tx.execute(text("DROP TABLE seen"))
    with caplog.at_level(logging.DEBUG):
        assert client.get(f"/o/{jeanne.track}.gif").content == GIF
        assert client.get(f"/c/{jeanne.track}/1").status_code == 302
        with pytest.raises(StoreError):
            app.ledger.flush()
    assert "hits wait in their journal" in our_log(caplog)
    assert not [secret for secret in (jeanne.track, "/o/", "parameters: (") if secret in our_log(caplog)]
