"""`mailer bounces …` as scripts and people see it."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.conftest import Mailer

SAMPLES = Path(__file__).parents[1] / "domain" / "bounces" / "samples"
COUNTS = {"hard", "soft", "blocked", "complaints", "auto_replies", "unrecognised"}


def test_messages_are_judged_without_a_site(mailer: Mailer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = mailer("bounces", "classify", "--json", str(SAMPLES / "orange_416.eml"), str(SAMPLES / "away_en.eml"))
    assert said.code == 0
    first, second = said.json["verdicts"]
    assert {"path", "kind", "recipient", "status", "receiver"} <= first.keys()
    assert (first["kind"], first["recipient"], first["status"]) == ("hard", "m.durand@orange.example", "5.1.1")
    assert (first["receiver"], second["kind"]) == ("smtp-in.orange.example", "auto_reply")
    assert "this mailbox does not exist" in mailer("bounces", "classify", str(SAMPLES / "orange_416.eml")).out
    assert mailer("bounces", "classify", "nowhere").code == 1


@pytest.mark.usefixtures("released")
def test_files_and_a_pipe_are_taken_in_with_the_promised_keys(mailer: Mailer, monkeypatch: pytest.MonkeyPatch) -> None:
    said = mailer("bounces", "ingest", "--json", str(SAMPLES))
    assert said.json.keys() >= COUNTS
    assert said.json["suspended"] == said.json["suppressed"] == 0
    assert said.json["auto_replies"] > 10
    message = (SAMPLES / "daemon_without_reason.eml").read_bytes() + b"Encore.\n"
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(message)))
    assert mailer("bounces", "ingest", "-", "--json").json["unrecognised"] == 1
    listed = mailer("bounces", "list", "--kind", "unrecognised", "--json").json
    number = listed["returned"][0]["id"]
    assert mailer("bounces", "show", str(number), "--json").json["kind"] == "unrecognised"
    assert "not understood" in mailer("bounces", "list").out


@pytest.mark.usefixtures("released")
def test_what_cannot_be_done_is_said_in_a_sentence(mailer: Mailer) -> None:
    for words, told in (
        (("bounces", "collect"), "bounces.mailbox"),
        (("bounces", "show", "12"), "mailer bounces list"),
        (("bounces", "retry", "lectrice0@courriel.example"), "not suspended"),
        (("bounces", "retry", "personne@ailleurs.example"), "Nobody"),
        (("bounces", "resume", "orange"), "not waiting"),
        (("bounces", "resume", "chezmoi"), "orange"),
    ):
        said = mailer(*words)
        assert (said.code, said.err.count("\n")) == (1, 1)
        assert told in said.err, words
