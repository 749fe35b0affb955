"""Finished letters taken apart again: the demo's, and small ones with one thing in them."""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from lxml import html as lxml_html

from mailer.domain.built_letters import Contrast, Heading, HtmlPart, Light, Link, Picture
from mailer.domain.letter_lint import LEAST_CONTRAST, lint_letter
from mailer.domain.letters import Copy
from mailer.rendering.contrasts import contrasts
from mailer.rendering.letters import compile_issue
from mailer.rendering.reading import read_letter
from mailer.rendering.skeleton import Skeleton
from tests.rendering.writing import LETTERHEAD, TEMPLATES, URL, demo

COPY = Copy(
    "o@courriel.example", "Odile", "1@lavoir.example", "Wed, 06 Sep 2023 12:00:00 +0200", "A" * 22, "B" * 22, "C" * 32
)
NAMES = ("sirene/2023-09", "klaxon/2023-10", "quinzaine/2023-10-09")


def built(name: str) -> Iterator[bytes]:
    for variant in compile_issue(demo(name), LETTERHEAD, TEMPLATES, {}).variants.values():
        yield Skeleton.parse(variant).fill(COPY)


def part(html: str) -> HtmlPart:
    message = EmailMessage()
    message.set_content("x")
    message.add_alternative(html, subtype="html")
    return read_letter(message.as_bytes().replace(b"\n", b"\r\n"), str).html


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_found_in_the_demo_letters(name: str) -> None:
    issue, frozen = demo(name), compile_issue(demo(name), LETTERHEAD, TEMPLATES, {})
    for content in built(name):
        letter = read_letter(
            content, lambda href: frozen.links[int(href.rpartition("/")[2]) - 1] if "/c/" in href else href
        )
        assert [str(one) for one in lint_letter(letter, issue.subject, issue.path)] == []
        assert letter.html.preheader == issue.preheader
        assert letter.html.size < 90_000
        assert len(letter.html.words) > 300


@pytest.mark.parametrize("name", NAMES)
def test_the_demo_letters_are_looked_at_in_both_lights(name: str) -> None:
    letter = read_letter(next(built(name)), str)
    for light in Light:
        pairs = [one for one in letter.html.contrasts if one.light is light]
        assert len(pairs) >= 4
        assert min(one.ratio for one in pairs) >= LEAST_CONTRAST


def test_headers_are_unfolded_and_lines_measured() -> None:
    letter = read_letter(next(built("sirene/2023-09")), str)
    values = dict(letter.headers)
    assert values["list-unsubscribe"] == f"<{URL}/u/{'A' * 22}>"
    assert values["message-id"] == "<1@lavoir.example>"
    assert 60 <= letter.longest_line <= 100


def test_what_a_letter_holds_is_told() -> None:
    html = part(
        '<!doctype html><html lang="fr"><head><title>Pas lu</title><style>@import "x";</style></head><body>'
        '<div style="display:none">Avant &#847;&zwnj;&nbsp;&#847;</div><h1>Un <b>titre</b></h1><h3>Bas</h3>'
        '<table><tr><td>a</td><td>b</td></tr></table><table role="presentation"></table><script>x()</script>'
        '<a href="https://x.example/">ici</a><img src="/1.png"><img src="/2.png" alt="" width="5">'
        '<p style="background:url(https://y.example/z.png)">c</p></body></html>'
    )
    assert (html.has_doctype, html.language, html.preheader, html.bare_tables) == (True, "fr", "Avant", 1)
    assert html.headings == (Heading(1, "Un titre"), Heading(3, "Bas"))
    assert html.links == (Link("ici", "https://x.example/"),)
    assert html.pictures == (Picture("/1.png", None, None), Picture("/2.png", "", "5"))
    assert html.loads == ("script", '@import "x"', "url(https://y.example/z.png)")
    assert html.words[:5] == ("Un", "titre", "Bas", "a", "b")


def test_a_letter_without_html_is_read_too() -> None:
    letter = read_letter(b"Subject: x\r\n\r\nbonjour\r\n", str)
    assert letter.html.words == ()
    assert letter.text.strip() == "bonjour"


# Contrast -------------------------------------------------------------------------------------------------------------


def seen(body: str, css: str = "") -> list[Contrast]:
    return contrasts(lxml_html.document_fromstring(f"<html><body>{body}</body></html>").body, css)


def test_words_take_the_nearest_colour_and_stand_on_the_nearest_ground() -> None:
    day = [one for one in seen(
        '<div style="color:#222;background:#FEFEFE"><p>un</p><td bgcolor="#101010"><a style="color:white">deux</a></td>'
        '<p style="background:#111111;background-color:#333333;color:#eeeeee">trois <b>gras</b></p>'
        '<p style="display:none;color:#fefefe">rien</p></div>'
    ) if one.light is Light.DAY]  # fmt: skip
    assert [(one.words, one.ink, one.paper) for one in day] == [
        ("un", "#222222", "#fefefe"),
        ("deux", "#ffffff", "#101010"),
        ("trois", "#eeeeee", "#333333"),
    ]


def test_by_night_the_stronger_rule_wins_and_a_background_covers_the_other() -> None:
    css = (
        ".x p { color:#ff0000 !important } @media (prefers-color-scheme:dark) {"
        " .page { background:#101010 !important; }"
        " .x p { color:#aaaaaa !important; } p { color:#bbbbbb !important; } .x p { border-color:#123456 !important; }"
        " p { color:#cccccc; } } .page { background:#ffffff !important; }"
    )
    body = '<div class="page x" style="background:#fff;background-color:#fff"><p style="color:#000">mot</p></div>'
    assert [(one.ink, one.paper, one.light) for one in seen(body, css)] == [
        ("#000000", "#ffffff", Light.DAY),
        ("#aaaaaa", "#101010", Light.NIGHT),
    ]
