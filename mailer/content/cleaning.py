"""What a word processor or a pad puts on the clipboard, as the Markdown that a letter can hold. Writes no HTML.

Sources: Word and LibreOffice mark bold with styles as often as with elements; Word's lists are paragraphs (mso-list).
"""

import re
from html.parser import HTMLParser

import nh3

TAGS = {
    *("p", "div", "br", "b", "strong", "i", "em", "span", "a", "ul", "ol", "li", "blockquote"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "tr", "td", "th", "pre", "code"),
}
ATTRIBUTES = {"a": {"href"}, "span": {"style"}, "b": {"style"}, "p": {"style"}, "li": {"style"}}
SCHEMES = {"http", "https", "mailto", "tel"}
LARGEST_PASTE = 500_000
"""Characters: a whole report; what is longer is cut there."""
BOLD = re.compile(r"font-weight:\s*(?:bold|[6-9]00)", re.IGNORECASE)
ITALIC = re.compile(r"font-style:\s*italic", re.IGNORECASE)
PLAIN = re.compile(r"font-weight:\s*(?:normal|400)", re.IGNORECASE)
WORD_LIST = re.compile(r"mso-list:\s*l\d", re.IGNORECASE)
WORD_BULLET = re.compile(r"mso-list:\s*ignore", re.IGNORECASE)
BLOCKS = {"p", "div", "ul", "ol", "li", "blockquote", "table", "tr", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*"}


def clean(html: str) -> str:
    """The words with their bold, italics, links, lists, headings and quotations; nothing else comes along."""
    kept = nh3.clean(
        html[:LARGEST_PASTE], tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None, strip_comments=True
    )
    reader = _Reader()
    reader.feed(kept)
    reader.close()
    return reader.markdown()


class _Reader(HTMLParser):
    """Collects paragraphs, each with the marks before its first line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._done: list[tuple[str, str]] = []
        self._line = ""
        self._start = ""
        self._lists: list[str] = []
        self._counts: list[int] = []
        self._quotes = 0
        self._open: list[tuple[str, str]] = []
        self._skipped = 0

    def markdown(self) -> str:
        """Paragraphs apart by a blank line, items of one list without."""
        self._end_block()
        text, before = "", ""
        for start, words in self._done:
            tight = bool(start.strip(" >")) and bool(before.strip(" >")) and "#" not in start + before
            text += ("\n" if tight else "\n\n") + start + words if text else start + words
            before = start
        return text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        style = dict(attrs).get("style") or ""
        if tag in BLOCKS:
            self._end_block()
            self._begin_block(tag, style)
        elif tag == "br":
            self._line = self._line.rstrip() + "\n"
        elif tag in ("td", "th") and self._line.strip():
            self._line += " – "
        self._open.append((tag, self._closing(tag, style, dict(attrs).get("href") or "")))
        if tag == "br":
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not any(name == tag for name, _ in self._open):
            return
        while self._open:
            name, closing = self._open.pop()
            self._close(closing)
            if name == tag:
                break
        if tag in BLOCKS:
            self._end_block()
            self._leave(tag)

    def handle_data(self, data: str) -> None:
        if self._skipped:
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        mark = next((closing for _, closing in reversed(self._open) if closing.startswith("*")), "")
        if mark and words.startswith(" ") and self._line.endswith(mark):
            # « ** bold** » is no bold: the space goes before its mark.
            self._line = f"{self._line[: -len(mark)].rstrip(' ')} {mark}".lstrip(" ")
            words = words.lstrip(" ")
        self._line += _escaped(words if self._line.strip() else words.lstrip(" "))

    def _begin_block(self, tag: str, style: str) -> None:
        if tag in ("ul", "ol"):
            self._lists.append(tag)
            self._counts.append(0)
        elif tag == "blockquote":
            self._quotes += 1
        elif tag in HEADINGS:
            self._start = "### "
        elif tag == "li":
            self._start = self._item()
        elif WORD_LIST.search(style):
            self._start = "- "

    def _item(self) -> str:
        if not self._lists:
            return "- "
        self._counts[-1] += 1
        mark = f"{self._counts[-1]}. " if self._lists[-1] == "ol" else "- "
        return "   " * (len(self._lists) - 1) + mark

    def _leave(self, tag: str) -> None:
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._counts.pop()
        elif tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)

    def _closing(self, tag: str, style: str, href: str) -> str:
        """Opens a mark, and says what closes it."""
        if WORD_BULLET.search(style):
            self._skipped += 1
            return "skip"
        mark = "" if self._start == "### " else _mark(tag, style)
        if tag == "a" and href:
            self._line += "["
            return f"]({href.replace(' ', '%20').replace('(', '%28').replace(')', '%29')})"
        self._line += mark
        return mark

    def _close(self, closing: str) -> None:
        if closing == "skip":
            self._skipped -= 1
            return
        bare, opened = self._line.rstrip(" "), closing if closing.startswith("*") else "["
        if closing and bare.endswith(opened):
            # Nothing stands between: the mark is taken back.
            self._line = bare[: -len(opened)]
        elif closing:
            self._line = bare + closing + " " * (len(self._line) - len(bare))

    def _end_block(self) -> None:
        words = self._line.strip(" \n")
        for _, closing in reversed(self._open):
            if closing.startswith("*") and words and words.count(closing) % 2:
                words += closing
        if words:
            quote = "> " * self._quotes
            self._done.append((quote + self._start, words.replace("\n", "  \n" + quote)))
        if words or self._line:
            self._start = "" if words else self._start
        self._line = ""


def _mark(tag: str, style: str) -> str:
    if PLAIN.search(style):
        return ""
    if tag in MARKS:
        return MARKS[tag]
    return ("**" if BOLD.search(style) else "") + ("*" if ITALIC.search(style) else "")


def _escaped(words: str) -> str:
    escaped = re.sub(r"([\\`*_\[\]<])", r"\\\1", words)
    return re.sub(r"^(\s*)([#>+-]|\d+\.)(?=\s)", r"\1\\\2", escaped) if words[:1] in "#>+-0123456789" else escaped
