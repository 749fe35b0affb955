"""The markup of an old issue made harmless: an allow list of elements (nh3), images from beside the file, links that
tell nobody who reads."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import nh3
from lxml import html as lxml_html
from lxml.html import HtmlElement

from mailer.content.images import read_image
from mailer.domain.letters import Image
from mailer.domain.pages import words_in

ELEMENTS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "dl", "dt", "em", "figcaption",
    "figure", "h2", "h3", "h4", "hr", "i", "img", "ins", "li", "ol", "p", "pre", "q", "small", "strong", "sub", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "width", "height"}, "ol": {"start"}, "th": {"scope"}}
NEVER_READ = ("script", "style", "head", "title", "noscript", "template", "iframe", "object", "embed", "form", "svg",
              "math", "select", "textarea", "button", "audio", "video")  # fmt: skip
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|max-height\s*:\s*0", re.IGNORECASE)
MERGE_TAG = re.compile(r"\*\|[^|]{0,80}\|\*")
PERSONAL = re.compile(
    r"unsub|desabonn|désabonn|desinscri|désinscri|opt-?out|/profile\?|forward-to-friend", re.IGNORECASE
)
READER_KEYS = re.compile(
    r"utm_.*|mc_[ce]id|fbclid|gclid|_hs.*|vero_.*|oly_.*|ck_subscriber_id|mtm_.*|pk_.*", re.IGNORECASE
)
READER_KEYS_OF_MAILCHIMP = re.compile(rf"e|{READER_KEYS.pattern}", re.IGNORECASE)
PIXEL = 3
"""An image no larger than this shows nothing: it counted readers."""


@dataclass(frozen=True)
class Tidied:
    """What is left of a page."""

    body: str
    words: str
    images: tuple[Image, ...]
    dropped: tuple[str, ...]


def tidy(root: HtmlElement, beside: Path, within: Path) -> Tidied:
    """The page's words, links and images; `beside` is its folder, and no image outside of `within` is read."""
    for element in list(root.iter(*NEVER_READ)):
        element.drop_tree()
    for element in [one for one in root.iter() if _is_hidden(one)]:
        if element.getparent() is not None:
            element.drop_tree()
    for heading in root.iter("h1"):
        heading.tag = "h2"
    images, dropped = _place_images(root, beside, within)
    for link in list(root.iter("a")):
        _tidy_link(link)
    markup = lxml_html.tostring(root, encoding="unicode")
    body = nh3.clean(
        MERGE_TAG.sub("", markup),
        tags=ELEMENTS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )
    return Tidied(body, words_in(body), tuple(images), tuple(dropped))


def tidy_address(address: str) -> str | None:
    """Where a link leads, without what names its reader; None for a link that acted for one."""
    try:
        parts = urlsplit(address.strip())
        if parts.scheme in ("mailto", "tel"):
            return address.strip()
        asked = parse_qsl(parts.query, keep_blank_values=True)
        names_reader = READER_KEYS_OF_MAILCHIMP if "list-manage" in parts.netloc else READER_KEYS
        query = [pair for pair in asked if not names_reader.fullmatch(pair[0])]
        plain = unquote(address)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc or PERSONAL.search(plain) or "@" in plain:
        return None
    return address.strip() if query == asked else urlunsplit(parts._replace(query=urlencode(query)))


def _is_hidden(element: HtmlElement) -> bool:
    return isinstance(element.tag, str) and (
        element.get("hidden") is not None or bool(HIDDEN.search(element.get("style") or ""))
    )


def _tidy_link(link: HtmlElement) -> None:
    address = tidy_address(link.get("href") or "")
    if address is None:
        # Its words stay where it stood.
        link.drop_tag()
    else:
        link.set("href", address)


def _place_images(root: HtmlElement, beside: Path, within: Path) -> tuple[list[Image], list[str]]:
    images: dict[str, Image] = {}
    dropped: dict[str, None] = {}
    for element in list(root.iter("img", "source", "picture")):
        if element.tag != "img":
            element.drop_tag()
            continue
        source = (element.get("src") or "").strip()
        image = _image(source, beside, within)
        if image is None or min(image.width, image.height) <= PIXEL:
            if image is None and source and not _is_pixel(element):
                dropped[_short(source)] = None
            _leave_words(element)
            continue
        images[image.file_name] = image
        element.set("src", f"/media/{image.file_name}")
        element.set("alt", element.get("alt") or "")
        element.set("width", str(image.width))
        element.set("height", str(image.height))
    return list(images.values()), list(dropped)


def _image(source: str, beside: Path, within: Path) -> Image | None:
    """An image beside the file, under any folder that was exported with it."""
    if not source or not _names_no_server(source) or source.startswith(("/", "\\")):
        return None
    try:
        path = (beside / unquote(source.partition("?")[0].partition("#")[0])).resolve()
        if not path.is_relative_to(within.resolve()) or not path.is_file():
            return None
    except (OSError, ValueError):
        return None
    image, _ = read_image(path.parent, path.name, path.name, 0)
    return image


def _names_no_server(source: str) -> bool:
    try:
        parts = urlsplit(source)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc


def _is_pixel(element: HtmlElement) -> bool:
    sizes = [element.get(name, "").removesuffix("px") for name in ("width", "height")]
    return any(size.isdigit() and int(size) <= PIXEL for size in sizes)


def _leave_words(element: HtmlElement) -> None:
    """In the place of an image, what it was said to show."""
    element.tag, words = "span", (element.get("alt") or "").strip()
    for name in list(element.attrib):
        del element.attrib[name]
    element.text = f"[{words}]" if words else ""


def _short(source: str) -> str:
    return source if len(source) <= 100 else f"{source[:100]}…"
