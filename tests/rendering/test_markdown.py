"""Markdown to HTML: nothing of an author's becomes code, every mistake is told with its line."""

import re

import pytest
from lxml import html as lxml_html

from tests.rendering.test_links import BAD
from tests.rendering.writing import PIXEL, URL, a_typesetter, an_issue

INJECTIONS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<iframe src=//evil.example>",
    '<a href="javascript:alert(1)">x</a>', "<body onload=alert(1)>", "<style>@import '//evil.example'</style>",
    '"><script>alert(1)</script>', "<math><mi xlink:href='data:x'>", "<object data=x>", "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>", "<link rel=stylesheet href=//evil.example>", "<mj-raw><script></mj-raw>",
    "</mj-text><mj-raw>x</mj-raw>", "`<script>`", "```\n<script>\n```", "&lt;script&gt;",
    "<!--[if mso]><script><![endif]-->",
    "[x](https://a.example 'onmouseover=alert(1)')", "[x](https://a.example '\" onmouseover=\"alert(1)')",
    "<https://a.example/\"onmouseover=\"alert(1)>",
]  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
def test_html_written_in_content_stays_text(text: str) -> None:
    tree = lxml_html.fragment_fromstring(str(a_typesetter().passage(text, 1).html), create_parent="div")
    tags = {element.tag for element in tree.iter()}
    attributes = {name for element in tree.iter() for name in element.attrib}
    assert tags <= {"div", "p", "a", "code", "pre", "br"}
    assert attributes <= {"href", "title"}


# Markdown itself does not take a sign of <>, and writes an unseen one in ASCII.
WRITABLE = [target for target in BAD if target and target.isascii() and not set(target) & set(" \t<>")]


@pytest.mark.parametrize("target", WRITABLE)
def test_a_bad_link_is_refused_with_its_line(target: str) -> None:
    typesetter = a_typesetter()
    html = typesetter.passage(f"Un paragraphe.\n\nUn [mot](<{target}>) lié.", 20).html
    assert [problem.line for problem in typesetter.problems] == [22]
    assert "<a" not in html


def test_every_mistake_is_told_at_once_each_on_its_own_line() -> None:
    typesetter = a_typesetter()
    typesetter.passage("{{nam}} et\n[x](javascript:a)\n{{leave}}\n![](rond.png) ![a](ron.png)\n{{ouvert", 5)
    assert sorted(str(problem).partition(": ")[0].rpartition(":")[2] for problem in typesetter.problems) == [
        "5", "6", "7", "8", "8", "9",
    ]  # fmt: skip
    told = "\n".join(map(str, typesetter.problems))
    assert 'Did you mean "name"?' in told
    assert 'Did you mean "rond.png"?' in told
    assert "write [words]({{leave}})" in told


def test_a_bare_domain_never_becomes_a_link() -> None:
    assert "<a" not in a_typesetter().passage("militant.es www.a.example https://a.example a@b.example", 1).html


def test_an_address_in_angle_brackets_is_a_link() -> None:
    assert a_typesetter(an_issue()).passage("<mailto:a@b.example>", 1).html.count("<a") == 1


def test_code_and_link_targets_are_not_set_as_french_text() -> None:
    html = str(a_typesetter().passage("`l'eau !` [l'eau !](https://a.example/l'eau!)\n\n    l'eau !", 1).html)
    assert html.count("l'eau !") == 2
    assert "l’eau\u202f!" in html


def test_an_image_of_the_issue_gets_its_public_address_its_size_and_its_words() -> None:
    html = str(a_typesetter().passage("![Un rond](rond.png)", 1).html)
    assert f'src="{URL}/media/{PIXEL.file_name}" alt="Un rond" width="528" height="132"' in html


@pytest.mark.parametrize("source", ["//evil.example/x.png", "https://evil.example/x.png", "data:image/png;base64,x"])
def test_an_image_from_elsewhere_is_refused(source: str) -> None:
    typesetter = a_typesetter()
    assert source not in typesetter.passage(f"![mot]({source})", 3).html
    assert [problem.line for problem in typesetter.problems] == [3]


def test_headings_fit_under_the_title_of_their_block() -> None:
    assert re.findall(r"<h\d", str(a_typesetter().passage("# Un\n\n## Deux", 1, heading=3).html)) == ["<h3", "<h4"]
    assert re.findall(r"<h\d", str(a_typesetter().passage("# Un\n\n## Deux", 1).html)) == ["<h2", "<h2"]


def test_a_field_of_a_letter_that_is_not_archived_is_refused() -> None:
    typesetter = a_typesetter(an_issue(public=False))
    typesetter.passage("[en ligne]({{online}})", 4)
    assert "not in the public archive" in str(typesetter.problems[0])


def test_a_name_cannot_be_the_target_of_a_link() -> None:
    typesetter = a_typesetter()
    typesetter.passage("[x]({{name}})", 4)
    assert len(typesetter.problems) == 1
