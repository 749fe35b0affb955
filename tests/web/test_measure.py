"""A reader's word about being counted, end to end: the letters that follow, the hits that are kept, the proof."""

import logging
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text
from starlette.testclient import TestClient

from mailer.app import App
from mailer.domain.hits import REFUSED, HitClass
from mailer.domain.measure import WORDING, WORDING_VERSION, Way
from mailer.domain.people import Basis
from mailer.language import say
from mailer.services import measuring, people, publishing
from mailer.services.sending.letters import take_in_hand
from mailer.store import deliveries, issues, reports, tables
from mailer.store import measure as measures
from tests.web.conftest import CAMPAIGN, ISSUE, LIST, READERS, Clock
from tests.web.letters import Letter, held
from tests.web.visitor import HOST, ORIGIN, our_log

JEANNE, PAUL, LEA = "jeanne@orange.example", "paul@laposte.example", "lea@free.example"
SAID = say("en", WORDING)


@pytest.fixture
def consenting(app: App, site: Path, clock: Clock) -> Callable[[], dict[str, Letter]]:
    """A list by consent; each call releases its next issue and fills its letters as a sender does."""
    write_campaign(site)
    (site / "readers.csv").write_text(READERS, encoding="utf-8")
    people.import_contacts(app, site / "readers.csv", clock(), list_slug="avis", basis=Basis.CONSENT, dry_run=False)
    numbers = iter(range(1, 9))

    def release() -> dict[str, Letter]:
        name = f"avis/2026-09-{next(numbers)}"
        write_issue(site, name)
        publishing.approve(app, name, "Ana Lima", clock())
        publishing.release(app, name, clock())
        found = filled(app, clock())
        clock.pass_hours(2)
        return found

    return release


def write_campaign(site: Path) -> None:
    mailing = LIST.format(title="Avis", description="Avis.", public="true", measure="consent")
    (site / "lists" / "avis.toml").write_text(mailing, encoding="utf-8")
    (site / "campaigns" / "avis").mkdir()
    campaign = CAMPAIGN.format(title="Avis", list="avis", layout="sirene", archive="public")
    (site / "campaigns" / "avis" / "campaign.toml").write_text(campaign, encoding="utf-8")


def write_issue(site: Path, name: str) -> None:
    (site / "campaigns" / name).mkdir()
    (site / "campaigns" / name / "issue.md").write_text(ISSUE.format(subject="Avis"), encoding="utf-8")


def filled(app: App, now: datetime) -> dict[str, Letter]:
    """Claims what is due, notes who is measured and fills it: what a sender's turn does."""
    with app.database.transaction() as tx:
        rows = deliveries.claim(tx, "test", 100, 60, now)
        hand = {issue_id: take_in_hand(tx, issue_id) for issue_id in {row.issue_id for row in rows}}
        for row in rows:
            measures.note_measured(tx, [row.delivery_id], hand[row.issue_id].may_measure(row))
    found = {}
    for row in rows:
        raw = b"".join(hand[row.issue_id].letter(row, app.keyring.letter_tokens(row.delivery_id), now, app.config.zone))
        paths = Letter(row.delivery_id, "", "", "", raw).paths(HOST)
        track = next((path[3:-4] for path in paths if path.startswith("/o/")), "")
        [choice] = {path for path in paths if path.startswith("/p/") and path.endswith("/measure")}
        found[row.address] = Letter(row.delivery_id, "", choice.split("/")[2], track, raw)
    with app.database.transaction() as tx:
        tx.execute(tables.deliveries.update().values(state="sent"))
    return found


def test_nobody_is_counted_before_they_agreed(consenting: Callable[[], dict[str, Letter]]) -> None:
    for letter in consenting().values():
        whole = letter.raw.replace(b"=\r\n", b"")
        assert b"/o/" not in whole
        assert b"/c/" not in whole
        assert b"/m/" not in whole
        assert "https://programme.example/rentree" in letter.urls


def test_only_who_agreed_gets_one_pixel_early_in_the_letter_and_counted_links(
    app: App, client: TestClient, consenting: Callable[[], dict[str, Letter]]
) -> None:
    before = consenting()
    answer = client.post(f"/p/{before[JEANNE].preferences}/measure", data={"measure": "yes"})
    assert answer.status_code == 200
    after = consenting()
    whole = after[JEANNE].raw.replace(b"=\r\n", b"")
    assert whole.count(b"/o/") == 1
    html = whole[whole.index(b"text/html") :]
    assert html.index(b"/o/") < 20_000
    assert f"{ORIGIN}/c/{after[JEANNE].track}/1" in after[JEANNE].urls
    assert b"/o/" not in after[PAUL].raw.replace(b"=\r\n", b"")
    client.get(f"/o/{after[JEANNE].track}.gif")
    app.ledger.flush()
    with app.database.reading() as tx:
        row = issues.find(tx, "avis/2026-09-2")
        assert row is not None
        figures = reports.issue_figures(tx, row.id)
    assert (figures.delivered, figures.measured, figures.people) == (3, 1, 1)


def test_a_no_stops_letters_already_sent_at_once_and_erases_what_was_counted(
    app: App, client: TestClient, consenting: Callable[[], dict[str, Letter]]
) -> None:
    first = consenting()
    for name in (JEANNE, PAUL):
        client.post(f"/p/{first[name].preferences}/measure", data={"measure": "yes"})
    second = consenting()
    for name in (JEANNE, PAUL):
        client.get(f"/o/{second[name].track}.gif")
    assert len(held(app, "seen")["seen"]) == 2
    before = held(app, "subscription", "suppression")
    client.post(f"/p/{second[JEANNE].preferences}/measure", data={"measure": "no"})
    assert len(held(app, "seen")["seen"]) == 1
    answer = client.get(f"/o/{second[JEANNE].track}.gif")
    assert (answer.status_code, len(answer.content)) == (200, 43)
    assert client.get(f"/c/{second[JEANNE].track}/1").status_code == 302
    assert len(held(app, "seen")["seen"]) == 1
    assert held(app, "subscription", "suppression") == before
    third = consenting()
    assert (third[JEANNE].track, bool(third[PAUL].track)) == ("", True)


def test_the_proof_of_a_word_has_its_time_wording_version_and_means(
    app: App, client: TestClient, clock: Clock, consenting: Callable[[], dict[str, Letter]]
) -> None:
    letter = consenting()[JEANNE]
    for word in ("yes", "yes", "no"):
        client.post(f"/p/{letter.preferences}/measure", data={"measure": word})
    with app.database.reading() as tx:
        address_id = tx.execute(
            select(tables.addresses.c.id).where(tables.addresses.c.canonical == JEANNE)
        ).scalar_one()
        said = measures.words(tx, address_id)
    assert [word.allowed for word in said] == [True, False]
    assert {(word.wording, word.version, word.way, word.at) for word in said} == {
        (SAID, WORDING_VERSION, Way.LETTER_LINK.value, clock())
    }


def test_a_get_or_a_foreign_form_changes_nothing(
    app: App, client: TestClient, consenting: Callable[[], dict[str, Letter]]
) -> None:
    letter = consenting()[JEANNE]
    page = client.get(f"/p/{letter.preferences}/measure")
    assert "I agree to be counted" in page.text
    assert "checked" not in page.text
    for data, headers in (({"measure": "yes"}, {"Sec-Fetch-Site": "cross-site"}), ({"measure": "maybe"}, {}), ({}, {})):
        assert client.post(f"/p/{letter.preferences}/measure", data=data, headers=headers).status_code in (400, 403)
    assert client.post(f"/p/{'A' * 22}/measure", data={"measure": "yes"}).status_code == 404
    assert held(app, "measure_choice") == {"measure_choice": []}


def test_the_box_of_a_form_is_its_own_and_never_ticked_beforehand() -> None:
    box = (Path(__file__).parents[2] / "templates" / "pages" / "_measure_box.html").read_text(encoding="utf-8")
    assert box.count("<input") == 1
    assert "checked" not in box


def test_a_confirmed_subscription_keeps_the_words_that_its_form_showed(
    app: App, clock: Clock, consenting: Callable[[], dict[str, Letter]]
) -> None:
    consenting()
    with app.database.transaction() as tx:
        address_id = tx.execute(select(tables.addresses.c.id).where(tables.addresses.c.canonical == LEA)).scalar_one()
        measuring.agreement(app)(tx, address_id, "avis", clock())
        assert measures.allowed(tx, address_id, "avis") is True
        assert measures.allowed(tx, address_id, "sirene") is None
    assert consenting()[LEA].track


def test_an_anonymous_letter_can_be_left_out_by_its_own_link(
    app: App, client: TestClient, sirene: dict[str, Letter]
) -> None:
    jeanne, paul = sirene[JEANNE], sirene[PAUL]
    for letter in (jeanne, paul):
        client.get(f"/o/{letter.track}.gif")
    assert f"{ORIGIN}/m/{jeanne.track}" in jeanne.urls
    assert client.get(f"/m/{jeanne.track}").status_code == 200
    assert len(held(app, "seen")["seen"]) == 2
    for _ in range(2):
        assert client.post(f"/m/{jeanne.track}", data={"action": "refuse"}).status_code == 200
        client.get(f"/o/{jeanne.track}.gif")
        client.get(f"/c/{jeanne.track}/1")
    kept = {(row[2], row[3]) for row in held(app, "seen")["seen"]}
    assert kept == {(REFUSED, HitClass.NOTHING), (0, HitClass.HUMAN)}
    with app.database.reading() as tx:
        assert reports.count_hits(tx, 1).people == 1
    assert client.post(f"/m/{'A' * 32}", data={"action": "refuse"}).status_code in (200, 404)


def test_who_refuses_an_anonymous_count_gets_plain_letters_and_leaves_the_base(
    app: App, client: TestClient, sirene: dict[str, Letter], site: Path, clock: Clock
) -> None:
    client.post(f"/p/{sirene[JEANNE].preferences}/measure", data={"measure": "no"})
    (site / "campaigns" / "sirene" / "2026-10").mkdir()
    (site / "campaigns" / "sirene" / "2026-10" / "issue.md").write_text(
        ISSUE.format(subject="Octobre"), encoding="utf-8"
    )
    publishing.approve(app, "sirene/2026-10", "Ana Lima", clock())
    publishing.release(app, "sirene/2026-10", clock())
    with app.database.transaction() as tx:
        tx.execute(tables.deliveries.update().where(tables.deliveries.c.issue_id == 1).values(state="sent"))
    letters = filled(app, clock())
    assert (letters[JEANNE].track, bool(letters[PAUL].track)) == ("", True)
    with app.database.reading() as tx:
        assert reports.issue_figures(tx, 2).measured == 2


def test_a_burst_on_three_links_takes_back_what_looked_like_a_person(
    app: App, client: TestClient, jeanne: Letter
) -> None:
    client.get(f"/o/{jeanne.track}.gif")
    for link in (1, 2):
        client.get(f"/c/{jeanne.track}/{link}")
    assert {row[3] for row in held(app, "seen")["seen"]} == {HitClass.HUMAN}
    client.get(f"/c/{jeanne.track}/3")
    assert [row[2:] for row in held(app, "seen")["seen"]] == [(link, HitClass.SCANNER) for link in (0, 1, 2, 3)]


def test_nothing_stored_leads_from_a_contact_to_an_anonymous_hit(
    app: App, client: TestClient, sirene: dict[str, Letter], site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The tokens, their nonces and the hashes stand nowhere beside a reader: in no other table, file or log."""
    caplog.set_level(logging.DEBUG, "mailer")
    for letter in sirene.values():
        client.get(f"/o/{letter.track}.gif")
    hashes = [row[1] for row in held(app, "seen")["seen"]]
    assert len(hashes) == 3
    others = repr(held(app))
    files = [path for path in (site / "var").rglob("*") if path.is_file() and "mailer.db" not in path.name]
    secrets = [*hashes, *(letter.track for letter in sirene.values()), *(_nonce(letter) for letter in sirene.values())]
    for secret in secrets:
        assert repr(secret)[2:-1] not in others
        raw = secret if isinstance(secret, bytes) else str(secret).encode()
        assert not [path for path in files if raw in path.read_bytes() or raw.hex().encode() in path.read_bytes()]
        assert str(secret) not in our_log(caplog)
    with app.database.reading() as tx:
        stored = list(tx.execute(text("SELECT hash FROM seen")).scalars())
    assert stored == sorted(stored), "in the order of the hashes, which is nobody's"


def _nonce(letter: Letter) -> bytes:
    return urlsafe_b64decode(letter.track)[6:14]
