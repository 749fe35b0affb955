"""The SMTP conversation (RFC 5321 §4), one question at a time. Never judges a reply.

One rule matters more than speed: after any end of the conversation it is known whether the final dot can have left.
"""

import asyncio
from collections import deque

from mailer.transport.replies import Reply
from mailer.transport.wire import HUNG_UP, TOO_SLOW, UNASKED, Wire


class ConversationOver(Exception):
    """Nothing more can be said or heard on this connection; the message says how it ended."""


class Dialogue:
    """Ask, and get the reply."""

    def __init__(self, wire: Wire, timeout_s: float, after_dot_s: float) -> None:
        """`timeout_s`: how long a reply may take; `after_dot_s`: how long the reply to a letter may."""
        self._loop = asyncio.get_running_loop()
        self._wire = wire
        self._timeout_s = timeout_s
        self._after_dot_s = after_dot_s
        self._replies: deque[Reply] = deque()
        self._listener: asyncio.Future[None] | None = None
        self._is_dot_kept = False
        self._is_claimed = False

    @property
    def is_in_step(self) -> bool:
        """Whether the relay has said no more than it was asked."""
        return not self._replies

    @property
    def dot_may_be_out(self) -> bool:
        """False where the final dot of the last letter has certainly never been given to the system."""
        return self._is_claimed or not (self._is_dot_kept or self._wire.unsent)

    async def ask(self, command: bytes) -> Reply:
        """The reply to one command line, without its CRLF. Raises ConversationOver."""
        if self._replies:
            return self._unasked()
        self._write(command + b"\r\n")
        return await self._listen(self._timeout_s)

    async def hand_over(self, letter: bytes) -> Reply:
        """The reply to a letter: CRLF at each line's end and the last, no line that begins with a dot.

        Raises ConversationOver; `dot_may_be_out` then tells whether the letter may have been taken.
        """
        self._is_dot_kept = True
        if self._replies:
            return self._unasked()
        self._is_dot_kept = not self._write(letter + b".\r\n")
        reply = await self._listen(self._after_dot_s)
        return self._judged_early(reply) if self._wire.unsent else reply

    def hear(self, replies: deque[Reply]) -> None:
        self._replies.extend(replies)
        self._wake()

    def goes_on(self, taken: Reply) -> bool:  # noqa: ARG002  one question at a time is never answered by four
        return False

    def over(self) -> None:
        self._wake()

    def _wake(self) -> None:
        if self._listener and not self._listener.done():
            self._listener.set_result(None)

    def _write(self, data: bytes) -> bool:
        was_said = self._wire.write(data)
        if not was_said:
            self._wire.close(HUNG_UP)
        return was_said

    async def _listen(self, timeout_s: float) -> Reply:
        if not self._replies and self._wire.is_open:
            self._listener = self._loop.create_future()
            deadline = self._loop.call_later(timeout_s, self._wire.close, TOO_SLOW)
            try:
                await self._listener
            finally:
                deadline.cancel()
                self._listener = None
        if self._replies:
            return self._replies.popleft()
        raise ConversationOver(self._wire.end)

    def _judged_early(self, reply: Reply) -> Reply:
        """It judged before it had the whole letter: what remains must not be read as commands."""
        self._wire.close(UNASKED)
        if reply.code < 400:
            # It claims to have taken what we still hold: nobody can tell.
            self._is_claimed = True
            raise ConversationOver(UNASKED)
        return reply

    def _unasked(self) -> Reply:
        """A 421 that came while we were silent is the reply to whatever we would ask; anything else is disorder."""
        reply = self._replies.popleft()
        self._wire.close(UNASKED)
        if reply.code == 421:
            return reply
        raise ConversationOver(UNASKED)
