"""An open connection to a relay: what is written, what is heard, and how it ended. Knows no command and no letter."""

import asyncio
from collections import deque
from typing import Protocol

from mailer.language import N_
from mailer.transport.replies import Reply, ReplyReader

HUNG_UP = N_("the relay hung up")
TOO_SLOW = N_("the relay did not answer in time")
SENSELESS = N_("the relay's answer made no sense")
UNASKED = N_("the relay answered before it was asked")
CLOSED = N_("the connection was closed on our side")


class Listener(Protocol):
    """Whoever speaks with the relay at the moment. Called in the middle of the loop's work: returns at once."""

    def hear(self, replies: deque[Reply]) -> None:
        """Replies that came together, at least one."""

    def go_on(self) -> None:
        """The system has taken all that was written."""

    def over(self) -> None:
        """The connection has ended; called once."""


class Wire(asyncio.Protocol):
    """Takes over an open connection by `transport.set_protocol`, and keeps it to its end."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """`transport` is open, and nobody is waiting for a reply on it."""
        self.listener: Listener | None = None
        self.end = ""
        """How it ended; empty while it is open."""
        self._transport = transport
        self._reader = ReplyReader()
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once the connection is closed."""
        self._is_paused = False
        self._is_encrypted = transport.get_extra_info("ssl_object") is not None
        # To be told as soon as the system does not take all. Not 0, which TLS always exceeds.
        transport.set_write_buffer_limits(high=1, low=0)
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Whether more can be said."""
        return not self.end

    @property
    def is_paused(self) -> bool:
        """Whether part of what was written has not been given to the system yet."""
        return self._is_paused

    @property
    def unsent(self) -> int:
        """How many of the last bytes have certainly not been given to the system, while it is open."""
        return 0 if self._is_encrypted else self._transport.get_write_buffer_size()

    @property
    def holds_more(self) -> bool:
        """Whether something has arrived behind the replies that were heard."""
        return self._reader.holds_more

    def write(self, data: bytes) -> bool:
        """Says it; False where it is certain that nothing of it can ever leave."""
        if self.end or self._transport.is_closing():
            return False
        self._transport.write(data)
        # A write that fails at once closes the transport. Once encrypted, nobody can see how much of it has left.
        return self._is_encrypted or not self._transport.is_closing()

    def close(self, words: str = CLOSED) -> None:
        """Ends it at once; what the system has not taken is never sent."""
        if self.end:
            return
        self.end = words
        self._transport.abort()
        if self.listener:
            self.listener.over()

    def data_received(self, data: bytes) -> None:
        if self.end:
            return
        replies = self._reader.feed(data)
        if replies and self.listener:
            self.listener.hear(replies)
        if self._reader.is_senseless:
            self.close(SENSELESS)

    def eof_received(self) -> None:
        # Left to itself the transport would first write what remains, the dot included.
        self.close(HUNG_UP)

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        if self.listener and not self.end:
            self.listener.go_on()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  lost is lost, whatever the system calls it
        self.close(HUNG_UP)
        if not self.gone.done():
            self.gone.set_result(None)
