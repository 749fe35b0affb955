"""Hands letters to the relay and tells exactly how each try ended. Never tries again, never keeps a letter.

aiosmtplib opens, secures and logs in; then the letters go as prepared bytes over a conversation of our own, because
its sending copies and rewrites each letter several times and cannot tell whether the final dot had left.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import cast

import aiosmtplib

from mailer.config import Smtp
from mailer.domain.deliveries import Ending, Outcome, Step
from mailer.language import N_
from mailer.transport.dialogue import ConversationOver, Dialogue, Reply
from mailer.transport.refusals import HUNG_UP, NO_LOGIN, NO_STARTTLS, why_not

NOT_WRITABLE = N_("this address holds a character that no relay takes")
NEEDS_SMTPUTF8 = N_("this address has an accent, and the relay takes none (SMTPUTF8)")

FAREWELL_S = 5
"""How long the relay may take to say good-bye."""


class Relay:
    """The relay of this installation."""

    def __init__(self, settings: Smtp, *, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: whom to trust, in place of the system's authorities."""
        self._settings = settings
        self._tls = tls
        self._own_name: str | None = None

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
        dialogue = Dialogue(cast(asyncio.Transport, client.transport), self._settings.timeout_s)
        takes_accents = client.supports_extension("smtputf8")
        return Connection(dialogue, self._settings.letters_per_connection, takes_accents=takes_accents)


class Connection:
    """One open connection, for letters one after the other."""

    def __init__(self, dialogue: Dialogue, most_letters: int, *, takes_accents: bool) -> None:
        self._dialogue = dialogue
        self._most_letters = most_letters
        self._takes_accents = takes_accents
        self.letters = 0
        """Handed over so far, whatever the relay said of them."""

    @property
    def usable(self) -> bool:
        """Whether another letter may go this way."""
        return self._dialogue.is_open and self.letters < self._most_letters

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
        if refused := self._unwritable(sender, recipient):
            return refused
        try:
            return await self._transact(sender, recipient, before_data, letter)
        except BaseException:
            self._dialogue.close()
            raise

    async def say_good_bye(self) -> None:
        """QUIT, where the relay still listens."""
        if self._dialogue.is_open:
            with suppress(ConversationOver, TimeoutError):
                async with asyncio.timeout(FAREWELL_S):
                    await self._dialogue.ask(b"QUIT")

    async def close(self) -> None:
        """Closed at once, whatever is under way."""
        self._dialogue.close()
        await self._dialogue.gone()

    async def _transact(
        self,
        sender: str,
        recipient: str,
        before_data: Callable[[], Awaitable[bool]],
        letter: Callable[[], bytes],
    ) -> Outcome | None:
        accents = "" if sender.isascii() and recipient.isascii() else " SMTPUTF8"
        if failed := await self._ask(Step.MAIL, f"MAIL FROM:<{sender}>{accents}"):
            return failed
        if failed := await self._ask(Step.RCPT, f"RCPT TO:<{recipient}>"):
            return failed
        if not await before_data():
            await self._reset()
            return None
        if failed := await self._ask(Step.DATA, "DATA"):
            return failed
        return await self._hand_over(letter())

    async def _ask(self, step: Step, command: str) -> Outcome | None:
        """None to go on."""
        try:
            reply = await self._dialogue.ask(command.encode())
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
            self._dialogue.close()
            return Outcome(otherwise, step, reply.code, reply.words)
        await self._after_refusal(reply)
        return Outcome(Ending.DEFERRED if reply.code < 500 else Ending.REFUSED, step, reply.code, reply.words)

    async def _after_refusal(self, reply: Reply) -> None:
        if reply.code == 421:
            # It is closing the connection (RFC 5321 §3.8).
            self._dialogue.close()
        else:
            await self._reset()

    async def _reset(self) -> None:
        try:
            reply = await self._dialogue.ask(b"RSET")
        except ConversationOver:
            return
        if reply.code >= 300:
            self._dialogue.close()

    def _unwritable(self, sender: str, recipient: str) -> Outcome | None:
        for step, address in ((Step.MAIL, sender), (Step.RCPT, recipient)):
            is_null_sender = step is Step.MAIL and not address
            if not _WRITABLE.fullmatch(address) and not is_null_sender:
                return Outcome(Ending.REFUSED, step, words=NOT_WRITABLE)
            if not address.isascii() and not self._takes_accents:
                return Outcome(Ending.REFUSED, step, words=NEEDS_SMTPUTF8)
        return None


_SIGN = r"[^\s\x00-\x20\x7f-\xa0\ud800-\udfff<>@]"
_WRITABLE = re.compile(f"{_SIGN}+@{_SIGN}+")
