"""An open connection to a relay: what is written, what is heard, and how it ended. Knows no command and no letter."""

import asyncio
from collections import deque
from typing import Protocol

from mailer.language import N_
from mailer.transport.replies import Reply, ReplyReader, all_taken

HUNG_UP = N_("the relay hung up")
TOO_SLOW = N_("the relay did not answer in time")
SENSELESS = N_("the relay's answer made no sense")
UNASKED = N_("the relay answered before it was asked")
CLOSED = N_("the connection was closed on our side")

PAUSES_ABOVE = 1024
"""Bytes left of a write: more than an envelope has, so that what is left above it holds the dot before the envelope."""


class Listener(Protocol):
    """Whoever speaks with the relay at the moment. Called in the middle of the loop's work: returns at once."""

    def hear(self, replies: deque[Reply]) -> None:
        """Replies that came together, at least one."""

    def goes_on(self, taken: Reply) -> bool:
        """The same of four replies in one: see `all_taken`. False where they were not what was due; then it hears them
        one by one."""

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
        self._unsent_at_end = 0
        self._is_paused = False
        self._is_encrypted = transport.get_extra_info("ssl_object") is not None
        # asyncio says at once when less is left than this; uvloop only when all is gone.
        self._tells_pauses = type(transport).__module__ == "asyncio.selector_events"
        transport.set_write_buffer_limits(high=PAUSES_ABOVE, low=PAUSES_ABOVE)
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Whether more can be said."""
        return not self.end

    @property
    def unsent(self) -> int:
        """How many of the last bytes have certainly never been given to the system; in doubt none."""
        if self.end:
            return self._unsent_at_end
        # Once encrypted, a letter lies where nobody can see how much of it has left.
        return 0 if self._is_encrypted else self._transport.get_write_buffer_size()

    @property
    def holds_more(self) -> bool:
        """Whether something has arrived behind the replies that were heard."""
        return self._reader.holds_more

    def write(self, *pieces: bytes) -> bool:
        """Says it, at once; False where it is certain that nothing of it can ever leave."""
        if self.end or self._transport.is_closing():
            return False
        # One piece: the system takes longer to gather a hundred than we to copy them.
        self._transport.write(b"".join(pieces))
        # A write that fails at once closes the transport.
        return self._is_encrypted or not self._transport.is_closing()

    def close(self, words: str = CLOSED) -> None:
        """Ends it at once; what the system has not taken is never sent."""
        if not self.end:
            self._finish(words, self.unsent)

    def data_received(self, data: bytes) -> None:
        if self.end:
            return
        if self.listener and not self._reader.holds_more:
            taken = all_taken(data)
            if taken and self.listener.goes_on(taken):
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

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  lost is lost, whatever the system calls it
        if not self.end:
            # What was left has been thrown away before we are told.
            is_known = self._is_paused and self._tells_pauses
            self._finish(HUNG_UP, PAUSES_ABOVE + 1 if is_known else 0)
        if not self.gone.done():
            self.gone.set_result(None)

    def _finish(self, words: str, unsent: int) -> None:
        self.end = words
        self._unsent_at_end = unsent
        self._transport.abort()
        if self.listener:
            self.listener.over()
