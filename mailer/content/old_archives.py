"""Issues of before this program, from HTML files as other programs exported them: found, dated, made harmless.

Their words, links and the images beside them stay; their dress, scripts, forms and whatever asks another server go.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from lxml import html as lxml_html
from lxml.etree import LxmlError, ParserError

from mailer.content.old_dates import find_day
from mailer.content.old_markup import Tidied, tidy
from mailer.domain.letters import Image
from mailer.domain.search import fold
from mailer.errors import NotFound, Problem
from mailer.language import N_

LARGEST = 5_000_000
LEAST_WORDS = 3
SUFFIXES = (".html", ".htm")
MERGE_TAG = re.compile(r"\*\|[^|]{0,80}\|\*|\{\{[^}]{0,80}\}\}|\[\[[^\]]{0,80}\]\]")
CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")

NO_FOLDER = N_("There is no folder {folder}.")
NO_FILES = N_("There is no HTML file in {folder}.")
UNREADABLE = N_("this file cannot be read: {reason}.")
TOO_LARGE = N_("this file is larger than {most} MB: save the page without its images inside.")
NOT_HTML = N_("this is not an HTML page: export the letter again as HTML.")
NO_WORDS = N_("there is hardly a word in this page: was the letter one large image?")
NO_DATE = N_(
    "nothing says when this issue came out: put the day before its file's name, like 2021-03-15-{name}, and try again."
)
SAME_NAME = N_('another file gives the same address "{slug}": rename one of them.')


@dataclass(frozen=True)
class OldPage:
    """An old issue as its file says it."""

    file: str
    slug: str
    subject: str
    day: date
    body: str
    """HTML that holds nothing but words, links and our own images."""
    summary: str
    images: tuple[Image, ...]
    dropped: tuple[str, ...]
    """Images that are not beside the file, and could not be brought in."""
    digest: str


@dataclass(frozen=True)
class OldArchive:
    """A folder of old issues, oldest first, and what is wrong with the files that are left out."""

    pages: tuple[OldPage, ...]
    problems: tuple[Problem, ...] = field(default=())


def read_old_archive(folder: Path) -> OldArchive:
    """Every HTML file of a folder and of those in it. Raises NotFound."""
    if not folder.is_dir():
        raise NotFound(NO_FOLDER, folder=folder)
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not files:
        raise NotFound(NO_FILES, folder=folder)
    read = [read_old_page(file, folder) for file in files]
    pages, problems = _once([one for one in read if isinstance(one, OldPage)])
    problems += [one for one in read if isinstance(one, Problem)]
    ordered = sorted(pages, key=lambda page: (page.day, page.slug))
    return OldArchive(tuple(ordered), tuple(sorted(problems, key=lambda problem: problem.path)))


def read_old_page(file: Path, folder: Path) -> OldPage | Problem:
    """One file; what is wrong with it where it cannot be an issue. Images are looked for within `folder`."""
    name = file.relative_to(folder).as_posix()
    try:
        raw = file.read_bytes() if file.stat().st_size <= LARGEST else b""
    except OSError as error:
        return Problem(name, None, UNREADABLE, {"reason": error.strerror or str(error)})
    if not raw:
        return Problem(name, None, TOO_LARGE if file.stat().st_size else NOT_HTML, {"most": LARGEST // 1_000_000})
    text = decode(raw)
    root = _parse(text) if text is not None else None
    if root is None:
        return Problem(name, None, NOT_HTML)
    subject = _subject(root, file.stem)
    day = find_day(root, file.stem, subject)
    tidied = tidy(root, file.parent, folder)
    if len(tidied.words.split()) < LEAST_WORDS:
        return Problem(name, None, NO_WORDS)
    if day is None:
        return Problem(name, None, NO_DATE, {"name": file.name})
    return _page(name, file.stem, subject, day, tidied)


def decode(raw: bytes) -> str | None:
    """The text, whatever the file says of its encoding: what is valid UTF-8 is UTF-8. None where it is no text."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(raw, "utf-16")
    if (text := _decoded(raw, "utf-8-sig")) is not None:
        return text
    declared = CHARSET.search(raw[:4096])
    named = declared[1].decode("ascii", "replace").lower() if declared else ""
    # Browsers read latin-1 as windows-1252, and so did whoever wrote curly quotes into it.
    own = "" if named in ("utf-8", "utf8", "utf-7", "latin-1", "latin1", "iso-8859-1", "us-ascii") else named
    return (_decoded(raw, own) if own else None) or _decoded(raw, "cp1252")


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        text = raw.decode(encoding)
    except (UnicodeError, LookupError, TypeError, ValueError):
        return None
    return None if "\0" in text else text


def _parse(text: str) -> lxml_html.HtmlElement | None:
    # A declaration of encoding would contradict the text, which has none any more.
    text = NOT_IN_XML.sub("", re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    try:
        parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
        root = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (LxmlError, ParserError, ValueError, RecursionError):
        return None
    return root if any(True for one in root.iter() if isinstance(one.tag, str) and one.tag != "html") else None


def _subject(root: lxml_html.HtmlElement, stem: str) -> str:
    """What the page is called: where titles were left to a machine, its first heading or its file's name."""
    said = [
        *root.xpath("//meta[@property='og:title']/@content"),
        *(one.text_content() for one in root.iter("title")),
        *(one.text_content() for one in root.iter("h1", "h2")),
        re.sub(r"[-_]+", " ", stem),
    ]
    cleaned = (" ".join(MERGE_TAG.sub("", one).split()).strip(" |–-") for one in said)
    return next((one[:200] for one in cleaned if len(one) > 1), stem)


def _page(name: str, stem: str, subject: str, day: date, tidied: Tidied) -> OldPage:
    digest = hashlib.sha256(f"{subject}\n{day}\n{tidied.body}".encode()).hexdigest()
    words = tidied.words
    summary = words if len(words) <= 160 else words[:160].rpartition(" ")[0] + " …"
    return OldPage(name, slug_of(stem, day), subject, day, tidied.body, summary, tidied.images, tidied.dropped, digest)


def slug_of(stem: str, day: date) -> str:
    """The address of an old issue: its day, then what its file is called."""
    words = [word for word in fold(stem).split() if word.isascii()]
    digits = (f"{day.year:04}", f"{day.month:02}", f"{day.day:02}", f"{day:%Y%m%d}", f"{day:%Y%m}")
    rest = "-".join(word for word in words if word not in digits)
    return f"{day.isoformat()}-{rest}"[:64].rstrip("-")


def _once(pages: Sequence[OldPage]) -> tuple[list[OldPage], list[Problem]]:
    """Pages by their slug; a second file that would stand at the same address is left out."""
    by_slug: dict[str, OldPage] = {}
    problems = []
    for page in pages:
        if page.slug in by_slug:
            problems.append(Problem(page.file, None, SAME_NAME, {"slug": page.slug}))
        else:
            by_slug[page.slug] = page
    return list(by_slug.values()), problems
