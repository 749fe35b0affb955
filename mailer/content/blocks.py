"""The blocks that an issue is made of: what each kind takes, and whether it got it. Renders nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailer.content.fences import Piece, cut, read_fields
from mailer.content.files import close_to
from mailer.domain.letters import Block, BlockKind
from mailer.errors import Problem
from mailer.language import N_

UNKNOWN_BLOCK = N_('there is no block "{block}". The blocks are: {known}.')
UNKNOWN_BLOCK_CLOSE = N_('there is no block "{block}". Did you mean "{close}"?')
UNKNOWN_FIELD = N_('a block "{block}" has no field "{field}". It takes: {known}.')
UNKNOWN_FIELD_CLOSE = N_('a block "{block}" has no field "{field}". Did you mean "{close}"?')
TAKES_NO_FIELD = N_('a block "{block}" takes no field; "{field}" cannot be written here.')
MISSING_FIELD = N_('a block "{block}" needs {field}="…" on its opening line.')
MISSING_ALT = N_(
    'the image "{image}" needs alt="…": the words for those who do not see it, and for letters read without images.'
)
ALT_WITHOUT_IMAGE = N_('alt="…" is written, but no image="…".')
NO_TEXT = N_('the block "{block}" is empty: write its text between its two ":::" lines, or remove the block.')
TEXT_NOT_WANTED = N_(
    'a block "{block}" takes no text: close it with ":::" on the next line, and write the text after that.'
)
ONCE_ONLY = N_('an issue has one block "{block}" at most; another one opens on line {first}.')


class Body(StrEnum):
    """What a kind of block does with text between its fences."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True)
class Shape:
    """What a kind of block is written with."""

    body: Body
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    once: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that the block takes."""
        return self.required + self.optional


SHAPES: Mapping[BlockKind, Shape] = {
    BlockKind.HEADER: Shape(Body.NONE, optional=("image", "alt"), once=True),
    BlockKind.BANNER: Shape(Body.REQUIRED, required=("audience",)),
    BlockKind.GREETING: Shape(Body.REQUIRED),
    BlockKind.LEAD: Shape(Body.REQUIRED, optional=("title", "signature")),
    BlockKind.CONTENTS: Shape(Body.NONE, once=True),
    BlockKind.SECTION: Shape(Body.NONE, required=("title",)),
    BlockKind.ARTICLE: Shape(Body.REQUIRED, optional=("title", "signature", "image", "alt")),
    BlockKind.RELAY: Shape(Body.OPTIONAL, required=("campaign",)),
    BlockKind.EVENT: Shape(Body.OPTIONAL, required=("title", "start", "end"), optional=("place", "link")),
    BlockKind.AGENDA: Shape(Body.REQUIRED),
    BlockKind.REVIEW: Shape(Body.REQUIRED),
    BlockKind.APPEAL: Shape(Body.REQUIRED, optional=("title",)),
    BlockKind.SIGNATURE: Shape(Body.REQUIRED),
    BlockKind.FOOTER: Shape(Body.OPTIONAL, once=True),
    BlockKind.TEXT: Shape(Body.REQUIRED),
}


def cut_blocks(lines: list[str], first_line: int, path: str) -> tuple[list[Block], list[Problem]]:
    """The blocks of an issue's text, and every mistake in how they are written. `first_line` is that of `lines[0]`."""
    pieces, problems = cut(lines, first_line, path)
    blocks: list[Block] = []
    for piece in pieces:
        block, wrong = _block(piece, path)
        problems += wrong
        if block:
            blocks.append(block)
    return blocks, sorted(problems + _check_once(blocks, path), key=lambda problem: problem.line or 0)


def text_line(block: Block) -> int:
    """The line in the file of the first line of a block's text."""
    return block.line if block.kind is BlockKind.TEXT else block.line + 1


def _block(piece: Piece, path: str) -> tuple[Block | None, list[Problem]]:
    if not piece.word:
        return _text(piece), []
    if piece.word not in set(BlockKind):
        return None, [_unknown_block(piece, path)]
    kind = BlockKind(piece.word)
    fields, problems = read_fields(piece, path)
    problems += _check_fields(kind, fields, piece.line, path) if not problems else []
    problems += _check_body(kind, piece, path)
    if kind is BlockKind.TEXT:
        return _text(piece), problems
    return Block(kind, fields, "\n".join(piece.lines).rstrip(), piece.line), problems


def _text(piece: Piece) -> Block | None:
    blank = next((at for at, line in enumerate(piece.lines) if line.strip()), None)
    if blank is None:
        return None
    return Block(BlockKind.TEXT, {}, "\n".join(piece.lines[blank:]).rstrip(), piece.first_line + blank)


def _unknown_block(piece: Piece, path: str) -> Problem:
    if close := close_to(piece.word.lower(), BlockKind):
        return Problem(path, piece.line, UNKNOWN_BLOCK_CLOSE, {"block": piece.word, "close": str(close)})
    return Problem(path, piece.line, UNKNOWN_BLOCK, {"block": piece.word, "known": ", ".join(BlockKind)})


def _check_fields(kind: BlockKind, fields: Mapping[str, str], line: int, path: str) -> list[Problem]:
    shape = SHAPES[kind]
    problems = [_unknown_field(kind, field, line, path) for field in fields if field not in shape.fields]
    for field in shape.required:
        if not fields.get(field):
            problems.append(Problem(path, line, MISSING_FIELD, {"block": str(kind), "field": field}))
    return problems + _check_alt(kind, fields, line, path)


def _unknown_field(kind: BlockKind, field: str, line: int, path: str) -> Problem:
    values: dict[str, object] = {"block": str(kind), "field": field}
    known = SHAPES[kind].fields
    if not known:
        return Problem(path, line, TAKES_NO_FIELD, values)
    if close := close_to(field.lower(), known):
        return Problem(path, line, UNKNOWN_FIELD_CLOSE, {**values, "close": close})
    return Problem(path, line, UNKNOWN_FIELD, {**values, "known": ", ".join(known)})


def _check_alt(kind: BlockKind, fields: Mapping[str, str], line: int, path: str) -> list[Problem]:
    image, alt = fields.get("image"), fields.get("alt")
    if alt is not None and not image:
        return [Problem(path, line, ALT_WITHOUT_IMAGE)]
    # alt="" says « decoration »: only a header's image may be that, and only if somebody wrote so.
    missing = alt is None or (alt == "" and kind is not BlockKind.HEADER)
    return [Problem(path, line, MISSING_ALT, {"image": image})] if image and missing else []


def _check_body(kind: BlockKind, piece: Piece, path: str) -> list[Problem]:
    body = SHAPES[kind].body
    written = next((at for at, line in enumerate(piece.lines) if line.strip()), None)
    if body is Body.REQUIRED and written is None:
        return [Problem(path, piece.line, NO_TEXT, {"block": str(kind)})]
    if body is Body.NONE and written is not None:
        return [Problem(path, piece.first_line + written, TEXT_NOT_WANTED, {"block": str(kind)})]
    return []


def _check_once(blocks: Sequence[Block], path: str) -> list[Problem]:
    problems, seen = list[Problem](), Counter[BlockKind]()
    first: dict[BlockKind, int] = {}
    for block in blocks:
        seen[block.kind] += 1
        if seen[block.kind] == 1:
            first[block.kind] = block.line
        elif SHAPES[block.kind].once:
            values: dict[str, object] = {"block": str(block.kind), "first": first[block.kind]}
            problems.append(Problem(path, block.line, ONCE_ONLY, values))
    return problems
