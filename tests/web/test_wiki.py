"""The archive of a letter that is not public: whoever has the secret link reads, nobody else, and no trace is left."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from mailer.app import App
from mailer.domain.tokens import Purpose
from mailer.services import archiving
from tests.web.conftest import Clock
from tests.web.letters import Letter


@pytest.fixture
def link(app: App, site: Path, clock: Clock, release: Callable[[str], dict[str, Letter]]) -> str:
    """The path of the secret link of a letter with one issue."""
    file = site / "campaigns" / "quinzaine" / "campaign.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"none"', '"secret"'), encoding="utf-8")
    release("quinzaine")
    return urlsplit(archiving.secret_link(app, "quinzaine", clock(), new=False)).path


def test_whoever_has_the_link_reads_lists_and_searches(client: TestClient, link: str) -> None:
    assert client.get(link.rstrip("/")).headers["location"] == link
    assert f'href="{link}2026-09"' in client.get(link).text
    assert "Bonjour, voici" in client.get(f"{link}2026-09").text
    assert f'href="{link}2026-09"' in client.get(link, params={"q": "programme"}).text


def test_nobody_else_finds_it(client: TestClient, link: str) -> None:
    for path in ("/archive/quinzaine/", "/archive/quinzaine/2026-09", "/archive/quinzaine/feed.atom"):
        assert client.get(path).status_code == 404
    assert "quinzaine" not in client.get("/archive/").text
    assert "/2026-09" not in client.get("/archive/", params={"q": "programme"}).text
    assert link not in client.get("/archive/").text


def test_a_secret_page_travels_nowhere(client: TestClient, link: str) -> None:
    for path in (link, f"{link}2026-09"):
        answer = client.get(path)
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "og:url" not in answer.text


def test_a_new_link_voids_the_one_before(app: App, client: TestClient, clock: Clock, link: str) -> None:
    assert urlsplit(archiving.secret_link(app, "quinzaine", clock(), new=False)).path == link
    other = urlsplit(archiving.secret_link(app, "quinzaine", clock(), new=True)).path
    assert other != link
    assert (client.get(link).status_code, client.get(other).status_code) == (404, 200)


def test_a_token_of_another_purpose_opens_nothing(app: App, client: TestClient, link: str) -> None:
    assert client.get(link).status_code == 200
    for purpose in set(Purpose) - {Purpose.ARCHIVE}:
        assert client.get(f"/wiki/{app.keyring.token(purpose, 1)}/").status_code == 404
    token = link.split("/")[2]
    for at in range(len(token)):
        wrong = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert client.get(f"/wiki/{wrong}/").status_code == 404
