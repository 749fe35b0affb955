"""`mailer audience`: who gets a letter and why, in sentences, and one object for scripts."""

import json
from pathlib import Path

import pytest

from mailer.services import contacts
from tests.cli.conftest import NAME, Mailer
from tests.sites import NOON, open_site, subscribe

RULE = '\n[rule]\nany = [ { membership = 2026 }, { tag = "implique" } ]\n'


def fill(site: Path) -> None:
    """Four contacts: two subscribed, one of them a member as well, one tagged, one whom nothing holds."""
    path = site / "lists" / "lettre.toml"
    path.write_text(path.read_text(encoding="utf-8") + RULE, encoding="utf-8")
    with open_site(site) as app:
        subscribe(app, ["ana@lavoir.example", "bo@lavoir.example"], "lettre")
        subscribe(app, ["cle@lavoir.example", "dan@lavoir.example"], None)
        contacts.member(app, "ana@lavoir.example", "2026", NOON)
        contacts.tag(app, "cle@lavoir.example", "implique", NOON)


def test_a_count_says_the_reason_of_each_and_adds_up_to_the_base(site: Path, mailer: Mailer) -> None:
    fill(site)
    for name in ("lettre", NAME):
        found = json.loads(mailer("audience", name, "--reasons", "--json").out)
        assert found["readers"] == 3
        assert [one["count"] for one in found["in"]] == [2, 0, 1]
        assert found["out"] == {"outside": 1}
        assert found["base"] == 4
    said = mailer("audience", "lettre", "--reasons").out
    assert "lettre: subscribed" in said
    assert "lettre: tag implique" in said
    assert "on no list and in no rule of this audience" in said


def test_the_story_of_one_address_is_told(site: Path, mailer: Mailer) -> None:
    fill(site)
    ana = mailer("audience", "lettre", "--why", "Ana@lavoir.example").out
    assert "gets it (lettre: subscribed)." in ana
    assert "In lettre by its rule: member in 2026." in ana
    assert "does not get it. No list and no rule" in mailer("audience", NAME, "--why", "dan@lavoir.example").out
    assert "No contact of the base" in mailer("audience", NAME, "--why", "eve@lavoir.example").out


@pytest.mark.usefixtures("site")
def test_a_wrong_name_is_told_with_the_right_one(mailer: Mailer) -> None:
    said = mailer("audience", "letre")
    assert (said.code, 'Did you mean "lettre"?' in said.err) == (1, True)
    said = mailer("audience", "lettre", "--why", "not an address")
    assert said.code == 1
