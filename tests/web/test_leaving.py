import pytest
from starlette.testclient import TestClient

from mailer.app import App
from mailer.domain.deliveries import DeliveryState
from mailer.domain.tokens import Purpose
from tests.web.letters import Letter, held, state_of
from tests.web.visitor import ONE_CLICK

JEANNE, PAUL = "jeanne@orange.example", "paul@laposte.example"
# RFC 8058 §3.2 lets the sender choose either.
AS_FORM = {"data": ONE_CLICK}
AS_MULTIPART = {
    "content": b'--xyz\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--xyz--\r\n',
    "headers": {"Content-Type": "multipart/form-data; boundary=xyz"},
}
WITHOUT_A_TYPE = {"content": b"List-Unsubscribe=One-Click"}


@pytest.mark.parametrize("body", [AS_FORM, AS_MULTIPART, WITHOUT_A_TYPE], ids=["urlencoded", "multipart", "untyped"])
def test_a_one_click_post_leaves_at_once_and_twice_without_harm(
    app: App, client: TestClient, jeanne: Letter, body: dict[str, object]
) -> None:
    first = client.post(f"/u/{jeanne.leave}", **body)  # type: ignore[arg-type] # three shapes of one request
    assert (first.status_code, first.headers.get("location")) == (200, None)
    assert state_of(app, JEANNE, "sirene") == "left"
    after = held(app)
    second = client.post(f"/u/{jeanne.leave}", **body)  # type: ignore[arg-type] # three shapes of one request
    assert (second.status_code, second.content) == (200, first.content)
    assert held(app) == after
    assert state_of(app, PAUL, "sirene") == "active"


def test_one_click_stops_the_letter_that_still_waits(app: App, client: TestClient, jeanne: Letter) -> None:
    client.post(f"/u/{jeanne.leave}", data=ONE_CLICK)
    states = {row[0]: row for row in held(app, "delivery")["delivery"]}
    assert DeliveryState.SKIPPED in states[jeanne.delivery_id]


def test_one_click_needs_nothing_that_a_browser_would_send(app: App, client: TestClient, jeanne: Letter) -> None:
    headers = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site", "User-Agent": ""}
    answer = client.post(f"/u/{jeanne.leave}", data=ONE_CLICK, headers=headers)
    assert answer.status_code == 200
    assert state_of(app, JEANNE, "sirene") == "left"


def test_looking_a_hundred_times_changes_nothing(app: App, client: TestClient, jeanne: Letter) -> None:
    before = held(app)
    for _ in range(100):
        assert client.get(f"/u/{jeanne.leave}").status_code == 200
        assert client.head(f"/u/{jeanne.leave}").status_code == 200
        assert client.get(f"/p/{jeanne.preferences}").status_code == 200
        assert client.head(f"/p/{jeanne.preferences}").status_code == 200
    assert held(app) == before


def test_a_forged_token_learns_nothing_and_changes_nothing(app: App, client: TestClient, jeanne: Letter) -> None:
    before = held(app)
    forged = client.post(f"/u/{'A' * 22}", data=ONE_CLICK)
    assert held(app) == before
    good = client.post(f"/u/{jeanne.leave}", data=ONE_CLICK)
    assert (forged.status_code, forged.content) == (good.status_code, good.content)
    assert dict(forged.headers) == dict(good.headers)


def test_the_page_names_the_letter_and_masks_the_address(client: TestClient, jeanne: Letter) -> None:
    page = client.get(f"/u/{jeanne.leave}").text
    assert "Unsubscribe me from L&#39;heure de la Sirène" in page
    assert "j•••@orange.example" in page
    assert "jeanne" not in page.lower()


def test_the_button_leaves_this_letter_only(app: App, client: TestClient, jeanne: Letter) -> None:
    answer = client.post(f"/u/{jeanne.leave}", data={"action": "leave"})
    assert answer.status_code == 200
    assert "You have left" in answer.text
    assert state_of(app, JEANNE, "sirene") == "left"
    assert held(app, "suppression") == {"suppression": []}
    assert "You have left" in client.get(f"/u/{jeanne.leave}").text


def test_the_quieter_button_ends_every_letter_for_good(app: App, client: TestClient, jeanne: Letter) -> None:
    answer = client.post(f"/u/{jeanne.leave}", data={"action": "oppose"})
    assert "We will not write to you again" in answer.text
    assert len(held(app, "suppression")["suppression"]) == 1
    assert "We do not write to you any more" in client.get(f"/u/{jeanne.leave}").text
    assert "<form" not in client.get(f"/p/{jeanne.preferences}").text


@pytest.mark.parametrize(
    "body",
    [{}, {"action": "delete"}, {"action": ["leave", "oppose"]}, {"List-Unsubscribe": "maybe"}],
    ids=["empty", "unknown", "both", "not one-click"],
)
def test_a_post_that_says_nothing_clear_does_nothing(
    app: App, client: TestClient, jeanne: Letter, body: dict[str, str]
) -> None:
    before = held(app)
    assert client.post(f"/u/{jeanne.leave}", data=body).status_code == 400
    assert held(app) == before


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"--xyz\r\nbroken", "multipart/form-data; boundary=xyz", 400),
        (b"x", "multipart/form-data", 400),
        (b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nb\r\n--x--\r\n',
         "multipart/form-data; boundary=x", 400),
        (b"\xff\xfe\x00=%ff%zz&&&", "application/x-www-form-urlencoded", 400),
        (b"a=" + b"b" * 100_000, "application/x-www-form-urlencoded", 413),
        (b"a=1&" * 5_000, "application/x-www-form-urlencoded", 400),
    ],
    ids=["cut short", "no boundary", "a file", "not text", "too long", "too many"],
)  # fmt: skip
def test_a_broken_body_is_refused_with_a_page(
    app: App, client: TestClient, jeanne: Letter, content: bytes, content_type: str, status: int
) -> None:
    before = held(app)
    answer = client.post(f"/u/{jeanne.leave}", content=content, headers={"Content-Type": content_type})
    assert answer.status_code == status
    assert "Nothing was changed" in answer.text
    assert held(app) == before


CHOICES = [("/u/", "leave", {"action": "leave"}), ("/u/", "leave", {"action": "oppose"}),
           ("/p/", "preferences", {"action": "choose"})]  # fmt: skip
ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "https://blog.collectif.example"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://["},
    {"Origin": ""},
]
OURS = [
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {"Origin": "https://lettre.collectif.example"},
    {"Origin": "null"},
    {},
]


@pytest.mark.parametrize(("path", "purpose", "body"), CHOICES)
@pytest.mark.parametrize("headers", ELSEWHERE)
def test_a_form_on_another_site_does_nothing(
    app: App, client: TestClient, jeanne: Letter, path: str, purpose: str, body: dict[str, str], headers: dict[str, str]
) -> None:
    before = held(app)
    token = app.keyring.token(Purpose(purpose), jeanne.delivery_id)
    assert client.post(path + token, data=body, headers=headers).status_code == 403
    assert held(app) == before


@pytest.mark.parametrize("headers", OURS)
def test_our_own_form_acts_in_every_browser(
    app: App, client: TestClient, jeanne: Letter, headers: dict[str, str]
) -> None:
    assert client.post(f"/u/{jeanne.leave}", data={"action": "leave"}, headers=headers).status_code == 200
    assert state_of(app, JEANNE, "sirene") == "left"


def test_preferences_are_exactly_the_ticked_letters(app: App, client: TestClient, jeanne: Letter) -> None:
    page = client.get(f"/p/{jeanne.preferences}").text
    assert page.count(" checked") == 1
    assert "quinzaine" not in page
    chosen = client.post(f"/p/{jeanne.preferences}", data={"action": "choose", "letter": ["klaxon"]})
    assert chosen.status_code == 200
    assert "your choice is recorded" in chosen.text
    assert (state_of(app, JEANNE, "sirene"), state_of(app, JEANNE, "klaxon")) == ("left", "active")
    client.post(f"/p/{jeanne.preferences}", data={"action": "choose", "letter": ["sirene"]})
    assert (state_of(app, JEANNE, "sirene"), state_of(app, JEANNE, "klaxon")) == ("active", "left")


def test_no_box_ticked_leaves_every_public_letter(app: App, client: TestClient, jeanne: Letter) -> None:
    client.post(f"/p/{jeanne.preferences}", data={"action": "choose"})
    assert state_of(app, JEANNE, "sirene") == "left"


@pytest.mark.parametrize("name", ["quinzaine", "nothing", "' OR 1=1--", "é" * 300])
def test_a_letter_that_is_not_public_cannot_be_chosen(app: App, client: TestClient, jeanne: Letter, name: str) -> None:
    before = held(app)
    answer = client.post(f"/p/{jeanne.preferences}", data={"action": "choose", "letter": ["sirene", name]})
    assert answer.status_code == 200
    assert held(app) == before


def test_who_opposed_is_not_brought_back_by_the_preferences(app: App, client: TestClient, jeanne: Letter) -> None:
    client.post(f"/u/{jeanne.leave}", data={"action": "oppose"})
    answer = client.post(f"/p/{jeanne.preferences}", data={"action": "choose", "letter": ["sirene"]})
    assert "You asked us never to write" in answer.text
    assert len(held(app, "suppression")["suppression"]) == 1


def test_an_empty_post_is_not_a_choice(app: App, client: TestClient, jeanne: Letter) -> None:
    before = held(app)
    assert client.post(f"/p/{jeanne.preferences}").status_code == 400
    assert held(app) == before


def test_a_reader_named_like_markup_is_shown_as_text(client: TestClient, sirene: dict[str, Letter]) -> None:
    page = client.get(f"/u/{sirene['lea@free.example'].leave}").text
    assert "<Vidal>" not in page
