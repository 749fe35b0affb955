"""Cuts an issue's text at its `:::` lines. Knows no kind of block: only where pieces begin and end.

A fence is a line of three or more colons; their number means nothing, because blocks do not nest. With a word after
the colons it opens a block, alone it closes one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailer.errors import Problem
from mailer.language import N_

FENCE = re.compile(r" {0,3}:{3,}\s*(?P<rest>.*?)\s*")
FIELD = re.compile(r'\s*(?P<key>[\w-]+)\s*=\s*"(?P<value>(?:[^"\\]|\\.)*)"(?=\s|$)')

STRAY_FENCE = N_('this ":::" closes nothing: no block is open here. Remove it, or write the line that opens the block.')
NOT_CLOSED = N_('the block "{block}" is not closed: put a line ":::" after its text.')
NOT_CLOSED_BEFORE = N_(
    'the block "{block}" is not closed before another one opens on line {next}: put a line ":::" after its text. '
    "A block cannot stand inside another."
)
BAD_FIELDS = N_(
    'after the name of the block come fields written key="value", with straight quotation marks; '
    "this cannot be read: {rest}"
)
FIELD_TWICE = N_('the field "{field}" is written twice.')


@dataclass(frozen=True)
class Piece:
    """A run of lines: those of a block, or those between two blocks (`word` is empty)."""

    word: str
    """The kind of block, as written."""
    rest: str
    """What follows it on the opening line."""
    line: int
    """Of the opening fence, or of the first line where there is none."""
    lines: tuple[str, ...]

    @property
    def first_line(self) -> int:
        """The line in the file of `lines[0]`."""
        return self.line + 1 if self.word else self.line


def cut(lines: list[str], first_line: int, path: str) -> tuple[list[Piece], list[Problem]]:
    """Every line that is no fence is in exactly one piece, in order; empty runs between blocks are left out."""
    pieces, problems = list[Piece](), list[Problem]()
    word, rest, opened, held = "", "", first_line, list[str]()
    for number, line in enumerate(lines, first_line):
        fence = FENCE.fullmatch(line)
        if fence is None:
            held.append(line)
            continue
        if word or held:
            pieces.append(Piece(word, rest, opened, tuple(held)))
        problems += _check_fence(word, opened, fence["rest"], number, path)
        word, rest = _opening(fence["rest"])
        opened, held = (number if word else number + 1), []
    if word or held:
        pieces.append(Piece(word, rest, opened, tuple(held)))
    if word:
        problems.append(Problem(path, opened, NOT_CLOSED, {"block": word}))
    return pieces, problems


def read_fields(piece: Piece, path: str) -> tuple[dict[str, str], list[Problem]]:
    """The `key="value"` of an opening line; `\\"` is a quotation mark inside a value."""
    fields, problems = dict[str, str](), list[Problem]()
    for key, value in _fields(piece.rest):
        if key is None:
            return fields, [*problems, Problem(path, piece.line, BAD_FIELDS, {"rest": value})]
        if key in fields:
            problems.append(Problem(path, piece.line, FIELD_TWICE, {"field": key}))
        fields[key] = value
    return fields, problems


def _check_fence(word: str, opened: int, rest: str, number: int, path: str) -> list[Problem]:
    if word and rest:
        return [Problem(path, opened, NOT_CLOSED_BEFORE, {"block": word, "next": number})]
    if not word and not rest:
        return [Problem(path, number, STRAY_FENCE)]
    return []


def _opening(rest: str) -> tuple[str, str]:
    word, *after = rest.split(None, 1) or [""]
    return word, "".join(after)


def _fields(rest: str) -> Iterator[tuple[str | None, str]]:
    at = 0
    while rest[at:].strip():
        field = FIELD.match(rest, at)
        if field is None:
            yield None, rest[at:].strip()
            return
        yield field["key"], re.sub(r"\\(.)", r"\1", field["value"]).strip()
        at = field.end()
