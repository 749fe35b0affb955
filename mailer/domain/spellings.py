"""Names of people and structures compared as their spellings differ: initials, small words, order, slips of hand."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from mailer.domain.search import fold, found_by

SMALL = frozenset(fold("à au aux d de des du en et l la le les pour s sur un une the of and").split())
OF_MANY = frozenset(fold("asso association assoc ass fédération fédé fed collectif réseau comité union").split())
"""Words that say what a structure is and not which."""
SHORTEST_INITIALS, LONGEST_INITIALS = 3, 6
SHORTEST_KEY = 3
LONG_ENOUGH = 5
"""Letters from which on one slip of hand leaves a word recognisable."""
SLIP = 0.84


def name_key(name: str) -> tuple[str, ...]:
    """The words of a person's name in alphabetical order; nothing where there is but one, which says too little."""
    words = name_words(name)
    return tuple(sorted(words)) if len(words) > 1 else ()


def name_words(name: str) -> tuple[str, ...]:
    """The words of a person's name, folded."""
    return tuple(fold(name).split())


@lru_cache(maxsize=65536)
def structure_words(name: str) -> tuple[str, ...]:
    """The words that tell one structure from others: « M.J.C. des Hauts-de-B » is `mjc hauts b`."""
    words = fold(name).split()
    together = found_by(name).split()[len(words) :]
    bare = [word for word in _with_initials(words, together) if word not in SMALL]
    telling = [word for word in bare if word not in OF_MANY]
    return tuple(telling or bare)


def rare_words(name: str) -> set[str]:
    """What a structure may be looked for by: its longer words, and the initials that they make."""
    words = structure_words(name)
    return {word.rstrip("sx") for word in words if len(word) >= SHORTEST_KEY} | {one for one, _, _ in _initials(words)}


def likeness(one: str, other: str) -> float:
    """From 0 to 1: the share of words that two names of structures have in common."""
    first, second = structure_words(one), structure_words(other)
    first, second = _said_short(first, second), _said_short(second, first)
    if not first or not second:
        return 0.0
    if len(first) > len(second):
        first, second = second, first
    left = list(second)
    for word in first:
        match = next((candidate for candidate in left if _same_word(word, candidate)), None)
        if match is not None:
            left.remove(match)
    return (len(second) - len(left)) / len(second)


def _same_word(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(short) <= SHORTEST_KEY:
        # « Hauts de B. »: a word cut short. Initials of three letters are none.
        return short == long or (len(short) < SHORTEST_KEY and long.startswith(short))
    if long.startswith(short) or long.rstrip("sx") == short.rstrip("sx"):
        return True
    return len(short) >= LONG_ENOUGH and SequenceMatcher(None, short, long).ratio() >= SLIP


def _said_short(words: Sequence[str], beside: Sequence[str]) -> tuple[str, ...]:
    """« maison jeunes culture hauts » as `mjc hauts`, where the other name says `mjc`."""
    for short, start, end in _initials(words):
        if short in beside:
            return (*words[:start], short, *words[end:])
    return tuple(words)


def _initials(words: Sequence[str]) -> list[tuple[str, int, int]]:
    lengths = range(SHORTEST_INITIALS, min(LONGEST_INITIALS, len(words)) + 1)
    return [
        ("".join(word[0] for word in words[start : start + length]), start, start + length)
        for length in lengths
        for start in range(len(words) - length + 1)
    ]


def _with_initials(words: Sequence[str], together: Sequence[str]) -> list[str]:
    """Letters that stand alone, one after the other, as one word."""
    text = f" {' '.join(words)} "
    for word in together:
        text = text.replace(f" {' '.join(word)} ", f" {word} ", 1)
    return text.split()
