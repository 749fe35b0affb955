"""What mrml and premailer do wrong, pinned: when one of these changes by itself, a workaround can go."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from mjml import mjml2html
from premailer import Premailer

from mailer.rendering.mjml_compiler import BadMarkup, compile_mjml, escape_attributes, inline_theme


def letter(inside: str, head: str = "") -> str:
    body = f"<mj-section><mj-column>{inside}</mj-column></mj-section>"
    return f'<mjml lang="fr" dir="ltr"><mj-head>{head}</mj-head><mj-body>{body}</mj-body></mjml>'


def test_mrml_prints_french_spaces_in_attributes_as_rust_does_and_we_do_not() -> None:
    source = letter('<mj-image src="https://a.example/x.png" alt="« Oui\u202f! »\u00a0" width="10px" />')
    assert r"\u{202f}" in mjml2html(source, fonts={})
    compiled = compile_mjml(source)
    assert r"\u{" not in compiled
    assert lxml_html.fromstring(compiled).xpath("//img")[0].get("alt") == "« Oui\u202f! »\u00a0"


def test_a_line_break_in_a_style_does_not_lose_the_declaration() -> None:
    compiled = compile_mjml(letter('<mj-text><p style="color:red;\n\tmargin:0">x</p></mj-text>'))
    assert 'style="color:red; margin:0"' in compiled


def test_quotes_in_a_title_do_not_break_the_page() -> None:
    compiled = compile_mjml(letter("<mj-text>x</mj-text>", "<mj-title>dit &quot;oui&quot;</mj-title>"))
    (article,) = lxml_html.fromstring(compiled).xpath("//div[@aria-label]")
    assert article.get("aria-label") == 'dit "oui"'
    assert article.get("role") == "article"


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30))
def test_any_attribute_comes_out_as_it_went_in(value: str) -> None:
    quoted = value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    compiled = compile_mjml(letter(f'<mj-image src="https://a.example/x.png" alt="{quoted}" width="10px" />'))
    assert lxml_html.fromstring(compiled).xpath("//img")[0].get("alt") == value


def test_no_font_is_fetched_from_elsewhere() -> None:
    assert "fonts.googleapis.com" in mjml2html(letter("<mj-text>x</mj-text>"))
    assert "http://" not in re.sub(r'xmlns="[^"]*"', "", compile_mjml(letter("<mj-text>x</mj-text>")))
    assert "googleapis" not in compile_mjml(letter("<mj-text>x</mj-text>"))


@pytest.mark.parametrize(
    "broken", ["<mj-text>1 < 2</mj-text>", "<mj-text><p>x</mj-text>", "<mj-text><a href=x>y</a></mj-text>"]
)
def test_bad_mjml_is_told_with_what_stands_near(broken: str) -> None:
    with pytest.raises(BadMarkup) as caught:
        compile_mjml(letter(broken))
    assert caught.value.problem("x.mjml").path == "x.mjml"


def test_a_crash_of_the_compiler_is_told_and_not_let_through(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadMarkup):
        compile_mjml(letter("<mj-text>x<![endif]</mj-text>"))
    capfd.readouterr()


def test_a_stop_asked_by_the_person_is_not_taken_for_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("mailer.rendering.mjml_compiler.mjml2html", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compile_mjml(letter("<mj-text>x</mj-text>"))


def test_what_is_left_of_a_layout_in_a_letter_is_an_error() -> None:
    for left in ("<mj-text><mj-foo>x</mj-foo></mj-text>", "<mj-text>{{ name }}</mj-text>"):
        with pytest.raises(BadMarkup, match="leaves"):
            compile_mjml(letter(left))


THEME = "p { color:#123456; }"
STYLED = letter(
    "<mj-text><p>x</p></mj-text>",
    "<mj-style>@media (prefers-color-scheme:dark) { p { color:#fff !important; } }</mj-style>",
)


def test_premailer_alone_would_lose_the_doctype_and_the_dark_rules() -> None:
    spoiled = Premailer(mjml2html(STYLED, fonts={}), allow_network=False, cssutils_logging_level=50).transform()
    assert not spoiled.lower().startswith("<!doctype")
    assert "color: #fff\n" in spoiled
    assert "color: #fff !important" not in spoiled


def test_the_recipe_keeps_doctype_dark_rules_and_outlooks_comments() -> None:
    html = inline_theme(compile_mjml(STYLED), THEME)
    assert html.startswith("<!DOCTYPE html>")
    assert "color:#fff !important" in html
    assert '<p style="color:#123456">' in html
    assert "data-premailer" not in html
    assert html.count("<!--[if") == compile_mjml(STYLED).count("<!--[if")


def test_attributes_are_escaped_in_tags_only() -> None:
    assert escape_attributes('<a b="é\\">é \\ "</a>') == '<a b="&#233;&#92;">é \\ "</a>'
