"""« Je reste »: whoever was silent for years says it with one press; looking changes nothing."""

from datetime import timedelta

from sqlalchemy import select
from starlette.testclient import TestClient

from mailer.app import App
from mailer.domain.tokens import Purpose
from mailer.services import rights
from mailer.store import tables
from tests.web.conftest import Clock
from tests.web.letters import Letter

JEANNE = "jeanne@orange.example"


def question_to(app: App, clock: Clock, address: str) -> str:
    """The path in the mail that was written to an address after three years."""
    rights.retain(app, clock() + timedelta(days=3 * 366))
    with app.database.reading() as tx:
        asked = select(tables.notices.c.content).where(tables.notices.c.address == address)
        content = tx.execute(asked.where(tables.notices.c.kind == "stay")).scalar_one()
    return str(content["link"]).removeprefix(app.config.public_url)


def test_looking_changes_nothing_and_one_press_stays(
    app: App, client: TestClient, clock: Clock, jeanne: Letter
) -> None:
    path = question_to(app, clock, JEANNE)
    assert jeanne.preferences not in path
    for _ in range(3):
        page = client.get(path)
        assert "I stay" in page.text
        assert JEANNE not in page.text
    assert client.head(path).status_code == 200
    assert page.headers["cache-control"] == "no-store"
    for action in ("", "leave"):
        assert client.post(path, data={"action": action}).status_code == 400
    far = client.post(path, data={"action": "stay"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert far.status_code == 403
    assert not rights.question(app, path.rpartition("/")[2]).answered
    for _ in range(2):
        assert "You stay" in client.post(path, data={"action": "stay"}).text


def test_after_the_erasure_the_link_says_what_happened(
    app: App, client: TestClient, clock: Clock, jeanne: Letter
) -> None:
    path = question_to(app, clock, JEANNE)
    rights.forget(app, JEANNE, clock())
    assert client.get(f"/u/{jeanne.leave}").status_code == 404
    assert client.get(path).status_code == 409
    assert client.post(path, data={"action": "stay"}).status_code == 409
    for token in ("A" * 22, app.keyring.token(Purpose.DATA, 1)):
        assert client.get(f"/stay/{token}").status_code == 404
