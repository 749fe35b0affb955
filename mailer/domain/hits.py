"""Who fetched a pixel or a link: a person, a proxy, or a machine. Decides in memory; only the class is kept."""

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from mailer.domain.agents import AgentKind, AgentList

PIXEL = 0
"""The link number that stands for the pixel."""

REFUSED = -1
"""The link number of the mark that a letter's reader does not want it counted."""


class HitClass(IntEnum):
    """From the least to the most that a hit says about a reader; a letter keeps its highest."""

    NOTHING = 0
    """Of the mark alone."""
    SCANNER = 1
    MACHINE = 2
    UNKNOWN = 3
    PROXY = 4
    HUMAN = 5


READ_CLASSES = (HitClass.PROXY, HitClass.HUMAN)

LOOKED_AT = frozenset({"user-agent", "sec-purpose", "purpose", "x-moz", "sec-gpc", "dnt"})
"""The headers that the rules read; no other one needs to be given."""


class Fetch(NamedTuple):
    """One request for a pixel or a link, as much of it as the rules need; thrown away once judged."""

    method: str
    headers: Mapping[str, str]
    """Lower-case names."""
    link: int
    minutes_after_leaving: int


def judge(fetch: Fetch, agents: AgentList) -> HitClass | None:
    """The class of a hit by itself; None where it must not be counted at all (HEAD, prefetch, refusal).

    The first rule that fits decides. What several hits together say is told by `bursts`.
    """
    if fetch.method != "GET" or _not_to_be_counted(fetch.headers):
        return None
    match agents.kind(fetch.headers.get("user-agent", "")):
        case AgentKind.MACHINE:
            return HitClass.MACHINE
        case AgentKind.PROXY:
            # A proxy that fetches within the minute of delivery may be caching ahead of any reader.
            return HitClass.PROXY if fetch.minutes_after_leaving >= 1 else HitClass.UNKNOWN
        case AgentKind.PERSON:
            return HitClass.HUMAN if fetch.minutes_after_leaving >= 1 else HitClass.SCANNER


def _not_to_be_counted(headers: Mapping[str, str]) -> bool:
    if len(headers) == ("user-agent" in headers):
        return False
    purpose = headers.get("sec-purpose", "") + headers.get("purpose", "") + headers.get("x-moz", "")
    return "prefetch" in purpose or headers.get("sec-gpc") == "1" or headers.get("dnt") == "1"
