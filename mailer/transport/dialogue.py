"""The SMTP conversation (RFC 5321 §4) on a connection that is open, secured and logged in. Never judges a reply.

One rule matters more than speed: after any end of the conversation it is known whether the final dot can have left.
"""

import asyncio
import re
from collections import deque
from dataclasses import dataclass

from mailer.language import N_

HUNG_UP = N_("the relay hung up")
TOO_SLOW = N_("the relay did not answer in time")
SENSELESS = N_("the relay's answer made no sense")
UNASKED = N_("the relay answered before it was asked")
CLOSED = N_("the connection was closed on our side")

LONGEST_REPLY = 32_768
LONGEST_WORDS = 1000


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply: its code and its words, lines joined by a space."""

    code: int
    words: str


class ConversationOver(Exception):
    """Nothing more can be said or heard on this connection; the message says how it ended."""


class Dialogue(asyncio.Protocol):
    """Ask, and get the reply. Takes over an open connection by `transport.set_protocol`."""

    def __init__(self, transport: asyncio.Transport, timeout_s: float) -> None:
        """`transport` is open; `timeout_s`: how long each reply may take."""
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._timeout_s = timeout_s
        self._arrived = b""
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._listener: asyncio.Future[None] | None = None
        self._end = ""
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._is_held = False
        # To be told as soon as the system does not take all: see `dot_may_be_out`. Not 0, which TLS always exceeds.
        transport.set_write_buffer_limits(high=1, low=0)
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Whether more can be said."""
        return not self._end

    @property
    def dot_may_be_out(self) -> bool:
        """False where part of the last write, and so its last byte, has never been given to the system."""
        return not self._is_held

    async def ask(self, command: bytes) -> Reply:
        """The reply to one command line, without its CRLF. Raises ConversationOver."""
        if self._replies:
            return self._unasked()
        self._write(command + b"\r\n")
        return await self._listen()

    async def hand_over(self, letter: bytes) -> Reply:
        """The reply to a letter: CRLF at each line's end and the last, no line that begins with a dot.

        Raises ConversationOver; `dot_may_be_out` then tells whether the letter may have been taken.
        """
        if self._replies:
            self._is_held = True
            return self._unasked()
        self._write(letter + b".\r\n")
        reply = await self._listen()
        if self._is_held:
            # It judged before it had the whole letter: what remains must not be read as commands.
            self.close(UNASKED)
            if reply.code < 400:
                # It claims to have taken what we still hold: nobody can tell.
                self._is_held = False
                raise ConversationOver(UNASKED)
        return reply

    def close(self, words: str = CLOSED) -> None:
        """Ends it at once; what the system has not taken is never sent."""
        self._end = self._end or words
        self._transport.abort()
        if self._listener and not self._listener.done():
            self._listener.set_result(None)

    async def gone(self) -> None:
        """Returns once the connection is closed."""
        await asyncio.shield(self._gone)

    def data_received(self, data: bytes) -> None:
        *lines, self._arrived = (self._arrived + data).split(b"\n")
        if len(self._arrived) + sum(map(len, self._lines)) > LONGEST_REPLY:
            self.close(SENSELESS)
        for line in lines:
            self._hear(line.rstrip(b"\r"))

    def eof_received(self) -> None:
        # Left to itself the transport would first write what remains, the dot included.
        self.close(HUNG_UP)

    def pause_writing(self) -> None:
        self._is_held = True

    def resume_writing(self) -> None:
        self._is_held = False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  lost is lost, whatever the system calls it
        self.close(HUNG_UP)
        if not self._gone.done():
            self._gone.set_result(None)

    def _hear(self, line: bytes) -> None:
        parts = _LINE.fullmatch(line)
        if not parts:
            self.close(SENSELESS)
        if not parts or self._end:
            return
        self._lines.append((parts["words"] or b"").decode("utf-8", "replace"))
        if parts["more"] == b"-":
            return
        self._replies.append(Reply(int(parts["code"]), _in_one_line(self._lines)))
        self._lines.clear()
        if self._listener and not self._listener.done():
            self._listener.set_result(None)

    def _write(self, data: bytes) -> None:
        self._is_held = True
        if self._end or self._transport.is_closing():
            raise ConversationOver(self._end or HUNG_UP)
        self._is_held = False
        self._transport.write(data)
        # A write that fails at once closes the transport without a pause.
        self._is_held = self._is_held or self._transport.is_closing()

    async def _listen(self) -> Reply:
        if not self._replies and not self._end:
            self._listener = self._loop.create_future()
            deadline = self._loop.call_later(self._timeout_s, self.close, TOO_SLOW)
            try:
                await self._listener
            finally:
                deadline.cancel()
                self._listener = None
        if self._replies:
            return self._replies.popleft()
        raise ConversationOver(self._end)

    def _unasked(self) -> Reply:
        """A 421 that came while we were silent is the reply to whatever we would ask; anything else is disorder."""
        reply = self._replies.popleft()
        self.close(UNASKED)
        if reply.code == 421:
            return reply
        raise ConversationOver(UNASKED)


def _in_one_line(lines: list[str]) -> str:
    """The words of all lines; an enhanced status that each repeats is said once."""
    words = lines[0] if len(lines) == 1 else " ".join((lines[0], *map(_without_status, lines[1:])))
    if not words.isprintable():
        words = "".join(sign if sign.isprintable() else " " for sign in words)
    return words.strip()[:LONGEST_WORDS]


def _without_status(line: str) -> str:
    return _STATUS.sub("", line)


_LINE = re.compile(rb"(?P<code>[2-5][0-9][0-9])(?:(?P<more>[ -])(?P<words>.*))?", re.DOTALL)
_STATUS = re.compile(r"^[245]\.\d{1,3}\.\d{1,3} ")
