"""A relay full of whims: it knows SMTP, and for each try of a letter a plan says what it does instead of yes."""

import asyncio
import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import cycle
from typing import cast


class Whim(Enum):
    """What it does in place of a step."""

    YES = auto()
    LATER = auto()
    NEVER = auto()
    LEAVE = auto()
    """Says 421 and closes."""
    HANG_UP = auto()
    TAKE_AND_HANG_UP = auto()
    """A letter is taken, and nobody told."""


@dataclass(frozen=True)
class Plan:
    """One try of one letter."""

    mail: Whim = Whim.YES
    rcpt: Whim = Whim.YES
    data: Whim = Whim.YES
    body: Whim = Whim.YES
    is_ready_for_nobody: bool = False
    """354 to DATA though nobody is to get the letter."""
    keeps_transaction: bool = False
    """A refused letter leaves its transaction open."""

    @property
    def whims(self) -> tuple[Whim, ...]:
        return self.mail, self.rcpt, self.data, self.body


@dataclass
class Whims:
    """What the relay took, by the number in the recipient's address."""

    plans: dict[int, list[Plan]]
    pipelines: bool
    cuts: Sequence[int]
    """Into pieces of how many bytes its replies fall, again and again; 0: all at once."""
    port: int = 0
    taken: list[tuple[int, bytes]] = field(default_factory=list)
    mails: Counter[int] = field(default_factory=Counter)
    sessions: set["_Session"] = field(default_factory=set)

    def plan(self, number: int) -> Plan:
        """For the next try of this letter; yes to everything once there is none left."""
        plans, tries = self.plans.get(number, []), self.mails[number]
        self.mails[number] += 1
        return plans[tries] if tries < len(plans) else Plan()


@asynccontextmanager
async def whimsical_relay(
    plans: dict[int, list[Plan]], *, pipelines: bool, cuts: Sequence[int]
) -> AsyncIterator[Whims]:
    whims = Whims(plans, pipelines, cuts)
    server = await asyncio.get_running_loop().create_server(lambda: _Session(whims), "127.0.0.1", 0)
    whims.port = server.sockets[0].getsockname()[1]
    try:
        yield whims
    finally:
        server.close()
        for session in tuple(whims.sessions):
            session.transport.abort()
        await server.wait_closed()


class _Session(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, whims: Whims) -> None:
        self._whims = whims
        self._cuts = cycle(whims.cuts or (0,))
        self._read = b""
        self._plan: Plan | None = None
        """Of the open transaction."""
        self._recipients: list[int] = []
        self._is_body = False
        self._out: deque[bytes | None] = deque()
        self._is_leaving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._whims.sessions.add(self)
        self._reply(220, "whims.example")
        self._flow()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  why is the client's to know
        self._whims.sessions.discard(self)
        self._is_leaving = True
        self._out.clear()

    def data_received(self, data: bytes) -> None:
        self._read += data
        while not self._is_leaving:
            whole = self._letter() if self._is_body else self._command()
            if not whole:
                break
        self._flow()

    def _letter(self) -> bool:
        text, end, rest = (b"\r\n" + self._read).partition(b"\r\n.\r\n")
        if end:
            self._read = rest
            self._is_body = False
            self._judge(text.removeprefix(b"\r\n") + (b"\r\n" if text else b""))
        return bool(end)

    def _command(self) -> bool:
        line, end, rest = self._read.partition(b"\r\n")
        if not end:
            return False
        self._read = rest
        match line.split(b" ")[0]:
            case b"EHLO":
                self._reply(250, "whims.example", *(("PIPELINING",) if self._whims.pipelines else ()), "SIZE 1000")
            case b"MAIL":
                self._mail(_number(line))
            case b"RCPT":
                self._rcpt(_number(line))
            case b"DATA":
                self._data()
            case b"RSET":
                self._forget()
                self._reply(250, "2.0.0 forgotten")
            case b"QUIT":
                self._reply(221, "bye")
            case _:
                self._reply(500, f"5.5.2 what is {line!r}?")
        return True

    def _mail(self, number: int) -> None:
        if self._plan:
            self._reply(503, "5.5.1 nested MAIL")
            return
        plan = self._whims.plan(number)
        if self._is_yes(plan.mail):
            self._plan = plan
            self._reply(250, "2.1.0 sender", "2.1.0 OK")

    def _rcpt(self, number: int) -> None:
        if not self._plan:
            self._reply(503, "5.5.1 MAIL first")
        elif self._is_yes(self._plan.rcpt):
            self._recipients.append(number)
            self._reply(250, "2.1.5 OK")

    def _data(self) -> None:
        if not self._plan:
            self._reply(503, "5.5.1 MAIL first")
        elif not self._recipients and not self._plan.is_ready_for_nobody:
            self._reply(554, "5.5.1 no valid recipients")
        elif self._is_yes(self._plan.data):
            self._is_body = True
            self._reply(354, "go on")

    def _judge(self, text: bytes) -> None:
        plan = self._plan
        assert plan
        if not self._recipients:
            self._forget()
            self._reply(554, "5.5.1 no valid recipients")
            return
        if plan.body in (Whim.YES, Whim.TAKE_AND_HANG_UP):
            self._whims.taken.extend((number, text) for number in self._recipients)
            plan = Plan(body=plan.body)
        if not plan.keeps_transaction:
            self._forget()
        if self._is_yes(plan.body):
            self._reply(250, "2.0.0 queued", "2.0.0 as 4D1")

    def _forget(self) -> None:
        self._plan = None
        self._recipients = []

    def _is_yes(self, whim: Whim) -> bool:
        match whim:
            case Whim.LATER:
                self._reply(450, "4.2.0 later", "4.2.0 please")
            case Whim.NEVER:
                self._reply(550, "5.7.1 never")
            case Whim.LEAVE:
                self._reply(421, "4.3.2 too much")
                self._leave()
            case Whim.HANG_UP | Whim.TAKE_AND_HANG_UP:
                self._leave()
        return whim is Whim.YES

    def _reply(self, code: int, *lines: str) -> None:
        marked = [f"{code}-{line}\r\n" for line in lines[:-1]]
        self._out.append("".join((*marked, f"{code} {lines[-1]}\r\n")).encode())

    def _leave(self) -> None:
        self._is_leaving = True
        self._out.append(None)

    def _flow(self) -> None:
        """Writes the next piece, and the rest in later turns of the loop."""
        if not self._out or self.transport.is_closing():
            return
        cut, words = next(self._cuts), b""
        while self._out and (self._out[0] is not None) and (not cut or len(words) < cut):
            words += self._out.popleft() or b""
        if cut and words[cut:]:
            self._out.appendleft(words[cut:])
            words = words[:cut]
        self.transport.write(words)
        if self._out and self._out[0] is None:
            self.transport.close()
        else:
            asyncio.get_running_loop().call_soon(self._flow)


def _number(line: bytes) -> int:
    found = re.search(rb"<[a-z]+(\d+)@", line)
    assert found, line
    return int(found[1])
