"""What is said to a relay about letters, and what follows from each reply. Never decides what an outcome means.

A letter, its dot and the next envelope are one write: joining them costs one copy, two writes cost a system call, which
took 15 % more processor time for 60 kB; the difference to `writelines` drowned in the noise. So the dot has certainly
not left only while more is unsent than the envelope behind it.
"""

from collections import deque
from collections.abc import Callable

from mailer.domain.deliveries import Ending, Outcome, Step
from mailer.transport.letters import React, Terms, Try
from mailer.transport.replies import Reply
from mailer.transport.wire import CLOSED, HUNG_UP, UNASKED, Wire

WHOLE_GROUP = 4
"""Replies to a group: letter, MAIL, RCPT, DATA."""


class Exchange:
    """Knows which replies are due, and for which letter: one, and at most one more behind its dot."""

    def __init__(self, wire: Wire, terms: Terms, following: Callable[[], Try | None], rest: Callable[[], None]) -> None:
        """`following` gives the next letter, if there is one; `rest` is told when there is none to go on with."""
        self.handed_over = 0
        self.tries: list[Try] = []
        """Letters that have not ended."""
        self.due: deque[tuple[React, Try]] = deque()
        self._wire = wire
        self._terms = terms
        self._following = following
        self._rest = rest
        self._unheard: deque[Reply] = deque()
        self._must_reset = False
        self._is_dot_kept = False
        self._behind_dot = 0

    def hear(self, replies: deque[Reply]) -> None:
        """Replies that came together."""
        self._unheard = replies
        while replies and self._wire.is_open:
            reply = replies.popleft()
            if not self.due:
                self._leave(UNASKED)
                return
            react, one = self.due.popleft()
            if reply.code == 421:
                # It is closing the connection (RFC 5321 §3.8).
                self.end(one, Outcome(Ending.DEFERRED, one.step, reply.code, reply.words))
                self._leave(HUNG_UP)
            else:
                react(one, reply)

    @property
    def may_flow(self) -> bool:
        """Whether exactly these are due: the reply to a letter, and those to the plain envelope behind it."""
        due = self.due
        return (
            len(due) == WHOLE_GROUP
            and due[0][1].step is Step.BODY
            and due[3][0] == self._after_data
            and due[1][1].is_wanted
            and self._wire.unsent <= self._behind_dot
        )

    def flow(self, taken: Reply) -> None:
        """All four are good: does at once what they would have done one by one (`may_flow`)."""
        (_, one), (_, following), *_ = self.due
        self.due.popleft()
        self.end(one, Outcome(Ending.ACCEPTED, Step.BODY, taken.code, taken.words))
        if self._wire.is_open:
            self.due.clear()
            following.has_transaction = True
            self._hand_over(following)

    def begin(self) -> None:
        """The envelope of the next letter."""
        if self._is_ahead():
            return
        if one := self._following():
            self._write(self._introduce(one))
        else:
            self._rest()

    def end(self, one: Try, outcome: Outcome | None) -> None:
        """Once and no more, whoever says so again."""
        if not one.is_ended:
            one.is_ended = True
            self.tries.remove(one)
            one.letter.ended(outcome)

    def last_word(self, one: Try, *, is_in_turn: bool) -> Outcome | None:
        """What becomes of a letter when the connection ends before its reply."""
        words = self._wire.end
        if one.step is Step.BODY:
            is_kept = self._is_dot_kept or self._wire.unsent > self._behind_dot
            return Outcome(Ending.BROKEN if is_kept else Ending.LOST, Step.BODY, words=words)
        if is_in_turn and words != CLOSED:
            return Outcome(Ending.BROKEN, one.step, words=words)
        return None

    def _introduce(self, one: Try) -> bytes:
        """What is said first of a letter."""
        if self._must_reset or not self._terms.pipelines:
            self._prepare(one)
            return self._say(one)
        self.due.extend(((self._after_mail, one), (self._after_rcpt, one), (self._after_data, one)))
        return b"%b\r\n%b\r\nDATA\r\n" % one.envelope.commands()

    def _prepare(self, one: Try) -> None:
        mail, rcpt = one.envelope.commands()
        one.unsaid.extend(((self._after_mail, mail), (self._after_rcpt, rcpt), (self._after_data, b"DATA")))
        if self._must_reset:
            one.unsaid.insert(0, (self._after_reset, b"RSET"))

    def _say(self, one: Try) -> bytes:
        """The whole envelope where the relay takes it so, or its next command; their replies are due."""
        commands: list[bytes] = []
        while one.unsaid and (self._terms.pipelines or not commands):
            react, command = one.unsaid.pop(0)
            self.due.append((react, one))
            commands.append(command)
        return b"\r\n".join((*commands, b""))

    def _write(self, data: bytes) -> None:
        if not self._wire.write(data):
            self._wire.close(HUNG_UP)

    def _leave(self, words: str) -> None:
        """The connection is given up: no letter's turn comes any more."""
        self.due.clear()
        self._wire.close(words)

    def _after_reset(self, one: Try, reply: Reply) -> None:
        if reply.code >= 300:
            self.end(one, None)
            self._leave(CLOSED)
            return
        self._must_reset = False
        self._carry_on(one)

    def _after_mail(self, one: Try, reply: Reply) -> None:
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

    def _after_rcpt(self, one: Try, reply: Reply) -> None:
        if reply.code >= 300:
            self._refuse(one, reply)
        one.step = Step.DATA
        self._carry_on(one)

    def _after_data(self, one: Try, reply: Reply) -> None:
        if reply.code != 354:
            self._refuse(one, reply)
            self._carry_on(one)
        elif not self._is_ahead(one):
            self._hand_over(one) if one.is_wanted else self._send_nothing(one)

    def _carry_on(self, one: Try) -> None:
        """Says what comes next, once no reply is due."""
        if self.due or not self._wire.is_open:
            return
        if one.is_ended:
            self._must_reset = self._must_reset or one.has_transaction
            self.begin()
        elif not self._is_ahead(one):
            if one.is_to_repeat:
                self._must_reset = True
                self._repeat(one)
            self._write(self._say(one))

    def _repeat(self, one: Try) -> None:
        one.is_to_repeat = one.is_behind_refusal = False
        one.step = Step.MAIL
        self._prepare(one)

    def _send_nothing(self, one: Try) -> None:
        """RFC 2920 §3.1: a relay that takes no recipient and yet is ready to read gets a lone dot."""
        if not one.has_transaction:
            # Whose transaction is it, then? A lone dot might bring somebody an empty letter.
            self._leave(CLOSED)
            return
        self.due.append((self._after_nothing, one))
        self._write(b".\r\n")

    def _after_nothing(self, one: Try, reply: Reply) -> None:
        one.has_transaction = reply.code >= 300
        self._carry_on(one)

    def _hand_over(self, one: Try) -> None:
        content = one.letter.content()
        if content is None:
            # A lone dot would deliver an empty letter, and nothing else ends DATA.
            self.end(one, None)
            self._leave(CLOSED)
            return
        self.handed_over += 1
        one.step = Step.BODY
        self.due.append((self._after_body, one))
        self._is_dot_kept = True
        behind = self._envelope_behind()
        self._behind_dot = len(behind)
        self._is_dot_kept = not self._wire.write(*content, b".\r\n" + behind)
        if self._is_dot_kept:
            self._wire.close(HUNG_UP)

    def _envelope_behind(self) -> bytes:
        """Of the next letter: content may begin a group, DATA ends it (RFC 2920 §3.1)."""
        if not self._terms.pipelines:
            return b""
        following = self._following()
        return self._introduce(following) if following else b""

    def _after_body(self, one: Try, reply: Reply) -> None:
        if self._wire.unsent > self._behind_dot:
            self._judged_early(one, reply)
            return
        if reply.code < 300:
            self.end(one, Outcome(Ending.ACCEPTED, Step.BODY, reply.code, reply.words))
        else:
            self._refuse(one, reply)
            self._must_reset = True
        if self.due:
            self.due[0][1].is_behind_refusal = self._must_reset
        elif self._wire.is_open:
            self.begin()

    def _judged_early(self, one: Try, reply: Reply) -> None:
        """What it has not heard of the letter must not be read as commands."""
        if reply.code < 400:
            # It claims to have taken what we still hold: nobody can tell.
            self.end(one, Outcome(Ending.LOST, Step.BODY, words=UNASKED))
        self._refuse(one, reply)
        self._leave(UNASKED)

    def _refuse(self, one: Try, reply: Reply) -> None:
        if reply.code < 400:
            # A code that has no place here, such as 354 to MAIL.
            otherwise = Ending.LOST if one.step is Step.BODY else Ending.BROKEN
            self.end(one, Outcome(otherwise, one.step, reply.code, reply.words))
            self._leave(UNASKED)
        elif one.is_wanted:
            ending = Ending.DEFERRED if reply.code < 500 else Ending.REFUSED
            one.unsaid.clear()
            self.end(one, Outcome(ending, one.step, reply.code, reply.words))

    def _is_ahead(self, one: Try | None = None) -> bool:
        """Whether the relay has said more than it was asked: replies that run out of step are nobody's."""
        if not self._unheard and not self._wire.holds_more:
            return False
        if one:
            step = Step.BODY if one.step is Step.DATA and not one.unsaid else one.step
            last = self._unheard[0] if self._unheard else None
            if last and last.code == 421:
                self.end(one, Outcome(Ending.DEFERRED, step, last.code, last.words))
            else:
                self.end(one, Outcome(Ending.BROKEN, step, words=UNASKED))
        self._leave(UNASKED)
        return True
