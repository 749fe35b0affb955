"""From the page to the subscription: who asks is told the same, who confirms is subscribed, and nobody else."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from mailer.app import App
from tests.web.asking import Mailbox, a_mailbox
from tests.web.conftest import Clock
from tests.web.letters import state_of

NEW = "nouvelle@courriel.example"
JEANNE = "jeanne@orange.example"
CONFIRM = {"action": "confirm"}


@pytest.fixture
def mailbox(app: App, clock: Clock) -> Iterator[Mailbox]:
    with a_mailbox(app, clock) as box:
        yield box


def ask(client: TestClient, address: str = NEW, *letters: str, at: str = "/subscribe/sirene", **more: str) -> str:
    """Sends the form as another site's page would; the answer's page."""
    body = {"email": address, **more}
    if letters:
        body["choice"], body["letter"] = "yes", letters  # type: ignore[assignment] # several of one name
    answer = client.post(at, data=body)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_newcomer_asks_confirms_and_is_subscribed(app: App, client: TestClient, mailbox: Mailbox) -> None:
    page = client.get("/subscribe/sirene")
    assert page.status_code == 200
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    mailbox.clock.pass_hours(0.01)
    asked = client.post("/subscribe/sirene", data={**fields, "email": NEW, "letter": "sirene"})
    assert "Look into your mailbox" in asked.text
    assert state_of(app, NEW, "sirene") is None

    [(to, letter)] = mailbox.fetch()
    assert to == NEW
    assert letter["Subject"] == "One click to receive L'heure de la Sirène"
    page = client.get(mailbox.path())
    assert (page.status_code, "n•••@courriel.example" in page.text) == (200, True)
    assert NEW not in page.text
    assert state_of(app, NEW, "sirene") is None

    done = client.post(mailbox.path(), data=CONFIRM)
    assert "You are subscribed" in done.text
    assert state_of(app, NEW, "sirene") == "active"
    assert state_of(app, NEW, "klaxon") is None
