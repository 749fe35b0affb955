"""Where links lead, judged: as they are written and, where they were followed, by what answered. Asks nobody."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from mailer.domain.findings import Finding, Level
from mailer.language import N_

NOT_SAFE = N_('a link leads to "{target}", which mail programs refuse: use https, mailto or tel.')
BROKEN = N_('the link "{target}" cannot be opened: look for a space, a missing part or a sign too many.')
TWICE = N_('the link "{target}" has its beginning twice: it was pasted onto another.')
SWALLOWED = N_('the link "{target}" ends with the sentence\'s own "{sign}": take that out of the link.')
SECRET = N_("the link to {host} holds a name or password before the @: every reader would have it.")

GONE = N_("the page {target} does not exist (it answers {code}): correct the link.")
NO_SITE = N_("the link {target} leads nowhere: no machine is called {host}. Correct the link.")
FAILING = N_("the page {target} fails at the moment ({reason}): open it yourself before the letter leaves.")
NOT_LOOKED_AT = N_("the page {target} refuses to be looked at by a program ({reason}): open it yourself.")
PRIVATE = N_("the link {target} leads to a machine of a private network: readers cannot open it.")
UNSEEN = N_("no name server could say where the link {target} leads: open it yourself before the letter leaves.")
NO_NETWORK = N_("none of the {count} links was followed: no name server answers this machine.")
MOVED = N_("the page {target} has moved for good to {place}: link there.")


class Answered(StrEnum):
    """What came of following a link."""

    WELL = "well"
    GONE = "gone"
    NO_SITE = "no site"
    FAILING = "failing"
    CLOSED = "closed"
    """It answers people, perhaps, and not programs."""
    MOVED = "moved"
    PRIVATE = "private"
    UNSEEN = "unseen"
    """No name server answered."""


@dataclass(frozen=True)
class Visit:
    """A link that was followed."""

    target: str
    answered: Answered
    reason: str = ""
    """A status, or why there was none; where it moved to."""


def judge_target(target: str) -> Iterator[tuple[Level, str, dict[str, object]]]:
    """What is wrong with a link as it is written."""
    if not target or target.startswith("#"):
        return
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        yield Level.ERROR, BROKEN, {"target": target}
        return
    if parts.scheme not in ("https", "http", "mailto", "tel"):
        yield Level.ERROR, NOT_SAFE, {"target": target[:80]}
    elif parts.scheme == "mailto":
        if not _MAILTO.fullmatch(parts.path):
            yield Level.ERROR, BROKEN, {"target": target}
    elif parts.scheme != "tel":
        yield from _judge_web(target, parts, host)


def judge_visits(visits: Sequence[Visit], path: str) -> list[Finding]:
    """What to say of links that were followed; one thing where this machine cannot follow any."""
    if visits and all(visit.answered is Answered.UNSEEN for visit in visits):
        return [Finding(Level.ADVICE, path, None, NO_NETWORK, {"count": len(visits)})]
    return [finding for visit in visits for finding in _judge_visit(visit, path)]


def _judge_visit(visit: Visit, path: str) -> list[Finding]:
    values: dict[str, object] = {"target": visit.target, "reason": visit.reason, "code": visit.reason}
    values |= {"host": urlsplit(visit.target).hostname or "", "place": visit.reason}
    if visit.answered is Answered.WELL:
        return []
    level, sentence = _SAID[visit.answered]
    return [Finding(level, path, None, sentence, values)]


def _judge_web(target: str, parts: SplitResult, host: str) -> Iterator[tuple[Level, str, dict[str, object]]]:
    if parts.username is not None:
        yield Level.ERROR, SECRET, {"host": host}
    elif _TWICE.match(target):
        yield Level.ERROR, TWICE, {"target": target}
    elif not _HOST.fullmatch(host) or _NOT_IN_A_LINK.search(target):
        yield Level.ERROR, BROKEN, {"target": target}
    elif target[-1] in _ENDS or (target[-1] == ")" and target.count(")") > target.count("(")):
        yield Level.WARNING, SWALLOWED, {"target": target, "sign": target[-1]}


_SAID = {
    Answered.GONE: (Level.ERROR, GONE),
    Answered.NO_SITE: (Level.ERROR, NO_SITE),
    Answered.FAILING: (Level.WARNING, FAILING),
    Answered.CLOSED: (Level.ADVICE, NOT_LOOKED_AT),
    Answered.MOVED: (Level.ADVICE, MOVED),
    Answered.PRIVATE: (Level.ERROR, PRIVATE),
    Answered.UNSEEN: (Level.WARNING, UNSEEN),
}
_MAILTO = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"/]+\.[^\s@<>,;\"/.]+")
_TWICE = re.compile(r"https?:/+(?:[^/?#]*)?https?[:/]", re.IGNORECASE)
_HOST = re.compile(
    r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]|localhost|(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]*:[0-9a-f:]+"
)
_NOT_IN_A_LINK = re.compile(r"[\s«»“”<>\"{}|\\^`]")
_ENDS = ".,;:!…"
