"""Reads a relay's replies (RFC 5321 §4.2), in whatever pieces they arrive. Never judges one."""

import re
from collections import deque
from typing import NamedTuple

LONGEST_REPLY = 32_768
LONGEST_WORDS = 1000


class Reply(NamedTuple):
    """A whole reply: its code, and what each line says after it."""

    # A tuple is made in half the time of a frozen dataclass, and each letter has four.

    code: int
    lines: tuple[bytes, ...] = ()

    @property
    def words(self) -> str:
        """All lines joined by a space, fit to be shown; an enhanced status that each repeats is said once."""
        first, *others = (line.decode("utf-8", "replace") for line in self.lines or (b"",))
        words = " ".join((first, *(_STATUS.sub("", line) for line in others))) if others else first
        if not words.isprintable():
            words = "".join(sign if sign.isprintable() else " " for sign in words)
        return words.strip()[:LONGEST_WORDS]


class ReplyReader:
    """Give it what arrived; it gives back the replies that are whole."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._size = 0
        self.is_senseless = False
        """Once what arrived can be no reply; nothing is read any more."""

    @property
    def holds_more(self) -> bool:
        """Whether something has arrived behind the last whole reply."""
        return bool(self._rest or self._lines or self.is_senseless)

    def feed(self, data: bytes) -> deque[Reply]:
        """The replies that `data` completes, those before any nonsense included."""
        replies: deque[Reply] = deque()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            code = _CODES.get(line[:3])
            if code and line[3:4] == b" " and not self._lines and not self.is_senseless:
                replies.append(Reply(code, (line[4:].rstrip(b"\r"),)))
            else:
                self._take(code, line.rstrip(b"\r"), replies)
        if len(self._rest) + self._size > LONGEST_REPLY:
            self.is_senseless = True
        return replies

    def _take(self, code: int | None, line: bytes, replies: deque[Reply]) -> None:
        mark = line[3:4]
        if code is None or mark not in _MARKS:
            self.is_senseless = True
        if self.is_senseless or code is None:
            return
        self._lines.append(line[4:])
        self._size += len(line)
        if mark != b"-":
            replies.append(Reply(code, tuple(self._lines)))
            self._lines.clear()
            self._size = 0


def all_taken(data: bytes) -> Reply | None:
    """The reply to a letter, where it and three more are all that was heard, and the relay takes the letter and the
    whole envelope behind it: what it says nearly always, read at once."""
    found = _ALL_TAKEN.fullmatch(data)
    return Reply(_CODES[found[1]], (found[2],)) if found else None


_ALL_TAKEN = re.compile(
    rb"(2\d\d) ([^\r\n]{0,512})\r\n2\d\d [^\r\n]{0,512}\r\n2\d\d [^\r\n]{0,512}\r\n354 [^\r\n]{0,512}\r\n"
)
# Looked up, not parsed: four replies a letter make this the innermost work of sending.
_CODES = {b"%d" % code: code for code in range(200, 600)}
_MARKS = (b" ", b"-", b"")
_STATUS = re.compile(r"^[245]\.\d{1,3}\.\d{1,3} ")
