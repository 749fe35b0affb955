"""The composer as a plain form: no script is needed for anything but rich text and the live letter."""

import re
from html import unescape

from starlette.testclient import TestClient

from mailer.domain.accounts import Role
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
