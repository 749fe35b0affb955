"""Which words of a letter stand on which colour, by day and by night. Knows the CSS that letters use, and no more."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import cssselect
from lxml.cssselect import CSSSelector

from mailer.domain.built_letters import Contrast, Light

Element = Any
Style = dict[str, str]

LONGEST_WORDS = 40
"""Characters that are enough to find a place again."""


def contrasts(body: Element, css: str) -> list[Contrast]:
    """One for each pair of colours, by day and by night; `css`: what the letter's style elements say."""
    found: dict[tuple[str, str, Light], Contrast] = {}
    for light in Light:
        changes = _night(body, css) if light is Light.NIGHT else {}
        for one in _walk(body, _BLACK, _WHITE, changes, light):
            found.setdefault((one.ink, one.paper, light), one)
    return list(found.values())


def is_hidden(element: Element) -> bool:
    """Whether nobody sees it, whatever the screen."""
    return _declared(element.get("style", "")).get("display") == "none"


def _walk(element: Element, ink: str, paper: str, changes: Mapping[Element, Style], light: Light) -> Iterator[Contrast]:
    if not isinstance(element.tag, str) or is_hidden(element):
        return
    style = _overlaid(_declared(element.get("style", "")), changes.get(element, {}))
    ink = _colour(style.get("color", "")) or ink
    paper = _paper(style) or _colour(element.get("bgcolor", "")) or paper
    if words := _own_words(element):
        yield Contrast(words, ink, paper, light)
    for child in element:
        yield from _walk(child, ink, paper, changes, light)


def _own_words(element: Element) -> str:
    texts = [element.text or "", *(child.tail or "" for child in element)]
    words = " ".join(" ".join(texts).split())
    return words[:LONGEST_WORDS] if re.search(r"\w", words) else ""


def _paper(style: Style) -> str | None:
    """`background` is written before `background-color` in letters, or alone at night: the later one counts."""
    colours = [_colour(value) for name, value in style.items() if name in _BACKGROUNDS]
    return next((colour for colour in reversed(colours) if colour), None)


def _night(body: Element, css: str) -> dict[Element, Style]:
    """What the rules for dark screens change. All of them are !important, so they beat what is written in elements."""
    changes: dict[Element, list[tuple[tuple[int, int, int], int, Style]]] = {}
    for place, (selector, style) in enumerate(_night_rules(css)):
        weight = cssselect.parse(selector)[0].specificity()
        for element in CSSSelector(selector, translator="html")(body):
            changes.setdefault(element, []).append((weight, place, style))
    return {element: _merged(rules) for element, rules in changes.items()}


def _merged(rules: list[tuple[tuple[int, int, int], int, Style]]) -> Style:
    style: Style = {}
    for _, _, declared in sorted(rules, key=lambda rule: rule[:2]):
        style = _overlaid(style, declared)
    return style


def _overlaid(below: Style, above: Style) -> Style:
    """A background of either name replaces the other."""
    hidden = _BACKGROUNDS if set(_BACKGROUNDS) & above.keys() else ()
    return {name: value for name, value in below.items() if name not in (*hidden, *above)} | above


def _night_rules(css: str) -> Iterator[tuple[str, Style]]:
    for start in _NIGHT.finditer(css):
        for rule in _RULE.finditer(_block(css, start.end())):
            style = {name: value for name, value in _declared(rule["style"]).items() if "!important" in value}
            for selector in rule["selectors"].split(","):
                yield selector.strip(), style


def _block(css: str, start: int) -> str:
    """What stands up to the brace that closes."""
    depth = 1
    for place in range(start, len(css)):
        depth += {"{": 1, "}": -1}.get(css[place], 0)
        if depth == 0:
            return css[start:place]
    return css[start:]


def _declared(style: str) -> Style:
    parts = (part.partition(":") for part in style.split(";"))
    return {name.strip().lower(): value.strip().lower() for name, _, value in parts if value.strip()}


def _colour(value: str) -> str | None:
    if match := _HEX.search(value):
        digits = match[1].lower()
        return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))
    return next((_NAMED[word] for word in re.findall(r"[a-z]+", value.lower()) if word in _NAMED), None)


_BACKGROUNDS = ("background", "background-color")
_BLACK, _WHITE = "#000000", "#ffffff"
_NAMED = {"black": _BLACK, "white": _WHITE, "red": "#ff0000", "gray": "#808080", "grey": "#808080", "blue": "#0000ff"}
_HEX = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
_NIGHT = re.compile(r"@media[^{]*prefers-color-scheme\s*:\s*dark[^{]*\{")
_RULE = re.compile(r"(?P<selectors>[^{}]+)\{(?P<style>[^{}]*)\}")
