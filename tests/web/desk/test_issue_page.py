"""An issue from its page to its readers: looked at, tried out, read, moved, approved, held, released, stopped."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from mailer.app import App, open_app
from mailer.domain.accounts import Role
from mailer.services import publishing
from mailer.web import create_web
from tests.sites import CONFIG, NOON, subscribe, write_campaign, write_issue, write_site
from tests.web.conftest import Clock
from tests.web.desk.conftest import NAMES, enter

PAGE = "/desk/issues/lettre/2026-03"
HTTP = "http://127.0.0.1:9"


class Person:
    """Somebody at the desk, who presses buttons as pages show them."""

    def __init__(self, web: ASGIApp, cookie: str) -> None:
        self.client = TestClient(web, base_url=HTTP, follow_redirects=True)
        self.client.cookies.set("desk", cookie, path="/desk/")

    def see(self, path: str = PAGE) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def press(self, verb: str, path: str = PAGE, **fields: str) -> str:
        """The button of a form that leads to that verb, with what the page put in it; the next page."""
        return self.send(verb, self.form(verb, path) | fields, path)

    def form(self, verb: str, path: str = PAGE) -> dict[str, str]:
        found = re.search(rf'<form[^>]*action="{path}/{verb}".*?</form>', self.see(path), re.DOTALL)
        assert found, f"no form for {verb}"
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[0])
        return dict(hidden)

    def send(self, verb: str, fields: dict[str, str], path: str = PAGE) -> str:
        return self.client.post(f"{path}/{verb}", data=fields).text


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    config = CONFIG.replace("https://lettre.lavoir.example", HTTP).replace(
        "[organisation]", 'language = "en"\n\n[organisation]', 1
    )
    site = write_site(tmp_path / "site", config)
    with open_app(site, {}) as opened:
        subscribe(opened, [f"lectrice{at}@orange.example" for at in range(3)])
        yield opened


@pytest.fixture
def clock() -> Clock:
    one = Clock(NOON)
    one.pass_hours(-2)
    return one


@pytest.fixture
def person(app: App, clock: Clock) -> Callable[[Role], Person]:
    web = create_web(app, clock)
    return lambda role: Person(web, enter(app, NAMES[role], role, clock)[0])


def test_a_letter_is_approved_and_leaves_by_the_clock(app: App, clock: Clock, person: Callable[[Role], Person]) -> None:
    sonia = person(Role.SENDER)
    assert "nobody has approved it yet" in sonia.see()
    said = sonia.press("approve")
    assert "Approved in your name. It leaves by itself on" in said
    assert [one.who for one in publishing.show(app, "lettre/2026-03").approvals] == [NAMES[Role.SENDER]]
    assert "Approve it for" not in sonia.see()
    clock.now = NOON
    publishing.attend(app, clock.now)
    page = sonia.see()
    assert "No letter has left yet, 3 wait" in page
    assert "Cancel: no letter has left yet" in page
    assert "It goes on where it stopped" in (sonia.press("pause"), sonia.press("resume"))[1]
    assert "Stopped for good" in sonia.press("cancel")
    assert publishing.show(app, "lettre/2026-03").deliveries["skipped"] == 3


def test_a_double_click_acts_once(app: App, person: Callable[[Role], Person]) -> None:
    sonia = person(Role.SENDER)
    sonia.press("approve")
    form = sonia.form("release")
    assert "It is on its way to 3 readers" in sonia.send("release", form)
    assert "the button was pressed twice" in sonia.send("release", form)
    assert publishing.show(app, "lettre/2026-03").audience == 3


def test_a_number_that_changed_since_it_was_seen_stops_the_release(app: App, person: Callable[[Role], Person]) -> None:
    sonia = person(Role.SENDER)
    sonia.press("approve")
    form = sonia.form("release")
    subscribe(app, ["nouvelle@orange.example"])
    assert "It would go to 4 readers now" in sonia.send("release", form)
    assert publishing.show(app, "lettre/2026-03").state == "approved"


def test_an_unusual_audience_needs_two_accounts_that_each_type_the_number(
    app: App, person: Callable[[Role], Person]
) -> None:
    write_issue(app.site, "lettre/2026-03", audience='audience = ["lettre", "tous"]')
    sonia, adele = person(Role.SENDER), person(Role.ADMIN)
    assert "not the usual audience" in sonia.see()
    assert "among them a whole list of everyone" in sonia.press("approve")
    assert "would go to 3 readers, not 7" in sonia.press("approve", count="7")
    assert "Somebody else must approve it too" in sonia.press("approve", count="3")
    assert "Send it now" not in sonia.see()
    assert "It leaves by itself on" in adele.press("approve", count="3")


def test_whoever_may_not_send_sees_no_button_and_is_refused(app: App, person: Callable[[Role], Person]) -> None:
    edith = person(Role.EDITOR)
    page = edith.see()
    assert "Approving is for those who send" in page
    assert f"{PAGE}/approve" not in page
    answer = edith.client.post(f"{PAGE}/approve", data={"press": "x"})
    assert answer.status_code == 403
    assert "Your role here is editor" in answer.text
    assert publishing.show(app, "lettre/2026-03").approvals == ()


def test_readings_stop_an_approval_until_they_are_in(app: App, person: Callable[[Role], Person]) -> None:
    write_campaign(app.site, more="reviews = 2\n", model=None)
    sonia, remi = person(Role.SENDER), person(Role.REVIEWER)
    assert "Read by 0/2" in sonia.see()
    link = re.search(rf"{HTTP}(/desk/review/[\w-]+)", sonia.press("ask"))
    assert link
    stranger = TestClient(sonia.client.app, base_url=HTTP)
    assert "This letter has not left yet" in stranger.get(link[1]).text
    said = stranger.post(link[1], data={"action": "comment", "block": "2", "who": "Zoé", "words": "<b>Samedi</b> ?"})
    assert "&lt;b&gt;Samedi&lt;/b&gt; ?" in said.text
    assert 'value="Zoé"' in said.text
    assert "1 comment waits for you" in sonia.see()
    stranger.post(link[1], data={"action": "read", "who": "Zoé"})
    stranger.post(link[1], data={"action": "read", "who": "zoe"})
    assert "Read by 1/2" in sonia.see()
    assert "It can be approved once the readings are in" in sonia.see()
    assert "read by 1 of 2" in sonia.send("approve", {"press": "y"})
    remi.client.post(f"{PAGE}/read", data={"action": "read"})
    assert "Approved in your name" in sonia.press("approve")
    ended = sonia.press("end-links")
    assert "No link to this letter works any more" in ended
    assert stranger.get(link[1]).status_code == 404


def test_the_moment_moves_with_a_reason_and_voids_the_approval(app: App, person: Callable[[Role], Person]) -> None:
    write_campaign(app.site)
    sonia = person(Role.SENDER)
    sonia.press("approve")
    assert "Say why" in sonia.press("move", day="2026-03-05", hour="09:30", reason=" ")
    moved = sonia.press("move", day="2026-03-05", hour="09:30", reason="le maire vient # jeudi")
    assert "It has to be approved again" in moved
    assert "Thursday 5 March 2026 at 09:30" in moved
    assert "instead of" in moved
    text = (app.site / "campaigns/lettre/campaign.toml").read_text()
    assert "2026-03-04 = 2026-03-05T09:30:00  # le maire vient # jeudi (Sonia Envoie)" in text
    sonia.press("move", day="2026-03-06", hour="10:00", reason="encore")
    assert (app.site / "campaigns/lettre/campaign.toml").read_text().count("2026-03-04 =") == 1
    assert "That moment has passed" in sonia.press("move", day="2020-03-06", hour="10:00", reason="encore")


def test_a_moment_outside_a_cadence_moves_in_the_issue_itself(app: App, person: Callable[[Role], Person]) -> None:
    moved = person(Role.SENDER).press("move", day="2026-03-05", hour="09:30", reason="le maire vient jeudi")
    assert "It will leave on Thursday 5 March 2026 at 09:30" in moved
    assert "slot = 2026-03-05T09:30:00" in (app.site / "campaigns/lettre/2026-03/issue.md").read_text()


def test_what_is_held_back_does_not_leave_by_the_clock(
    app: App, clock: Clock, person: Callable[[Role], Person]
) -> None:
    sonia = person(Role.SENDER)
    sonia.press("approve")
    assert "Held back" in sonia.press("hold")
    clock.now = NOON
    publishing.attend(app, clock.now)
    assert publishing.show(app, "lettre/2026-03").state == "approved"
    assert "It is held back: at the desk, by Sonia Envoie" in sonia.see()
    sonia.press("approve")
    publishing.attend(app, clock.now)
    assert publishing.show(app, "lettre/2026-03").state == "released"


def test_an_issue_with_mistakes_or_deleted_while_open_is_a_sentence(app: App, person: Callable[[Role], Person]) -> None:
    sonia = person(Role.SENDER)
    form = sonia.form("approve")
    issue = app.site / "campaigns/lettre/2026-03/issue.md"
    issue.write_text(issue.read_text().replace("subject", "subjet", 1))
    assert "This issue has mistakes" in sonia.see()
    assert "subjet" in sonia.send("approve", form)
    issue.unlink()
    gone = sonia.client.post(f"{PAGE}/approve", data={"press": "z"})
    assert gone.status_code in (404, 409)
    assert "lettre/2026-03" in gone.text


def test_the_letter_is_shown_where_nothing_of_it_can_run(person: Callable[[Role], Person]) -> None:
    edith = person(Role.EDITOR)
    frame = edith.client.get(f"{PAGE}/letter")
    assert "sandbox" in frame.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in frame.headers["content-security-policy"]
    assert "Le printemps" in frame.text
    check = edith.see(f"{PAGE}/check")
    assert "What the check says" in check


def test_the_audit_says_who_did_what(person: Callable[[Role], Person]) -> None:
    sonia, adele = person(Role.SENDER), person(Role.ADMIN)
    sonia.press("approve")
    assert re.search(r"Sonia Envoie</strong> approved the letter: lettre/2026-03", adele.see("/desk/settings/audit"))
    assert sonia.client.get("/desk/settings/audit").status_code == 403
