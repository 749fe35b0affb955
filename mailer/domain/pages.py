"""A web page read: its words, and where its head and its body end. Knows what mail layouts are made of."""

from html.parser import HTMLParser
from typing import NamedTuple

SILENT = {"script", "style", "head", "template", "noscript"}
"""Elements whose content nobody reads."""
WITHIN_A_LINE = {"a", "abbr", "b", "cite", "code", "del", "em", "i", "ins", "mark", "q", "small", "span", "strong",
                 "sub", "sup", "time", "u"}  # fmt: skip
LAST_PART = "foot"
"""The class of a letter's locked foot: the same in each issue, so nothing to look for."""


class Seams(NamedTuple):
    """Where something can be put into a page: offsets of its head's end, its body's beginning and end."""

    head_end: int
    body_start: int
    body_end: int


def words_in(page: str) -> str:
    """What a page says, without its foot, one space between words."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return " ".join("".join(reader.said).replace("\0", " ").split())


def seams(page: str) -> Seams | None:
    """Where the page may be opened; None where it is not one whole page."""
    finder = _Finder(page)
    finder.feed(page)
    finder.close()
    found = (finder.head_end, finder.body_start, finder.body_end)
    return Seams(*found) if -1 < found[0] < found[1] <= found[2] else None


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent = 0
        self._ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        self._ended = self._ended or LAST_PART in classes
        self._silent += tag in SILENT
        if tag not in WITHIN_A_LINE:
            self.said.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(0, self._silent - 1)
        if tag not in WITHIN_A_LINE:
            self.said.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent and not self._ended:
            self.said.append(data)


class _Finder(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.head_end = self.body_start = self.body_end = -1
        self._lines = [0]
        for line in page.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - html.parser's own
        if tag == "body" and self.body_start < 0:
            self.body_start = self._here() + len(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "head" and self.head_end < 0:
            self.head_end = self._here()
        if tag == "body":
            self.body_end = self._here()

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column
