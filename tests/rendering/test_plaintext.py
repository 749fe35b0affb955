"""The text part: worth reading by itself."""

from mailer.rendering.plaintext import Notes, text_of, underline, wrap
from tests.rendering.writing import a_typesetter


def text(markdown: str) -> str:
    return text_of(a_typesetter().passage(markdown, 1).tree, Notes())


def test_links_are_numbered_in_the_text_and_written_out_under_their_paragraph() -> None:
    assert text("Lisez [ceci](https://a.example) et [cela](https://b.example).\n\nPuis [ceci](https://a.example).") == (
        "Lisez ceci\u00a0[1] et cela\u00a0[2].\n[1] https://a.example\n[2] https://b.example\n\n"
        "Puis ceci\u00a0[1].\n[1] https://a.example"
    )


def test_the_plain_target_is_printed_and_not_the_counted_one() -> None:
    assert "/c/" not in text("[ceci](https://a.example)")


def test_tables_are_lines() -> None:
    table = "| Quand | Quoi | Où |\n|---|---|---|\n| Lundi | [Bal](https://a.example) | Ici |\n| Mardi | Repos |  |"
    assert text(table) == "– Lundi – Bal\u00a0[1] – Ici\n  [1] https://a.example\n– Mardi – Repos"


def test_lists_keep_their_marks_and_hang() -> None:
    long = "mot " * 30
    assert text(f"- {long}\n- b").splitlines()[1].startswith("  mot")
    assert text("3. a\n4. b") == "3. a\n4. b"


def test_images_are_their_words_and_headings_are_underlined() -> None:
    assert text("## Titre\n\n![Un rond](rond.png)\n\n***\n\n> cité") == ("Titre\n-----\n\n[Un rond]\n\n* * *\n\n  cité")


def test_lines_are_wrapped_but_addresses_and_no_break_spaces_are_not_cut() -> None:
    address = "https://a.example/" + "x" * 100
    hours = "9\u00a0h\u00a030 " * 20
    lines = wrap(f"{'mot ' * 40}{address} {hours}").split("\n")
    assert address in lines
    assert all(len(line) <= 74 for line in lines if line != address)
    assert not any(line.endswith(("9", "h")) for line in lines)


def test_a_rule_is_as_long_as_its_title() -> None:
    assert underline("Une rentrée", "=") == "Une rentrée\n==========="
