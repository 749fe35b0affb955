"""Links that we did not make, or not for this use: a 404 page, never a 500, never an effect."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from mailer.app import App
from mailer.domain.tokens import Purpose
from tests.web.letters import Letter, held
from tests.web.visitor import ONE_CLICK

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ config }}",
    "' OR 1=1--",
    "%00",
    "🦄" * 80,
    "é" * 300,
    "A" * 5_000,
    "../../etc/passwd",
    "\u202egnp",
    "%s%s%n",
    "\r\nSet-Cookie: a=b",
]


def flipped(token: str) -> Iterator[str]:
    """The token with each of its bits flipped, one at a time."""
    raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        yield urlsafe_b64encode(changed).decode().rstrip("=")


def test_each_flipped_bit_of_a_leave_token_is_refused(app: App, client: TestClient, jeanne: Letter) -> None:
    before = held(app)
    forged = client.post(f"/u/{'A' * 22}", data=ONE_CLICK)
    tokens = list(flipped(jeanne.leave))
    assert len(tokens) == 128
    for token in tokens:
        assert client.get(f"/u/{token}").status_code == 404
        assert client.post(f"/u/{token}", data={"action": "leave"}).status_code == 404
        assert client.post(f"/u/{token}", data=ONE_CLICK).content == forged.content
    assert held(app) == before


def test_each_flipped_bit_of_a_preferences_token_is_refused(app: App, client: TestClient, jeanne: Letter) -> None:
    before = held(app)
    for token in flipped(jeanne.preferences):
        assert client.get(f"/p/{token}").status_code == 404
        assert client.post(f"/p/{token}", data={"action": "choose"}).status_code == 404
    assert held(app) == before


def test_each_flipped_bit_of_a_tracking_token_leads_nowhere_and_counts_nothing(
    app: App, client: TestClient, jeanne: Letter
) -> None:
    assert client.get(f"/c/{jeanne.track}/1").status_code == 302
    counted = held(app, "seen")
    for token in flipped(jeanne.track):
        click = client.get(f"/c/{token}/1")
        assert (click.status_code, click.headers.get("location")) == (404, None)
        assert client.get(f"/o/{token}.gif").status_code == 200
    assert held(app, "seen") == counted


def test_a_token_of_one_purpose_is_refused_for_any_other(app: App, client: TestClient, jeanne: Letter) -> None:
    before = held(app)
    of = {purpose: app.keyring.token(purpose, jeanne.delivery_id) for purpose in Purpose}
    for purpose, token in of.items():
        if purpose is not Purpose.LEAVE:
            assert client.get(f"/u/{token}").status_code == 404
            client.post(f"/u/{token}", data=ONE_CLICK)
        if purpose not in (Purpose.PREFERENCES, Purpose.READER):
            assert client.get(f"/p/{token}").status_code == 404
            assert client.post(f"/p/{token}", data={"action": "choose"}).status_code == 404
        assert client.get(f"/c/{token}/1").status_code == 404
    assert held(app) == before


def test_a_token_of_a_delivery_that_never_was_is_refused(app: App, client: TestClient, jeanne: Letter) -> None:
    before = held(app)
    nobody = app.keyring.token(Purpose.LEAVE, jeanne.delivery_id + 1_000)
    assert client.get(f"/u/{nobody}").status_code == 404
    assert client.post(f"/u/{nobody}", data=ONE_CLICK).status_code == 200
    assert held(app) == before


@pytest.mark.parametrize(
    "path", ["/u/{}", "/p/{}", "/c/{}/1", "/archive/{}/", "/archive/sirene/{}", "/media/{}", "/static/{}", "/{}"]
)
def test_hostile_words_in_a_path_meet_the_404_page_and_are_not_repeated(client: TestClient, path: str) -> None:
    for text in HOSTILE:
        asked = path.format(quote(text, safe=""))
        answer = client.get(asked)
        assert (answer.status_code, client.head(asked).status_code) == (404, 404)
        assert "<h1>" in answer.text
        assert "alert(1)" not in answer.text


def test_any_pixel_is_the_same_image(app: App, client: TestClient) -> None:
    for text in HOSTILE:
        answer = client.get(f"/o/{quote(text, safe='')}.gif")
        assert (answer.status_code, answer.headers["content-type"], len(answer.content)) == (200, "image/gif", 43)
    assert held(app, "seen") == {"seen": []}


def test_a_forged_link_says_what_to_do(client: TestClient) -> None:
    page = client.get(f"/u/{'A' * 22}")
    assert page.status_code == 404
    assert "Open it again from the letter itself" in page.text
    assert "mailto:lettre@collectif.example" in page.text
