"""Looks into a block's Markdown for what must be checked before it is rendered: images, links, readers' fields."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailer.content.files import close_to
from mailer.errors import Problem
from mailer.language import N_

READER_FIELDS = ("name",)
LINK_TARGETS = ("leave", "preferences", "online", "archive", "subscribe", "join", "remove")

# Bounded repeats: a text made of brackets only must not take minutes.
WORDS = r"\[(?P<words>(?:[^\[\]]|\[[^\[\]]{0,300}\]){0,500})\]"
TARGET = r"\(\s*(?P<target><[^<>\n]*>|\{\{[^{}\n]*\}\}|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+\"[^\"]*\")?\s*\)"
IMAGE = re.compile("!" + WORDS + TARGET)
LINK = re.compile("(?<!!)" + WORDS + TARGET)
REFERENCE_IMAGE = re.compile("!" + WORDS + r"(?!\()")
REFERENCE = re.compile(r"^ {0,3}\[(?P<words>[^\]\n]+)\]:\s*(?P<target>\S+)", re.MULTILINE)
AUTOLINK = re.compile(r"<(?P<target>[a-z][a-z0-9+.-]*:[^\s<>]*)>", re.IGNORECASE)
HOLE = re.compile(r"\{\{(?P<inside>[^{}\n]*)\}\}")
LINK_HOLE = re.compile(r"\]\(\s*<?$")

UNKNOWN_HOLE = N_('nothing is called "{hole}". Between {{{{ and }}}} can stand: {known}.')
UNKNOWN_HOLE_CLOSE = N_('nothing is called "{hole}". Did you mean "{close}"?')
ONLY_IN_TEXT = N_("{{{{{hole}}}}} is for words, not for the target of a link: a link is the same for all readers.")
ONLY_AS_TARGET = N_("{{{{{hole}}}}} is the whole target of a link: write [words]({{{{{hole}}}}}).")
NOT_CLOSED = N_('"{{{{" is opened here and not closed by "}}}}" on the same line.')


@dataclass(frozen=True)
class Mention:
    """A link or an image in Markdown: its words (an image's alt), its target, the line it starts on."""

    words: str
    target: str
    line: int
    bare: bool = False
    """Written as `<target>`: its target is what is read."""


def images(text: str, first_line: int) -> list[Mention]:
    """Images written `![words](file)`."""
    return list(_mentions(IMAGE, text, first_line))


def reference_images(text: str, first_line: int) -> list[Mention]:
    """Images written in another way than `![words](file)`; they have no target here."""
    return [
        Mention(one["words"].strip(), "", first_line + text.count("\n", 0, one.start()))
        for one in REFERENCE_IMAGE.finditer(text)
    ]


def links(text: str, first_line: int) -> list[Mention]:
    """Links, in the order of their lines: inline ones, `[words]: target` and `<target>` (whose words are empty)."""
    found = [*_mentions(LINK, text, first_line), *_mentions(REFERENCE, text, first_line)]
    found += [
        Mention("", one["target"], first_line + text.count("\n", 0, one.start()), bare=True)
        for one in AUTOLINK.finditer(text)
    ]
    return sorted(found, key=lambda mention: mention.line)


def without_targets(text: str) -> str:
    """The words alone, line for line: what links lead to is not something to be read."""
    without = AUTOLINK.sub("", REFERENCE.sub(_line_ends, text))
    return re.sub(r"\]" + TARGET, lambda found: "]" + _line_ends(found), without)


def plain_words(text: str) -> str:
    """What one reads of it, line for line, without marks: for a list of a letter's parts, never for the letter."""
    read = re.sub(r"\]" + TARGET, lambda found: "]" + _line_ends(found), IMAGE.sub("", text))
    read = HOLE.sub(lambda hole: hole["inside"].partition("|")[2].strip(), read)
    read = re.sub(r"(?m)^[ \t|:-]+\n?$|^[ \t]*(?:#{1,6}|>|\|)[ \t]*|[ \t]*\|[ \t]*$", "", read)
    read = re.sub(r"[ \t]*\|[ \t]*", " – ", re.sub(r"\*\*|__|[\[\]`]|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)", "", read))
    return re.sub(r"\n{3,}", "\n\n", read).strip()


def fill_in(text: str, first_line: int, path: str) -> tuple[str, list[Problem]]:
    """The text with its `{{ … }}` written without spaces, and those that mean nothing or stand in the wrong place."""
    problems: list[Problem] = []

    def tidy(hole: re.Match[str]) -> str:
        name, bar, default = (part.strip() for part in hole["inside"].partition("|"))
        line = first_line + text.count("\n", 0, hole.start())
        problems.extend(_check_hole(hole, name, bool(bar), line, path))
        return "{{" + name + bar + default + "}}"

    tidied = HOLE.sub(tidy, text)
    for number, line in enumerate(text.split("\n"), first_line):
        if "{{" in HOLE.sub("", line):
            problems.append(Problem(path, number, NOT_CLOSED))
    return tidied, problems


def _mentions(pattern: re.Pattern[str], text: str, first_line: int) -> Iterator[Mention]:
    for one in pattern.finditer(text):
        line = first_line + text.count("\n", 0, one.start())
        yield Mention(" ".join(one["words"].split()), one["target"].strip("<>"), line)


def _line_ends(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def _check_hole(hole: re.Match[str], name: str, with_default: bool, line: int, path: str) -> list[Problem]:
    before, after = hole.string[: hole.start()], hole.string[hole.end() :]
    is_target = bool(LINK_HOLE.search(before[-40:]))
    whole = is_target and re.match(r'>?\s*(?:"[^"\n]*"\s*)?\)', after) is not None
    if name in READER_FIELDS:
        return [Problem(path, line, ONLY_IN_TEXT, {"hole": name})] if is_target else []
    if name in LINK_TARGETS:
        return [] if whole and not with_default else [Problem(path, line, ONLY_AS_TARGET, {"hole": name})]
    known = READER_FIELDS + LINK_TARGETS
    if close := close_to(name.lower(), known):
        return [Problem(path, line, UNKNOWN_HOLE_CLOSE, {"hole": name, "close": close})]
    return [Problem(path, line, UNKNOWN_HOLE, {"hole": name, "known": ", ".join(known)})]
