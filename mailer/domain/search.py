"""Words looked for in letters: accents, capitals and inclusive spellings do not stand between a reader and a letter.

What is looked for is the beginning of a word. Knows no database.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

MOST_WORDS, LONGEST_QUERY = 8, 200
AROUND = 90
"""Characters of an excerpt before and after its first word."""

_WORD = re.compile("[^\\W_](?:[\\w\u00b7\u00ad\u200b\u2060])*")
_INITIALS = re.compile(r"(?: [^\W\d_](?= )){2,}")
_JOINED = {"·", "\u00ad", "\u200b", "\u2060"}
"""« citoyen·nes » is found as « citoyennes »; a soft hyphen is no letter."""
_SPELT_OUT = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"}


class Bit(NamedTuple):
    """A part of an excerpt: a word that was looked for, or what stands between."""

    text: str
    found: bool


def fold(text: str) -> str:
    """Small letters without accents, one space between words and before the first: ` l heure de la sirene`."""
    return "".join(f" {word}" for word in text.translate(_LETTERS).split())


def found_by(*texts: str) -> str:
    """What something is found by: its texts folded, and initials together too: ` m j c des hauts mjc`."""
    folded = fold(" ".join(texts))
    together = "".join(f" {found[0].replace(' ', '')}" for found in _INITIALS.finditer(folded + " "))
    return folded + together


def wanted(query: str) -> tuple[str, ...]:
    """The words of a query, folded, at most eight, each once."""
    return tuple(dict.fromkeys(fold(query[:LONGEST_QUERY]).split()))[:MOST_WORDS]


def rank(words: Sequence[str], folded_title: str) -> int:
    """How many of the words are in the title: what they are about beats what they mention."""
    return sum(f" {word}" in folded_title for word in words)


def excerpt(text: str, words: Sequence[str]) -> tuple[Bit, ...]:
    """A few lines of the text around the first of the words, each of them marked; its beginning where none is in it."""
    first = next((found.start() for found in _WORD.finditer(text) if _begins(found[0], words)), 0)
    start = _word_break(text, first - AROUND) if first > AROUND else 0
    end = text.rfind(" ", first, first + 2 * AROUND) if len(text) > first + 2 * AROUND else len(text)
    cut = text[start : max(end, first + 1)]
    before, after = ("… " if start else ""), (" …" if end < len(text) else "")
    return tuple(_joined([Bit(before, False), *_marked(cut, words), Bit(after, False)]))


class _Letters(dict[int, str]):
    """What each letter becomes, found out once."""

    def __missing__(self, code: int) -> str:
        self[code] = _letter(chr(code))
        return self[code]


_LETTERS = _Letters()


def _letter(one: str) -> str:
    if one in _JOINED:
        return ""
    parts = unicodedata.normalize("NFKD", _SPELT_OUT.get(one.casefold(), one.casefold()))
    kept = (part.casefold() for part in parts if not unicodedata.combining(part))
    return "".join(part if part.isalnum() else " " for part in kept)


def _word_break(text: str, at: int) -> int:
    return text.find(" ", at) + 1 or at


def _marked(text: str, words: Sequence[str]) -> Iterator[Bit]:
    at = 0
    for found in _WORD.finditer(text):
        if _begins(found[0], words):
            yield Bit(text[at : found.start()], False)
            yield Bit(found[0], True)
            at = found.end()
    yield Bit(text[at:], False)


def _joined(bits: Sequence[Bit]) -> Iterator[Bit]:
    text = ""
    for bit in bits:
        if bit.found:
            yield from ([Bit(text, False)] if text else [])
            yield bit
            text = ""
        else:
            text += bit.text
    yield from ([Bit(text, False)] if text else [])


def _begins(word: str, words: Sequence[str]) -> bool:
    folded = _folded_word(word)
    return any(f" {one}" in folded for one in words)


@lru_cache(maxsize=8192)
def _folded_word(word: str) -> str:
    return fold(word)
