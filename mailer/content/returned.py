"""Returned messages read: bytes → facts, whatever program wrote them. Judges nothing, keeps nothing of a letter's text.

MIME is read by the standard library's tolerant parser; what is broken beyond it is read as plain text.
"""

import re
from binascii import Error as EncodingError
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import compat32

from mailer.content.originals import cut_letter, headers_in, plain_text
from mailer.domain.bounces.facts import Original, Recipient, Returned

MOST_BYTES = 1_000_000
"""Read of one message; what a receiver says stands at its beginning."""
MOST_TEXT = 20_000
"""Characters kept of the sentences for a person."""
MOST_PARTS = 60
MOST_RECIPIENTS = 500


def read_returned(content: bytes) -> Returned:
    """The facts of one message. Raises nothing: what cannot be read is missing."""
    content = _with_plain_line_ends(content[:MOST_BYTES])
    content = _without_envelope_line(content)
    message = _unwrapped(_parse(content))
    parts = list(_parts(message))
    headers = _headers_of(message)
    texts, letter, fields, feedback = _sort(parts)
    text, inline = cut_letter("\n\n".join(texts)[: 4 * MOST_TEXT])
    # Some write the fields into their sentences, where anyone can quote them: they make no report of a message.
    told = fields or [headers_in(block) for block in re.split(r"\n\s*\n", text) if _FINAL.search(block)]
    return Returned(
        headers=headers,
        kind=message.get_content_type(),
        report_type=_parameter(message, "report-type"),
        text=text[:MOST_TEXT],
        has_letter=letter is not None,
        is_report=bool(fields),
        recipients=tuple(_recipients(told))[:MOST_RECIPIENTS],
        feedback=feedback,
        original=Original(letter if letter is not None else inline),
        delivered_to=_delivered_to(message),
    )


def guess_recipients(content: bytes) -> tuple[str, ...]:
    """Whom flufl.bounce finds to have failed, for reports whose form we do not know."""
    # Seldom needed, and never by who only sends.
    from flufl.bounce import all_failures

    message = _parse(_without_envelope_line(_with_plain_line_ends(content[:MOST_BYTES])))
    try:
        temporary, permanent = all_failures(message)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError):
        return ()
    found = (bytes(one).decode("ascii", "replace").lower() for one in (*permanent, *temporary))
    return tuple(sorted(one for one in found if _ADDRESS.fullmatch(one)))


def split_messages(content: bytes) -> list[bytes]:
    """The messages of an mbox, or the one that a file is."""
    if not content.startswith(b"From "):
        return [content]
    starts = [found.start() for found in _MBOX.finditer(content)]
    return [content[start:end] for start, end in zip(starts, [*starts[1:], len(content)], strict=True)] or [content]


def _with_plain_line_ends(content: bytes) -> bytes:
    if b"\r" not in content:
        return content
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _without_envelope_line(content: bytes) -> bytes:
    content = content.lstrip(b"\n\xef\xbb\xbf")
    return content.partition(b"\n")[2] if content.startswith((b"From ", b">From ")) else content


def _parse(content: bytes) -> Message:
    # Parts within parts without end would exhaust the parser's stack: such a message is read as text.
    if len(_BOUNDARY.findall(content)) <= MOST_PARTS:
        try:
            message = message_from_bytes(content, policy=compat32)
            return _with_its_boundary(message) if _has_lost_parts(message) else message
        except (ValueError, LookupError, TypeError, RecursionError, HeaderParseError):
            pass
    bare = Message(policy=compat32)
    head, _, body = content.partition(b"\n\n")
    for name, value in headers_in(head.decode("latin-1")).items():
        if name not in ("content-type", "content-transfer-encoding"):
            bare[name] = value
    bare.set_payload(body.decode("latin-1"))
    return bare


def _has_lost_parts(message: Message) -> bool:
    return message.get_content_maintype() == "multipart" and not message.is_multipart()


def _with_its_boundary(message: Message) -> Message:
    """Parts whose boundary is not the one that the header names, as some gateways leave them."""
    body = message.get_payload()
    found = _BEGIN.search(body) if isinstance(body, str) else None
    if found is None:
        return message
    kind = f"{message.get_content_type()}; report-type={_parameter(message, 'report-type')}"
    head = "".join(f"{name}: {value}\n" for name, value in message.raw_items() if name.lower() != "content-type")
    text = f'{head}Content-Type: {kind}; boundary="{found["boundary"]}"\n\n{body}'
    return message_from_bytes(text.encode("utf-8", "surrogateescape"), policy=compat32)


def _unwrapped(message: Message) -> Message:
    """The report in the envelope that a filter put around it: both bear the same Message-ID, which no person's has."""
    for part in _parts(message):
        inner = part.get_payload()
        if part.get_content_type() in _LETTERS and isinstance(inner, list) and isinstance(inner[0], Message):
            same = inner[0]["message-id"] and str(inner[0]["message-id"]) == str(message["message-id"])
            if same and inner[0].get_content_type() == "multipart/report":
                return inner[0]
    return message


def _parts(message: Message) -> Iterator[Message]:
    """The leaves, and the returned letters, which are not looked into."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        if part.get_content_maintype() == "multipart" and isinstance(part.get_payload(), list):
            waiting[:0] = [one for one in part.get_payload() if isinstance(one, Message)]
        else:
            yield part


def _sort(
    parts: Iterable[Message],
) -> tuple[list[str], dict[str, str] | None, list[dict[str, str]], dict[str, str] | None]:
    """Sentences, headers of the returned letter, fields of the report, fields of a complaint."""
    texts: list[str] = []
    htmls: list[str] = []
    letter: dict[str, str] | None = None
    fields: list[dict[str, str]] = []
    feedback: dict[str, str] | None = None
    for part in parts:
        kind = part.get_content_type()
        if kind.endswith(_STATUS) and kind != "text/delivery-status":
            fields += _blocks(part)
        elif kind == "message/disposition-notification":
            fields += _refusals(part, texts)
        elif kind == "message/feedback-report":
            feedback = feedback or next(iter(_blocks(part)), {})
        elif kind in _LETTERS:
            letter = letter if letter is not None else _letter_headers(part)
        elif kind == "text/html":
            htmls.append(plain_text(_decoded(part)))
        elif part.get_content_maintype() == "text" and letter is None:
            texts.append(_decoded(part))
    return [one for one in texts if one.strip()] or htmls, letter, fields, feedback


def _blocks(part: Message) -> list[dict[str, str]]:
    """Groups of fields, with empty lines between them. The parser makes a message of each."""
    payload = part.get_payload()
    if isinstance(payload, list):
        blocks = [_headers_of(one) for one in payload if isinstance(one, Message)]
        loose = [str(one.get_payload()) for one in payload if isinstance(one, Message) and not one.is_multipart()]
        blocks += [headers_in(text) for text in loose if text.strip()]
    else:
        blocks = [headers_in(text) for text in re.split(r"\n\s*\n", _decoded(part))]
    return [block for block in blocks if block]


def _refusals(part: Message, texts: Iterable[str]) -> Iterator[dict[str, str]]:
    """A letter that a mailbox refused after all is told as a read receipt (RFC 5429 §2.1.2)."""
    if any(_REFUSED.search(text) for text in texts):
        for block in _blocks(part):
            yield {**block, "action": "failed"} if "final-recipient" in block else {}


def _recipients(blocks: Iterable[dict[str, str]]) -> Iterator[Recipient]:
    host = ""
    for block in blocks:
        host = block.get("reporting-mta", host)
        if _ABOUT_A_RECIPIENT.isdisjoint(block):
            continue
        final = address_in(block.get("final-recipient", ""))
        original = address_in(block.get("original-recipient", "") or block.get("x-actual-recipient", ""))
        # A mail program's own name for a mailbox is nobody's address.
        is_inside = bool(original) and "." not in final.rpartition("@")[2]
        yield Recipient(
            final=original if is_inside else final,
            original=original,
            action=re.split(r"[\s(;]", block.get("action", "").strip().lower(), maxsplit=1)[0],
            status=_first(_CODE, block.get("status", "")),
            diagnostic=_without_type(block.get("diagnostic-code", "") or block.get("x-supplementary-info", "")),
            remote_mta=_without_type(block.get("remote-mta", "")),
        )


def address_in(value: str) -> str:
    """The first address in a header or a field of a report, without its type; empty where there is none."""
    return _first(_ADDRESS, value).strip(".'\"").lower()


def _letter_headers(part: Message) -> dict[str, str]:
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return _headers_of(payload[0])
    return headers_in(_decoded(part))


def _headers_of(message: Message) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.lower(), _header_text(_raw(str(value))))
    return headers


def _raw(value: str) -> str:
    """Bytes beyond ASCII, which no header may hold and many do."""
    return value if value.isascii() else _read(value.encode("utf-8", "surrogateescape"), "utf-8")


def _header_text(value: str) -> str:
    value = " ".join(value.split())
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError, EncodingError):
        return value
    return "".join(_read(one, charset or "ascii") if isinstance(one, bytes) else one for one, charset in pieces)


def _decoded(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AssertionError):
        payload = None
    if isinstance(payload, bytes):
        return _read(payload, _parameter(part, "charset") or "utf-8")
    payload = part.get_payload()
    return payload if isinstance(payload, str) else ""


def _read(content: bytes, charset: str) -> str:
    for name in (charset, "utf-8"):
        try:
            return content.decode(name)
        except (LookupError, ValueError):
            continue
    return content.decode("latin-1")


def _parameter(part: Message, name: str) -> str:
    try:
        value = part.get_param(name, "")
    except (ValueError, LookupError, TypeError):
        return ""
    return value.strip().lower() if isinstance(value, str) else ""


def _delivered_to(message: Message) -> tuple[str, ...]:
    found: list[str] = []
    for name in ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc"):
        for value in message.get_all(name, []):
            found += (one.lower() for one in _ADDRESS.findall(str(value)))
    return tuple(dict.fromkeys(found))


def _without_type(value: str) -> str:
    return re.sub(r"^\s*[\w-]{2,16}\s*;\s*", "", value).strip()


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found else ""


_STATUS = ("delivery-status",)
_BEGIN = re.compile(r"^--(?P<boundary>[^\s\"]{4,70}) *$", re.MULTILINE)
_FINAL = re.compile(r"^final-recipient:", re.IGNORECASE | re.MULTILINE)
_REFUSED = re.compile(r"(?:automatically|has been|was) (?:rejected|refused)", re.IGNORECASE)
_LETTERS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "message/partial")
_ABOUT_A_RECIPIENT = frozenset({"final-recipient", "original-recipient", "action", "status", "diagnostic-code"})
_BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)
_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_ADDRESS = re.compile(
    r"[^\s<>()\[\],;:\"\\@]{1,64}@[A-Za-z0-9\u0080-\uffff](?:[A-Za-z0-9\u0080-\uffff.-]{0,250}[A-Za-z0-9\u0080-\uffff])?"
)
_MBOX = re.compile(
    rb"(?:\A|(?<=\n\n)|(?<=\r\n\r\n)|(?<=\r\r))From \S+[ \t]+(?:\w{3} ){1,2}[^\r\n]*\d{4}[^\r\n]*(?=[\r\n])"
)
