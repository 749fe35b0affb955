"""The composer as a plain form: no script is needed for anything but rich text and the live letter."""

import re
import shutil
from html import unescape
from io import BytesIO

from PIL import Image
from starlette.testclient import TestClient

from mailer.domain.accounts import Role
from mailer.services import composing
from tests.sites import release, subscribe, write_campaign
from tests.web.desk.conftest import Desk

FIELD = re.compile(r"<input\b[^>]*>|<textarea\b[^>]*>\n?(?P<text>[^<]*)</textarea>|<select\b.*?</select>", re.DOTALL)
PAGE = "/desk/issues/lettre/2026-03/compose"


def hold(text: str) -> dict[str, list[str]]:
    """The fields of the composer's form, as a browser would post them."""
    form = text[text.index('<form id="compose"') : text.index("</form>", text.index('<form id="compose"'))]
    held: dict[str, list[str]] = {}
    for tag in FIELD.finditer(form):
        name = re.search(r'name="([^"]*)"', tag[0])
        if name is None or 'type="file"' in tag[0] or ('type="checkbox"' in tag[0] and "checked" not in tag[0]):
            continue
        held.setdefault(name[1], []).append(unescape(_value(tag)))
    return held


def _value(tag: re.Match[str]) -> str:
    if tag["text"] is not None:
        return tag["text"].replace("\n", "\r\n")
    if tag[0].startswith("<select"):
        chosen = re.search(r'value="([^"]*)" selected', tag[0]) or re.search(r'value="([^"]*)"', tag[0])
        return chosen[1] if chosen else ""
    value = re.search(r'value="([^"]*)"', tag[0])
    return value[1] if value else "on"


def press(client: TestClient, held: dict[str, list[str]], do: str, **more: str) -> tuple[int, str]:
    """Posts the form with a button and goes where it sends."""
    answer = client.post(PAGE, data={**held, **{k: [v] for k, v in more.items()}, "do": [do]})
    if answer.status_code == 303:
        answer = client.get(answer.headers["location"].partition("#")[0])
    return answer.status_code, answer.text


def text(desk: Desk) -> str:
    return (desk.app.site / "campaigns/lettre/2026-03/issue.md").read_text(encoding="utf-8")


def test_an_issue_opened_and_saved_as_it_is_stays_byte_for_byte(desk: Desk) -> None:
    before = text(desk)
    client = desk.client(Role.CONTRIBUTOR)
    page = client.get(PAGE)
    assert page.status_code == 200
    status, _ = press(client, hold(page.text), "save")
    assert (status, text(desk)) == (200, before)


def test_whoever_may_not_write_is_told_and_changes_nothing(desk: Desk) -> None:
    reviewer = desk.client(Role.REVIEWER)
    assert reviewer.get(PAGE).status_code == 403
    assert reviewer.post(PAGE, data={"do": "save"}).status_code == 403
    assert desk.client(None).get(PAGE).headers["location"] == f"/desk/login?next={PAGE}"
    foreign = desk.client().post(PAGE, data={"do": "save"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403


def test_blocks_are_added_moved_removed_and_put_back_without_a_script(desk: Desk) -> None:
    client = desk.client(Role.EDITOR)
    before = text(desk)
    _, page = press(client, hold(client.get(PAGE).text), "add:section", after="0")
    held = hold(page)
    count = len(held["part"])
    assert held["p1.kind"] == ["section"]
    held["p1.title"] = ['<script>alert("1")</script>']
    _, page = press(client, held, "up:p1")
    assert hold(page)["p0.title"] == ['<script>alert("1")</script>']
    assert "<script>alert" not in page
    _, page = press(client, hold(page), "remove:p0")
    assert len(hold(page)["part"]) == count - 1
    _, page = press(client, hold(page), "restore:0")
    assert (hold(page)["p0.kind"], len(hold(page)["part"])) == (["section"], count)
    assert text(desk) == before
    status, page = press(client, hold(page), "save")
    assert (status, "dans l’historique" in page) == (200, True)
    assert text(desk).startswith(before[: before.index("+++\n\n")])
    assert '::: section title="<script>alert(\\"1\\")</script>"\n:::\n' in text(desk)


def test_style_is_corrected_by_one_button(desk: Desk) -> None:
    client = desk.client(Role.EDITOR)
    held = hold(client.get(PAGE).text)
    held["front.subject"] = ["L'été des militant.es 🌻"]
    _, page = press(client, held, "keep")
    assert 'value="fix:apostrophes::subject"' in page
    _, page = press(client, held, "fix:apostrophes::subject")
    _, page = press(client, hold(page), "fix:dots::subject")
    assert hold(page)["front.subject"] == ["L’été des militant·es 🌻"]


def test_two_tabs_double_clicks_and_the_back_button_overwrite_nothing(desk: Desk) -> None:
    client = desk.client(Role.EDITOR)
    first = hold(client.get(PAGE).text)
    second = {**first, "front.subject": ["L’autre onglet"]}
    first["front.subject"] = ["Le premier onglet"]
    assert press(client, first, "save")[0] == 200
    # A double click, or « back » and again: the same text is no conflict and no second version.
    assert press(client, first, "save")[0] == 200
    assert len(composing.earlier_texts(desk.app, "lettre/2026-03")) == 2
    status, page = press(client, second, "save")
    assert (status, "Le premier onglet" in page, "L’autre onglet" in page) == (409, True, True)
    assert "Le premier onglet" in text(desk)
    version = hold(page.replace('<form method="post" action="/desk/issues', '<form id="compose" action="'))["version"][
        0
    ]
    status, page = press(client, {}, "theirs", version=version)
    assert hold(page)["front.subject"] == ["Le premier onglet"]
    mine = composing.earlier_texts(desk.app, "lettre/2026-03")[0]
    shown = client.get(f"{PAGE}/history/{mine.id}").text
    assert "L’autre onglet" in shown
    back = client.post(f"{PAGE}/history/{mine.id}", data={"version": version})
    assert (back.status_code, "L’autre onglet" in text(desk)) == (303, True)


def test_a_picture_comes_with_the_form_and_what_is_none_is_told_in_a_sentence(desk: Desk) -> None:
    client = desk.client(Role.EDITOR)
    _, page = press(client, hold(client.get(PAGE).text), "add:article")
    held = hold(page)
    key = held["part"][-1]
    held[f"{key}.text"] = ["Un jardin."]
    data = held | {"do": ["save"]}
    refused = client.post(PAGE, data=data, files={f"{key}.file": ("jardin.png", b"GIF89a<script>", "image/png")})
    assert refused.status_code == 409
    assert "n’est pas une image" in refused.text
    assert hold(refused.text)[f"{key}.text"] == ["Un jardin."]
    png = BytesIO()
    Image.new("RGB", (40, 30), "green").save(png, "PNG")
    saved = client.post(PAGE, data=data, files={f"{key}.file": ("Le jardin.png", png.getvalue(), "image/png")})
    assert saved.status_code == 303
    page = client.get(PAGE).text
    assert (hold(page)[f"{key}.image"], "alt=" in unescape(page)) == (["le-jardin.png"], True)
    assert client.get(f"{PAGE}/picture/le-jardin.png").headers["content-type"] == "image/png"
    assert client.get(f"{PAGE}/picture/issue.md").status_code == 404
    assert client.get(f"{PAGE}/picture/..%2F..%2Fconfig.toml").status_code == 404


def test_an_issue_deleted_on_disk_keeps_what_was_written(desk: Desk) -> None:
    client = desk.client(Role.EDITOR)
    held = hold(client.get(PAGE).text)
    held["front.subject"] = ["Toujours là"]
    shutil.rmtree(desk.app.site / "campaigns/lettre/2026-03")
    status, page = press(client, held, "save")
    assert (status, "supprimé ou déplacé" in page) == (409, True)
    assert hold(client.get(PAGE).text)["front.subject"] == ["Toujours là"]
    assert press(client, held, "again")[0] == 200
    assert "Toujours là" in text(desk)
    assert desk.client(Role.EDITOR).get("/desk/issues/lettre/1999-01/compose").status_code == 404


def test_the_letter_is_shown_in_a_frame_where_nothing_runs(desk: Desk) -> None:
    client = desk.client(Role.EDITOR)
    held = hold(client.get(PAGE).text)
    held[f"{held['part'][0]}.text"] = ["<img src=x onerror=alert(1)> {{name|toi}}"]
    shown = client.post(f"{PAGE}/preview", data=held)
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-same-origin" in policy
    assert "allow-scripts" not in policy
    assert "&lt;img src=x onerror=alert(1)&gt; toi" in shown.text
    without = client.post(f"{PAGE}/preview", data={**held, "no_images": ["1"]})
    assert "img-src 'none'" in without.headers["content-security-policy"]
    plain = client.post(f"{PAGE}/preview", data={**held, "show": ["text"]})
    assert (plain.headers["content-type"], "toi" in plain.text) == ("text/plain; charset=utf-8", True)
    broken = client.post(f"{PAGE}/preview", data={**held, "front.slot": ["demain"]})
    assert broken.status_code == 422


def test_a_released_issue_is_shown_and_cannot_be_written(desk: Desk) -> None:
    subscribe(desk.app, ["lea@free.example"])
    release(desk.app, "lettre/2026-03")
    client = desk.client(Role.EDITOR)
    page = client.get(PAGE).text
    assert "sa lettre ne change plus" in page
    before = text(desk)
    held = hold(page) | {"front.subject": ["Trop tard"]}
    status, page = press(client, held, "save")
    assert (status, "est parti" in page, text(desk)) == (409, True, before)


def test_an_issue_is_begun_from_its_model(desk: Desk) -> None:
    write_campaign(desk.app.site)
    client = desk.client(Role.EDITOR)
    assert "La lettre du Lavoir" in client.get("/desk/issues/new").text
    begun = client.post("/desk/issues/new", data={"campaign": "lettre", "day": ""})
    assert begun.headers["location"] == "/desk/issues/lettre/2026-04/compose"
    assert "reste à écrire" in client.get(begun.headers["location"]).text
    assert client.post("/desk/issues/new", data={"campaign": "lettre", "day": "hier"}).status_code == 422
    assert client.post("/desk/issues/new", data={"campaign": "rien", "day": ""}).status_code == 422
