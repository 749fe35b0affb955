"""`mailer init` and `mailer templates`: a site for another association, and what it changes there."""

import sys
import tomllib
from pathlib import Path

import pytest
import typer

from tests.cli.conftest import Mailer

SAID = ("--name", 'L\'Écluse, dite "la grande"', "--contact", "bonjour@ecluse.example", "--postal-address",
        "1 quai de l’Écluse, 00000 Roc", "--public-url", "https://lettre.ecluse.example")  # fmt: skip
DECIDED = ("--measure", "anonymous", "--decided-by", "Odile", "--decided-on", "2026-01-15", "--reference", 'PV "4"')


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a site is to be."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "ours"


@pytest.mark.parametrize(("language", "letter"), [("fr", "lettre"), ("en", "letter")])
@pytest.mark.parametrize("measure", [DECIDED, ("--measure", "off"), ("--measure", "consent")])
def test_a_new_site_has_no_mistake_and_its_first_letter_can_be_looked_at(
    folder: Path, mailer: Mailer, language: str, letter: str, measure: tuple[str, ...]
) -> None:
    made = mailer("init", str(folder), *SAID, *measure, "--language", language, "--json")
    assert made.code == 0
    assert made.json["files"] == sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())
    found = mailer("--site", str(folder), "check", "--json").json["findings"]
    assert [one["sentence"] for one in found if one["level"] == "error"] == []
    assert mailer("--site", str(folder), "issue", "new", letter, "2030-03").code == 0
    shown = mailer("--site", str(folder), "issue", "preview", f"{letter}/2030-03", "--out", str(folder / "out"))
    assert shown.code == 0
    assert 'dite "la grande"' in (folder / "out" / "letter.txt").read_text(encoding="utf-8")


def test_what_was_answered_is_what_the_files_say(folder: Path, mailer: Mailer) -> None:
    mailer("init", str(folder), *SAID, *DECIDED, "--relay", "smtp.ecluse.example", "--username", "lettres")
    config = tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))
    assert config["organisation"]["name"] == 'L\'Écluse, dite "la grande"'
    assert config["measure"]["anonymous"]["reference"] == 'PV "4"'
    assert config["smtp"] == {
        "host": "smtp.ecluse.example", "port": 587, "security": "starttls", "username": "lettres"
    }  # fmt: skip
    assert not (folder / "templates").exists()


def test_a_script_is_told_all_that_it_must_say_and_nothing_is_made(folder: Path, mailer: Mailer) -> None:
    said = mailer("init", str(folder), "--name", "L’Écluse")
    assert (said.code, said.err) == (
        1, "Nobody is here to be asked. Say it with: --contact --postal-address --public-url\n"
    )  # fmt: skip
    assert "--measure" in mailer("init", str(folder), *SAID).err
    assert "--decided-by" in mailer("init", str(folder), *SAID, "--measure", "anonymous").err
    assert not folder.exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (("--public-url", "lettre.ecluse.example", *DECIDED), "it begins with https://"),
        (("--measure", "spy"), "How are readings counted?"),
        (("--measure", "off", "--language", "br"), 'There is no language "br"'),
        ((*DECIDED, "--decided-on", "soon"), '"soon" is not a day'),
    ],
)
def test_an_answer_that_cannot_be_leaves_nothing_behind(
    folder: Path, mailer: Mailer, wrong: tuple[str, ...], sentence: str
) -> None:
    said = mailer("init", str(folder), *SAID, *wrong)
    assert said.code == 1
    assert sentence in said.err
    assert list(folder.parent.iterdir()) == []


def test_a_folder_with_something_in_it_stays_as_it_is(folder: Path, mailer: Mailer) -> None:
    folder.mkdir()
    assert mailer("init", str(folder), *SAID, "--measure", "off").code == 0
    before = (folder / "config.toml").read_bytes()
    said = mailer("init", str(folder), *SAID, *DECIDED)
    assert (said.code, said.err) == (
        1, f"{folder} is not empty, and stays as it is. Name a folder that is not there yet.\n"
    )  # fmt: skip
    assert (folder / "config.toml").read_bytes() == before


def test_a_person_is_asked(folder: Path, mailer: Mailer, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["Les Amis", "bonjour@amis.example", "2 rue Basse", "https://lettre.amis.example", "off"])
    asked: list[str] = []

    def answer(question: str, **_: object) -> str:
        asked.append(question)
        return next(answers)

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(typer, "prompt", answer)
    said = mailer("init", str(folder))
    assert said.code == 0
    assert asked[-1] == "anonymous, consent or off"
    assert 'measure = "off"' in (folder / "lists" / "letter.toml").read_text(encoding="utf-8")


def test_a_template_is_copied_once_and_wins(folder: Path, mailer: Mailer) -> None:
    mailer("init", str(folder), *SAID, "--measure", "off")
    here = ("--site", str(folder))
    assert {"email/neutral", "notices/confirm", "pages/base.html"} <= set(mailer("templates", "list").out.split())
    copied = mailer(*here, "templates", "eject", "email/neutral", "--json")
    assert copied.json["files"] == [f"templates/email/neutral/{name}" for name in ("layout.mjml", "theme.toml")]
    theme = folder / "templates" / "email" / "neutral" / "theme.toml"
    theme.write_text(theme.read_text(encoding="utf-8").replace("#1d5480", "#7a1f5c"), encoding="utf-8")
    mailer(*here, "issue", "new", "letter", "2030-03")
    mailer(*here, "issue", "preview", "letter/2030-03", "--out", str(folder / "out"))
    assert "#7a1f5c" in (folder / "out" / "letter.html").read_text(encoding="utf-8")
    again = mailer(*here, "templates", "eject", "email/neutral")
    assert (again.code, "is there already" in again.err) == (1, True)
    assert 'Did you mean "email/neutral"?' in mailer(*here, "templates", "eject", "email/neutra").err
