"""Who may be measured: one decision, for whoever fills a letter and for whoever counts a hit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailer.domain.rates import MeasureMode
from mailer.language import N_


class Choice(StrEnum):
    """A reader's word about being measured, on one list."""

    UNKNOWN = "unknown"
    """Never asked, or never answered: silence is no yes."""
    GRANTED = "granted"
    DENIED = "denied"


class Way(StrEnum):
    """By what means the word was given."""

    SUBSCRIBE_FORM = "subscribe form"
    LETTER_LINK = "link in a letter"
    BY_HAND = "by hand"
    JOURNAL = "journal of oppositions"
    """Said after the backup that was restored; its wording is lost with what was there."""


WORDING = N_(
    "I agree that you count whether I open these letters and follow their links. The association then knows it of me "
    "by name; it serves only to know whether the letters are read. I can take this back at any time, in each letter."
)
WORDING_VERSION = "2026-11"
"""Changes with the wording; the words as shown are kept with each answer."""


@dataclass(frozen=True)
class Proof:
    """What shows that a reader gave their word: kept by the server, never sent by the browser."""

    wording: str
    version: str
    way: Way
    at: datetime


_MAY: Mapping[MeasureMode, frozenset[Choice]] = {
    MeasureMode.ANONYMOUS: frozenset({Choice.UNKNOWN, Choice.GRANTED}),
    MeasureMode.CONSENT: frozenset({Choice.GRANTED}),
    MeasureMode.OFF: frozenset(),
}


def choice_of(allowed: bool | None) -> Choice:
    """The word as it is stored: yes, no, or none."""
    return Choice.UNKNOWN if allowed is None else Choice.GRANTED if allowed else Choice.DENIED


def may_measure(mode: MeasureMode, choice: Choice) -> bool:
    """Whether a letter to this reader may carry a pixel and counted links, and whether its hits may be kept."""
    return choice in _MAY[mode]
