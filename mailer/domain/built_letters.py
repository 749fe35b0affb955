"""A letter as it leaves, taken apart: what its headers, its HTML and its text hold. Values only."""

from dataclasses import dataclass
from enum import StrEnum


class Light(StrEnum):
    """In which a reader's screen shows the letter."""

    DAY = "day"
    NIGHT = "night"


@dataclass(frozen=True)
class Link:
    """A link of the HTML part, with the target that a reader ends at."""

    words: str
    target: str


@dataclass(frozen=True)
class Picture:
    """An image of the HTML part; None where the element does not say."""

    source: str
    alt: str | None
    width: str | None


@dataclass(frozen=True)
class Heading:
    """A title, from level 1."""

    level: int
    words: str


@dataclass(frozen=True)
class Contrast:
    """Words that stand on a colour."""

    words: str
    ink: str
    paper: str
    light: Light

    @property
    def ratio(self) -> float:
        """From 1 to 21 (WCAG 2.2, contrast ratio)."""
        pale, deep = sorted((_luminance(self.ink), _luminance(self.paper)), reverse=True)
        return (pale + 0.05) / (deep + 0.05)


@dataclass(frozen=True)
class HtmlPart:
    """What a reader's mail program shows, and what it would have to fetch."""

    size: int
    """Bytes."""
    has_doctype: bool
    language: str
    preheader: str
    words: tuple[str, ...]
    links: tuple[Link, ...]
    pictures: tuple[Picture, ...]
    headings: tuple[Heading, ...]
    loads: tuple[str, ...]
    """What would be fetched beside pictures: scripts, style sheets, fonts."""
    bare_tables: int
    """Without role="presentation": screen readers announce their rows and columns."""
    contrasts: tuple[Contrast, ...]
    """One for each pair of colours and light."""


@dataclass(frozen=True)
class BuiltLetter:
    """One reader's letter."""

    headers: tuple[tuple[str, str], ...]
    """Names in small letters; values unfolded, not decoded."""
    longest_line: int
    """Bytes, without its end."""
    html: HtmlPart
    text: str


def _luminance(colour: str) -> float:
    """Of #rrggbb, from 0 to 1 (WCAG 2.2, relative luminance)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
