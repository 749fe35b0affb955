"""`mailer lists form`, `mailer contacts proof`, and what `mailer tick` and `mailer send` do for those who asked."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailer.demo.receiver import Receiver
from mailer.domain.joining import Way
from mailer.domain.tokens import Purpose
from mailer.services import joining
from mailer.services.joining import Ask
from tests.cli.conftest import Mailer
from tests.sites import open_site

WHO = "camille@courriel.example"


def ask(site: Path, at: datetime, origin: str) -> None:
    with open_site(site) as app:
        version = joining.offer(app).wording.version
        joining.ask(app, Ask(WHO, frozenset(["lettre"]), Way.FORM, version=version, origin=origin), at)


def test_the_form_to_paste_is_plain_and_complete(site: Path, mailer: Mailer) -> None:
    said = mailer("lists", "form", "lettre")
    assert said.code == 0
    assert said.out.startswith('<form method="post" action="https://lettre.lavoir.example/subscribe/lettre"')
    assert not re.search(r"<(script|style|link|img|iframe)\b|\sstyle=|\son\w+=|class=", said.out)
    labels, fields = re.findall(r'<label for="([\w-]+)">', said.out), re.findall(r'\sid="([\w-]+)"', said.out)
    assert sorted(labels) == sorted(fields)
    assert "hidden" in said.out
    assert (site / "var").is_dir()


def test_the_form_is_in_the_language_of_the_site(site: Path, mailer: Mailer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_LANGUAGE", "fr")
    said = mailer("--site", str(site), "lists", "form", "lettre")
    assert "Votre adresse électronique" in said.out
    assert "Recevoir ces lettres" in said.out


@pytest.mark.parametrize("name", ["bureau", "nothing"])
@pytest.mark.usefixtures("site")
def test_there_is_no_form_for_a_list_that_nobody_may_join(mailer: Mailer, name: str) -> None:
    said = mailer("lists", "form", name)
    assert (said.code, said.out) == (1, "")
    assert name in said.err


def test_who_asked_is_written_to_by_send_reminded_by_tick_and_proven_after(
    site: Path, mailer: Mailer, relay: Receiver
) -> None:
    now = datetime.now(UTC)
    ask(site, now, "wiki.voisins.example")
    assert mailer("send").code == 0
    assert [one.recipient for one in relay.letters] == [WHO]
    later = (now + timedelta(days=3, hours=1)).isoformat()
    assert "1 letter to who asked." in mailer("tick", "--now", later).out
    assert mailer("tick", "--now", later, "--json").json["answered"] == 0
    assert "No proof is kept" in mailer("contacts", "proof", WHO).out
    with open_site(site) as app:
        joining.confirm(app, app.keyring.token(Purpose.CONFIRM, 1), now + timedelta(days=4))
    said = mailer("contacts", "proof", WHO).out
    assert "confirmed from the mailbox on" in said
    assert "by a form on another site: wiki.voisins.example" in said
    assert "By sending this form you ask for the letters" in said
    [proof] = mailer("contacts", "proof", WHO, "--json").json["proofs"]
    assert (proof["list_slug"], proof["way"], proof["title"]) == ("lettre", "form", "La lettre du Lavoir")
    assert proof["confirmed_at"].startswith((now + timedelta(days=4)).date().isoformat())


@pytest.mark.usefixtures("site")
def test_a_proof_is_of_an_address(mailer: Mailer) -> None:
    said = mailer("contacts", "proof", "camille")
    assert (said.code, "is not an e-mail address" in said.err) == (1, True)
