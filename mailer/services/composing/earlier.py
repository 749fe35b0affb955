"""Earlier texts of an issue: listed, compared with what it says now, brought back. Nothing is ever deleted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum

from mailer.app import App
from mailer.language import N_
from mailer.services.composing.files import one_writer, path_of, read_file
from mailer.services.composing.saving import Conflict, Saved, save_text
from mailer.store import history
from mailer.store.history import EarlierText

MOST_SHOWN = 100
CHANGED_MEANWHILE = N_("The issue was changed while you looked. Nothing was written over: here it is as it is now.")
AROUND = 2
"""Lines of context on each side of a change."""


class Side(StrEnum):
    """Which of two texts holds a line."""

    BOTH = "both"
    FIRST = "first"
    SECOND = "second"
    SKIPPED = "skipped"
    """Lines that both hold, too far from a change to be shown."""


@dataclass(frozen=True)
class DiffLine:
    """A line of two texts laid over each other."""

    side: Side
    text: str


def earlier_texts(app: App, name: str) -> list[EarlierText]:
    """The texts that an issue had, newest first. Raises NotFound."""
    path_of(name)
    with app.database.reading() as tx:
        return history.texts(tx, name, MOST_SHOWN)


def changes_since(app: App, name: str, text_id: int) -> tuple[str, list[DiffLine]]:
    """The version of the file now, and what it says laid over an earlier text. Raises NotFound."""
    with app.database.reading() as tx:
        before = history.text_of(tx, name, text_id)
    file = read_file(app, name)
    return file.version, differences(before, file.text)


def restore(app: App, name: str, text_id: int, version: str, who: str, now: datetime) -> Saved | Conflict:
    """An earlier text in the place of that version of the file, which is kept. Raises as `save` does."""
    with app.database.reading() as tx:
        text = history.text_of(tx, name, text_id)
    with one_writer(app):
        return save_text(app, read_file(app, name), version, text, who, now)


def differences(first: str, second: str) -> list[DiffLine]:
    """Two texts, line by line, around what is not the same."""
    return list(_lines(first.split("\n"), second.split("\n")))


def _lines(first: Sequence[str], second: Sequence[str]) -> Iterator[DiffLine]:
    shown = 0
    for group in SequenceMatcher(None, first, second, autojunk=False).get_grouped_opcodes(AROUND):
        if group[0][1] > shown:
            yield DiffLine(Side.SKIPPED, "")
        for tag, start, stop, other_start, other_stop in group:
            if tag == "equal":
                yield from (DiffLine(Side.BOTH, line) for line in first[start:stop])
                continue
            yield from (DiffLine(Side.FIRST, line) for line in first[start:stop])
            yield from (DiffLine(Side.SECOND, line) for line in second[other_start:other_stop])
        shown = group[-1][2]
