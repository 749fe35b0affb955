"""An issue's letter as bytes with holes: made once an issue, filled for each reader in microseconds.

What builds it writes a hole as `@@slot@@`; in the bytes it is `\\0slot.context\\0`, because a name is written
one way in HTML, another in text and another in a header. Nothing of a reader is ever looked at for holes.
"""

import hashlib
import re
from typing import Self

from markupsafe import escape

from mailer.domain.letters import Copy
from mailer.domain.tokens import TOKEN_CHARACTERS, TRACK_CHARACTERS
from mailer.errors import Refused
from mailer.language import N_
from mailer.rendering.headers import Headers, mailbox, without_controls, write_headers
from mailer.rendering.quoted import QuotedText, quoted_value

UNKNOWN_SLOT = N_('"{slot}" is no value of a reader. There are: {known}.')
NOT_A_SKELETON = N_("This frozen letter cannot be read: another version made it. Approve the issue again.")

WIDTHS = {"leave": TOKEN_CHARACTERS, "preferences": TOKEN_CHARACTERS, "track": TRACK_CHARACTERS}


def build_skeleton(headers: Headers, html: str, text: str) -> bytes:
    """The whole MIME message, CRLF and ending so, with holes. Raises Refused for an unknown slot."""
    text_part, html_part = _encode_part(text, "text"), _encode_part(html, "html")
    # Quoted-printable never writes « =_ », so no part and no reader's value can hold the boundary.
    boundary = "=_" + hashlib.sha256(f"{text_part}\0{html_part}".encode()).hexdigest()[:32]
    message = (
        f"{_mark_headers(write_headers(headers))}"
        f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n'
        f"\r\n"
        f"--{boundary}\r\n{_PART_HEAD.format(kind='plain')}{text_part}\r\n"
        f"--{boundary}\r\n{_PART_HEAD.format(kind='html')}{html_part}\r\n"
        f"--{boundary}--\r\n"
    )
    return message.encode("ascii")


def fill_for_nobody(content: str, *, is_html: bool) -> str:
    """HTML or text with `@@slot@@` as nobody in particular sees it: no name, and tokens that every door refuses."""

    def value(slot: re.Match[str]) -> str:
        if slot["word"] != "name":
            return "A" * WIDTHS[slot["word"]]
        default = bytes.fromhex(slot["default"] or "").decode()
        return str(escape(default)) if is_html else default

    return _SLOT.sub(value, content)


class Skeleton:
    """A skeleton cut at its holes."""

    def __init__(self, pieces: list[bytes]) -> None:
        """`pieces`: fixed bytes and marks by turns, as they lie in the skeleton."""
        self._pieces = pieces
        marks = [mark.decode("ascii", "replace") for mark in pieces[1::2]]
        self._names = {mark: _read_name_mark(mark) for mark in marks if mark.startswith("name.")}
        self._keys = [mark if mark in self._names else mark.partition(".")[0] for mark in marks]
        self._is_tracked = "track" in self._keys
        if len(pieces) % 2 == 0 or not set(self._keys) <= _FILLED.union(self._names):
            raise Refused(NOT_A_SKELETON)

    @classmethod
    def parse(cls, blob: bytes) -> Self:
        """The skeleton in the bytes that `build_skeleton` made. Raises Refused."""
        return cls(blob.split(b"\0"))

    def fill(self, copy: Copy) -> bytes:
        """One reader's letter: CRLF to its end, no line that begins with a dot."""
        return b"".join(self.pieces(copy))

    def pieces(self, copy: Copy) -> list[bytes]:
        """The same in pieces, most of them shared by all readers: whoever can write them as they are need not copy."""
        _check(copy, is_tracked=self._is_tracked)
        name = without_controls(copy.name)
        values = {
            "to": mailbox(name, copy.address, _TO_COLUMN).encode(),
            "date": copy.date.encode(),
            "message_id": copy.message_id.encode(),
            "leave": copy.leave.encode(),
            "preferences": copy.preferences.encode(),
            "track": copy.track.encode(),
        }
        for mark, (is_html, default) in self._names.items():
            shown = name or default
            values[mark] = quoted_value(str(escape(shown)) if is_html else shown)
        pieces = self._pieces.copy()
        pieces[1::2] = map(values.__getitem__, self._keys)
        return pieces


def _encode_part(text: str, context: str) -> str:
    quoted = QuotedText()
    rest = 0
    for slot in _SLOT.finditer(text):
        quoted.text(text[rest : slot.start()])
        rest = slot.end()
        if slot["word"] == "name":
            quoted.free_hole(_name_mark(slot, context))
        elif slot["word"] in WIDTHS and slot["default"] is None:
            quoted.fixed_hole(f"\0{slot['word']}.{context}\0", WIDTHS[slot["word"]])
        else:
            raise _unknown(slot)
    quoted.text(text[rest:])
    return quoted.encoded()


def _name_mark(slot: re.Match[str], context: str) -> str:
    default = slot["default"] or ""
    try:
        bytes.fromhex(default).decode()
    except ValueError as error:
        raise _unknown(slot) from error
    return f"\0name.{context}/{default.lower()}\0"


def _read_name_mark(mark: str) -> tuple[bool, str]:
    """Whether the name stands in HTML, and what stands for an empty one."""
    context, _, default = mark.removeprefix("name.").partition("/")
    try:
        return context == "html", without_controls(bytes.fromhex(default).decode())
    except ValueError as error:
        raise Refused(NOT_A_SKELETON) from error


def _mark_headers(block: str) -> str:
    return _SLOT.sub(lambda slot: f"\0{slot['word']}.header\0", block)


def _unknown(slot: re.Match[str]) -> Refused:
    return Refused(UNKNOWN_SLOT, slot=slot[0], known=", ".join(f"@@{word}@@" for word in ("name", *WIDTHS)))


def _check(copy: Copy, *, is_tracked: bool) -> None:
    """Raises ValueError where a value would break the lines that were laid out for it."""
    if not f"{copy.address}{copy.message_id}{copy.date}".isprintable():
        raise ValueError("a header value holds a control character")
    if len(copy.leave) != TOKEN_CHARACTERS or len(copy.preferences) != TOKEN_CHARACTERS:
        raise ValueError("a token has the wrong length")
    if is_tracked and len(copy.track) != TRACK_CHARACTERS:
        raise ValueError("the tracking token has the wrong length")


_SLOT = re.compile(r"@@(?P<word>[A-Za-z_]+)(?:/(?P<default>[0-9A-Za-z]*))?@@")
_FILLED = frozenset({"to", "date", "message_id", *WIDTHS})
_TO_COLUMN = len("To: ")
_PART_HEAD = 'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
