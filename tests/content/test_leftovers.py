"""What a model left to be written."""

from pathlib import Path

import pytest

from mailer.content.findings import findings
from mailer.domain.findings import Level
from tests.content.sites import FRONT, make_site, read


def errors(site: Path, text: str, front: str = FRONT) -> list[tuple[int | None, str]]:
    found = findings(read(make_site(site), front + text))
    return [(one.line, str(one.values.get("words"))) for one in found if one.level is Level.ERROR]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[À compléter : les faits]\n", 6, "[À compléter : les faits]"),
        ("Un mot.\n\n[à  compléter]\n", 8, "[à compléter]"),
        ("[A\u0300 comple\u0301ter]\n", 6, "[À compléter]"),
        ("A COMPLETER\n", 6, "A COMPLETER"),
        ("À\u00a0compléter\n", 6, "À compléter"),
        ("Texte : À\ncompléter\n", 6, "À compléter"),
        ('::: article title="[À compléter]"\nTexte\n:::\n', 6, "[À compléter]"),
        ("::: article\nTexte [[month]]\n:::\n", 7, "[[month]]"),
        ("Prochaine : [[ next_date ]]\n", 6, "[[ next_date ]]"),
        ("[To complete: the facts]\n", 6, "[To complete: the facts]"),
        ("[to be completed]\n", 6, "[to be completed]"),
        ("[À compléter](https://lavoir.example/)\n", 6, "[À compléter]"),
    ],
)
def test_what_was_left_is_an_error_where_it_stands(tmp_path: Path, text: str, line: int, words: str) -> None:
    assert errors(tmp_path, text) == [(line, words)]


@pytest.mark.parametrize("key", ["subject", "preheader", "number"])
def test_above_the_text_too(tmp_path: Path, key: str) -> None:
    front = FRONT.replace("preheader =", 'number = "n"\npreheader =')
    lines = [f'{key} = "[À compléter]"' if line.startswith(f"{key} =") else line for line in front.split("\n")]
    assert errors(tmp_path, "Texte\n", "\n".join(lines)) == [(None, "[À compléter]")]


@pytest.mark.parametrize(
    "text",
    [
        "Une fiche à compléter avant le 15.\n",
        "Il reste à compléter [ce tableau](https://lavoir.example/).\n",
        "Voir [[1]](https://lavoir.example/) et [[annexe]].\n",
        "Cela va compléter le reste ; VOILÀ compléter.\n",
    ],
)
def test_ordinary_words_are_none(tmp_path: Path, text: str) -> None:
    assert errors(tmp_path, text) == []
