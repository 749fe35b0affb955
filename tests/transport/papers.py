"""Letters for `Connection.run`, that note what becomes of them and complain where that is said twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from mailer.config import Smtp
from mailer.domain.deliveries import Ending, Outcome
from mailer.transport.smtp import Connection, Relay
from tests.transport.scripted import Reply, ScriptedRelay, scripted_relay

SENDER = "bounces@lettre.example"
LETTER = b"Subject: x\r\n\r\nBonjour\r\n"
ENOUGH_S = 20


@dataclass
class Paper:
    """One letter; `text` may be a failure to raise."""

    recipient: str
    text: bytes | Exception | None = LETTER
    sender: str = SENDER
    endings: list[Outcome | None] = field(default_factory=list)
    is_read: bool = False
    on_read: Callable[[], None] = lambda: None
    """Called when the relay is ready to read."""
    on_end: Callable[[], None] = lambda: None

    def content(self) -> list[bytes] | None:
        assert not self.is_read
        assert not self.endings
        self.is_read = True
        self.on_read()
        if isinstance(self.text, Exception):
            raise self.text
        # In pieces, as a filled skeleton comes.
        return None if self.text is None else [self.text[:10], self.text[10:]]

    def ended(self, outcome: Outcome | None) -> None:
        self.endings.append(outcome)
        self.on_end()

    @property
    def outcome(self) -> Outcome | None:
        (outcome,) = self.endings
        return outcome

    @property
    def ending(self) -> Ending | None:
        return self.outcome.ending if self.outcome else None


class Pile:
    """Papers to be taken from the top."""

    def __init__(self, *papers: Paper) -> None:
        self.taken: list[Paper] = []
        self._left = list(papers)

    def take(self) -> Paper | None:
        if not self._left:
            return None
        self.taken.append(self._left.pop(0))
        return self.taken[-1]

    def __len__(self) -> int:
        return len(self._left)


def papers(count: int) -> list[Paper]:
    return [Paper(f"r{number}@riverains.example") for number in range(1, count + 1)]


async def no_more() -> bool:
    return False


async def run(connection: Connection, *letters: Paper, wait: Callable[[], Awaitable[bool]] = no_more) -> Pile:
    """What is left of the pile; whatever was taken has ended once."""
    pile = Pile(*letters)
    try:
        async with asyncio.timeout(ENOUGH_S):
            await connection.run(pile.take, wait)
    finally:
        assert [len(paper.endings) for paper in pile.taken] == [1] * len(pile.taken)
    return pile


@asynccontextmanager
async def connected(
    *script: Reply, timeout_s: float = ENOUGH_S, **settings: Any
) -> AsyncIterator[tuple[Connection, ScriptedRelay]]:
    spoken = {key: settings.pop(key) for key in ("ehlo", "farewell") if key in settings}
    times = {"timeout_s": timeout_s, "after_dot_timeout_s": timeout_s}
    async with scripted_relay(*script, **spoken) as scripted:
        relay = Relay(Smtp(**{"host": "127.0.0.1", "port": scripted.port, "security": "none"} | times | settings))
        async with relay.connection() as connection:
            yield connection, scripted
