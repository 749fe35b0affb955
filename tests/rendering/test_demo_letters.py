"""The demo letters as they leave: golden files, and what every letter must be (checks 19, 25, 27, 28)."""

import re
import tomllib
from collections.abc import Callable
from html import unescape
from itertools import pairwise

import pytest
from lxml import html as lxml_html

from mailer.domain.rates import MeasureMode
from mailer.rendering.letters import compile_issue
from tests.rendering.writing import LETTERHEAD, SITE, TEMPLATES, URL, demo, demo_parts

LETTERS = [("sirene/2023-09", "sirene"), ("sirene/2023-09", "base"), ("klaxon/2023-10", "klaxon"),
           ("quinzaine/2023-10-09", "quinzaine")]  # fmt: skip
LAYOUTS = ("sirene", "klaxon", "quinzaine", "neutral")
every_letter = pytest.mark.parametrize(("name", "audience"), LETTERS)


@every_letter
def test_the_letter_is_the_one_that_was_looked_at(name: str, audience: str, golden: Callable[[str, str], None]) -> None:
    html, text = demo_parts(name, audience)
    file = f"{name.replace('/', '-')}-{audience}"
    golden(f"{file}.html", html + "\n")
    golden(f"{file}.txt", text)


@every_letter
def test_the_duties_of_a_sender_are_in_both_parts(name: str, audience: str) -> None:
    issue = demo(name)
    for part in demo_parts(name, audience):
        for duty in (LETTERHEAD.organisation, LETTERHEAD.postal_address, LETTERHEAD.contact, f"{URL}/privacy",
                     f"{URL}/u/@@leave@@", f"{URL}/p/@@preferences@@", "Vous recevez"):  # fmt: skip
            assert duty in part
        assert (f"{URL}/privacy#measure" in part) == (issue.list.measure is MeasureMode.ANONYMOUS)


@every_letter
def test_the_html_is_light_whole_and_loads_nothing_from_elsewhere(name: str, audience: str) -> None:
    html, _ = demo_parts(name, audience)
    assert len(html.encode()) <= 90_000
    assert html.startswith("<!DOCTYPE html>")
    assert '<html lang="fr" dir="ltr"' in html
    without_namespaces = re.sub(r'xmlns(:\w+)?="[^"]*"', "", html)
    for banned in ("http://", "fonts.googleapis.com", "javascript:", "data:", "<script", "<link", "@import", "url("):
        assert banned not in without_namespaces
    tree = lxml_html.fromstring(html)
    for image in tree.iter("img"):
        assert image.get("alt") is not None
        assert image.get("width")
        assert str(image.get("src")).startswith(f"{URL}/")
    assert all(table.get("role") == "presentation" for table in tree.iter("table"))


@every_letter
def test_titles_go_down_one_level_at_a_time_from_a_single_first(name: str, audience: str) -> None:
    tree = lxml_html.fromstring(demo_parts(name, audience)[0])
    levels = [int(element.tag[1]) for element in tree.xpath("//h1|//h2|//h3|//h4")]
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


@every_letter
def test_dark_rules_survive_and_the_letter_says_that_it_has_them(name: str, audience: str) -> None:
    html, _ = demo_parts(name, audience)
    assert '<meta name="color-scheme" content="light dark"' in html
    dark = html.partition("@media (prefers-color-scheme:dark)")[2].partition("</style>")[0]
    assert dark.count("!important") >= 15


@every_letter
def test_the_text_part_holds_every_target_and_the_words(name: str, audience: str) -> None:
    html, text = demo_parts(name, audience)
    frozen = compile_issue(demo(name), LETTERHEAD, TEMPLATES, {})
    tree = lxml_html.fromstring(html)
    for element in tree.xpath("//head|//div[contains(@style, 'display:none')]"):
        element.drop_tree()
    for href in map(str, tree.xpath("//a/@href")):
        counted = re.fullmatch(rf"{URL}/c/@@track@@/(\d+)", href)
        assert href.startswith("#") or (frozen.links[int(counted[1]) - 1] if counted else href) in text
    words = re.findall(r"\w+", unescape(str(tree.text_content())))
    held = set(re.findall(r"\w+", text))
    assert sum(word in held for word in words) >= 0.9 * len(words)
    assert not re.search(r"<[a-z/!]", text)
    assert text.endswith(f"{URL}/u/@@leave@@\n")


@every_letter
def test_lines_of_the_text_part_are_short_but_for_addresses(name: str, audience: str) -> None:
    for line in demo_parts(name, audience)[1].splitlines():
        assert len(line) <= 76 or "://" in line or "mailto:" in line


@every_letter
def test_inclusive_forms_are_never_bare(name: str, audience: str) -> None:
    for part in demo_parts(name, audience):
        assert not re.search(r"[a-zé]{3,}\.(?:es|le\.s|trices)\b(?![/\w])", re.sub(r"https?://\S+", "", part))


def test_the_quinzaine_keeps_its_full_stops_and_links_none_of_them() -> None:
    html, _ = demo_parts("quinzaine/2023-10-09", "quinzaine")
    assert "salarié\u2060.\u2060es" in html
    assert not any(".es" in str(href) for href in lxml_html.fromstring(html).xpath("//a/@href"))


def test_the_demo_pages_on_the_web_tell_nothing_private() -> None:
    for name in {name for name, _ in LETTERS}:
        page = compile_issue(demo(name), LETTERHEAD, TEMPLATES, {}).online
        assert not re.search(rf"@@|{URL}/[oucp]/|Pourquoi recevez-vous", page)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("light", ["light", "dark"])
def test_every_colour_of_text_stands_out_from_what_it_stands_on(layout: str, light: str) -> None:
    path = SITE / "templates" / "email" / layout / "theme.toml"
    theme = tomllib.loads(path.read_text(encoding="utf-8"))[light]
    pairs = [(ink, paper) for ink in ("ink", "title", "quiet", "accent") for paper in ("paper", "panel")]
    pairs += [("masthead_ink", "masthead"), ("masthead_quiet", "masthead"), ("paper", "accent")]
    for ink, paper in pairs:
        assert contrast(theme[ink], theme[paper]) >= 4.5, (ink, paper)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Of #rrggbb, from 0 to 1."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", sorted({name for name, _ in LETTERS}))
def test_the_page_for_everyone_holds_nothing_of_anyone(name: str) -> None:
    """No token, no counted link, no pixel, no place for a name: what anyone may read names nobody."""
    page = compile_issue(demo(name), LETTERHEAD, TEMPLATES, {}).online
    for personal in ("/o/", "/c/", "/u/", "/p/", "/m/", "/confirm/"):
        assert f"{URL}{personal}" not in page
    assert "@@" not in page
    assert "%40" not in page
