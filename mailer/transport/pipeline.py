"""Letters one after the other over one connection, in as few round trips as it allows (RFC 2920).

Driven by the replies as they arrive, with no task and no future for a letter. Never decides what an outcome means.

The final dot is written only once the system has taken the whole letter: a connection that breaks before cannot have
delivered it, whatever loop or encryption lies below, and one that breaks later may have.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from mailer.domain.deliveries import Ending, Outcome, Step
from mailer.transport.deadline import Deadline
from mailer.transport.envelopes import Envelope
from mailer.transport.replies import Reply
from mailer.transport.wire import CLOSED, HUNG_UP, TOO_SLOW, UNASKED, Wire


class Letter(Protocol):
    """One letter for one recipient, in a sender's hands."""

    @property
    def sender(self) -> str:
        """Of the envelope."""

    @property
    def recipient(self) -> str:
        """Of the envelope."""

    def content(self) -> bytes | None:
        """Called at most once, when the relay is ready to read: CRLF at each line's end and the last, no line that
        begins with a dot. None: it must not leave any more."""

    def ended(self, outcome: Outcome | None) -> None:
        """Called once. None: `content` gave nothing, nothing has left, and the try does not count."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a relay takes, and how long it may think."""

    pipelines: bool
    takes_accents: bool
    timeout_s: float
    after_dot_s: float


class Pipeline:
    """Knows what is due from the relay, and for which letter."""

    def __init__(self, wire: Wire, terms: Terms, take: Callable[[], Letter | None], most: int) -> None:
        """`take` gives the next letter, or None for nothing now; at most `most` are handed over."""
        self.handed_over = 0
        self._wire = wire
        self._terms = terms
        self._take = take
        self._most = most
        self._due: deque[tuple[_React, _Try]] = deque()
        self._tries: list[_Try] = []
        """Letters that have not ended: one, and at most one more behind its dot."""
        self._unheard: deque[Reply] = deque()
        self._must_reset = False
        self._is_dot_kept = False
        self._behind_dot = 0
        self._resting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._failure: Exception | None = None
        self._deadline = Deadline(lambda: wire.close(TOO_SLOW))

    async def run(self, wait: Callable[[], Awaitable[bool]]) -> None:
        """See `Connection.run`."""
        self._wire.listener = self
        try:
            await self._work()
            while self._may_go_on and await self._more(wait):
                await self._work()
        finally:
            self._deadline.off()
            if self._tries:
                self._wire.close(CLOSED)

    def hear(self, replies: deque[Reply]) -> None:
        self._guard(partial(self._hear, replies))

    def go_on(self) -> None:
        if self._is_dot_kept:
            self._guard(self._end_letter)

    def over(self) -> None:
        in_turn = self._due[0][1] if self._due else None
        for one in tuple(self._tries):
            self._guard(partial(self._end, one, self._last_word(one, is_in_turn=one is in_turn)))
        self._due.clear()
        self._rest()

    @property
    def _may_go_on(self) -> bool:
        return self._wire.is_open and self.handed_over < self._most

    async def _work(self) -> None:
        """Until there is no letter now, or the connection is used up."""
        self._resting = asyncio.get_running_loop().create_future()
        self._guard(self._begin)
        await self._resting
        self._deadline.off()
        if self._failure:
            raise self._failure

    async def _more(self, wait: Callable[[], Awaitable[bool]]) -> bool:
        """What `wait` says, unless the relay ends the connection meanwhile."""
        waiting = asyncio.ensure_future(wait())
        try:
            await asyncio.wait((waiting, self._wire.gone), return_when=asyncio.FIRST_COMPLETED)
            return waiting.done() and waiting.result()
        finally:
            waiting.cancel()

    def _rest(self) -> None:
        if not self._resting.done():
            self._resting.set_result(None)

    def _guard(self, act: Callable[[], None]) -> None:
        """What a letter or `take` raises ends the connection, and goes up where `run` was called."""
        try:
            act()
        except Exception as error:
            self._failure = self._failure or error
            self._wire.close(CLOSED)
        if self._due:
            is_body = self._due[0][1].step is Step.BODY
            self._deadline.within(self._terms.after_dot_s if is_body else self._terms.timeout_s)

    def _hear(self, replies: deque[Reply]) -> None:
        self._unheard = replies
        while replies and self._wire.is_open:
            reply = replies.popleft()
            if not self._due:
                self._wire.close(UNASKED)
                return
            react, one = self._due.popleft()
            if reply.code == 421:
                # It is closing the connection (RFC 5321 §3.8).
                self._end(one, Outcome(Ending.DEFERRED, one.step, reply.code, reply.words))
                self._wire.close(HUNG_UP)
            else:
                react(one, reply)

    def _begin(self) -> None:
        """The envelope of the next letter."""
        if self._is_ahead():
            return
        if one := self._next():
            self._prepare(one)
            self._write(self._say(one))
        else:
            self._rest()

    def _next(self) -> "_Try | None":
        """The next letter whose envelope can be said; those that cannot are refused on the way."""
        while self._may_go_on and (letter := self._take()):
            envelope = Envelope(letter.sender, letter.recipient)
            if refused := envelope.unwritable(takes_accents=self._terms.takes_accents):
                letter.ended(refused)
                continue
            one = _Try(letter, envelope)
            self._tries.append(one)
            return one
        return None

    def _prepare(self, one: "_Try") -> None:
        mail, rcpt = one.envelope.commands()
        one.unsaid.extend(((self._after_mail, mail), (self._after_rcpt, rcpt), (self._after_data, b"DATA")))
        if self._must_reset:
            one.unsaid.appendleft((self._after_reset, b"RSET"))

    def _say(self, one: "_Try") -> bytes:
        """The whole envelope where the relay takes it so, or its next command; their replies are due."""
        commands: list[bytes] = []
        while one.unsaid and (self._terms.pipelines or not commands):
            react, command = one.unsaid.popleft()
            self._due.append((react, one))
            commands.append(command)
        return b"\r\n".join((*commands, b""))

    def _write(self, data: bytes) -> None:
        if not self._wire.write(data):
            self._wire.close(HUNG_UP)

    def _after_reset(self, one: "_Try", reply: Reply) -> None:
        if reply.code >= 300:
            self._end(one, None)
            self._wire.close(CLOSED)
            return
        self._must_reset = False
        self._carry_on(one)

    def _after_mail(self, one: "_Try", reply: Reply) -> None:
        if reply.code < 300:
            one.has_transaction = True
            self._must_reset = False
        elif reply.code == 503 and one.is_behind_refusal:
            # It kept the refused letter's transaction open: this says nothing of ours.
            one.is_to_repeat = True
        else:
            self._refuse(one, reply)
        one.step = Step.RCPT
        self._carry_on(one)

    def _after_rcpt(self, one: "_Try", reply: Reply) -> None:
        if reply.code >= 300:
            self._refuse(one, reply)
        one.step = Step.DATA
        self._carry_on(one)

    def _after_data(self, one: "_Try", reply: Reply) -> None:
        if reply.code != 354:
            self._refuse(one, reply)
            self._carry_on(one)
        elif not self._is_ahead(one):
            self._hand_over(one) if one.is_wanted else self._send_nothing(one)

    def _carry_on(self, one: "_Try") -> None:
        """Says what comes next, once no reply is due."""
        if self._due or not self._wire.is_open:
            return
        if one.is_ended:
            self._must_reset = self._must_reset or one.has_transaction
            self._begin()
        elif not self._is_ahead(one):
            if one.is_to_repeat:
                self._must_reset = True
                self._repeat(one)
            self._write(self._say(one))

    def _repeat(self, one: "_Try") -> None:
        one.is_to_repeat = one.is_behind_refusal = False
        one.step = Step.MAIL
        self._prepare(one)

    def _send_nothing(self, one: "_Try") -> None:
        """RFC 2920 §3.1: a relay that takes no recipient and yet is ready to read gets a lone dot."""
        if not one.has_transaction:
            # Whose transaction is it, then? A lone dot might bring somebody an empty letter.
            self._wire.close(CLOSED)
            return
        self._due.append((self._after_nothing, one))
        self._write(b".\r\n")

    def _after_nothing(self, one: "_Try", reply: Reply) -> None:
        one.has_transaction = reply.code >= 300
        self._carry_on(one)

    def _hand_over(self, one: "_Try") -> None:
        content = one.letter.content()
        if content is None:
            # A lone dot would deliver an empty letter, and nothing else ends DATA.
            self._end(one, None)
            self._wire.close(CLOSED)
            return
        self.handed_over += 1
        one.step = Step.BODY
        self._due.append((self._after_body, one))
        self._is_dot_kept = True
        self._write(content)
        if self._wire.is_open and not self._wire.is_paused:
            self._end_letter()

    def _end_letter(self) -> None:
        """The dot, and the next envelope behind it: content may begin a group, DATA ends it (RFC 2920 §3.1)."""
        behind = b""
        if self._terms.pipelines and (following := self._next()):
            self._prepare(following)
            behind = self._say(following)
        self._behind_dot = len(behind)
        self._is_dot_kept = not self._wire.write(b".\r\n" + behind)
        if self._is_dot_kept:
            self._wire.close(HUNG_UP)

    def _after_body(self, one: "_Try", reply: Reply) -> None:
        if self._is_dot_kept or self._wire.unsent > self._behind_dot:
            self._judged_early(one, reply)
            return
        if reply.code < 300:
            self._end(one, Outcome(Ending.ACCEPTED, Step.BODY, reply.code, reply.words))
        else:
            self._refuse(one, reply)
            self._must_reset = True
        if self._due:
            self._due[0][1].is_behind_refusal = self._must_reset
        elif self._wire.is_open:
            self._begin()

    def _judged_early(self, one: "_Try", reply: Reply) -> None:
        """What it has not heard of the letter must not be read as commands."""
        if reply.code < 400:
            # It claims to have taken what we still hold: nobody can tell.
            self._end(one, Outcome(Ending.LOST, Step.BODY, words=UNASKED))
        self._refuse(one, reply)
        self._wire.close(UNASKED)

    def _refuse(self, one: "_Try", reply: Reply) -> None:
        if reply.code < 400:
            # A code that has no place here, such as 354 to MAIL.
            otherwise = Ending.LOST if one.step is Step.BODY else Ending.BROKEN
            self._end(one, Outcome(otherwise, one.step, reply.code, reply.words))
            self._wire.close(UNASKED)
        elif one.is_wanted:
            ending = Ending.DEFERRED if reply.code < 500 else Ending.REFUSED
            one.unsaid.clear()
            self._end(one, Outcome(ending, one.step, reply.code, reply.words))

    def _is_ahead(self, one: "_Try | None" = None) -> bool:
        """Whether the relay has said more than it was asked: replies that run out of step are nobody's."""
        if not self._unheard and not self._wire.holds_more:
            return False
        if one:
            step = Step.BODY if one.step is Step.DATA and not one.unsaid else one.step
            last = self._unheard[0] if self._unheard else None
            if last and last.code == 421:
                self._end(one, Outcome(Ending.DEFERRED, step, last.code, last.words))
            else:
                self._end(one, Outcome(Ending.BROKEN, step, words=UNASKED))
        self._wire.close(UNASKED)
        return True

    def _end(self, one: "_Try", outcome: Outcome | None) -> None:
        if not one.is_ended:
            one.is_ended = True
            self._tries.remove(one)
            one.letter.ended(outcome)

    def _last_word(self, one: "_Try", *, is_in_turn: bool) -> Outcome | None:
        """What becomes of a letter when the connection ends before its reply."""
        words = self._wire.end
        if one.step is Step.BODY:
            return Outcome(Ending.BROKEN if self._is_dot_kept else Ending.LOST, Step.BODY, words=words)
        if is_in_turn and words != CLOSED:
            return Outcome(Ending.BROKEN, one.step, words=words)
        return None


@dataclass(eq=False, slots=True)
class _Try:
    """A letter on its way over this connection."""

    letter: Letter
    envelope: Envelope
    unsaid: "deque[tuple[_React, bytes]]" = field(default_factory=deque)
    step: Step = Step.MAIL
    """What the next reply for it belongs to."""
    has_transaction: bool = False
    is_behind_refusal: bool = False
    is_to_repeat: bool = False
    is_ended: bool = False

    @property
    def is_wanted(self) -> bool:
        """Whether it still waits for an outcome of this envelope."""
        return not self.is_ended and not self.is_to_repeat


_React = Callable[[_Try, Reply], None]
