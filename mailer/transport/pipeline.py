"""One connection's work: letters one after the other, pipelined where the relay takes it (RFC 2920).

Driven by the replies as they arrive, with no task and no future for a letter.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVarTuple

from mailer.domain.deliveries import Step
from mailer.transport.deadline import Deadline
from mailer.transport.envelopes import Envelope
from mailer.transport.exchange import Exchange
from mailer.transport.letters import Letter, Terms, Try
from mailer.transport.replies import Reply
from mailer.transport.wire import CLOSED, TOO_SLOW, Wire

Given = TypeVarTuple("Given")


class Pipeline:
    """Takes letters, keeps the time, and sees to it that each of them ends once."""

    def __init__(self, wire: Wire, terms: Terms, take: Callable[[], Letter | None], most: int) -> None:
        """`take` gives the next letter, or None for nothing now; at most `most` are handed over."""
        self._wire = wire
        self._terms = terms
        self._take = take
        self._most = most
        self._exchange = Exchange(wire, terms, self._next, self._rest)
        self._resting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._failure: Exception | None = None
        self._deadline = Deadline(lambda: wire.close(TOO_SLOW))

    @property
    def handed_over(self) -> int:
        """Letters that the relay was given whole, whatever it said of them."""
        return self._exchange.handed_over

    async def run(self, wait: Callable[[], Awaitable[bool]]) -> None:
        """See `Connection.run`."""
        self._wire.listener = self
        try:
            while self._may_go_on:
                await self._work()
                if not await self._more(wait):
                    break
        finally:
            self._deadline.off()
            if self._exchange.tries:
                self._wire.close(CLOSED)

    def hear(self, replies: deque[Reply]) -> None:
        self._guard(self._exchange.hear, replies)

    def goes_on(self, taken: Reply) -> bool:
        if not self._exchange.may_flow:
            return False
        self._guard(self._exchange.flow, taken)
        return True

    def over(self) -> None:
        in_turn = self._exchange.due[0][1] if self._exchange.due else None
        for one in tuple(self._exchange.tries):
            self._guard(self._exchange.end, one, self._exchange.last_word(one, is_in_turn=one is in_turn))
        self._exchange.due.clear()
        self._rest()

    @property
    def _may_go_on(self) -> bool:
        return self._wire.is_open and self._exchange.handed_over < self._most

    async def _work(self) -> None:
        """Until there is no letter now, or the connection is used up."""
        self._resting = asyncio.get_running_loop().create_future()
        self._guard(self._exchange.begin)
        await self._resting
        self._deadline.off()
        if self._failure:
            raise self._failure

    async def _more(self, wait: Callable[[], Awaitable[bool]]) -> bool:
        """What `wait` says, unless the connection is used up or the relay ends it meanwhile."""
        if not self._may_go_on:
            return False
        waiting = asyncio.ensure_future(wait())
        try:
            await asyncio.wait((waiting, self._wire.gone), return_when=asyncio.FIRST_COMPLETED)
            return waiting.done() and waiting.result()
        finally:
            waiting.cancel()

    def _rest(self) -> None:
        if not self._resting.done():
            self._resting.set_result(None)

    def _guard(self, act: Callable[[*Given], None], *given: *Given) -> None:
        """What a letter or `take` raises ends the connection, and goes up where `run` was called."""
        try:
            act(*given)
        except Exception as error:
            self._failure = self._failure or error
            self._wire.close(CLOSED)
        if self._exchange.due:
            is_body = self._exchange.due[0][1].step is Step.BODY
            self._deadline.within(self._terms.after_dot_s if is_body else self._terms.timeout_s)

    def _next(self) -> Try | None:
        """The next letter whose envelope can be said; those that cannot are refused on the way."""
        while self._may_go_on and (letter := self._take()):
            envelope = Envelope(letter.sender, letter.recipient)
            if refused := envelope.unwritable(takes_accents=self._terms.takes_accents):
                letter.ended(refused)
                continue
            one = Try(letter, envelope)
            self._exchange.tries.append(one)
            return one
        return None
