"""From the page to the subscription: who asks is told the same, who confirms is subscribed, and nobody else."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from mailer.app import App
from mailer.domain.tokens import Purpose
from mailer.services import joining
from tests.web.asking import Mailbox, a_mailbox, links, parts
from tests.web.conftest import Clock
from tests.web.letters import Letter, held, state_of
from tests.web.test_tokens import flipped

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


# Who learns what -----------------------------------------------------------------------------------------------------


def people_of_every_kind(client: TestClient, others: dict[str, Letter]) -> dict[str, str]:
    """Addresses by where they stand: on the Sirène, gone from it, never to be written to, unknown."""
    client.post(f"/u/{others['paul@laposte.example'].leave}", data={"action": "leave"})
    client.post(f"/u/{others['lea@free.example'].leave}", data={"action": "oppose"})
    return {"new": NEW, "subscribed": JEANNE, "left": "paul@laposte.example", "opposed": "lea@free.example"}


@pytest.mark.parametrize("path", ["/subscribe/sirene", "/lost"])
def test_the_answer_is_the_same_to_the_byte_whoever_asks(
    client: TestClient, sirene: dict[str, Letter], path: str
) -> None:
    answers = {
        kind: client.post(path, data={"email": address})
        for kind, address in people_of_every_kind(client, sirene).items()
    }
    assert {one.status_code for one in answers.values()} == {200}
    assert len({one.content for one in answers.values()}) == 1
    assert len({tuple(one.headers.items()) for one in answers.values()}) == 1


def test_only_the_mail_differs(client: TestClient, mailbox: Mailbox, sirene: dict[str, Letter]) -> None:
    who = people_of_every_kind(client, sirene)
    for address in who.values():
        ask(client, address)
    subjects = {to: letter["Subject"] for to, letter in mailbox.fetch()}
    assert subjects == {
        who["new"]: "One click to receive L'heure de la Sirène",
        who["left"]: "One click to receive L'heure de la Sirène",
        who["subscribed"]: "You receive L'heure de la Sirène already",
    }


def test_who_left_comes_back_by_confirming_and_only_to_what_they_chose(
    app: App, client: TestClient, mailbox: Mailbox, jeanne: Letter
) -> None:
    client.post(f"/p/{jeanne.preferences}", data={"action": "choose", "letter": "klaxon"})
    client.post(f"/p/{jeanne.preferences}", data={"action": "choose"})
    assert (state_of(app, JEANNE, "sirene"), state_of(app, JEANNE, "klaxon")) == ("left", "left")
    ask(client, JEANNE, "klaxon")
    assert state_of(app, JEANNE, "klaxon") == "left"
    mailbox.fetch()
    client.post(mailbox.path(), data=CONFIRM)
    assert (state_of(app, JEANNE, "sirene"), state_of(app, JEANNE, "klaxon")) == ("left", "active")


@pytest.mark.usefixtures("jeanne")
def test_who_is_told_that_they_get_it_already_is_told_once_a_day_and_shown_their_choices(
    client: TestClient, mailbox: Mailbox
) -> None:
    for _ in range(3):
        ask(client, JEANNE)
        mailbox.fetch()
    assert len(mailbox.taken) == 1
    assert re.search(r"/p/[\w-]{22}$", mailbox.path())
    mailbox.clock.pass_hours(25)
    ask(client, JEANNE)
    assert len(mailbox.fetch()) == 1


def test_who_was_told_so_and_left_may_come_back_the_same_day(
    app: App, client: TestClient, mailbox: Mailbox, jeanne: Letter
) -> None:
    ask(client, JEANNE)
    mailbox.fetch()
    client.post(f"/u/{jeanne.leave}", data={"action": "leave"})
    ask(client, JEANNE)
    mailbox.fetch()
    client.post(mailbox.path(), data=CONFIRM)
    assert state_of(app, JEANNE, "sirene") == "active"


def test_an_opposition_between_asking_and_confirming_stays(
    app: App, client: TestClient, mailbox: Mailbox, jeanne: Letter
) -> None:
    ask(client, JEANNE, "klaxon")
    mailbox.fetch()
    client.post(f"/u/{jeanne.leave}", data={"action": "oppose"})
    before = held(app)
    for answer in (client.get(mailbox.path()), client.post(mailbox.path(), data=CONFIRM)):
        assert answer.status_code == 200
        assert "We do not write to you any more" in answer.text
    assert held(app) == before


def test_the_mail_holds_nothing_that_a_visitor_wrote(client: TestClient, mailbox: Mailbox) -> None:
    told = "Achetez mes pilules"
    ask(client, NEW, "sirene", "klaxon", name=told, subject=told, title=told, wording=told, measure=told)
    [(_, letter)] = mailbox.fetch()
    text, html = parts(letter)
    assert "pilules" not in letter.as_string() + text + html
    assert "@courriel" not in text + html
    assert "L'heure de la Sirène" in text
    assert "Le Klaxon" in text
    assert "If it was not you, do nothing:" in text
    assert "/o/" not in html
    assert "<img" not in html


# Following links is not confirming -----------------------------------------------------------------------------------


def test_a_scanner_that_follows_every_link_and_the_links_behind_them_changes_nothing(
    app: App, client: TestClient, mailbox: Mailbox
) -> None:
    """Stories 25 and 27: Microsoft followed the confirmation link; other programs confirm by GET."""
    ask(client)
    [(_, letter)] = mailbox.fetch()
    before, to_see = held(app), {mailbox.path(), *_ours(parts(letter)[1])}
    seen: set[str] = set()
    while to_see:
        path = to_see.pop()
        seen.add(path)
        for method in ("GET", "HEAD", "OPTIONS", "GET"):
            answer = client.request(method, path)
            assert answer.status_code in (200, 307, 404, 405)
            if method == "GET":
                to_see |= _ours(answer.text) - seen
    assert len(seen) > 5
    assert held(app) == before


def _ours(page: str) -> set[str]:
    return set(re.findall(r'(?:href|action)="(?:https://lettre\.collectif\.example)?(/[^"#]*)"', page))


def test_the_link_works_once_and_says_so_the_second_time(app: App, client: TestClient, mailbox: Mailbox) -> None:
    """Story 30: the link in the opt-in mail does something; story 24: following it first does not burn it."""
    ask(client)
    mailbox.fetch()
    for _ in range(5):
        client.get(mailbox.path())
    client.post(mailbox.path(), data=CONFIRM)
    after = held(app)
    second = client.post(mailbox.path(), data=CONFIRM)
    assert (second.status_code, "done already" in second.text) == (200, True)
    assert "done already" in client.get(mailbox.path()).text
    assert held(app) == after


def test_the_link_works_for_seven_days(app: App, client: TestClient, mailbox: Mailbox) -> None:
    ask(client)
    mailbox.fetch()
    mailbox.clock.pass_hours(7 * 24 - 0.1)
    assert "Is it you?" in client.get(mailbox.path()).text
    mailbox.clock.pass_hours(0.2)
    before = held(app)
    for answer in (client.get(mailbox.path()), client.post(mailbox.path(), data=CONFIRM)):
        assert (answer.status_code, "too old" in answer.text) == (200, True)
    assert held(app) == before


def test_the_link_of_a_list_that_is_no_more_says_so(app: App, client: TestClient, mailbox: Mailbox) -> None:
    ask(client, NEW, "klaxon", "sirene")
    mailbox.fetch()
    lists = app.site / "lists"
    (lists / "klaxon.toml").write_text((lists / "klaxon.toml").read_text().replace("public = true", "public = false"))
    assert "Le Klaxon" not in client.get(mailbox.path()).text
    (lists / "sirene.toml").unlink()
    before = held(app)
    for answer in (client.get(mailbox.path()), client.post(mailbox.path(), data=CONFIRM)):
        assert (answer.status_code, "This letter is no more" in answer.text) == (200, True)
    assert held(app) == before


@pytest.mark.parametrize("body", [{}, {"action": "leave"}, {"action": ["confirm", "confirm"]}])
def test_a_post_that_is_not_the_button_confirms_nothing(
    app: App, client: TestClient, mailbox: Mailbox, body: dict[str, str]
) -> None:
    ask(client)
    mailbox.fetch()
    assert client.post(mailbox.path(), data=body).status_code == 400
    assert state_of(app, NEW, "sirene") is None


# Reminding and erasing -----------------------------------------------------------------------------------------------


def test_who_does_not_answer_is_reminded_once_and_then_forgotten(
    app: App, client: TestClient, mailbox: Mailbox
) -> None:
    ask(client)
    mailbox.fetch()
    subjects = []
    for _ in range(40):
        mailbox.clock.pass_hours(24)
        before = len(mailbox.taken)
        mailbox.tick()
        mailbox.tick()
        subjects += [letter["Subject"] for _, letter in mailbox.taken[before:]]
    assert subjects == ["L'heure de la Sirène: do you still want it?"]
    assert held(app, "request", "requested", "notice") == {"request": [], "requested": [], "notice": []}
    assert NEW not in repr(held(app))


def test_the_reminder_s_link_confirms(app: App, client: TestClient, mailbox: Mailbox) -> None:
    ask(client)
    mailbox.fetch()
    mailbox.clock.pass_hours(3 * 24)
    assert mailbox.tick().reminded == 1
    client.post(mailbox.path(), data=CONFIRM)
    assert state_of(app, NEW, "sirene") == "active"


def test_the_address_is_erased_when_nobody_can_confirm_it_any_more(
    app: App, client: TestClient, mailbox: Mailbox
) -> None:
    ask(client)
    mailbox.fetch()
    mailbox.clock.pass_hours(7 * 24 + 1)
    assert mailbox.tick().erased == 1
    assert NEW not in repr(held(app, "request", "requested", "address"))


def test_who_opposed_leaves_no_address_behind_by_asking(
    app: App, client: TestClient, mailbox: Mailbox, jeanne: Letter
) -> None:
    client.post(f"/u/{jeanne.leave}", data={"action": "oppose"})
    ask(client, JEANNE)
    assert mailbox.fetch() == []
    assert JEANNE not in repr(held(app, "request", "requested", "notice"))


# How often -----------------------------------------------------------------------------------------------------------


def test_thirty_posts_for_one_address_are_one_mail(client: TestClient, mailbox: Mailbox) -> None:
    for _ in range(30):
        ask(client)
        mailbox.fetch()
        mailbox.clock.pass_hours(0.01)
    assert len(mailbox.taken) == 1


def test_an_address_that_never_answers_gets_five_mails_however_long_somebody_asks(
    client: TestClient, mailbox: Mailbox
) -> None:
    for _ in range(60):
        ask(client)
        mailbox.tick()
        mailbox.clock.pass_hours(25)
    kinds = [letter["Subject"].partition(" ")[0] for _, letter in mailbox.taken]
    assert kinds.count("One") == 5
    assert len(kinds) == 6, "and one reminder"


def test_what_is_asked_again_the_same_day_is_added_to_what_the_one_link_confirms(
    app: App, client: TestClient, mailbox: Mailbox
) -> None:
    ask(client, NEW, "sirene")
    mailbox.fetch()
    ask(client, NEW, "klaxon", at="/subscribe")
    assert mailbox.fetch() == []
    assert {"Le Klaxon", "L&#39;heure de la Sirène"} <= set(
        re.findall(r"<strong>([^<]+)</strong>", client.get(mailbox.path()).text)
    )
    client.post(mailbox.path(), data=CONFIRM)
    assert (state_of(app, NEW, "sirene"), state_of(app, NEW, "klaxon")) == ("active", "active")


def test_who_confirmed_may_ask_for_another_letter_at_once(app: App, client: TestClient, mailbox: Mailbox) -> None:
    ask(client, NEW, "sirene")
    mailbox.fetch()
    client.post(mailbox.path(), data=CONFIRM)
    ask(client, NEW, "klaxon")
    assert len(mailbox.fetch()) == 1
    client.post(mailbox.path(), data=CONFIRM)
    assert (state_of(app, NEW, "sirene"), state_of(app, NEW, "klaxon")) == ("active", "active")


def test_many_addresses_of_one_domain_are_written_to_little_by_little_and_others_do_not_wait(
    client: TestClient, mailbox: Mailbox
) -> None:
    for number in range(39):
        ask(client, f"a{number}@petite-boite.example")
        mailbox.clock.pass_hours(0.001)
    ask(client)
    first = mailbox.fetch()
    assert len(first) == 31
    assert NEW in {to for to, _ in first}
    mailbox.clock.pass_hours(1.1)
    mailbox.fetch()
    assert len({to for to, _ in mailbox.taken}) == 40, "later is not never"


def test_two_hundred_posts_from_one_visitor_end_in_a_page_that_says_when(app: App, client: TestClient) -> None:
    answers = [client.post("/subscribe/sirene", data={"email": f"a{at}@ex.example"}) for at in range(200)]
    assert [one.status_code for one in answers] == [200] * 40 + [429] * 160
    assert re.search(r"try again about \d\d:\d\d", answers[-1].text)
    assert int(answers[-1].headers["retry-after"]) <= 60
    assert len(held(app, "request")["request"]) == 40


# Machines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/subscribe", "/subscribe/sirene", "/lost"])
def test_who_fills_the_field_that_nobody_sees_gets_the_same_page_and_nothing_else(
    app: App, client: TestClient, path: str
) -> None:
    body = {"email": NEW, "letter": "sirene"}
    before = held(app)
    trapped = client.post(path, data=body | {"comment": "https://pilules.example"})
    assert held(app) == before
    assert trapped.content == client.post(path, data=body).content


def test_who_sends_our_page_back_at_once_is_asked_to_press_again_and_keeps_what_they_typed(
    app: App, client: TestClient, clock: Clock
) -> None:
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', client.get("/subscribe").text))
    quick = client.post("/subscribe", data={**fields, "email": NEW, "letter": "klaxon"})
    assert quick.status_code == 400
    assert "press the button again" in quick.text
    assert f'value="{NEW}"' in quick.text
    assert 'value="klaxon" aria-describedby="about-klaxon" checked' in quick.text
    assert held(app, "request") == {"request": []}
    clock.pass_hours(3 / 3600)
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', quick.text))
    assert client.post("/subscribe", data={**again, "email": NEW, "letter": "klaxon"}).status_code == 200


# What people type ----------------------------------------------------------------------------------------------------

NO_ADDRESSES = [
    "",
    "nouvelle",
    "nouvelle@",
    "😀@courriel.example",
    "x" * 300 + "@courriel.example",
    "\u202enouvelle@courriel.example",
    "عنوان@courriel.example",
    "a\0@courriel.example",
    "a@courriel.example\r\nBcc: tout@monde.example",
    "a@courriel.example, b@courriel.example",
    "' OR 1=1--",
    '"><script>alert(1)</script>@x.example',
    "{{ config }}@x.example",
]


@pytest.mark.parametrize("path", ["/subscribe/sirene", "/lost"])
@pytest.mark.parametrize("typed", NO_ADDRESSES)
def test_what_is_no_address_is_said_in_one_sentence_and_stays_in_the_field(
    app: App, client: TestClient, path: str, typed: str
) -> None:
    before = held(app)
    answer = client.post(path, data={"email": typed, "letter": "klaxon", "choice": "yes"})
    assert answer.status_code == 400
    assert answer.text.count("does not look like an e-mail address") == 1
    assert "<script" not in answer.text
    assert "\0" not in answer.text
    if typed.isascii() and typed.isprintable() and "<" not in typed and "'" not in typed:
        assert f'value="{typed}"' in answer.text
    assert held(app) == before


def test_multipart_and_urlencoded_and_several_addresses_of_one_name(app: App, client: TestClient) -> None:
    body = {"email": (None, NEW), "letter": (None, "klaxon")}
    assert client.post("/subscribe", files=body).status_code == 200
    assert (
        client.post("/subscribe", content=b"email=b%40ex.example&email=c%40ex.example&letter=klaxon").status_code == 200
    )
    kept = {str(row[3]) for row in held(app, "request")["request"]}
    assert kept == {NEW, "b@ex.example"}


@pytest.mark.parametrize(
    ("path", "letters", "status"),
    [
        ("/subscribe", ["quinzaine"], 400),
        ("/subscribe", ["nothing"], 400),
        ("/subscribe", [], 400),
        ("/subscribe/quinzaine", [], 404),
        ("/subscribe/nothing", [], 404),
        ("/subscribe/sirene", ["klaxon", "quinzaine", "nothing"], 200),
    ],
)
def test_private_and_unknown_lists_cannot_be_asked_for(
    app: App, client: TestClient, path: str, letters: list[str], status: int
) -> None:
    answer = client.post(path, data={"email": NEW, "letter": letters})
    assert answer.status_code == status
    assert {row[1] for row in held(app, "requested")["requested"]} <= {"klaxon"}


def test_no_letter_ticked_on_our_page_is_no_letter(app: App, client: TestClient) -> None:
    answer = client.post("/subscribe/sirene", data={"email": NEW, "choice": "yes"})
    assert (answer.status_code, "Tick at least one letter" in answer.text) == (400, True)
    assert held(app, "request") == {"request": []}


def test_the_form_ticks_the_letter_that_was_asked_for_and_nothing_else(client: TestClient) -> None:
    """Check 13: what is ticked is the letter whose page this is; a consent to be measured never comes ticked."""
    assert re.findall(r'value="(\w+)"[^>]* checked', client.get("/subscribe/klaxon").text) == ["klaxon"]
    assert "checked" not in client.get("/subscribe").text


# The proof -----------------------------------------------------------------------------------------------------------


def test_the_proof_says_what_was_shown_when_and_where(app: App, client: TestClient, mailbox: Mailbox) -> None:
    page = client.get("/subscribe/sirene").text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    asked_at = mailbox.clock.now
    client.post(
        "/subscribe/sirene",
        data={"email": NEW, "wording": fields["wording"], "measure": "yes"},
        headers={"Origin": "https://wiki.voisins.example"},
    )
    mailbox.fetch()
    mailbox.clock.pass_hours(5)
    client.post(mailbox.path(), data=CONFIRM)
    [proof] = joining.proofs(app, NEW.upper())
    assert (proof.list_slug, proof.title) == ("sirene", "L'heure de la Sirène")
    assert (proof.asked_at, proof.confirmed_at) == (asked_at, mailbox.clock.now)
    assert (proof.way, proof.origin, proof.measure_wanted) == ("form", "wiki.voisins.example", True)
    assert proof.text is not None
    assert proof.text.startswith("By sending this form you ask for the letters that you chose at this address")
    assert proof.text in page


def test_a_proof_claims_no_words_that_we_never_wrote(app: App, client: TestClient, mailbox: Mailbox) -> None:
    ask(client, NEW, wording="aaaaaaaaaaaa")
    mailbox.fetch()
    client.post(mailbox.path(), data=CONFIRM)
    [proof] = joining.proofs(app, NEW)
    assert (proof.version, proof.text) == ("aaaaaaaaaaaa", None)


# Finding one's choices again -----------------------------------------------------------------------------------------


def test_who_lost_their_letters_gets_the_link_once_a_day_and_strangers_get_nothing(
    client: TestClient, mailbox: Mailbox, sirene: dict[str, Letter]
) -> None:
    who = people_of_every_kind(client, sirene)
    for _ in range(3):
        for address in who.values():
            assert client.post("/lost", data={"email": address}).status_code == 200
        mailbox.fetch()
    assert sorted(to for to, _ in mailbox.taken) == sorted([who["subscribed"], who["left"]])
    assert all(re.search(r"/p/[\w-]{22}$", link) for _, letter in mailbox.taken for link in links(letter))


@pytest.mark.usefixtures("jeanne")
def test_asking_for_the_link_keeps_no_address(app: App, client: TestClient, mailbox: Mailbox) -> None:
    client.post("/lost", data={"email": NEW})
    client.post("/lost", data={"email": JEANNE})
    mailbox.fetch()
    said = repr(held(app, "request"))
    assert NEW not in said
    assert JEANNE not in said


# A link that we did not make -----------------------------------------------------------------------------------------


def test_each_flipped_bit_of_a_confirm_token_is_refused(app: App, client: TestClient, mailbox: Mailbox) -> None:
    ask(client)
    mailbox.fetch()
    before, token = held(app), mailbox.path().rpartition("/")[2]
    for forged in flipped(token):
        assert client.get(f"/confirm/{forged}").status_code == 404
        assert client.post(f"/confirm/{forged}", data=CONFIRM).status_code == 404
    assert held(app) == before


def test_tokens_of_other_purposes_confirm_nothing(app: App, client: TestClient, mailbox: Mailbox) -> None:
    ask(client)
    mailbox.fetch()
    before = held(app)
    for purpose in set(Purpose) - {Purpose.CONFIRM}:
        token = app.keyring.token(purpose, 1)
        assert client.post(f"/confirm/{token}", data=CONFIRM).status_code == 404
        assert client.post("/subscribe", data={"email": "", "shown": token}).status_code == 400
    assert held(app) == before


@pytest.mark.usefixtures("jeanne")
def test_no_address_is_in_a_link_of_any_mail(client: TestClient, mailbox: Mailbox) -> None:
    ask(client)
    ask(client, JEANNE)
    client.post("/lost", data={"email": JEANNE})
    mailbox.fetch()
    mailbox.clock.pass_hours(73)
    mailbox.tick()
    assert len(mailbox.taken) == 4
    for _, letter in mailbox.taken:
        urls = [url for part in parts(letter) for url in re.findall(r"https?://[^\s\"<>]+", part)]
        assert len(urls) > 2
        assert not [url for url in urls if "@" in url or "%40" in url]
