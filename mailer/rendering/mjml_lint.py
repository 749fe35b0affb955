"""Reads layouts for what mrml would pass over in silence. Judges the source, so that a mistake has its line."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from mailer.errors import Problem
from mailer.language import N_
from mailer.rendering.links import mistake_in

UNKNOWN_TAG = N_("<{tag}> cannot be used in a layout. The tags are: {known}.")
UNKNOWN_TAG_CLOSE = N_("<{tag}> cannot be used in a layout. Did you mean <{close}>?")
UNKNOWN_ATTRIBUTE = N_('<{tag}> has no attribute "{attribute}". It has: {known}.')
UNKNOWN_ATTRIBUTE_CLOSE = N_('<{tag}> has no attribute "{attribute}". Did you mean "{close}"?')
WITHOUT_ALT = N_('<{tag}> has no alt="…": write what the image shows, or alt="" for a decoration.')
ELSEWHERE = N_('"{target}" would be fetched from elsewhere by each reader: only the letter\'s own images are shown.')


def lint(source: str, path: str) -> list[Problem]:
    """Every unknown tag or attribute, missing alt, bad link target and foreign load written in a template."""
    if path.endswith(".css"):
        return [_elsewhere(load, source, path) for load in _LOAD.finditer(source)]
    return [problem for tag in _TAG.finditer(_blanked(source)) for problem in _lint_tag(tag, source, path)]


@cache
def components() -> dict[str, frozenset[str]]:
    """The attributes that each component may have (mjml_allowed.toml)."""
    allowed = tomllib.loads((files(__package__) / "mjml_allowed.toml").read_text(encoding="utf-8"))
    every = frozenset(allowed["every"])
    return {tag: every | frozenset(attributes) for tag, attributes in allowed["components"].items()}


def _lint_tag(match: re.Match[str], source: str, path: str) -> Iterator[Problem]:
    tag = match["tag"]
    line = source.count("\n", 0, match.start()) + 1
    attributes = {one["name"]: one["double"] or one["single"] or "" for one in _ATTRIBUTE.finditer(match["rest"])}
    if tag.startswith("mj"):
        if tag not in components():
            yield _unknown(path, line, UNKNOWN_TAG, UNKNOWN_TAG_CLOSE, tag, components().keys(), tag=tag)
            return
        for name in attributes.keys() - components()[tag] - _anything(tag):
            known = components()[tag]
            yield _unknown(path, line, UNKNOWN_ATTRIBUTE, UNKNOWN_ATTRIBUTE_CLOSE, name, known, tag=tag, attribute=name)
    if tag in ("mj-image", "img") and "alt" not in attributes and "src" in attributes:
        yield Problem(path, line, WITHOUT_ALT, {"tag": tag})
    yield from _lint_targets(attributes, path, line)


def _lint_targets(attributes: dict[str, str], path: str, line: int) -> Iterator[Problem]:
    href, src = attributes.get("href", ""), attributes.get("src", "")
    # A target made by Jinja was judged when it was made.
    if href and "{{" not in href and (mistake := mistake_in(href)):
        yield Problem(path, line, mistake, {"target": href})
    if src and "{{" not in src:
        yield Problem(path, line, ELSEWHERE, {"target": src})


def _elsewhere(load: re.Match[str], source: str, path: str) -> Problem:
    return Problem(path, source.count("\n", 0, load.start()) + 1, ELSEWHERE, {"target": load[0]})


def _unknown(
    path: str, line: int, plain: str, close_by: str, word: str, known: Iterable[str], **values: object
) -> Problem:
    names = sorted(known)
    close = get_close_matches(word, names, 1)
    values |= {"close": close[0] if close else "", "known": ", ".join(names)}
    return Problem(path, line, close_by if close else plain, values)


def _anything(tag: str) -> frozenset[str]:
    """Inside mj-attributes a component sets defaults for itself: the same names. mj-all takes any of them."""
    return frozenset().union(*components().values()) if tag in ("mj-all", "mj-class") else frozenset()


def _blanked(source: str) -> str:
    """Comments and Jinja statements as spaces, so that places stay where they are."""
    return _NOT_MARKUP.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)


_LOAD = re.compile(r"@import[^;]*|url\([^)]*\)?|expression\(", re.IGNORECASE)
_NOT_MARKUP = re.compile(r"\{#.*?#\}|\{%.*?%\}|<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<(?P<tag>[a-z][a-z0-9-]*)(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
_ATTRIBUTE = re.compile(r"(?P<name>[a-z-]+)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')")
