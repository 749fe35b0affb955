"""A letter that came without being asked for: one press to subscribe, with its proof, or never again."""

from collections.abc import Callable

from starlette.testclient import TestClient

from mailer.app import App
from mailer.services import audiences, joining
from tests.web.letters import Letter, state_of

JEANNE = "jeanne@orange.example"


def invited(app: App, release: Callable[[str], dict[str, Letter]]) -> Letter:
    """Jeanne's copy, who gets it though she is on no list."""
    letter = release("sirene")[JEANNE]
    with app.database.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM subscription")
    return letter


def test_looking_changes_nothing_and_one_press_subscribes_with_its_proof(
    app: App, client: TestClient, release: Callable[[str], dict[str, Letter]]
) -> None:
    path = f"/p/{invited(app, release).preferences}/join"
    page = client.get(path)
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert "I subscribe to L&#39;heure de la Sirène" in page.text
    assert joining.proofs(app, JEANNE) == []
    for _ in range(2):
        assert "You are subscribed" in client.post(path).text
    assert state_of(app, JEANNE, "sirene") == "active"
    (proof,) = joining.proofs(app, JEANNE)
    assert (proof.list_slug, proof.way, proof.origin) == ("sirene", "letter", "sirene/2026-09")
    assert proof.text is not None
    assert "By pressing this button you ask for “L'heure de la Sirène”" in proof.text
    assert "You are subscribed" in client.get(path).text


def test_one_press_and_nothing_comes_any_more(
    app: App, client: TestClient, release: Callable[[str], dict[str, Letter]]
) -> None:
    letter = invited(app, release)
    path = f"/u/{letter.leave}/never"
    assert "Receive nothing from us any more?" in client.get(path).text
    assert client.post(path).status_code == 400
    page = client.post(path, data={"action": "oppose"}).text
    assert "We will not write to you again" in page
    assert audiences.suppression_of(app, JEANNE) == "opposition"
    assert "We do not write to you any more" in client.get(path).text
    assert "We do not write to you any more" in client.post(f"/p/{letter.preferences}/join").text
    undo = page.split('name="undo" value="')[1].split('"')[0]
    client.post(path, data={"action": "undo", "undo": undo})
    assert audiences.suppression_of(app, JEANNE) is None


def test_a_link_of_another_use_opens_neither_page(
    app: App, client: TestClient, release: Callable[[str], dict[str, Letter]]
) -> None:
    letter = invited(app, release)
    for path in (f"/p/{letter.leave}/join", f"/u/{letter.preferences}/never", "/p/x/join", "/u/x/never"):
        assert client.get(path).status_code == client.post(path, data={"action": "oppose"}).status_code == 404, path


def test_who_gets_a_letter_by_rule_sees_it_ticked_and_can_leave_it(
    app: App, client: TestClient, release: Callable[[str], dict[str, Letter]]
) -> None:
    letter = invited(app, release)
    path = app.site / "lists" / "sirene.toml"
    path.write_text(path.read_text(encoding="utf-8") + '\n[rule]\ntag = "implique"\n', encoding="utf-8")
    ticked = 'id="letter-sirene" name="letter" value="sirene" aria-describedby="about-sirene" checked'
    assert ticked not in client.get(f"/p/{letter.preferences}").text
    with app.database.transaction() as tx:
        tx.exec_driver_sql("INSERT INTO tag (contact_id, slug) SELECT id, 'implique' FROM contact")
    assert ticked in client.get(f"/p/{letter.preferences}").text
    client.post(f"/p/{letter.preferences}", data={"action": "choose", "shown": ["sirene"]})
    assert state_of(app, JEANNE, "sirene") == "left"
    assert ticked not in client.get(f"/p/{letter.preferences}").text
