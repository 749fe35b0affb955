"""Whom a report speaks of, found in its sentences: the failed addresses, and what is said of each. Never judges it."""

import re
from collections.abc import Iterator

from mailer.domain.bounces.facts import Returned

MOST_FOUND = 100
LONGEST_CHAPTER = 3000
"""Characters after an address that may speak of it."""


def addresses_in(text: str) -> list[str]:
    """Every address, in lower case, each once, in their order."""
    return list(dict.fromkeys(one.lower().strip(".'") for one in _ADDRESS.findall(text)))


def failed_addresses(returned: Returned) -> list[str]:
    """The addresses that the report's headers and sentences name as failed; empty where none can be told."""
    told = addresses_in(returned.header("x-failed-recipients"))
    if told:
        return told[:MOST_FOUND]
    ours = _ours(returned)
    text = returned.text
    placed = [one for one in _in_their_places(text) if one not in ours]
    if placed:
        return list(dict.fromkeys(placed))[:MOST_FOUND]
    written_to = addresses_in(returned.original.recipient)
    named = [one for one in addresses_in(text) if one not in ours and not _SERVICE.match(one)]
    both = [one for one in named if one in written_to]
    if both:
        return both[:MOST_FOUND]
    if len(written_to) == 1 and not named:
        return written_to
    return named[:1] or written_to[:1]


def chapters(text: str, addresses: list[str]) -> dict[str, str]:
    """What stands from each address to the next one: in a report of several failures, each has its own reason."""
    if len(addresses) < 2:
        return dict.fromkeys(addresses, text)
    lower = text.lower()
    places = sorted((lower.find(one), one) for one in addresses)
    ends = [place for place, _ in places[1:]] + [len(text)]
    said: dict[str, str] = {}
    for (place, address), end in zip(places, ends, strict=True):
        chapter = text[max(place, 0) : min(end, max(place, 0) + LONGEST_CHAPTER)] if place >= 0 else ""
        # A list of addresses with one reason below all of them.
        said[address] = chapter if len(chapter) > len(address) + SHORTEST_REASON else text
    return said


SHORTEST_REASON = 12


def _ours(returned: Returned) -> set[str]:
    """Addresses that cannot have failed: whoever reports, and whoever wrote the letter."""
    letter = returned.original.headers
    names = [returned.header(name) for name in ("from", "sender", "return-path")]
    names += [letter.get(name, "") for name in ("from", "return-path", "sender", "reply-to")]
    ours = {address for text in names for address in addresses_in(text)}
    return ours | set(returned.delivered_to)


def _in_their_places(text: str) -> Iterator[str]:
    for pattern in _PLACES:
        if found := _at(pattern, text):
            yield from found
            break
    if _EXIM.search(text):
        # It names some in the dialogue with a server, and others alone.
        yield from _at(_ON_A_LINE, text)


def _at(pattern: re.Pattern[str], text: str) -> list[str]:
    found = (one.lower().strip(".'") for match in pattern.finditer(text) for one in _ADDRESS.findall(match[0]))
    return [one for one in found if not _SERVICE.match(one)]


_ADDRESS = re.compile(r"[\w.+=*/&'~%!#$-]{1,80}@[A-Za-z0-9\u0080-\uffff][\w.-]{0,200}[A-Za-z0-9\u0080-\uffff]")
_SERVICE = re.compile(r"(?:postmaster|mailer-daemon|abuse|support|helpdesk|hostmaster|webmaster|admin(?:istrator)?)@")
_AT = r"[^\s@<>]{1,80}@[^\s@<>]{1,200}"
_HERE = r"<?(?:smtp:|mailto:|rfc822;|\()?" + _AT + r">?"
_REASON = r"[45]\d\d[ -]"

_EXIM = re.compile(r"The following address(?:\(es\))? failed")
_ON_A_LINE = re.compile(rf"^[ \t]{{0,12}}['\"]?{_HERE}['\"]?[ \t]*(?:$|\.{{3}}|,| -)", re.MULTILINE)

_BEFORE_ADDRESSES = (
    r"(?:following (?:recipient|address|user|e-?mail|destination)s?[^\n]{0,120}|did not reach[^\n]{0,80}|"
    r"could not be delivered to[^\n]{0,60}|wasn't delivered to[^\n]{0,20}|failed (?:addresses|recipients?)[^\n]{0,60}|"
    r"unable to deliver[^\n]{0,120}|undeliverable (?:to|for)[^\n]{0,40}|delivery (?:to|failed)[^\n]{0,80}|"
    r"(?:destinataires?|remise|distribu\w+|adresses?)[^\n]{0,120}|empf[^\n]{0,100}|destinatari[^\n]{0,100}|"
    r"niet[^\n]{0,80})[:.]?\s{0,40}"
)
# The most exact first: each is a habit of some program.
_PLACES = (
    re.compile(rf"^[ \t>]*(?:RCPT TO|rcpt to): ?<{_AT}>|>>> ?RCPT To: ?<{_AT}>", re.IGNORECASE | re.MULTILINE),
    re.compile(rf"^[ \t]*{_HERE}(?: \([^\n]{{0,120}}\))?[ \t]*:[ \t]*(?:\n|[^\n]{{0,300}}$)", re.MULTILINE),
    re.compile(
        rf"(?:fatal errors|errors) -+\s{{1,20}}(?:[ \t]*{_HERE}[^\n]*\n(?:[ \t]+\([^\n]*\n|[ \t]+[^\n@]*\n)*)+",
        re.IGNORECASE,
    ),
    re.compile(rf"{_BEFORE_ADDRESSES}(?:['\"(\[*\t -]{{0,12}}{_HERE}[^\n]{{0,200}}(?:\n[ \t]*)?)+", re.IGNORECASE),
    re.compile(
        rf"(?:to|recipient|address|user|mailbox|account|for|destinataire|adresse)s?(?: \w+)?[ :]{{1,4}}['\"]?{_HERE}",
        re.IGNORECASE,
    ),
    _ON_A_LINE,
    re.compile(rf"{_REASON}[^\n]{{0,80}}{_HERE}"),
)
