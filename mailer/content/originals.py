"""Where the words of a receiver end and the returned letter begins, in reports that are plain text. Judges nothing."""

import re
from html import unescape

LONGEST_HEAD = 400
"""Lines looked at for the returned letter's headers."""
LONGEST_HTML = 200_000


def cut_letter(text: str) -> tuple[str, dict[str, str]]:
    """What is said about the letter, and the headers of the letter where it stands below."""
    mark = _MARK.search(text)
    if mark:
        return text[: mark.start()], headers_in(_head(text[mark.end() :]))
    block = _HEADERS.search(text)
    if block and block.start() > 0:
        return text[: block.start()], headers_in(_head(text[block.start() :]))
    return text, {}


def headers_in(text: str) -> dict[str, str]:
    """Lines « Name: value » with their folded ones, to the first line that is neither; the first of each name."""
    headers: dict[str, str] = {}
    name = ""
    for line in text.strip("\n").split("\n")[:LONGEST_HEAD]:
        if line[:1] in (" ", "\t") and name:
            headers[name] = f"{headers[name]} {line.strip()}"
            continue
        found = _FIELD.match(line)
        if not found:
            if headers:
                break
            continue
        name = found["name"].lower()
        if name in headers:
            name = ""
            continue
        headers[name] = found["value"].strip()
    return headers


def plain_text(html: str) -> str:
    """The sentences of an HTML part, good enough to be searched."""
    html = html[:LONGEST_HTML]
    for name in ("style", "script", "head"):
        html = _without(html, name)
    return unescape(_TAG.sub(" ", _BREAK.sub("\n", html)))


def _without(html: str, name: str) -> str:
    """`html` without the elements of that name; one that does not end is left out to the end."""
    lower, kept, at = html.lower(), [], 0
    while (start := lower.find(f"<{name}", at)) >= 0:
        kept.append(html[at:start])
        end = lower.find(f"</{name}", start)
        if end < 0:
            return "".join(kept)
        at = end
    return "".join((*kept, html[at:]))


def _head(text: str) -> str:
    # Some quote it, some indent it, some leave lines empty before it.
    lines = [_QUOTED.sub("", line) for line in text.split("\n")[:LONGEST_HEAD]]
    while lines and not _FIELD.match(lines[0]):
        lines.pop(0)
    return "\n".join(lines)


_FIELD = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:(?P<value>.*)")
_QUOTED = re.compile(r"^(?:> ?|\| ?| {2,8}(?=[A-Z]))")
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/h\d|/li)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")

# What programs write above the letter that they give back.
_MARK = re.compile(
    r"^[>\s]*(?:"
    r"-{2,} ?(?:below this line is|this is) a copy of (?:the|your) message|"
    r"-{3,} ?(?:the )?(?:original|returned|undelivered|unsent|failed)(?: (?:mail|message|e-?mail|letter))?"
    r"(?: (?:text|header|headers|follows?|information|attached))* ?:?|"
    r"-{3,} ?(?:message|mail|header|headers|original|transcript of (?:the )?message|body)[^\n]{0,20} follow|"
    r"-{3,} ?(?:message|mail) (?:header|text|follows)|"
    r"-{3,} ?(?:urspr.ngliche|originalnachricht|weitergeleitete|message (?:d'origine|original)|mensaje original|"
    r"mensagem original|messaggio originale)|"
    r"-{2,} ?begin(?:ning)? of (?:the )?(?:original|returned|message)|"
    r"(?:the )?(?:original|returned|unsent|undelivered|rejected) (?:message|mail|text|headers?)[^\n]{0,40}"
    r"(?:follows?|below|starts? here|is (?:attached|included))[^\n]{0,20}:?|"
    r"(?:your )?(?:original )?(?:message|mail)(?: headers?)? (?:follows|reads|below)\b[^\n]{0,20}:?|"
    r"(?:here is|this is) (?:a copy of )?(?:the|your) (?:original|returned)? ?(?:message|mail)[^\n]{0,60}:|"
    r"-+ ?(?:returned|unsent) (?:message|mail)[^\n]{0,30}|"
    r"received headers:|original message headers?:|en-t.tes du message d'origine[^\n]{0,10}|"
    r"urspr.ngliche nachrichtenkopfzeilen:|kopfzeilen der urspr.nglichen nachricht:?|"
    r"encabezados de mensajes? originales:?|intestazioni originali del messaggio:?"
    r")[ -=_]*$",
    re.IGNORECASE | re.MULTILINE,
)
_HEADERS = re.compile(
    r"^(?:> ?| {0,8})(?:Return-Path: ?<|Received: (?:from|by|\(|with)|X-Mailer: |Delivered-To: |DKIM-Signature: |"
    r"MIME-Version: 1|Message-ID: ?<|Date: \w{3}, )",
    re.IGNORECASE | re.MULTILINE,
)
