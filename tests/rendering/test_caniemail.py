"""What our layouts ask of webmails, held against what these can do (check 26): nothing is dropped unseen."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

HERE = Path(__file__).parent
DATA = json.loads((HERE / "caniemail.json").read_text(encoding="utf-8"))
"""A dated extract: the file says whence, and under which licence."""
UNSUPPORTED: dict[str, list[str]] = DATA["unsupported"]

REVIEWED = {
    "css-at-media": "one column stays one column: the widths in the tags make a letter of 600 px without it",
    "css-at-media-prefers-color-scheme": "the letter stays light",
    "html-style": "what a letter needs stands in its tags as well; the rest is for small screens and the dark",
    "css-important": "only in what is for small screens and the dark",
    "css-selector-child": "as above",
    "html-body": "its colour stands on what is in it too",
    "html-lang": "the reading voice of that webmail speaks French anyway",
    "html-role": "a screen reader says « table » there",
    "html-aria-label": "the visible words say the same",
    "css-opacity": "the preheader is hidden by its size and its height as well",
    "css-outline": "around images, for browsers that are gone",
}
"""Features that somebody drops, and why our letters may have them all the same."""


class Asked(HTMLParser):
    """The features of a page, by caniemail's names; what stands in conditional comments is Outlook's own."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.features: set[str] = set()
        self._in_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        self.features.add(f"html-{tag}")
        for name, value in attrs:
            self.features.add(f"html-{name}")
            if name == "style":
                self.features |= set(_declarations(value or ""))

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.features |= set(_rules(data))


def _rules(css: str) -> Iterator[str]:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    for name, words in re.findall(r"@([a-z-]+)([^{;]*)", css):
        yield f"css-at-{name}"
        yield from (f"css-at-{name}-{one}" for one in re.findall(r"[a-z-]+", words))
    for selector, block in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        yield from (f"css-pseudo-class-{one}" for one in re.findall(r"(?<!:):([a-z-]+)", selector))
        yield from (f"css-pseudo-element-{one}" for one in re.findall(r"::([a-z-]+)", selector))
        for sign, name in ((">", "child"), ("+", "adjacent-sibling"), ("~", "general-sibling"), ("[", "attribute")):
            if sign in selector:
                yield f"css-selector-{name}"
        yield from _declarations(block)


def _declarations(text: str) -> Iterator[str]:
    for name, value in re.findall(r"([a-z-]+)\s*:\s*([^;]+)", text):
        yield f"css-{name}"
        yield f"css-{name}-{value.split()[0].strip()}"
        yield from (f"css-unit-{unit}" for unit in re.findall(r"\d(rem|em|ex|ch|vw|vh|vmin|vmax)\b", value))
        yield from (f"css-function-{one}" for one in re.findall(r"\b(clamp|min|max|light-dark)\(", value))
        if "var(" in value:
            yield "css-variables"
        if "!important" in value:
            yield "css-important"
        yield from (f"css-{one}" for one in re.findall(r"\b(linear-gradient|radial-gradient|rgba?)\(", value))


def asked() -> set[str]:
    """By all letters that were looked at."""
    pages = [path.read_text(encoding="utf-8") for path in (HERE / "golden").glob("*.html")]
    assert pages
    return {feature for page in pages for feature in Asked(page).features}


def test_no_layout_asks_for_what_a_webmail_drops_but_what_was_reviewed() -> None:
    dropped = {feature: UNSUPPORTED[feature] for feature in asked() if feature in UNSUPPORTED}
    assert {feature: who for feature, who in dropped.items() if feature not in REVIEWED} == {}


def test_the_six_webmails_of_our_readers_are_in_the_extract() -> None:
    assert DATA["clients"] == ["Free", "Gmail", "La Poste", "Orange", "Outlook.com", "SFR"]
    assert "Permission is hereby granted" in DATA["licence"]
    assert Asked("<p style='display: grid; width: 3vw'>").features & UNSUPPORTED.keys()
