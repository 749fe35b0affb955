"""A relay that follows a script word by word, for dialogues that no proper server would lead."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

GREETING = b"220 relay.example ESMTP\r\n"
EHLO = b"250-relay.example\r\n250 SIZE 1000000\r\n"
OK = b"250 2.0.0 OK\r\n"
GO_ON = b"354 go on\r\n"
PIPELINING = b"250-relay.example\r\n250-PIPELINING\r\n250 SIZE 1000000\r\n"
SILENCE = b""
HANG_UP = None


@dataclass(frozen=True)
class Early:
    """Said without waiting for the command or the letter that is due."""

    reply: "Spoken"


class Stall:
    """From here on the relay neither reads nor speaks."""


STALL = Stall()
Spoken = bytes | tuple[bytes, ...] | None
"""A tuple arrives in as many pieces. None: the connection is closed."""
Reply = Spoken | Early | Stall


@dataclass
class ScriptedRelay:
    """Where it listens, and what it was told on all connections."""

    port: int = 0
    commands: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def scripted_relay(
    *script: Reply,
    greeting: Spoken = GREETING,
    ehlo: Reply = EHLO,
    farewell: bytes = b"221 bye\r\n",
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[ScriptedRelay]:
    """Each connection gets the script from its beginning, after EHLO; then silence, but for the reply to QUIT."""
    relay = ScriptedRelay()
    sessions: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = asyncio.current_task()
        assert session
        sessions.add(session)
        try:
            await _follow((Early(greeting), ehlo, *script), relay, reader, writer)
            await _listen(farewell, relay, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # The other side hung up first, as it may.
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=2**26, ssl=tls)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        relay.is_over.set()
        server.close()
        await asyncio.wait_for(asyncio.gather(*sessions), 10)
        await server.wait_closed()


async def _follow(
    script: tuple[Reply, ...], relay: ScriptedRelay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    is_letter_due = False
    spoken: Spoken
    for reply in script:
        if isinstance(reply, Stall):
            cast(asyncio.ReadTransport, writer.transport).pause_reading()
            await relay.is_over.wait()
            spoken = HANG_UP
        elif isinstance(reply, Early):
            spoken = reply.reply
        else:
            await _take(relay, reader, is_letter_due=is_letter_due)
            spoken = reply
        if spoken is HANG_UP:
            writer.transport.abort()
            return
        pieces = (spoken,) if isinstance(spoken, bytes) else spoken
        await _say(pieces, writer)
        is_letter_due = pieces[-1].endswith(GO_ON)


async def _take(relay: ScriptedRelay, reader: asyncio.StreamReader, *, is_letter_due: bool) -> None:
    if is_letter_due:
        lines = [await reader.readuntil(b"\r\n")]
        while lines[-1] != b".\r\n":
            lines.append(await reader.readuntil(b"\r\n"))
        relay.letters.append(b"".join(lines))
    else:
        relay.commands.append((await reader.readuntil(b"\r\n")).decode().removesuffix("\r\n"))


async def _say(pieces: tuple[bytes, ...], writer: asyncio.StreamWriter) -> None:
    for piece in pieces:
        writer.write(piece)
        # Twice round the loop, the other side has read this piece.
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def _listen(
    farewell: bytes, relay: ScriptedRelay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while line := await reader.readline():
        relay.commands.append(line.decode("utf-8", "replace").removesuffix("\r\n"))
        if line == b"QUIT\r\n":
            writer.write(farewell)
