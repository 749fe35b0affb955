"""French spacing, apostrophes and inclusive forms; what is not running text is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.rendering.typography import JOINER, set_text

WRITING = st.text(alphabet="ab é.'«»;:!?\u00a0\u202f\u2060 0123459h/@-,%€npom°A(\n…", max_size=20)


def shown(text: str) -> str:
    """Signs that nobody sees, made visible."""
    return text.replace("\u202f", "_").replace("\u00a0", "~").replace(JOINER, "|")


@pytest.mark.parametrize(
    ("written", "set_so"),
    [
        ("Oui ! Non ? Peut-être ; bon.", "Oui_! Non_? Peut-être_; bon."),
        ("Bonjour! Ça va? Oui;", "Bonjour_! Ça va_? Oui_;"),
        ("Une chose : le reste", "Une chose~: le reste"),
        ("« bonjour » et «bonsoir»", "«~bonjour~» et «~bonsoir~»"),
        ("l'eau d'ici, aujourd'hui", "l’eau d’ici, aujourd’hui"),
        ("9 h 30, 17 h, 12 km, 10 %, 5 €", "9~h~30, 17~h, 12~km, 10~%, 5~€"),
        ("8 400 et 1 234 567 personnes", "8_400 et 1_234_567 personnes"),
        ("n° 12, no 41, p. 3, Mme Roux", "n°~12, no~41, p.~3, Mme~Roux"),
        ("en 2023 150 personnes", "en 2023 150 personnes"),
        ("01 23 45 67 89", "01 23 45 67 89"),
    ],
)
def test_french_text_gets_the_spaces_that_the_rules_want(written: str, set_so: str) -> None:
    assert shown(set_text(written, "fr")) == set_so


@pytest.mark.parametrize("text", ["Oui\u202f!", "«\u202fnon\u202f»", "Une chose\u202f: deux", "21\u00a0000"])
def test_a_no_break_space_that_is_there_stays_whichever_it_is(text: str) -> None:
    assert set_text(text, "fr") == text


@pytest.mark.parametrize(
    "word",
    ["militant.es", "salarié.es", "adhérent.e.s", "un.e", "directeur.rices", "compagnon.nes", "seul.es", "élu.es",
     "individuel.les", "intéressé.es", "abonné.es", "nombreux.ses", "acteur.rice.s"],
)  # fmt: skip
def test_inclusive_forms_with_full_stops_cannot_be_taken_for_a_site(word: str) -> None:
    assert set_text(f"aux {word}, {word}.", "fr").replace(f"{JOINER}.{JOINER}", "") == (
        f"aux {word.replace('.', '')}, {word.replace('.', '')}."
    )


@pytest.mark.parametrize(
    "text",
    [
        "https://militant.es/page?x=1!",
        "http://salarié.es",
        "www.adhérent.es",
        "militant.es@exemple.fr",
        "compte-rendu.les/notes.es",
        "rapport-2023.pdf",
        "affiche.es.png",
        "version 3.11.7",
        "v2.0.1",
        "https://a.example/?Page",
    ],
)
def test_addresses_files_and_versions_are_printed_as_written(text: str) -> None:
    assert set_text(text, "fr") == text


def test_other_languages_keep_their_own_spacing_and_inclusive_forms_stay_safe() -> None:
    assert shown(set_text("Hello! It's militant.es", "en")) == "Hello! It's militant|.|es"


@given(WRITING | st.text(max_size=40))
def test_setting_a_text_twice_changes_nothing(text: str) -> None:
    once = set_text(text, "fr")
    assert set_text(once, "fr") == once


@given(WRITING | st.text(max_size=40))
def test_only_spaces_apostrophes_and_joiners_are_ever_changed(text: str) -> None:
    def bones(words: str) -> str:
        return "".join(c for c in words.replace("’", "'") if c not in " \t\u00a0\u202f" and c != JOINER)

    assert bones(set_text(text, "fr")) == bones(text)
