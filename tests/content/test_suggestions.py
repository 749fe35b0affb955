"""The house's French style: what is suggested, what one button makes of it, and what it never touches."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content.suggestions import Rule, corrected, opening, suggestions
from mailer.content.writing import Part, Written
from mailer.domain.letters import BlockKind

NARROW, WIDE = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"


def with_text(text: str) -> Written:
    return Written({"subject": "Objet"}, "", (Part(BlockKind.ARTICLE, {}, text),))


def all_corrected(text: str) -> str:
    written = with_text(text)
    for one in suggestions(written):
        written = corrected(written, one.rule, one.part, one.field)
    return written.parts[0].text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Qui vient ? Nous !", f"Qui vient{NARROW}? Nous{NARROW}!"),
        ("À midi : « oui »", f"À midi{WIDE}: «{WIDE}oui{WIDE}»"),
        ("L'été d'Anne", "L’été d’Anne"),
        ("le 1 mars, le 1 er mai, la 2ème fois", "le 1er mars, le 1er mai, la 2e fois"),
        ("N°12, no 3 et n° 4", f"N°{WIDE}12, n°{WIDE}3 et n°{WIDE}4"),
        ("adhérent.e.s, militant.es, professionnel.le", "adhérent·es, militant·es, professionnel·le"),
        ("### UN TITRE EN CAPITALES\nTexte", "### Un titre en capitales\nTexte"),
        ("20 % de 30 €", f"20{WIDE}% de 30{WIDE}€"),
    ],
)
def test_what_is_suggested_is_what_the_button_does(before: str, after: str) -> None:
    assert all_corrected(before) == after
    assert suggestions(with_text(after)) == []


@pytest.mark.parametrize(
    "text",
    [
        "[le site](https://militant.es/?a='b' : c) https://adherent.es/l'ete",
        "{{name|l'ami}} `l'abc` ![alt](l'image.png)",
        "contact@militant.es, fichier militant.pdf, passerelles.example",
        "| Quand | Quoi |\n|:---|---:|\n| a | b |",
        "CAC, RNMA, ESS",
        "- un point\n- un autre",
    ],
)
def test_targets_fields_code_and_tables_are_left_alone(text: str) -> None:
    assert [one for one in suggestions(with_text(text)) if one.field == "text"] == []


def test_titles_and_the_subject_are_looked_at_and_lines_kept_as_they_are_are_not() -> None:
    parts = (Part(BlockKind.SECTION, {"title": "LIBERTÉS ASSOCIATIVES"}), Part(None, {}, "l'odd : :::"))
    written = Written({"subject": "L'heure"}, "", parts)
    assert [(one.part, one.field, one.rule) for one in suggestions(written)] == [
        (None, "subject", Rule.APOSTROPHES),
        (0, "title", Rule.CAPITALS),
    ]
    assert corrected(written, Rule.CAPITALS, 0, "title").parts[0].fields["title"] == "Libertés associatives"
    assert corrected(written, Rule.APOSTROPHES, 1, "text") == written
    assert corrected(written, Rule.APOSTROPHES, None, "number") == written


def test_the_opening_is_the_first_line_that_is_the_issues_own() -> None:
    parts = (Part(BlockKind.GREETING, {}, "Bonjour"), Part(BlockKind.LEAD, {}, "\nUn.\nDeux."))
    assert opening(Written(None, "", parts)) == "Un."
    assert opening(Written(None, "", ())) == ""


@settings(deadline=None, max_examples=150)
@given(st.text(st.sampled_from("aéL'. ?:«»1° \nerns#*[]()|{}·"), max_size=40))
def test_correcting_ends_and_a_second_time_changes_nothing(text: str) -> None:
    once = all_corrected(text)
    for rule in Rule:
        twice = corrected(with_text(once), rule, 0, "text")
        assert corrected(twice, rule, 0, "text") == twice
