"""A finished letter judged: one fault at a time in a letter that has none (checks 25, 27, 28)."""

from dataclasses import replace
from typing import Any

import pytest

from mailer.domain import letter_lint
from mailer.domain.built_letters import BuiltLetter, Contrast, Heading, HtmlPart, Light, Link, Picture
from mailer.domain.findings import Level
from mailer.domain.letter_lint import judge_spam, lint_letter

HEADERS = (
    ("from", "Odile <odile@lavoir.example>"),
    ("to", "lou@courriel.example"),
    ("subject", "Le printemps"),
    ("date", "Wed, 06 Sep 2023 12:00:00 +0200"),
    ("message-id", "<1@lavoir.example>"),
    ("list-id", "La lettre <lettre.lavoir.example>"),
    ("list-unsubscribe", "<https://lettre.lavoir.example/u/AAAAAAAAAAAAAAAAAAAAAA>"),
    ("list-unsubscribe-post", "List-Unsubscribe=One-Click"),
    ("feedback-id", "a:b:c:lavoirexample"),
    ("mime-version", "1.0"),
    ("content-type", 'multipart/alternative; boundary="b"'),
)
LETTER = BuiltLetter(
    headers=HEADERS,
    longest_line=76,
    html=HtmlPart(
        size=58_000,
        has_doctype=True,
        language="fr",
        preheader="Le jardin rouvre et la laverie aussi",
        words=("Le", "jardin", "rouvre"),
        links=(
            Link("le jardin", "https://jardin.lavoir.example"),
            Link("haut", "#haut"),
            Link("partir", "https://lettre.lavoir.example/u/AAAAAAAAAAAAAAAAAAAAAA"),
        ),
        pictures=(Picture("https://lettre.lavoir.example/media/1.png", "", "600"),),
        headings=(Heading(1, "La lettre"), Heading(2, "Le printemps"), Heading(3, "Le jardin"), Heading(2, "Agenda")),
        loads=(),
        bare_tables=0,
        contrasts=(Contrast("Le jardin", "#2a2420", "#fffdfa", Light.DAY),),
    ),
    text="Le jardin rouvre\nhttps://jardin.lavoir.example\nhttps://lettre.lavoir.example/u/AAAAAAAAAAAAAAAAAAAAAA\n",
)


def said(letter: BuiltLetter, subject: str = "Le printemps") -> dict[str, Level]:
    found = lint_letter(letter, subject, "issue.md")
    assert all(str(one) for one in found)
    return {one.sentence: one.level for one in found}


def with_html(**changes: Any) -> BuiltLetter:
    return replace(LETTER, html=replace(LETTER.html, **changes))


def test_nothing_is_said_of_a_good_letter() -> None:
    assert said(LETTER) == {}


def test_story_34_a_layout_that_lost_the_way_out_or_the_pixel_is_told() -> None:
    leave = f"https://lettre.lavoir.example/u/{'A' * 22}"
    lost = with_html(links=tuple(one for one in LETTER.html.links if one.target != leave))
    assert said(lost) == {letter_lint.NO_WAY_OUT: Level.ERROR}
    text = replace(LETTER, text=LETTER.text.replace(leave, ""))
    assert letter_lint.NO_WAY_OUT_OF_TEXT in said(text)
    counted = lint_letter(LETTER, "Le printemps", "issue.md", measured=True)
    assert [one.sentence for one in counted] == [letter_lint.NOT_COUNTED]
    pixel = Picture("https://lettre.lavoir.example/o/AAAA.gif", "", "1")
    good = with_html(pictures=(*LETTER.html.pictures, pixel))
    assert lint_letter(good, "Le printemps", "issue.md", measured=True) == []


PALE = Contrast("pâle", "#777777", "#ffffff", Light.DAY)


@pytest.mark.parametrize(
    ("letter", "sentence", "level"),
    [
        (replace(LETTER, headers=HEADERS[1:]), letter_lint.NOT_ONCE, Level.ERROR),
        (replace(LETTER, headers=(*HEADERS, HEADERS[5])), letter_lint.NOT_ONCE, Level.ERROR),
        (replace(LETTER, longest_line=999), letter_lint.LONG_LINE, Level.ERROR),
        (with_html(size=90_001), letter_lint.HEAVY_LETTER, Level.WARNING),
        (with_html(size=102_001), letter_lint.CLIPPED_LETTER, Level.ERROR),
        (with_html(has_doctype=False), letter_lint.NO_DOCTYPE, Level.WARNING),
        (with_html(language=""), letter_lint.NO_LANGUAGE, Level.WARNING),
        (with_html(loads=("<script>",)), letter_lint.LOADED, Level.ERROR),
        (with_html(bare_tables=2), letter_lint.BARE_TABLES, Level.WARNING),
        (with_html(pictures=(Picture("http://x.example/1.png", "", "1"),)), letter_lint.UNSAFE_PICTURE, Level.ERROR),
        (with_html(pictures=(Picture("data:image/png;x", "", "1"),)), letter_lint.UNSAFE_PICTURE, Level.ERROR),
        (with_html(pictures=(Picture("https://x.example/1.png", None, "1"),)), letter_lint.NO_ALT, Level.ERROR),
        (with_html(pictures=(Picture("https://x.example/1.png", "", None),)), letter_lint.NO_WIDTH, Level.WARNING),
        (with_html(headings=()), letter_lint.NOT_ONE_TITLE, Level.WARNING),
        (with_html(headings=(Heading(1, "a"), Heading(1, "b"))), letter_lint.NOT_ONE_TITLE, Level.WARNING),
        (with_html(headings=(Heading(1, "a"), Heading(3, "b"))), letter_lint.SKIPPED_LEVEL, Level.WARNING),
        (with_html(preheader="Court"), letter_lint.SHORT_PREHEADER, Level.ADVICE),
        (with_html(preheader="x" * 131), letter_lint.LONG_PREHEADER, Level.ADVICE),
        (with_html(preheader="le PRINTEMPS"), letter_lint.SAME_AS_SUBJECT, Level.ADVICE),
        (with_html(contrasts=(PALE,)), letter_lint.PALE_BY_DAY, Level.WARNING),
        (with_html(contrasts=(replace(PALE, light=Light.NIGHT),)), letter_lint.PALE_BY_NIGHT, Level.WARNING),
        (
            with_html(links=(*LETTER.html.links, Link("x", "https://perdu.example/"))),
            letter_lint.NOT_IN_TEXT,
            Level.WARNING,
        ),
        (with_html(words=("Le", "jardin", "ferme", "samedi")), letter_lint.TEXT_DIFFERS, Level.WARNING),
        (replace(LETTER, text=LETTER.text + "<p class='x'>oui"), letter_lint.TAG_IN_TEXT, Level.WARNING),
    ],
)
def test_each_fault_is_told_alone(letter: BuiltLetter, sentence: str, level: Level) -> None:
    assert said(letter) == {sentence: level}


@pytest.mark.parametrize(
    "value",
    ["=?utf-8?q?=3Chttps=3A//x=3E?=", "<mailto:x@lavoir.example>", "<http://lavoir.example/u/A>",
     f"<https://lavoir.example/u/{'A' * 60}>", "https://lavoir.example/u/A"],
)  # fmt: skip
def test_a_one_click_address_that_receivers_would_not_see_is_an_error(value: str) -> None:
    headers = tuple((name, value if name == "list-unsubscribe" else given) for name, given in HEADERS)
    assert said(replace(LETTER, headers=headers)) == {letter_lint.NO_ONE_CLICK: Level.ERROR}


def test_a_ratio_just_below_is_not_said_to_be_the_least() -> None:
    (found,) = lint_letter(with_html(contrasts=(PALE,)), "x", "issue.md")
    assert PALE.ratio == pytest.approx(4.478, abs=0.001)
    assert found.values["ratio"] == 4.47
    assert Contrast("", "#000000", "#ffffff", Light.DAY).ratio == pytest.approx(21)


def test_a_fault_that_is_everywhere_is_named_a_few_times() -> None:
    pale = tuple(replace(PALE, ink=f"#77777{digit}") for digit in range(9))
    assert len(lint_letter(with_html(contrasts=pale), "x", "issue.md")) == letter_lint.MOST_NAMED


def test_seventy_percent_of_the_words_are_enough() -> None:
    words = ("Le",) * 7 + ("absent",) * 3
    assert said(with_html(words=words)) == {}


@pytest.mark.parametrize(
    ("score", "levels"), [(-0.3, []), (1.9, []), (2.0, [Level.WARNING]), (4.9, [Level.WARNING]), (5.0, [Level.ERROR])]
)
def test_points_of_spamassassin_are_said_from_two_on(score: float, levels: list[Level]) -> None:
    found = judge_spam(score, [("MPART_ALT_DIFF", 2.2), ("HTML_MESSAGE", 0.0)], "issue.md")
    assert [one.level for one in found] == levels
    assert all("MPART_ALT_DIFF (2.2)" in str(one) and "HTML_MESSAGE" not in str(one) for one in found)
