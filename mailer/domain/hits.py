"""Who fetched a pixel or a link: a person, a proxy, or a machine. Decides in memory; only the class is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

PIXEL = 0
"""The link number that stands for the pixel."""


class HitClass(IntEnum):
    """From the least to the most that a hit says about a reader; a letter keeps its highest."""

    SCANNER = 1
    MACHINE = 2
    UNKNOWN = 3
    PROXY = 4
    HUMAN = 5


READ_CLASSES = (HitClass.PROXY, HitClass.HUMAN)


@dataclass(frozen=True)
class Fetch:
    """One request for a pixel or a link, as much of it as the rules need; thrown away once judged."""

    method: str
    headers: Mapping[str, str]
    """Lower-case names."""
    link: int
    minutes_after_leaving: int


def judge(fetch: Fetch) -> HitClass | None:
    """The class of a hit; None where it must not be counted at all (HEAD, prefetch, refusal to be measured)."""
    if fetch.method != "GET" or _not_to_be_counted(fetch.headers):
        return None
    agent = fetch.headers.get("user-agent", "").strip()
    folded = agent.casefold()
    if agent == APPLE_PRIVACY_PROXY or not agent:
        return HitClass.MACHINE
    if any(proxy in folded for proxy in MAIL_PROXIES):
        # A proxy that fetches within the minute of delivery may be caching ahead of any reader.
        return HitClass.PROXY if fetch.minutes_after_leaving >= 1 else HitClass.UNKNOWN
    if any(robot in folded.replace(CUBOT, "") for robot in ROBOTS):
        return HitClass.MACHINE
    return HitClass.HUMAN if fetch.minutes_after_leaving >= 1 else HitClass.SCANNER


APPLE_PRIVACY_PROXY = "Mozilla/5.0"
"""Apple Mail Privacy Protection sends exactly this, whether or not the letter is read."""

MAIL_PROXIES = ("googleimageproxy", "yahoomailproxy")
ROBOTS = (
    "bot", "crawler", "spider", "curl", "wget", "python", "barracuda", "proofpoint", "mimecast", "headless", "libwww",
    "okhttp",
)  # fmt: skip
CUBOT = "cubot"
"""A make of telephones, whose owners are not robots."""


def _not_to_be_counted(headers: Mapping[str, str]) -> bool:
    purpose = headers.get("sec-purpose", "") + headers.get("purpose", "") + headers.get("x-moz", "")
    return "prefetch" in purpose or headers.get("sec-gpc") == "1" or headers.get("dnt") == "1"
