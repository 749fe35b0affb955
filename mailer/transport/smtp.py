"""Hands letters to the relay and tells exactly how each try ended. Never tries again, never keeps a letter.

aiosmtplib opens, secures and logs in; then the letters go as prepared bytes over a conversation of our own, because
its sending copies and rewrites each letter several times and cannot tell whether the final dot had left.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import cast

import aiosmtplib

from mailer.config import Smtp
from mailer.domain.deliveries import Ending, Outcome, Step
from mailer.transport.dialogue import ConversationOver, Dialogue
from mailer.transport.envelopes import Envelope
from mailer.transport.letters import NOBODY, Greeting, Letter, Terms
from mailer.transport.pipeline import Pipeline
from mailer.transport.refusals import HUNG_UP, NO_LOGIN, NO_STARTTLS, why_not
from mailer.transport.replies import Reply
from mailer.transport.wire import UNASKED, Wire

FAREWELL_S = 5
"""How long the relay may take to say good-bye."""


class Relay:
    """The relay of this installation."""

    def __init__(self, settings: Smtp, *, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: whom to trust, in place of the system's authorities."""
        self._settings = settings
        self._tls = tls
        self._own_name: str | None = None

    async def meet(self) -> Greeting:
        """Goes in and out again, and says who answered; sends nothing. Raises RelayUnreachable, RelayRefuses."""
        async with self.connection() as connection:
            return connection.greeting

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["Connection"]:
        """A connection, secured and logged in, closed politely at the end. Raises RelayUnreachable, RelayRefuses."""
        connection = await self._open()
        try:
            yield connection
            await connection.say_good_bye()
        finally:
            await connection.close()

    async def _open(self) -> "Connection":
        client = self._client()
        try:
            await self._let_in(client)
            return self._take_over(client)
        except BaseException:
            if client.transport:
                # Closing politely would leave the socket to a loop that may be about to end.
                cast(asyncio.Transport, client.transport).abort()
            client.close()
            raise

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        if settings.security != "none" and self._tls is None:
            # Reading the system's authorities takes longer than a handshake: once is enough.
            self._tls = ssl.create_default_context()
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.timeout_s,
            use_tls=settings.security == "tls",
            start_tls=False,
            tls_context=self._tls,
            local_hostname=self._own_name,
        )

    async def _let_in(self, client: aiosmtplib.SMTP) -> None:
        settings = self._settings
        await self._step(client.connect(), HUNG_UP)
        # Asked of the system once: a slow name service would delay every connection.
        self._own_name = client.local_hostname
        await self._step(client.ehlo(), HUNG_UP)
        if settings.security == "starttls":
            await self._step(client.starttls(), NO_STARTTLS)
            await self._step(client.ehlo(), HUNG_UP)
        if settings.username:
            await self._step(client.login(settings.username, settings.password.get_secret_value()), NO_LOGIN)

    async def _step(self, step: Coroutine[None, None, object], otherwise: str) -> None:
        try:
            await step
        except (aiosmtplib.SMTPException, OSError, UnicodeError) as error:
            raise why_not(error, self._settings, otherwise) from error

    def _take_over(self, client: aiosmtplib.SMTP) -> "Connection":
        # `transport` is public, but not documented: tests/transport/test_smtp.py holds what we rely on.
        if not client.transport or client.transport.is_closing():
            raise why_not(aiosmtplib.SMTPServerDisconnected(""), self._settings, HUNG_UP)
        settings = self._settings
        terms = Terms(
            pipelines=client.supports_extension("pipelining"),
            takes_accents=client.supports_extension("smtputf8"),
            timeout_s=settings.timeout_s,
            after_dot_s=max(settings.timeout_s, settings.after_dot_timeout_s),
        )
        wire = Wire(cast(asyncio.Transport, client.transport))
        return Connection(wire, terms, settings.letters_per_connection, _greeting(client))


class Connection:
    """One open connection, for letters one after the other."""

    def __init__(self, wire: Wire, terms: Terms, most_letters: int, greeting: Greeting = NOBODY) -> None:
        self._wire = wire
        self._terms = terms
        self._dialogue = Dialogue(wire, terms.timeout_s, terms.after_dot_s)
        wire.listener = self._dialogue
        self._most_letters = most_letters
        self.greeting = greeting
        self.letters = 0
        """Handed over so far, whatever the relay said of them."""

    @property
    def usable(self) -> bool:
        """Whether another letter may go this way."""
        return self._wire.is_open and self.letters < self._most_letters

    async def run(self, take: Callable[[], Letter | None], wait: Callable[[], Awaitable[bool]]) -> None:
        """Hands over the letters that `take` gives, until the connection is used up or broken, or there are no more.

        `take` gives the next letter, or None for nothing now; then `wait` says whether to ask it again. Every letter
        taken has ended when this returns or is cancelled. What a letter or `take` raises goes up; the connection ends.
        """
        if not self._dialogue.is_in_step:
            self._wire.close(UNASKED)
        pipeline = Pipeline(self._wire, self._terms, take, self._most_letters - self.letters)
        try:
            await pipeline.run(wait)
        finally:
            self.letters += pipeline.handed_over
            self._wire.listener = self._dialogue

    async def deliver(
        self,
        sender: str,
        recipient: str,
        before_data: Callable[[], Awaitable[bool]],
        letter: Callable[[], bytes],
    ) -> Outcome | None:
        """One try. None where `before_data`, asked once the relay took the recipient, said no: nothing was sent.

        `letter` is called once the relay is ready to read; its bytes end in CRLF and no line begins with a dot.
        What either raises goes up, the connection is closed, and nothing of the letter has left.
        """
        envelope = Envelope(sender, recipient)
        if refused := envelope.unwritable(takes_accents=self._terms.takes_accents):
            return refused
        try:
            return await self._transact(envelope, before_data, letter)
        except BaseException:
            self._wire.close()
            raise

    async def say_good_bye(self) -> None:
        """QUIT, where the relay still listens."""
        if self._wire.is_open:
            with suppress(ConversationOver, TimeoutError):
                async with asyncio.timeout(FAREWELL_S):
                    await self._dialogue.ask(b"QUIT")

    async def close(self) -> None:
        """Closed at once, whatever is under way."""
        self._wire.close()
        await asyncio.shield(self._wire.gone)

    async def _transact(
        self,
        envelope: Envelope,
        before_data: Callable[[], Awaitable[bool]],
        letter: Callable[[], bytes],
    ) -> Outcome | None:
        for step, command in zip((Step.MAIL, Step.RCPT), envelope.commands(), strict=True):
            if failed := await self._ask(step, command):
                return failed
        if not await before_data():
            await self._reset()
            return None
        if failed := await self._ask(Step.DATA, b"DATA"):
            return failed
        return await self._hand_over(letter())

    async def _ask(self, step: Step, command: bytes) -> Outcome | None:
        """None to go on."""
        try:
            reply = await self._dialogue.ask(command)
        except ConversationOver as over:
            return Outcome(Ending.BROKEN, step, words=str(over))
        if (reply.code == 354) if step is Step.DATA else (reply.code < 300):
            return None
        return await self._refused(step, reply, otherwise=Ending.BROKEN)

    async def _hand_over(self, letter: bytes) -> Outcome:
        self.letters += 1
        try:
            reply = await self._dialogue.hand_over(letter)
        except ConversationOver as over:
            ending = Ending.LOST if self._dialogue.dot_may_be_out else Ending.BROKEN
            return Outcome(ending, Step.BODY, words=str(over))
        if reply.code < 300:
            return Outcome(Ending.ACCEPTED, Step.BODY, reply.code, reply.words)
        return await self._refused(Step.BODY, reply, otherwise=Ending.LOST)

    async def _refused(self, step: Step, reply: Reply, *, otherwise: Ending) -> Outcome:
        """`otherwise`: what a code means that has no place here, such as 354 to MAIL."""
        if reply.code < 400:
            self._wire.close()
            return Outcome(otherwise, step, reply.code, reply.words)
        await self._after_refusal(reply)
        return Outcome(Ending.DEFERRED if reply.code < 500 else Ending.REFUSED, step, reply.code, reply.words)

    async def _after_refusal(self, reply: Reply) -> None:
        if reply.code == 421:
            # It is closing the connection (RFC 5321 §3.8).
            self._wire.close()
        else:
            await self._reset()

    async def _reset(self) -> None:
        try:
            reply = await self._dialogue.ask(b"RSET")
        except ConversationOver:
            return
        if reply.code >= 300:
            self._wire.close()


def _greeting(client: aiosmtplib.SMTP) -> Greeting:
    said = client.last_ehlo_response
    words = said.message.split() if said else []
    return Greeting(words[0].casefold() if words else "", client.supports_extension("starttls"))
