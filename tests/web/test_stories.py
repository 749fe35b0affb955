"""Failure stories of other programs, by their number, as far as readers' pages are concerned; others stand beside
what they are about (24, 25 and 30 in test_joining.py, 23 and 24 in test_leaving.py and test_door.py, 31 in the golden
letters, 32 in the letters that a real Postfix takes, 34 in tests/domain/test_letter_lint.py).
"""

from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from mailer.app import App
from mailer.domain.people import Basis
from mailer.services import people
from mailer.store.tables import leavings
from tests.web.asking import Mailbox, a_mailbox, links, parts
from tests.web.conftest import Clock
from tests.web.letters import Letter, held, state_of
from tests.web.visitor import ONE_CLICK

JEANNE, PAUL, NEW = "jeanne@orange.example", "paul@laposte.example", "nouvelle@courriel.example"


def test_story_26_each_departure_is_kept_with_its_way_and_its_time(
    app: App, client: TestClient, clock: Clock, sirene: dict[str, Letter]
) -> None:
    client.post(f"/u/{sirene[JEANNE].leave}", data=ONE_CLICK)
    clock.pass_hours(1)
    client.post(f"/u/{sirene[PAUL].leave}", data={"action": "leave"})
    with app.database.reading() as tx:
        rows = tx.execute(select(leavings.c.way, leavings.c.at).order_by(leavings.c.id)).all()
    assert [row.way for row in rows] == ["one_click", "page"]
    assert (rows[1].at - rows[0].at).total_seconds() == 3600


def test_story_27_the_page_that_confirms_does_nothing_when_it_is_fetched(
    app: App, client: TestClient, clock: Clock
) -> None:
    with a_mailbox(app, clock) as mailbox:
        client.post("/subscribe/sirene", data={"email": NEW, "letter": "sirene"})
        mailbox.fetch()
        before = held(app)
        for method in ("GET", "HEAD", "OPTIONS", "PROPFIND"):
            client.request(method, mailbox.path())
        assert held(app) == before
    assert state_of(app, NEW, "sirene") is None


@pytest.mark.parametrize("days", [8, 400, 4000])
def test_story_28_one_click_works_for_as_long_as_the_letter_is_kept(
    app: App, client: TestClient, clock: Clock, jeanne: Letter, days: int
) -> None:
    clock.pass_hours(24 * days)
    assert client.post(f"/u/{jeanne.leave}", data=ONE_CLICK).status_code == 200
    assert state_of(app, JEANNE, "sirene") == "left"


def test_story_29_who_never_opened_the_letter_leaves_as_well(app: App, client: TestClient, jeanne: Letter) -> None:
    assert held(app, "seen")["seen"] == []
    client.post(f"/u/{jeanne.leave}", data={"action": "leave"})
    assert state_of(app, JEANNE, "sirene") == "left"


def test_story_33_preparing_a_list_writes_to_nobody(app: App, site: Path, clock: Clock) -> None:
    for basis in Basis:
        people.import_contacts(app, site / "readers.csv", clock(), list_slug="klaxon", basis=basis, dry_run=False)
    with a_mailbox(app, clock) as mailbox:
        mailbox.tick()
        assert mailbox.fetch() == []
        assert mailbox.taken == []
    assert held(app, "notice")["notice"] == []
    assert held(app, "delivery")["delivery"] == []


def test_check_13_the_mail_that_asks_carries_no_pixel_and_one_link_that_acts(
    app: App, client: TestClient, clock: Clock
) -> None:
    with a_mailbox(app, clock) as mailbox:
        client.post("/subscribe/sirene", data={"email": NEW, "letter": "sirene"})
        [(_, letter)] = mailbox.fetch()
    text, html = parts(letter)
    assert "<img" not in html
    assert "/o/" not in html + text
    assert "/c/" not in html + text
    assert len(links(letter)) == 1


def test_a_mailbox_is_written_to_once_however_often_its_owner_is_asked_about(
    app: App, client: TestClient, clock: Clock
) -> None:
    with a_mailbox(app, clock) as mailbox:
        assert isinstance(mailbox, Mailbox)
        for _ in range(30):
            client.post("/subscribe/sirene", data={"email": NEW, "letter": "sirene"})
            mailbox.fetch()
        assert len(mailbox.taken) == 1
