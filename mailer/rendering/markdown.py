"""Markdown to the HTML of a letter, and to a tree for its text part. Raw HTML stays text; a bare domain stays words.

Every mistake is noted with its line in issue.md, and the work goes on, so that all of them are told at once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

from mailer.domain.letters import Image
from mailer.errors import Problem
from mailer.language import N_
from mailer.rendering.editions import NAME_FIELD, Edition, LinkField
from mailer.rendering.links import mistake_in
from mailer.rendering.seals import name_slot
from mailer.rendering.typography import plain, set_text

UNKNOWN_FIELD = N_('"{field}" is not a field. The fields are: {known}.')
UNKNOWN_FIELD_CLOSE = N_('"{field}" is not a field. Did you mean "{close}"?')
FIELD_AS_WORDS = N_('"{field}" is a link: write [words]({{{{{field}}}}}).')
FIELD_AS_LINK = N_("a reader's name cannot be a link's target.")
FIELD_OPEN = N_("this {{{{ is not closed by }}}}.")
NOT_ARCHIVED = N_('this letter is not in the public archive: "{field}" leads nowhere. Take the link out.')
NO_IMAGE = N_('there is no image "{name}" in this issue\'s folder.')
NO_IMAGE_CLOSE = N_('there is no image "{name}" in this issue\'s folder. Did you mean "{close}"?')
NO_ALT = N_('the image "{name}" has no words for those who do not see it: write ![what it shows]({name}).')

COLUMN = 528
"""Pixels that text and images may take on a wide screen."""


class _Markdown(MarkdownIt):
    """Makes every target a link, which we then judge ourselves: a bad one is told and not shown as text."""

    def validateLink(self, url: str) -> bool:  # noqa: ARG002  # markdown-it gives it by this name
        return True


@dataclass(frozen=True)
class Passage:
    """A piece of Markdown, set."""

    html: Markup
    tree: SyntaxTreeNode


@dataclass
class Typesetter:
    """Sets the Markdown of one issue for one edition, and remembers the mistakes and the images that it met."""

    edition: Edition
    problems: list[Problem] = field(default_factory=list)
    shown: dict[str, Image] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._markdown = _Markdown("commonmark", {"html": False}).enable("table")

    def passage(self, text: str, line: int, heading: int = 0, *, keep_lines: bool = False) -> Passage:
        """Markdown that begins on a line of issue.md; its highest headings come out at level `heading`, if given."""
        tokens = self._markdown.parse(self._fields(text, line))
        written = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
        shift = heading - min(written) if heading and written else 0
        for token in tokens:
            self._set_block(token, line, shift)
            if keep_lines:
                _keep_lines(token.children or [])
        html = self._markdown.renderer.render(tokens, self._markdown.options, {})
        return Passage(Markup(html), SyntaxTreeNode(tokens))  # noqa: S704  # markdown-it escaped it, html is off

    def words(self, text: str, line: int) -> str:
        """A title or another field of one line: no Markdown, no reader's value."""
        if "{{" in text:
            self._note(line, UNKNOWN_FIELD, field=text, known="–")
            return ""
        return set_text(text, self._language)

    def target(self, href: str, line: int) -> str | None:
        """Where a link of the content leads in this edition; None where it cannot lead anywhere."""
        if fields := self.edition.seal.find(href):
            return self._field_target(fields, line)
        if mistake := mistake_in(href):
            self._note(line, mistake, target=href)
            return None
        return href

    def image(self, name: str, alt: str | None, line: int) -> Image | None:
        """An image of the issue by its file name. `alt` may be empty for a decoration, not missing."""
        found = self.edition.issue.images.get(name)
        if found is None:
            close = get_close_matches(name, list(self.edition.issue.images), 1)
            self._note(line, NO_IMAGE_CLOSE if close else NO_IMAGE, name=name, close=close[0] if close else "")
        elif alt is None:
            self._note(line, NO_ALT, name=name)
        else:
            self.shown[name] = found
        return found

    def image_url(self, image: Image) -> str:
        """Where an image is served."""
        return f"{self.edition.letterhead.public_url}/media/{image.file_name}"

    @property
    def _language(self) -> str:
        return self.edition.issue.campaign.language

    def _note(self, line: int, sentence: str, **values: object) -> None:
        self.problems.append(Problem(self.edition.issue.path, line, sentence, values))

    def _fields(self, text: str, line: int) -> str:
        lines = [self._fields_of_line(one, line + offset) for offset, one in enumerate(text.split("\n"))]
        return "\n".join(lines)

    def _fields_of_line(self, text: str, line: int) -> str:
        def place(match: re.Match[str]) -> str:
            name, _, default = (part.strip() for part in match[1].partition("|"))
            if name == NAME_FIELD:
                return self.edition.seal.close(name_slot(set_text(default, self._language)))
            return self._link_field(name, line)

        filled = _FIELD.sub(place, text)
        if "{{" in filled:
            self._note(line, FIELD_OPEN)
        return filled

    def _link_field(self, name: str, line: int) -> str:
        known = [NAME_FIELD, *LinkField]
        if name in known:
            return self.edition.seal.close(f"field/{name}")
        close = get_close_matches(name, known, 1)
        sentence = UNKNOWN_FIELD_CLOSE if close else UNKNOWN_FIELD
        self._note(line, sentence, field=name, close=close[0] if close else "", known=", ".join(known))
        return ""

    def _field_target(self, fields: Sequence[str], line: int) -> str | None:
        kind, _, name = fields[0].partition("/")
        if kind != "field":
            self._note(line, FIELD_AS_LINK)
            return None
        link = LinkField(name)
        if self.edition.mailed and not self.edition.archived and link in _PUBLIC_FIELDS:
            self._note(line, NOT_ARCHIVED, field=name)
            return None
        return self.edition.field_url(link)

    def _set_block(self, token: Token, first_line: int, shift: int) -> None:
        line = first_line + (token.map[0] if token.map else 0)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(max(int(token.tag[1]) + shift, 2), 4)}"
        elif token.type == "table_open":
            token.attrs = {
                "class": "agenda",
                "role": "presentation",
                "width": "100%",
                "cellpadding": 0,
                "cellspacing": 0,
            }
        elif token.type == "inline":
            self._set_inline(token.children or [], line)

    def _set_inline(self, children: list[Token], line: int) -> None:
        open_links: list[Token] = []
        for token in children:
            match token.type:
                case "softbreak" | "hardbreak":
                    line += 1
                case "text":
                    self._set_words(token, line)
                case "link_open":
                    self._set_link(token, line)
                    open_links.append(token)
                case "link_close":
                    # A link that leads nowhere in this edition stays as its words.
                    token.hidden = open_links.pop().hidden
                case "image":
                    self._set_image(token, line)

    def _set_words(self, token: Token, line: int) -> None:
        for slot in self.edition.seal.find(token.content):
            if slot.startswith("field/"):
                self._note(line, FIELD_AS_WORDS, field=slot.partition("/")[2])
        token.content = set_text(token.content, self._language)

    def _set_link(self, token: Token, line: int) -> None:
        written = str(token.attrs.get("href", ""))
        target = self.target(written, line)
        token.hidden = target is None
        token.meta["target"] = target
        if target:
            private = self.edition.seal.find(written)
            token.attrs = {"href": target if private else self.edition.counted(target)}

    def _set_image(self, token: Token, line: int) -> None:
        alt = plain(set_text(token.content, self._language))
        image = self.image(str(token.attrs.get("src", "")), alt or None, line)
        token.meta["alt"] = alt
        token.children = []
        if image is None:
            token.attrs = {"src": "", "alt": alt}
            return
        width = min(image.width, COLUMN)
        height = round(image.height * width / image.width)
        token.attrs = {"src": self.image_url(image), "alt": alt, "width": width, "height": height}
        # The renderer writes `alt` from the children.
        token.children = [Token("text", "", 0, content=alt)]


def _keep_lines(children: Sequence[Token]) -> None:
    for token in children:
        token.type = "hardbreak" if token.type == "softbreak" else token.type


_PUBLIC_FIELDS = (LinkField.ONLINE, LinkField.ARCHIVE, LinkField.SUBSCRIBE)
_FIELD = re.compile(r"\{\{(.*?)\}\}")
