"""mrml passes mistakes over in silence: ours are told with their line (check 29)."""

import pytest
from mjml import mjml2html

from mailer.rendering.mjml_lint import components, lint


def told(source: str, path: str = "templates/email/x/layout.mjml") -> list[str]:
    return [str(problem).removeprefix("templates/email/x/") for problem in lint(source, path)]


def test_mrml_says_nothing_of_an_unknown_attribute() -> None:
    assert mjml2html('<mjml><mj-body><mj-section paddling="1px"></mj-section></mj-body></mjml>', fonts={})


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("<mjml>\n<mj-txt>x</mj-txt>", "layout.mjml:2: <mj-txt> cannot be used in a layout. Did you mean <mj-text>?"),
        ('\n\n<mj-text colour="x">', 'layout.mjml:3: <mj-text> has no attribute "colour". Did you mean "color"?'),
        ('<mj-image src="{{ x }}" />', "layout.mjml:1: <mj-image> has no alt"),
        ('<img src="{{ x }}" />', "layout.mjml:1: <img> has no alt"),
        ('<a href="javascript:x">', "layout.mjml:1: a link cannot lead to"),
        ('<mj-button href="//evil.example">', "layout.mjml:1: "),
        (
            '<img src="https://evil.example/x.gif" alt="" />',
            'layout.mjml:1: "https://evil.example/x.gif" would be fetched',
        ),
        ("<mj-hero>", "layout.mjml:1: <mj-hero> cannot be used"),
        ('<mj-include path="/etc/passwd" />', "layout.mjml:1: <mj-include> cannot be used"),
    ],
)
def test_a_mistake_is_told_with_its_line(source: str, sentence: str) -> None:
    assert [one[: len(sentence)] for one in told(source)] == [sentence]


@pytest.mark.parametrize(
    "css", ["@import url(https://x);", ".a { background:url(https://x/y.png) }", ".a { b:expression(x) }"]
)
def test_a_style_that_loads_something_is_told(css: str) -> None:
    assert told(f"\n{css}", "templates/email/x/content.css")


def test_jinja_comments_and_outlook_comments_are_passed_over() -> None:
    assert told('{# <mj-foo> #}{% if a < b %}<!--[if mso]><mj-foo><![endif]--><mj-text css-class="{{ x }}">') == []


def test_the_list_of_components_holds_what_layouts_need() -> None:
    assert {"mjml", "mj-body", "mj-section", "mj-column", "mj-text", "mj-image"} <= components().keys()
