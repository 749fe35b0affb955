"""A fast SMTP receiver on loopback, for the demonstration and the volume tests. Never passes a letter on.

It looks at a letter only to find its end, and where nobody reads the letters only at its last bytes, so that it takes
them faster than a sender makes them. Whom it refuses, with which words and how late, is scripted by who starts it.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Thread
from typing import Self, cast

Script = Callable[[str], bytes | None]
"""The reply to a recipient, such as `b"550 5.1.1 no such user"`, or None to accept; 421 also hangs up."""
Reading = Callable[[str, str, bytes], None]
"""Called with sender, recipient and the letter, once for each recipient of a letter taken."""

LOOPBACK = "127.0.0.1"
LARGEST_LETTER = 50_000_000


@dataclass(frozen=True, slots=True)
class Received:
    """One letter taken for one recipient."""

    sender: str
    recipient: str
    at: datetime


class Receiver:
    """An SMTP server: `async with` it, then read its `port` and its `letters`."""

    def __init__(
        self,
        *,
        refuse_recipient: Script | None = None,
        refuse_letter: Script | None = None,
        on_letter: Reading | None = None,
        port: int = 0,
        offers_pipelining: bool = True,
        delay_s: float = 0.0,
        keeps_letters: bool = True,
    ) -> None:
        """Port 0: any that is free, known once started. `delay_s`: how much later replies leave, as on a long way."""
        self.port = port
        self.delay_s = delay_s
        self.ehlo = _EHLO if offers_pipelining else _EHLO.replace(b"250-PIPELINING\r\n", b"")
        self.taken = 0
        """Letters, once for each recipient."""
        self.letters: list[Received] = []
        """The same by name, unless only their number is wanted."""
        self._keeps_letters = keeps_letters
        self.connections = 0
        """Opened since the start."""
        self._refuse_recipient = refuse_recipient
        self._refuse_letter = refuse_letter
        self._on_letter = on_letter
        self._sessions: set[_Session] = set()
        self.buffer = bytearray(_ARRIVAL)
        """Where the sessions of the one loop read into, each emptying it before the next may fill it."""

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Session(self), LOOPBACK, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for session in self._sessions:
            session.transport.abort()
        await asyncio.gather(*(session.gone for session in self._sessions))
        await self._server.wait_closed()

    @property
    def wants_content(self) -> bool:
        """Whether anyone reads the letters; their bytes are not kept otherwise."""
        return self._on_letter is not None

    @property
    def open_connections(self) -> int:
        """Open now."""
        return len(self._sessions)

    def opened(self, session: "_Session") -> None:
        """A session begins."""
        self._sessions.add(session)
        self.connections += 1

    def closed(self, session: "_Session") -> None:
        """A session is over."""
        self._sessions.discard(session)

    def judge(self, recipient: str) -> bytes:
        """The reply to RCPT."""
        return (self._refuse_recipient and self._refuse_recipient(recipient)) or b"250 2.1.5 OK"

    def take(self, sender: str, recipients: list[str], content: bytes) -> bytes:
        """The reply to a whole letter."""
        for recipient in recipients:
            if self._refuse_letter and (refusal := self._refuse_letter(recipient)):
                return refusal
        self.taken += len(recipients)
        for recipient in recipients:
            if self._keeps_letters:
                self.letters.append(Received(sender, recipient, datetime.now(UTC)))
            if self._on_letter:
                self._on_letter(sender, recipient, content)
        return b"250 2.0.0 taken"


@contextmanager
def receiver_in_thread(receiver: Receiver) -> Iterator[Receiver]:
    """The receiver at work in a thread of its own; its scripts and readings are called there."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="receiver", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(receiver.__aenter__(), loop).result()
        try:
            yield receiver
        finally:
            asyncio.run_coroutine_threadsafe(receiver.__aexit__(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Session(asyncio.BufferedProtocol):
    """One connection: lines until DATA, then bytes until the lone dot, and so on."""

    transport: asyncio.Transport

    def __init__(self, receiver: Receiver) -> None:
        self.gone = asyncio.get_running_loop().create_future()
        self._receiver = receiver
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._held = b""
        """What came last and may be the first part of a line, or of the end of a letter."""
        self._is_body = False
        self._pieces: list[bytes] = []
        """Of the letter, where anyone reads it."""
        self._replies: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._receiver.opened(self)
        self._say(b"220 receiver.example ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  why it ended is the sender's to know
        self._receiver.closed(self)
        self.gone.set_result(None)

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002  one size, the same memory for all sessions
        return self._receiver.buffer

    def buffer_updated(self, nbytes: int) -> None:
        at = 0
        while at < nbytes:
            at = self._take_body(at, nbytes) if self._is_body else self._take_line(at, nbytes)
        if self._replies:
            # One write for all: a sender that pipelines reads them together.
            self._say(b"\r\n".join((*self._replies, b"")))
            self._replies.clear()

    def _say(self, replies: bytes) -> None:
        delay_s = self._receiver.delay_s
        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, self._write, replies)
        else:
            self._write(replies)

    def _write(self, replies: bytes) -> None:
        self.transport.write(replies)
        if replies[replies.rfind(b"\n", 0, -2) + 1 :][:3] in (b"221", b"421"):
            self.transport.close()

    def _take_line(self, at: int, until: int) -> int:
        """Where what follows it begins."""
        buffer = self._receiver.buffer
        end = buffer.find(b"\n", at, until)
        if end < 0:
            self._held += buffer[at:until]
            return until
        line, self._held = self._held + buffer[at:end], b""
        self._replies.append(self._answer(line.rstrip(b"\r")))
        return end + 1

    def _take_body(self, at: int, until: int) -> int:
        """Where what follows its dot begins."""
        buffer = self._receiver.buffer
        end = self._find_end(at, until)
        if self._receiver.wants_content:
            self._pieces.append(bytes(buffer[at : until if end < 0 else end]))
        if end < 0:
            self._held = (self._held + buffer[max(at, until - _STRADDLE) : until])[-_STRADDLE:]
            return until
        self._replies.append(self._finish(b"".join(self._pieces)))
        return end

    def _find_end(self, at: int, until: int) -> int:
        """Just behind the lone dot; -1 where it has not come."""
        buffer, before = self._receiver.buffer, len(self._held)
        end = (self._held + buffer[at : min(at + _STRADDLE, until)]).find(_END)
        if end >= 0:
            return at - before + end + len(_END)
        # A sender has no more behind the dot than the next envelope, as it waits for the reply to DATA (RFC 2920 §3.1);
        # and to look at each byte of a letter takes longer than everything else here.
        nearest = at if self._receiver.wants_content else max(at, until - _MOST_BEHIND_DOT)
        end = buffer.find(_END, nearest, until)
        return end + len(_END) if end >= 0 else -1

    def _answer(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb in _ENVELOPE:
            return self._address(verb, line)
        if verb == b"DATA":
            return self._begin()
        if verb in (b"RSET", b"EHLO", b"HELO"):
            self._forget()
        if verb == b"EHLO":
            return self._receiver.ehlo
        return _ANSWERS.get(verb, b"500 5.5.1 what?")

    def _address(self, verb: bytes, line: bytes) -> bytes:
        found = _PATH.match(line)
        if not found:
            return b"501 5.5.4 no address"
        address = found[1].decode("utf-8", "replace")
        if verb == b"MAIL":
            self._forget()
            self._sender = address
            return b"250 2.1.0 OK"
        if self._sender is None:
            return b"503 5.5.1 MAIL first"
        reply = self._receiver.judge(address)
        if reply.startswith(b"2"):
            self._recipients.append(address)
        return reply

    def _begin(self) -> bytes:
        if not self._recipients:
            return b"503 5.5.1 no recipient"
        self._is_body = True
        # The line end of DATA may be the first part of a lone dot's.
        self._held = b"\r\n"
        return b"354 go on"

    def _finish(self, content: bytes) -> bytes:
        content = (b"\r\n" + content).removesuffix(_END[2:]).replace(b"\r\n.", b"\r\n").removeprefix(b"\r\n")
        reply = self._receiver.take(self._sender or "", self._recipients, content)
        self._forget()
        self._is_body = False
        self._pieces.clear()
        self._held = b""
        return reply

    def _forget(self) -> None:
        self._sender = None
        self._recipients = []


_ARRIVAL = 256 * 1024
_END = b"\r\n.\r\n"
_STRADDLE = len(_END) - 1
_MOST_BEHIND_DOT = 2048
_ENVELOPE = (b"MAIL", b"RCPT")
_PATH = re.compile(rb"(?i)(?:MAIL FROM|RCPT TO): ?<([^>]*)>")
_EHLO = b"250-receiver.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE %d" % LARGEST_LETTER
_ANSWERS = {
    b"HELO": b"250 receiver.example",
    b"RSET": b"250 2.0.0 OK",
    b"NOOP": b"250 2.0.0 OK",
    b"QUIT": b"221 2.0.0 bye",
}
