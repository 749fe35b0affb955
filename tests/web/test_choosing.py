"""What a reader does alone: rest, move, undo, see and erase. Each from the links that letters and notices carry."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from mailer.app import App
from mailer.app.oppositions import JOURNAL
from mailer.domain.people import Basis
from mailer.domain.standing import Out
from mailer.domain.tokens import Purpose
from mailer.errors import BadToken
from mailer.services import audiences, people, publishing
from mailer.store import tables
from tests.web.conftest import Clock
from tests.web.letters import Letter, held, state_of
from tests.web.visitor import ONE_CLICK

JEANNE, PAUL, NEW = "jeanne@orange.example", "paul@laposte.example", "jeanne.roche@free.example"


def press(client: TestClient, path: str, **form: object) -> str:
    """Posts a form of ours and gives the page that answers."""
    answer = client.post(path, data=form)
    assert answer.status_code == 200, answer.text
    return answer.text


def mails(app: App, kind: str) -> list[tuple[str, str]]:
    """The notices of a kind that wait: whom each goes to, and the path of its link."""
    with app.database.reading() as tx:
        rows = tx.execute(select(tables.notices).where(tables.notices.c.kind == kind).order_by(tables.notices.c.id))
        return [(row.address, row.content["link"].removeprefix(app.config.public_url)) for row in rows]


def reader_token(app: App, address: str) -> str:
    with app.database.reading() as tx:
        found = tx.execute(select(tables.addresses.c.id).where(tables.addresses.c.canonical == address)).scalar_one()
    return app.keyring.token(Purpose.READER, found)


def addressed(app: App, issue: str) -> dict[str, str]:
    """By address, the state of its letter of an issue."""
    with app.database.reading() as tx:
        rows = tx.execute(
            select(tables.addresses.c.canonical, tables.deliveries.c.state)
            .join(tables.deliveries, tables.deliveries.c.address_id == tables.addresses.c.id)
            .join(tables.issues, tables.issues.c.id == tables.deliveries.c.issue_id)
            .where(tables.issues.c.name == issue)
        )
        return {row.canonical: row.state for row in rows}


def undo_of(page: str) -> str:
    found = re.search(r'name="undo" value="([\w-]{22})"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def next_issue(app: App, clock: Clock) -> Callable[[str], dict[str, str]]:
    """Releases an issue to those who are on its list; whom it goes to."""

    def release(campaign: str) -> dict[str, str]:
        name = f"{campaign}/2026-09"
        publishing.approve(app, name, "Ana Lima", clock())
        publishing.release(app, name, clock())
        return addressed(app, name)

    return release


# Rhythm -------------------------------------------------------------------------------------------------------------


def test_the_link_of_an_address_opens_the_same_page_as_that_of_a_letter(
    app: App, client: TestClient, jeanne: Letter
) -> None:
    token = reader_token(app, JEANNE)
    of_address, of_letter = (client.get(f"/p/{one}").text for one in (token, jeanne.preferences))
    # How readings are counted is chosen for the list of a letter.
    without_counting = re.sub(
        r'    <section class="aside" aria-labelledby="counted">.*?</section>\n', "", of_letter, flags=re.S
    )
    assert "".join(of_address.split()) == "".join(without_counting.split())
    press(client, f"/p/{token}", action="choose", letter=["klaxon"])
    assert (state_of(app, JEANNE, "sirene"), state_of(app, JEANNE, "klaxon")) == ("left", "active")
    assert client.get(f"/u/{token}").status_code == 404


def test_a_private_letter_can_be_left_and_not_asked_for(
    app: App, client: TestClient, release: Callable[[str], dict[str, Letter]]
) -> None:
    letter = release("quinzaine")[JEANNE]
    page = client.get(f"/p/{letter.preferences}").text
    assert "La quinzaine" in page
    assert "Once left, only we can put you on it again." in page
    shown = ["sirene", "klaxon", "quinzaine"]
    press(client, f"/p/{letter.preferences}", action="choose", shown=shown, letter=["sirene"])
    assert (state_of(app, JEANNE, "quinzaine"), state_of(app, JEANNE, "sirene")) == ("left", "active")
    press(client, f"/p/{letter.preferences}", action="choose", shown=shown, letter=shown)
    assert state_of(app, JEANNE, "quinzaine") == "left"


def test_what_the_page_did_not_show_is_not_left_by_it(app: App, client: TestClient, jeanne: Letter) -> None:
    press(client, f"/p/{jeanne.preferences}", action="choose", shown=["klaxon"])
    assert state_of(app, JEANNE, "sirene") == "active"


def test_a_pause_stops_what_waits_and_what_comes_and_ends_by_itself(
    app: App, client: TestClient, clock: Clock, jeanne: Letter, next_issue: Callable[[str], dict[str, str]]
) -> None:
    page = press(client, f"/p/{jeanne.preferences}", action="pause", months="1")
    assert "before October 2, 2026" in page
    assert addressed(app, "sirene/2026-09")[JEANNE] == "skipped"
    press(client, f"/p/{jeanne.preferences}", action="choose", letter=["sirene", "klaxon"])
    clock.pass_hours(24 * 29.3)
    people.import_contacts(
        app, app.site / "readers.csv", clock(), list_slug="klaxon", basis=Basis.CONSENT, dry_run=False
    )
    assert audiences.count(app, "klaxon/2026-09", clock()).out[Out.PAUSED] == 1
    assert JEANNE not in next_issue("klaxon")
    clock.pass_hours(24)
    assert "A pause?" in client.get(f"/p/{jeanne.preferences}").text
    assert "End the pause" not in client.get(f"/p/{jeanne.preferences}").text
    people.import_contacts(
        app, app.site / "readers.csv", clock(), list_slug="quinzaine", basis=Basis.CONSENT, dry_run=False
    )
    assert JEANNE in next_issue("quinzaine")


def test_a_pause_may_end_on_a_day_within_a_year_and_be_ended(client: TestClient, clock: Clock, jeanne: Letter) -> None:
    path = f"/p/{jeanne.preferences}"
    assert "before March 1, 2027" in press(client, path, action="pause", until="2027-03-01")
    assert "End the pause" not in press(client, path, action="resume")
    today: date = clock().date()
    for wrong in (today, today - timedelta(1), today + timedelta(366), "", "soon", "2027-02-30"):
        assert client.post(path, data={"action": "pause", "until": str(wrong)}).status_code == 409, wrong
    for months in ("0", "4", "x", "-1"):
        assert client.post(path, data={"action": "pause", "months": months}).status_code == 409, months
    assert "End the pause" not in client.get(path).text


def test_one_letter_a_month_is_the_first_that_leaves(
    app: App, client: TestClient, clock: Clock, jeanne: Letter, next_issue: Callable[[str], dict[str, str]]
) -> None:
    press(client, f"/p/{jeanne.preferences}", action="monthly")
    for slug in ("klaxon", "quinzaine"):
        people.import_contacts(
            app, app.site / "readers.csv", clock(), list_slug=slug, basis=Basis.CONSENT, dry_run=False
        )
    assert audiences.count(app, "klaxon/2026-09", clock()).out[Out.MONTHLY] == 1
    assert sorted(next_issue("klaxon")) == ["lea@free.example", PAUL]
    # 30 September, 22:30 UTC: October has begun in Paris.
    clock.now = clock.now.replace(day=30, hour=22, minute=30)
    assert JEANNE in next_issue("quinzaine")


# Leaving ------------------------------------------------------------------------------------------------------------


def test_a_departure_can_be_undone_from_its_page_and_once(app: App, client: TestClient, jeanne: Letter) -> None:
    before = held(app, "subscription", "suppression")
    page = press(client, f"/u/{jeanne.leave}", action="leave")
    assert "All is as it was" in press(client, f"/u/{jeanne.leave}", action="undo", undo=undo_of(page))
    assert held(app, "subscription", "suppression") == before
    press(client, f"/u/{jeanne.leave}", action="leave")
    press(client, f"/u/{jeanne.leave}", action="undo", undo=undo_of(page))
    assert state_of(app, JEANNE, "sirene") == "left"


def test_never_again_can_be_undone_for_a_day(
    app: App, client: TestClient, clock: Clock, sirene: dict[str, Letter]
) -> None:
    jeanne, paul = sirene[JEANNE], sirene[PAUL]
    before = held(app, "subscription", "suppression")
    pages = {one: press(client, f"/u/{one.leave}", action="oppose") for one in (jeanne, paul)}
    press(client, f"/u/{jeanne.leave}", action="undo", undo=undo_of(pages[jeanne]))
    clock.pass_hours(24.1)
    late = client.post(f"/u/{paul.leave}", data={"action": "undo", "undo": undo_of(pages[paul])})
    assert late.status_code == 409
    assert len(held(app, "suppression")["suppression"]) == 1
    assert state_of(app, JEANNE, "sirene") == "active"
    assert [row for row in before["subscription"] if row in held(app, "subscription")["subscription"]]
    told = [json.loads(line)["what"] for line in (app.site / JOURNAL).read_text().splitlines()]
    assert told == ["left", "opposed", "left", "opposed", "back", "withdrawn"]


def test_only_the_page_that_follows_the_departure_can_undo_it(
    app: App, client: TestClient, sirene: dict[str, Letter]
) -> None:
    jeanne, paul = sirene[JEANNE], sirene[PAUL]
    page = press(client, f"/u/{jeanne.leave}", action="leave")
    again = press(client, f"/u/{jeanne.leave}", action="leave")
    assert 'name="undo"' not in again
    assert 'name="undo"' not in client.get(f"/u/{jeanne.leave}").text
    wrong = client.post(f"/u/{paul.leave}", data={"action": "undo", "undo": undo_of(page)})
    assert wrong.status_code == 404
    for purpose in (Purpose.LEAVE, Purpose.PREFERENCES, Purpose.READER, Purpose.MOVE, Purpose.BACK, Purpose.DATA):
        forged = client.post(
            f"/u/{jeanne.leave}", data={"action": "undo", "undo": app.keyring.token(purpose, jeanne.delivery_id)}
        )
        assert forged.status_code == 404
    assert state_of(app, JEANNE, "sirene") == "left"


def test_a_reason_is_kept_once_with_the_day_and_nobody(app: App, client: TestClient, jeanne: Letter) -> None:
    page = press(client, f"/u/{jeanne.leave}", action="leave")
    words = f"Trop long,\nécrivez-moi à {JEANNE} " + "é" * 400
    for _ in range(2):
        said = press(client, f"/u/{jeanne.leave}", action="reason", undo=undo_of(page), reason="too_many", words=words)
        assert "Thank you for telling us" in said
    (row,) = held(app, "leaving_reason")["leaving_reason"]
    assert row[1:4] == ("sirene", date(2026, 9, 2), "too_many")
    assert str(row[4]).startswith("Trop long, écrivez-moi à … ééé")
    assert len(str(row[4])) <= 300
    bad = client.post(f"/u/{jeanne.leave}", data={"action": "reason", "undo": undo_of(page), "reason": "x"})
    assert bad.status_code == 400


def test_a_one_click_departure_is_known_by_its_way_and_time(app: App, client: TestClient, jeanne: Letter) -> None:
    client.post(f"/u/{jeanne.leave}", data=ONE_CLICK)
    with app.database.reading() as tx:
        row = tx.execute(select(tables.leavings)).one()
    assert (row.way, row.list_slug, row.delivery_id) == ("one_click", "sirene", jeanne.delivery_id)


# Another address ----------------------------------------------------------------------------------------------------


def ask_to_move(app: App, client: TestClient, letter: Letter, address: str = NEW) -> str:
    """The path of the link in the mail to the new address."""
    page = press(client, f"/p/{letter.preferences}", action="move", address=address)
    assert address not in page
    return mails(app, "move_confirm")[-1][1]


def test_letters_follow_to_a_new_address_once_it_confirms(
    app: App, client: TestClient, jeanne: Letter, next_issue: Callable[[str], dict[str, str]]
) -> None:
    with app.database.transaction() as tx:
        tx.execute(update(tables.deliveries).values(state="sent"))
    press(client, f"/p/{jeanne.preferences}", action="choose", letter=["sirene", "klaxon"])
    path = ask_to_move(app, client, jeanne)
    assert mails(app, "move_confirm") == [(NEW, path)]
    assert "j•••@free.example" in client.get(path).text
    assert state_of(app, JEANNE, "klaxon") == "active"
    assert "Your letters come here now" in press(client, path, action="move")
    assert "Your letters come here now" in press(client, path, action="move")
    assert [one for one, _ in mails(app, "moved")] == [JEANNE]
    assert (state_of(app, JEANNE, "klaxon"), state_of(app, NEW, "klaxon")) == (None, "active")
    assert next_issue("klaxon") == {NEW: "queued"}
    page = client.get(f"/p/{jeanne.preferences}").text
    assert "go to another address now" in page
    assert "free.example" not in page


def waiting(app: App) -> dict[str, str]:
    """The state of each letter of September, by the address that it goes to."""
    delivery, address = tables.deliveries.c, tables.addresses.c
    with app.database.reading() as tx:
        rows = tx.execute(select(address.address, delivery.state).where(address.id == delivery.address_id))
        return {row.address: row.state for row in rows}


def test_a_letter_that_waits_goes_along_and_comes_back_with_its_reader(
    app: App, client: TestClient, jeanne: Letter
) -> None:
    before = waiting(app)
    press(client, ask_to_move(app, client, jeanne), action="move")
    assert waiting(app) == {NEW if address == JEANNE else address: state for address, state in before.items()}
    press(client, mails(app, "moved")[0][1], action="back")
    assert waiting(app) == before


def test_a_letter_in_the_hands_of_a_sender_goes_where_it_was_going(
    app: App, client: TestClient, jeanne: Letter
) -> None:
    with app.database.transaction() as tx:
        tx.execute(update(tables.deliveries).values(state="claimed", claim_id="a"))
    press(client, ask_to_move(app, client, jeanne), action="move")
    assert waiting(app)[JEANNE] == "claimed"


def test_the_old_address_undoes_a_move_that_a_friend_made_and_ends_it_for_good(
    app: App, client: TestClient, clock: Clock, jeanne: Letter
) -> None:
    before = held(app, "subscription", "contact")
    press(client, ask_to_move(app, client, jeanne, "ami@friend.example"), action="move")
    friend = reader_token(app, "ami@friend.example")
    press(client, f"/p/{friend}", action="choose", letter=[])
    press(client, f"/p/{friend}", action="move", address="ailleurs@friend.example")
    press(client, mails(app, "move_confirm")[-1][1], action="move")
    clock.pass_hours(24 * 29)
    ((_, path), *_) = mails(app, "moved")
    assert "Bring your letters back?" in client.get(path).text
    assert "Your letters come here again" in press(client, path, action="back")
    assert "Your letters come here again" in press(client, path, action="back")
    after = held(app, "subscription", "contact")
    assert [row for row in before["contact"] if row not in after["contact"]] == []
    assert [row for row in before["subscription"] if row not in after["subscription"]] == []
    assert state_of(app, JEANNE, "sirene") == "active"
    again = client.post(f"/p/{jeanne.preferences}", data={"action": "move", "address": "ami@friend.example"})
    assert again.status_code == 409
    clock.pass_hours(24 * 31)
    assert client.post(path, data={"action": "back"}).status_code == 409


def test_a_move_is_confirmed_within_seven_days_and_undone_within_thirty(
    app: App, client: TestClient, clock: Clock, jeanne: Letter
) -> None:
    path = ask_to_move(app, client, jeanne)
    clock.pass_hours(24 * 7 + 1)
    assert client.get(path).status_code == 409
    assert client.post(path, data={"action": "move"}).status_code == 409
    path = ask_to_move(app, client, jeanne)
    press(client, path, action="move")
    clock.pass_hours(24 * 30 + 1)
    back = mails(app, "moved")[0][1]
    assert client.post(back, data={"action": "back"}).status_code == 409
    assert state_of(app, NEW, "sirene") == "active"


@pytest.mark.parametrize("known", [NEW, PAUL, "lea@free.example"])
def test_the_answer_is_the_same_for_every_address_typed(
    app: App, client: TestClient, sirene: dict[str, Letter], known: str
) -> None:
    press(client, f"/u/{sirene['lea@free.example'].leave}", action="oppose")
    said = press(client, f"/p/{sirene[JEANNE].preferences}", action="move", address=known)
    assert said == press(client, f"/p/{sirene[PAUL].preferences}", action="move", address="autre@mairie.example")
    written_to = [one for one, _ in mails(app, "move_confirm")]
    assert ("lea@free.example" in written_to) is False
    assert len(written_to) == (1 if known.startswith("lea") else 2)


def test_moving_to_an_address_that_has_letters_of_its_own_gives_one_letter(
    app: App, client: TestClient, sirene: dict[str, Letter], next_issue: Callable[[str], dict[str, str]]
) -> None:
    for one in (JEANNE, PAUL):
        press(client, f"/p/{sirene[one].preferences}", action="choose", letter=["sirene", "klaxon"])
    press(client, ask_to_move(app, client, sirene[JEANNE], PAUL), action="move")
    assert next_issue("klaxon") == {PAUL: "queued"}
    press(client, mails(app, "moved")[0][1], action="back")
    assert (state_of(app, JEANNE, "klaxon"), state_of(app, PAUL, "klaxon")) == ("active", "active")


def test_what_either_address_left_stays_left(app: App, client: TestClient, sirene: dict[str, Letter]) -> None:
    press(client, f"/p/{sirene[PAUL].preferences}", action="choose", letter=["sirene"])
    press(client, f"/u/{sirene[JEANNE].leave}", action="leave")
    press(client, ask_to_move(app, client, sirene[JEANNE], PAUL), action="move")
    assert has_left(app, PAUL, "sirene")
    lines = [json.loads(line) for line in (app.site / JOURNAL).read_text().splitlines()]
    assert lines[-1]["who"] == app.keyring.fingerprint(PAUL).hex()


def has_left(app: App, address: str, list_slug: str) -> bool:
    subscription = tables.subscriptions.c
    with app.database.reading() as tx:
        found = tx.execute(
            select(func.count())
            .select_from(tables.subscriptions.join(tables.addresses))
            .where(tables.addresses.c.canonical == address)
            .where(subscription.list_slug == list_slug, subscription.state == "left")
        )
        return bool(found.scalar_one())


def test_an_old_letter_still_leaves_where_its_reader_is_now(app: App, client: TestClient, jeanne: Letter) -> None:
    press(client, ask_to_move(app, client, jeanne), action="move")
    client.post(f"/u/{jeanne.leave}", data=ONE_CLICK)
    assert state_of(app, NEW, "sirene") == "left"


def test_the_old_file_does_not_bring_who_moved_back(app: App, client: TestClient, clock: Clock, jeanne: Letter) -> None:
    press(client, ask_to_move(app, client, jeanne), action="move")
    report = people.import_contacts(
        app, app.site / "readers.csv", clock(), list_slug="sirene", basis=Basis.CONSENT, dry_run=False
    )
    assert report.suppressed == 1
    assert state_of(app, JEANNE, "sirene") is None


@pytest.mark.parametrize(
    "typed", ["", "no", "a@b", "jeanne@orange.example", "é@x.example", "a@b.example\nBcc: c@d.example"]
)
def test_what_is_no_other_address_is_refused_with_a_sentence(
    app: App, client: TestClient, jeanne: Letter, typed: str
) -> None:
    before = held(app)
    answer = client.post(f"/p/{jeanne.preferences}", data={"action": "move", "address": typed})
    assert answer.status_code == 409
    assert held(app) == before


def test_nobody_can_make_us_write_to_a_stranger_again_and_again(
    app: App, client: TestClient, sirene: dict[str, Letter]
) -> None:
    for letter in sirene.values():
        for _ in range(5):
            press(client, f"/p/{letter.preferences}", action="move", address="victime@mairie.example")
    assert len(mails(app, "move_confirm")) == 1
    for number in range(5):
        press(client, f"/p/{sirene[PAUL].preferences}", action="move", address=f"v{number}@mairie.example")
    assert len(mails(app, "move_confirm")) <= 4


# One's own data -----------------------------------------------------------------------------------------------------


def own_data(app: App, client: TestClient, letter: Letter) -> str:
    """The path of the link in the mail to the address itself."""
    page = press(client, f"/p/{letter.preferences}", action="data")
    assert "jeanne" not in page
    address, path = mails(app, "own_data")[-1]
    assert address == JEANNE
    return path


def test_ones_data_is_seen_and_taken_away_by_a_link_of_an_hour(
    app: App, client: TestClient, clock: Clock, jeanne: Letter
) -> None:
    path = own_data(app, client, jeanne)
    page = client.get(path).text
    for words in ("Jeanne Roche", JEANNE, "sirene", "readers.csv"):
        assert words in page
    taken = client.post(path, data={"action": "take", "as": "json"})
    assert taken.headers["content-disposition"].startswith("attachment")
    found = json.loads(taken.content)
    assert [(one["kind"], one["name"]) for one in found["contact"]] == [("person", "Jeanne Roche")]
    assert [one["issue"] for one in found["delivery"]] == ["sirene/2026-09"]
    table = client.post(path, data={"action": "take", "as": "csv"}).text
    assert "contact;1;name;Jeanne Roche" in table
    clock.pass_hours(1.01)
    assert client.get(path).status_code == 409
    assert client.post(path, data={"action": "erase", "sure": "yes"}).status_code == 409


def test_no_link_of_a_letter_opens_anybodys_data(app: App, client: TestClient, jeanne: Letter) -> None:
    for token in (jeanne.leave, jeanne.preferences, reader_token(app, JEANNE)):
        assert client.get(f"/data/{token}").status_code == 404
        assert client.post(f"/data/{token}", data={"action": "erase", "sure": "yes"}).status_code == 404


def test_erasing_needs_a_yes_and_then_is_done(app: App, client: TestClient, clock: Clock, jeanne: Letter) -> None:
    path = own_data(app, client, jeanne)
    assert client.post(path, data={"action": "erase"}).status_code == 400
    assert "We no longer know you" in press(client, path, action="erase", sure="yes")
    assert client.get(path).status_code == 404
    assert client.get(f"/p/{jeanne.preferences}").status_code == 404
    assert client.post(f"/u/{jeanne.leave}", data=ONE_CLICK).status_code == 200
    report = people.import_contacts(
        app, app.site / "readers.csv", clock(), list_slug="sirene", basis=Basis.CONSENT, dry_run=False
    )
    assert report.suppressed == 1
    assert state_of(app, JEANNE, "sirene") is None


def test_who_took_letters_over_cannot_erase_their_reader(app: App, client: TestClient, jeanne: Letter) -> None:
    press(client, ask_to_move(app, client, jeanne, "ami@friend.example"), action="move")
    press(client, f"/p/{reader_token(app, 'ami@friend.example')}", action="data")
    path = mails(app, "own_data")[-1][1]
    assert client.post(path, data={"action": "erase", "sure": "yes"}).status_code == 409
    press(client, mails(app, "moved")[0][1], action="back")
    assert state_of(app, JEANNE, "sirene") == "active"


# Machines and other sites -------------------------------------------------------------------------------------------


def every_path(app: App, client: TestClient, jeanne: Letter) -> list[str]:
    move = ask_to_move(app, client, jeanne)
    press(client, move, action="move")
    press(client, f"/p/{reader_token(app, NEW)}", action="data")
    back, data = mails(app, "moved")[-1][1], mails(app, "own_data")[-1][1]
    return [f"/u/{jeanne.leave}", f"/p/{jeanne.preferences}", f"/p/{reader_token(app, NEW)}", move, back, data]


def test_a_scanner_that_follows_every_link_twice_changes_nothing(app: App, client: TestClient, jeanne: Letter) -> None:
    paths = every_path(app, client, jeanne)
    before = held(app)
    for path in paths * 2:
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = client.request(method, path)
            assert answer.status_code == (405 if method == "OPTIONS" else 200), (method, path)
            assert answer.headers["referrer-policy"] == "no-referrer"
    assert held(app) == before


def test_no_other_site_can_press_any_of_our_buttons(app: App, client: TestClient, jeanne: Letter) -> None:
    paths = every_path(app, client, jeanne)
    before = held(app)
    actions = [
        "leave", "oppose", "undo", "reason", "choose", "pause", "resume", "monthly", "all", "move", "data", "back",
        "take", "erase",
    ]  # fmt: skip
    for path in paths:
        for action in actions:
            form = {"action": action, "months": "1", "address": NEW, "sure": "yes"}
            answer = client.post(path, data=form, headers={"Sec-Fetch-Site": "cross-site"})
            assert answer.status_code == 403
    assert held(app) == before


@pytest.mark.parametrize("path", ["/p/", "/move/", "/back/", "/data/"])
def test_every_flipped_bit_of_a_token_is_refused(app: App, client: TestClient, jeanne: Letter, path: str) -> None:
    purpose = {"/p/": Purpose.READER, "/move/": Purpose.MOVE, "/back/": Purpose.BACK, "/data/": Purpose.DATA}[path]
    ask_to_move(app, client, jeanne)
    token = app.keyring.token(purpose, 1)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for at, char in enumerate(token):
        for bit in range(6):
            other = token[:at] + alphabet[alphabet.index(char) ^ (1 << bit)] + token[at + 1 :]
            with pytest.raises(BadToken):
                app.keyring.read(purpose, other)
        assert client.get(path + other).status_code == 404


def test_no_link_of_a_notice_shows_an_address(app: App, client: TestClient, jeanne: Letter) -> None:
    for path in every_path(app, client, jeanne):
        assert "@" not in path
        assert "%40" not in path
