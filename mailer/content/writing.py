"""An issue.md as a person edits it: front matter, then blocks in order; and back to text, changing no line but theirs.

What no form can hold (a block that is not closed, a kind that nobody knows) stays as the lines that it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from mailer.content.blocks import SHAPES, Body
from mailer.content.fences import FENCE, Piece, cut, read_fields
from mailer.content.frontmatter import split
from mailer.content.topwriting import read_top, write_top
from mailer.domain.letters import BlockKind

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Part:
    """One block as it is edited; without a kind, lines that are kept as they are."""

    kind: BlockKind | None
    fields: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True)
class Written:
    """A whole issue as it is edited."""

    front: Mapping[str, str] | None
    """By key, each as text; None where the front matter cannot be read, and `head` is edited instead."""
    head: str
    """The lines up to the end of the front matter, as they are."""
    parts: tuple[Part, ...]


def take_apart(text: str) -> Written:
    """The issue that a text is; every text is one."""
    base = _read(text)
    return Written(base.front, base.head, tuple(chunk.part for chunk in base.chunks))


def put_together(text: str, wanted: Written) -> str:
    """The text of an issue, begun from `text`: whatever is the same keeps its lines, byte for byte."""
    base = _read(text)
    parts = [_tidy(part) for part in wanted.parts if part.kind is not BlockKind.TEXT or part.text.strip()]
    origins = _origins([chunk.part for chunk in base.chunks], parts)
    written = list(_printed(base, parts, origins))
    head = _head(base, wanted)
    if not written:
        return head + (base.lead if not base.chunks else "\n")
    return head + "".join(written)


def encode_like(raw: bytes, text: str) -> bytes:
    """The bytes of a text, with the line ends and the byte order mark of the file that it replaces."""
    windows = b"\r\n" in raw and raw.count(b"\n") == raw.count(b"\r\n")
    encoded = (text.replace("\n", "\r\n") if windows else text).encode()
    return BOM + encoded if raw.startswith(BOM) else encoded


def as_plain(written: Written) -> dict[str, object]:
    """As JSON holds it."""
    parts = [[str(part.kind or ""), dict(part.fields), part.text] for part in written.parts]
    front = None if written.front is None else dict(written.front)
    return {"front": front, "head": written.head, "parts": parts}


def from_plain(plain: Mapping[str, Any]) -> Written:
    """What `as_plain` made."""
    parts = (Part(BlockKind(kind) if kind else None, fields, text) for kind, fields, text in plain["parts"])
    return Written(plain["front"], plain["head"], tuple(parts))


def part_lines(text: str) -> list[int]:
    """The line in the file on which each part begins."""
    base, line, found = _read(text), 1, list[int]()
    for before in [base.head + base.lead, *(one.lines + one.gap for one in base.chunks)][: len(base.chunks)]:
        line += before.count("\n")
        found.append(line)
    return found


@dataclass(frozen=True)
class _Chunk:
    """A part with its lines, and the blank ones after it."""

    part: Part
    lines: str
    gap: str
    fenced: bool


@dataclass(frozen=True)
class _Base:
    front: Mapping[str, str] | None
    head: str
    lead: str
    """What stands between the front matter and the first part."""
    chunks: tuple[_Chunk, ...]


def _read(text: str) -> _Base:
    lines = text.split("\n")
    top, body_line, _ = split(lines, "")
    # Without front matter `split` points behind where it should be: there, all is text.
    starts = body_line - 1 if top or body_line > len(lines) else 0
    body = lines[starts:]
    head = text[: len(text) - len("\n".join(body))] if starts < len(lines) else text
    return _base(read_top(top) if top else None, head, body)


def _base(front: Mapping[str, str] | None, head: str, body: list[str]) -> _Base:
    text = "\n".join(body)
    spans = list(_spans(body))
    begins = list(accumulate((len(line) + 1 for line in body), initial=0))
    lines = ["\n".join(body[span.start : span.stop]) for span in spans]
    starts = [begins[span.start] for span in spans]
    ends = [start + len(one) for start, one in zip(starts, lines, strict=True)]
    gaps = [text[end:start] for end, start in zip(ends, [*starts[1:], len(text)], strict=True)] if spans else []
    chunks = tuple(_Chunk(span.part, one, gap, span.fenced) for span, one, gap in zip(spans, lines, gaps, strict=True))
    return _Base(front, head, text[: starts[0]] if starts else text, chunks)


@dataclass(frozen=True)
class _Span:
    part: Part
    start: int
    stop: int
    fenced: bool


def _spans(body: list[str]) -> Iterator[_Span]:
    """Parts in order; lines of no piece that are not blank, such as a stray fence, are parts without a kind."""
    pieces, _ = cut(body, 0, "")
    at = 0
    for piece in pieces:
        span = _span(body, piece)
        if span is None:
            continue
        yield from _strays(body, at, span.start)
        yield span
        at = span.stop
    yield from _strays(body, at, len(body))


def _span(body: Sequence[str], piece: Piece) -> _Span | None:
    if not piece.word:
        filled = [number for number, line in enumerate(piece.lines, piece.first_line) if line.strip()]
        if not filled:
            return None
        start, stop = filled[0], filled[-1] + 1
        return _Span(Part(BlockKind.TEXT, {}, "\n".join(body[start:stop]).rstrip()), start, stop, fenced=False)
    end = piece.first_line + len(piece.lines)
    closing = FENCE.fullmatch(body[end]) if end < len(body) else None
    if closing is None or closing["rest"]:
        return _Span(Part(None, {}, "\n".join(body[piece.line : end])), piece.line, end, fenced=True)
    part = _known(piece) or Part(None, {}, "\n".join(body[piece.line : end + 1]))
    return _Span(part, piece.line, end + 1, fenced=True)


def _known(piece: Piece) -> Part | None:
    """The block, where a form can hold all of it."""
    if piece.word not in set(BlockKind):
        return None
    kind = BlockKind(piece.word)
    shape = SHAPES[kind]
    fields, problems = read_fields(piece, "")
    text = "\n".join(piece.lines).rstrip()
    if problems or not set(fields) <= set(shape.fields) or (shape.body is Body.NONE and text):
        return None
    if kind is BlockKind.TEXT and (not text.strip() or fields):
        return None
    return Part(kind, fields, text)


def _strays(body: Sequence[str], start: int, stop: int) -> Iterator[_Span]:
    filled = [number for number in range(start, stop) if body[number].strip()]
    if filled:
        lines = "\n".join(body[filled[0] : filled[-1] + 1])
        yield _Span(Part(None, {}, lines), filled[0], filled[-1] + 1, fenced=True)


def _origins(base: Sequence[Part], parts: Sequence[Part]) -> list[int | None]:
    """Which part of the base each one is or stands in the place of."""
    free = list(enumerate(base))
    origins: list[int | None] = []
    for part in parts:
        found = next((one for one in free if one[1] == part), None)
        if found:
            free.remove(found)
        origins.append(found[0] if found else None)
    return _with_places(origins, len(base))


def _with_places(origins: list[int | None], count: int) -> list[int | None]:
    """As many changed parts between two neighbours as there were: each is the one in its place."""
    placed, at = list(origins), 0
    while at < len(placed):
        if placed[at] is not None:
            at += 1
            continue
        end = next((n for n in range(at, len(placed)) if placed[n] is not None), len(placed))
        before = placed[at - 1] if at else -1
        after = placed[end] if end < len(placed) else count
        if before is not None and after is not None and after - before - 1 == end - at:
            placed[at:end] = range(before + 1, after)
        at = end
    return placed


def _printed(base: _Base, parts: Sequence[Part], origins: Sequence[int | None]) -> Iterator[str]:
    yield base.lead if origins[:1] == [0] or not base.chunks else base.lead or "\n"
    bare = False
    for at, (part, origin) in enumerate(zip(parts, origins, strict=True)):
        kept = None if origin is None else base.chunks[origin]
        if kept and kept.part != part:
            kept = None
        fenced = kept.fenced if kept else part.kind is not BlockKind.TEXT
        if bare and not fenced:
            # Two texts in a row would be read as one.
            kept, fenced = None, True
        yield kept.lines if kept else _lines(part, fenced=fenced)
        yield _gap(base, origins, at)
        bare = not fenced


def _gap(base: _Base, origins: Sequence[int | None], at: int) -> str:
    origin = origins[at]
    following = origins[at + 1] if at + 1 < len(origins) else len(base.chunks)
    if origin is not None and following == origin + 1:
        return base.chunks[origin].gap
    return "\n\n" if at + 1 < len(origins) else "\n"


def _lines(part: Part, *, fenced: bool) -> str:
    if part.kind is None or not fenced:
        return part.text
    fields = "".join(f' {key}="{_escaped(value)}"' for key, value in part.fields.items())
    return "\n".join([f"::: {part.kind}{fields}", *([part.text] if part.text else []), ":::"])


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _tidy(part: Part) -> Part:
    """As it can be written and read again: fields on one line, no line that would be taken for a fence."""
    if part.kind is None:
        return part
    fields = {key: " ".join(value.split("\n")).strip() for key, value in part.fields.items()}
    text = "\n".join(_no_fences(part.text.replace("\r\n", "\n").split("\n"))).rstrip()
    if part.kind is BlockKind.TEXT:
        text = _without_blank_start(text)
    return Part(part.kind, fields, text)


def _no_fences(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line.replace(":::", "\\:::", 1) if FENCE.fullmatch(line) else line


def _without_blank_start(text: str) -> str:
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    return "\n".join(lines[first:])


def _head(base: _Base, wanted: Written) -> str:
    if wanted.front is None:
        return wanted.head if wanted.head in (base.head, "") else wanted.head.rstrip("\n") + "\n"
    if base.front is None:
        return write_top("+++\n+++\n", {}, wanted.front)
    return write_top(base.head, base.front, wanted.front)
