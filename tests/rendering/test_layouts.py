"""Layouts of a site: the first folder wins, and a mistake is told with its file and line."""

from pathlib import Path

import pytest

from mailer.errors import BadFiles
from mailer.rendering.letters import compile_issue
from tests.rendering.writing import LETTERHEAD, TEMPLATES, a_block, an_issue

ISSUE = an_issue(a_block("Bonjour."))


def told(folder: Path) -> list[str]:
    with pytest.raises(BadFiles) as caught:
        compile_issue(ISSUE, LETTERHEAD, (folder, *TEMPLATES), {})
    return [str(problem) for problem in caught.value.problems]


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / "email" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_a_sites_own_file_wins_over_the_one_that_came_with_the_program(tmp_path: Path) -> None:
    write(tmp_path, "_parts/text.mjml", "<mj-text>Le mien.</mj-text>\n")
    assert "Le mien." in compile_issue(ISSUE, LETTERHEAD, (tmp_path, *TEMPLATES), {}).online


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("\n\n{% if %}", "templates/email/_parts/text.mjml:3: "),
        ("\n{{ nobody }}", "templates/email/_parts/text.mjml:2: "),
        ("\n{{ piece.nothing }}", "templates/email/_parts/text.mjml:2: "),
        ("\n{{ 'a' * 10**9 }}", "templates/email/_parts/text.mjml:2: "),
        ("\n<mj-txt>x</mj-txt>", "templates/email/_parts/text.mjml:2: <mj-txt> cannot be used"),
        ('\n<mj-text size="1">x</mj-text>', "templates/email/_parts/text.mjml:2: <mj-text> has no attribute"),
        ("<mj-text>1 < 2</mj-text>", "templates/email/sirene/layout.mjml: this layout does not make good MJML"),
        (
            "<mj-text>x<![endif]</mj-text>",
            "templates/email/sirene/layout.mjml: this layout makes the MJML compiler crash",
        ),
        ('{% include "email/_parts/nowhere.mjml" %}', "templates/email/"),
    ],
)
def test_a_mistake_in_a_layout_names_its_file(
    tmp_path: Path, source: str, place: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert told(write(tmp_path, "_parts/text.mjml", source))[0].startswith(place)
    capfd.readouterr()


def test_a_theme_that_cannot_be_read_or_lacks_a_colour_is_told(tmp_path: Path) -> None:
    assert told(write(tmp_path, "sirene/theme.toml", "x ="))[0].startswith("templates/email/sirene/theme.toml: ")
    write(tmp_path, "sirene/theme.toml", "[light]\nink = '#000000'\n")
    assert "'type'" in told(tmp_path)[0]


def test_a_style_that_loads_something_from_elsewhere_is_refused(tmp_path: Path) -> None:
    theme = "p { margin:0 }\n@import url(https://evil.example/x.css);"
    assert told(write(tmp_path, "_parts/content.css", theme))[0].startswith("templates/email/_parts/content.css:2: ")
