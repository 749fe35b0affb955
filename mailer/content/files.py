"""Text files of a site: found, decoded, named. Says what is wrong with a file before anything is read in it."""

import hashlib
import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from mailer.errors import Problem
from mailer.language import N_

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
"""Names that go into addresses for years: lower-case letters, digits and hyphens, at most 64."""

LARGEST_TEXT = 1_000_000
"""Bytes: twenty times the longest letter."""

UNREADABLE = N_("this file cannot be read: {reason}.")
EMPTY = N_("this file is empty.")
TOO_LARGE = N_("this file is {size} bytes long; a text for a letter never is longer than {most}.")
NOT_UTF8 = N_(
    "this file is not in UTF-8 (it seems to come from an old Windows program): save it again with the encoding UTF-8."
)
NOT_TEXT = N_("this is not a text file: save it again as plain text with the encoding UTF-8.")
BAD_SLUG = N_(
    '"{name}" cannot be a name here: only lower-case letters without accents, digits and hyphens are allowed.'
)


def read_text(site: Path, path: str) -> tuple[str, list[Problem]]:
    """The text of a file, with line ends `\\n` and no byte order mark; empty, with the problem, if unreadable."""
    try:
        raw = (site / path).read_bytes()
    except OSError as error:
        return "", [Problem(path, None, UNREADABLE, {"reason": error.strerror or str(error)})]
    if len(raw) > LARGEST_TEXT:
        return "", [Problem(path, None, TOO_LARGE, {"size": len(raw), "most": LARGEST_TEXT})]
    return _decode(raw, path)


def fingerprint(site: Path, path: str) -> str:
    """The sha256 of a file's bytes, in hexadecimal; empty where it cannot be read."""
    try:
        return hashlib.sha256((site / path).read_bytes()).hexdigest()
    except OSError:
        return ""


def check_slug(name: str, path: str) -> list[Problem]:
    """The problem with a file's or folder's name, if there is one."""
    return [] if SLUG.fullmatch(name) else [Problem(path, None, BAD_SLUG, {"name": name})]


def close_to(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    close = get_close_matches(word, list(known), 1)
    return close[0] if close else None


def _decode(raw: bytes, path: str) -> tuple[str, list[Problem]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw:
            return "", [Problem(path, None, NOT_TEXT)]
        return "", [Problem(path, raw.count(b"\n", 0, error.start) + 1, NOT_UTF8)]
    if "\0" in text:
        return "", [Problem(path, None, NOT_TEXT)]
    if not text.strip():
        return "", [Problem(path, None, EMPTY)]
    return text.replace("\r\n", "\n").replace("\r", "\n"), []
