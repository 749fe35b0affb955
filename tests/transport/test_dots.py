"""Whether the final dot has left, held against what a relay that stops reading finds when it reads on."""

import asyncio
import socket
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from mailer.config import Smtp
from mailer.domain.deliveries import Ending
from mailer.transport.smtp import Relay
from tests.transport.papers import ENOUGH_S, papers, run
from tests.transport.scripted import EHLO, GO_ON, GREETING, OK, PIPELINING

pytestmark = pytest.mark.anyio

LARGEST = 16_000_000


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param}


class Reading:
    """A relay that reads up to DATA, hangs up its own side, and reads the rest only when told."""

    def __init__(self, ehlo: bytes) -> None:
        self._ehlo = ehlo
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.setblocking(False)
        self.port = self._listening.getsockname()[1]

    async def greet(self) -> None:
        loop = asyncio.get_running_loop()
        self._peer, _ = await loop.sock_accept(self._listening)
        await self._say(GREETING)
        await self._hear(b"EHLO")
        await self._say(self._ehlo)
        for command in (b"MAIL", b"RCPT"):
            if self._ehlo is EHLO:
                await self._hear(command)
                await self._say(OK)
        await self._hear(b"DATA\r\n")
        await self._say(GO_ON if self._ehlo is EHLO else OK + OK + GO_ON)
        self._peer.shutdown(socket.SHUT_WR)

    async def read_on(self) -> bytes:
        """All that ever left."""
        loop, read = asyncio.get_running_loop(), bytearray()
        with suppress(ConnectionError):
            while data := await loop.sock_recv(self._peer, 1_000_000):
                read += data
        self._peer.close()
        self._listening.close()
        return bytes(read)

    async def _say(self, words: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._peer, words)

    async def _hear(self, command: bytes) -> None:
        heard = b""
        while command not in heard:
            heard += await asyncio.get_running_loop().sock_recv(self._peer, 1000)


async def try_size(size: int, ehlo: bytes) -> bool:
    """Whether the dot left, which the outcome must have told."""
    letter, *following = papers(2)
    letter.text = b"x" * (size - 2) + b"\r\n"
    relay = Reading(ehlo)
    greeting = asyncio.create_task(relay.greet())
    async with asyncio.timeout(ENOUGH_S), Relay(Smtp(port=relay.port, security="none")).connection() as connection:
        pile = await run(connection, letter, *following)
    await greeting
    has_left = b"\r\n.\r\n" in await relay.read_on()
    assert letter.ending is (Ending.LOST if has_left else Ending.BROKEN), size
    assert [paper.outcome for paper in pile.taken[1:]] in ([], [None])
    return has_left


@pytest.mark.parametrize("ehlo", [EHLO, PIPELINING], ids=["one_by_one", "pipelined"])
async def test_a_dot_is_said_to_have_left_where_it_has_and_only_there(ehlo: bytes) -> None:
    left, kept = 1000, LARGEST
    assert await try_size(left, ehlo)
    assert not await try_size(kept, ehlo)
    # Down to where the letter just fits: there the dot is out and the envelope behind it may not be.
    for _ in range(30):
        size = (left + kept) // 2
        left, kept = (size, kept) if await try_size(size, ehlo) else (left, size)


async def test_the_same_where_one_at_a_time_is_handed_over() -> None:
    async def always() -> bool:
        return True

    for size in (1000, LARGEST):
        letter = b"x" * (size - 2) + b"\r\n"
        relay = Reading(EHLO)
        greeting = asyncio.create_task(relay.greet())
        async with asyncio.timeout(ENOUGH_S), Relay(Smtp(port=relay.port, security="none")).connection() as connection:
            outcome = await connection.deliver(
                "b@lettre.example", "lea@riverains.example", always, partial(bytes, letter)
            )
        await greeting
        has_left = b"\r\n.\r\n" in await relay.read_on()
        assert outcome
        assert outcome.ending is (Ending.LOST if has_left else Ending.BROKEN)
