"""Blocks made ready for a layout: words set, links resolved, images placed, dates in words. Writes no markup."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from zoneinfo import ZoneInfo

from mailer.domain.letters import Attachment, Block, BlockKind, Relayed
from mailer.errors import Problem, Refused
from mailer.rendering.editions import Edition
from mailer.rendering.events import Moment, calendar_entry, in_words, read_event
from mailer.rendering.markdown import COLUMN, Passage, Typesetter
from mailer.rendering.typography import plain

BOXED = (BlockKind.BANNER, BlockKind.RELAY, BlockKind.APPEAL, BlockKind.EVENT)


@dataclass(frozen=True)
class Picture:
    """An image as a layout places it."""

    url: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class Link:
    """Words that lead somewhere: `url` as the reader follows it, `target` as it is written out in the text part."""

    words: str
    url: str
    target: str


@dataclass(frozen=True)
class Meeting:
    """What an event block adds to its title and text."""

    when: Moment
    place: str
    link: Link | None
    calendar_url: str


@dataclass(frozen=True)
class Piece:
    """One block, ready."""

    kind: BlockKind
    line: int
    level: int = 0
    """Of its title among the letter's headings; 0 without a title."""
    title: str = ""
    anchor: str = ""
    signature: str = ""
    passage: Passage | None = None
    picture: Picture | None = None
    meeting: Meeting | None = None
    relayed: Link | None = None
    audience: str = ""


@dataclass(frozen=True)
class Run:
    """Pieces that follow each other in one column, or a single one that stands in a box of its own."""

    boxed: bool
    pieces: tuple[Piece, ...]


def runs(pieces: Sequence[Piece]) -> list[Run]:
    """The pieces as a layout lays them: a column for as long as it can, since each new one costs a kilobyte."""
    laid = []
    for boxed, group in groupby(pieces, key=lambda piece: piece.kind in BOXED):
        members = tuple(group)
        laid += [Run(True, (piece,)) for piece in members] if boxed else [Run(False, members)]
    return laid


@dataclass
class Workbench:
    """Makes the pieces of one edition, block after block."""

    edition: Edition
    relayed: Mapping[str, Relayed]
    typesetter: Typesetter
    calendars: list[Attachment] = field(default_factory=list)
    _anchors: set[str] = field(default_factory=set)
    _in_section: bool = False

    def pieces(self) -> tuple[Piece, ...]:
        """All blocks, in their order, those for one audience only included."""
        return tuple(self._piece(block) for block in self.edition.issue.blocks)

    def _piece(self, block: Block) -> Piece:
        title = self._words(block, "title")
        level = self._level(block) if title else 0
        anchor = self._anchor(title) if title else ""
        return Piece(
            kind=block.kind,
            line=block.line,
            level=level,
            title=title,
            anchor=anchor,
            signature=self._words(block, "signature"),
            passage=self._passage(block, level),
            picture=self._picture(block),
            meeting=self._meeting(block, title, anchor) if block.kind is BlockKind.EVENT else None,
            relayed=self._relayed(block) if block.kind is BlockKind.RELAY else None,
            audience=block.fields.get("audience", ""),
        )

    def _level(self, block: Block) -> int:
        if block.kind is BlockKind.SECTION:
            self._in_section = True
            return 2
        return 3 if self._in_section or block.kind is BlockKind.EVENT else 2

    def _words(self, block: Block, name: str) -> str:
        return self.typesetter.words(block.fields.get(name, ""), block.line)

    def _anchor(self, title: str) -> str:
        spaced = plain(title).casefold().replace("’", " ")
        ascii_title = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode()
        anchor = base = "-".join(re.findall(r"[a-z0-9]+", ascii_title))[:40].rstrip("-") or "partie"
        count = 1
        while anchor in self._anchors:
            count += 1
            anchor = f"{base}-{count}"
        self._anchors.add(anchor)
        return anchor

    def _passage(self, block: Block, level: int) -> Passage | None:
        if not block.text.strip():
            return None
        first_line = block.line if block.kind is BlockKind.TEXT else block.line + 1
        heading = 0 if block.kind is BlockKind.TEXT else (level or 2 + self._in_section) + bool(level)
        return self.typesetter.passage(block.text, first_line, heading, keep_lines=block.kind in _KEEP_LINES)

    def _picture(self, block: Block) -> Picture | None:
        name = block.fields.get("image")
        if not name:
            return None
        alt = block.fields.get("alt")
        words = None if alt is None else plain(self.typesetter.words(alt, block.line))
        image = self.typesetter.image(name, words, block.line)
        if image is None or words is None:
            return None
        widest = 600 if block.kind is BlockKind.HEADER else COLUMN
        width = min(image.width, widest)
        return Picture(self.typesetter.image_url(image), words, width, round(image.height * width / image.width))

    def _meeting(self, block: Block, title: str, anchor: str) -> Meeting | None:
        issue, letterhead = self.edition.issue, self.edition.letterhead
        try:
            event = read_event({**block.fields, "title": plain(title)}, ZoneInfo(letterhead.zone))
        except Refused as refused:
            self._note(block, refused.sentence, refused.values)
            return None
        link = self._link(title, event.url, block.line) if event.url else None
        entry = calendar_entry(event, issue, letterhead, anchor)
        self.calendars.append(entry)
        when = in_words(event, issue.campaign.language)
        return Meeting(when, self._words(block, "place"), link, f"{letterhead.public_url}/media/{entry.file_name}")

    def _relayed(self, block: Block) -> Link | None:
        latest = self.relayed.get(block.fields.get("campaign", ""))
        if latest is None:
            return None
        title = self.typesetter.words(latest.subject or latest.title, block.line)
        return self._link(title, latest.url, block.line)

    def _link(self, words: str, written: str, line: int) -> Link | None:
        target = self.typesetter.target(written, line)
        return Link(words, self.edition.counted(target), target) if target else None

    def _note(self, block: Block, sentence: str, values: Mapping[str, object]) -> None:
        self.typesetter.problems.append(Problem(self.edition.issue.path, block.line, sentence, dict(values)))


# A greeting and a signature are written line by line.
_KEEP_LINES = (BlockKind.GREETING, BlockKind.SIGNATURE)
