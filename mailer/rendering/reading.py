"""A finished letter taken apart again, as a reader's mail program would. Judges nothing, changes nothing."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from lxml import html as lxml_html

from mailer.domain.built_letters import BuiltLetter, Heading, HtmlPart, Link, Picture
from mailer.rendering.contrasts import contrasts, is_hidden

Element = Any


def read_letter(content: bytes, target_of: Callable[[str], str]) -> BuiltLetter:
    """The letter's parts; `target_of`: where a link of ours leads in the end."""
    message = message_from_bytes(content, policy=policy.default)
    head = content.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    headers = (line.partition(":") for line in re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n"))
    return BuiltLetter(
        headers=tuple((name.casefold(), value.strip()) for name, _, value in headers),
        longest_line=max(map(len, content.split(b"\r\n"))),
        html=_read_html(_part(message, "html"), target_of),
        text=_part(message, "plain"),
    )


def _read_html(html: str, target_of: Callable[[str], str]) -> HtmlPart:
    tree = _tree(html)
    css = "\n".join(str(style.text or "") for style in tree.iter("style"))
    loads = [*_foreign(tree), *_LOADS.findall(css), *_LOADS.findall(" ".join(tree.xpath("//@style")))]
    body = tree.body
    # The preheader is what is seen beside the subject and nowhere else.
    hidden = [element for element in body.iter() if isinstance(element.tag, str) and is_hidden(element)]
    preheader = _words(hidden[0]).rstrip(_PADDING) if hidden else ""
    pairs = contrasts(body, css)
    for element in hidden:
        element.drop_tree()
    return HtmlPart(
        size=len(html.encode()),
        has_doctype=html[2:9].casefold() == "doctype",
        language=str(tree.get("lang", "")),
        preheader=preheader,
        words=tuple(re.findall(r"\w+", _words(body))),
        links=tuple(Link(_words(one), target_of(str(one.get("href", "")))) for one in body.iter("a")),
        pictures=tuple(Picture(str(one.get("src", "")), one.get("alt"), one.get("width")) for one in body.iter("img")),
        headings=tuple(Heading(int(one.tag[1]), _words(one)) for one in body.iter("h1", "h2", "h3", "h4", "h5", "h6")),
        loads=tuple(loads),
        bare_tables=sum(one.get("role") != "presentation" for one in body.iter("table")),
        contrasts=tuple(pairs),
    )


def _tree(html: str) -> Element:
    # A letter of text alone has no words to the eye of who reads HTML.
    return (
        lxml_html.document_fromstring(html) if html.strip() else lxml_html.document_fromstring(" \N{ZERO WIDTH SPACE}")
    )


def _foreign(tree: Element) -> list[str]:
    """Elements that fetch something, or would run it."""
    found = [str(one.tag) for one in tree.iter("script", "link", "iframe", "object", "embed", "form", "video")]
    return found + [str(source) for source in tree.xpath("//@background | //@srcset")]


def _words(element: Element) -> str:
    # Cells and lines are apart for the eye, and would grow together in text_content.
    return " ".join(" ".join(element.itertext()).split())


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()) if body is not None else ""


_LOADS = re.compile(r"@import[^;]*|url\([^)]*\)?|expression\(", re.IGNORECASE)
_PADDING = " \N{COMBINING GRAPHEME JOINER}\N{ZERO WIDTH NON-JOINER}\N{NO-BREAK SPACE}"
