"""Words are found whatever their accents, capitals and spellings; an excerpt shows where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.search import LONGEST_QUERY, MOST_WORDS, excerpt, fold, found_by, rank, wanted

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
LATIN = st.text("aàâäæçéèêëîïôöœùûüÿAÀÂÉÈŒß'’· -.,;09zZ", max_size=60)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("L’heure de la Sirène", " l heure de la sirene"),
        ("Citoyen·nes", " citoyennes"),
        ("CŒUR, œuvre", " coeur oeuvre"),
        ("e\u0301te\u0301", " ete"),
        ("asso\u00adciation", " association"),
        ("2023-09", " 2023 09"),
        ("", ""),
        ("!?", ""),
    ],
)
def test_folding_keeps_letters_alone(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(TEXT)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(LATIN)
def test_capitals_do_not_matter(text: str) -> None:
    assert fold(text.upper()) == fold(text) == fold(text.lower())


@given(TEXT, TEXT)
def test_each_word_of_a_text_is_found_in_it(before: str, text: str) -> None:
    words = wanted(text)
    folded = fold(f"{before} {text}")
    assert len(words) <= MOST_WORDS
    assert all(f" {word}" in folded for word in words)


@given(TEXT)
def test_an_excerpt_is_made_of_the_text_alone(text: str) -> None:
    bits = excerpt(text, wanted(text))
    shown = "".join(bit.text for bit in bits).removeprefix("… ").removesuffix(" …")
    assert shown in text


@given(st.lists(LATIN.filter(lambda word: len(fold(word).split()) == 1), min_size=1, max_size=60), st.data())
def test_an_excerpt_marks_a_word_that_was_looked_for(parts: list[str], data: st.DataObject) -> None:
    word = fold(data.draw(st.sampled_from(parts))).strip()
    marked = [bit.text for bit in excerpt(" ".join(parts), (word,)) if bit.found]
    assert marked
    assert all(f" {word}" in fold(one) for one in marked)


def test_an_excerpt_is_short_and_around_its_word() -> None:
    text = "avant " * 200 + "la Sirène chante " + "après " * 200
    bits = excerpt(text, ("sirene",))
    assert [bit.text for bit in bits if bit.found] == ["Sirène"]
    shown = "".join(bit.text for bit in bits)
    assert len(shown) < 300
    assert shown.startswith("… avant")
    assert shown.endswith("après …")


def test_a_query_is_cut_before_it_costs_anything() -> None:
    assert wanted("x" * 10_000) == ("x" * LONGEST_QUERY,)
    assert len(wanted(" ".join("abcdefghijklmnop"))) == MOST_WORDS


def test_a_title_counts_the_words_that_it_holds() -> None:
    title = fold("La rentrée des associations")
    assert [rank(wanted(query), title) for query in ("rentree", "asso rentrée", "école")] == [1, 2, 0]


def test_initials_are_found_apart_and_together() -> None:
    assert found_by("M.J.C. des Hauts", "Élan") == " m j c des hauts elan mjc"
    assert found_by("Zoé A.", "") == " zoe a"
    assert found_by("") == ""
