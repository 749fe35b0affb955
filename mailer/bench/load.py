"""A load generator in a process of its own, on a core of its own where there are two: raw sockets, connections kept.

Everything it asks is bounded in number, and each answer's whole length is awaited. Knows nothing of letters.
"""

import os
import select
import socket
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import perf_counter

LONGEST_SILENCE_S = 20.0


@dataclass(frozen=True)
class Heard:
    """What came of a load."""

    seconds: float
    waits_s: Sequence[float]
    """Of each request, from the moment when it was to be asked; sorted."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits_s) / self.seconds

    def quantile_ms(self, share: float) -> float:
        """The wait that so large a share did not pass."""
        return 1000 * self.waits_s[min(len(self.waits_s) - 1, int(share * len(self.waits_s)))]


def load(port: int, requests: Sequence[bytes], status: bytes, connections: int, rate: float | None = None) -> Heard:
    """Asks each request once. Without a rate as fast as answers come; with one at fixed moments, whether or not the
    answers before have come: a server that stands still makes all wait that should have been asked meanwhile."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_generate, args=(theirs, port, status, connections, rate), daemon=True)
    process.start()
    theirs.close()
    try:
        ours.send(list(requests))
        seconds, waits = ours.recv()
    finally:
        process.join()
    return Heard(seconds, waits)


def pin(core: int) -> None:
    """This process on one core, where there are several."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[core % len(cores)]})


def _generate(wire: Connection, port: int, status: bytes, connections: int, rate: float | None) -> None:
    pin(1)
    asking = _Asking(port, wire.recv(), status, connections)
    started = perf_counter()
    asking.run(started, rate)
    wire.send((perf_counter() - started, sorted(asking.waits)))


class _Asking:
    def __init__(self, port: int, requests: list[bytes], status: bytes, connections: int) -> None:
        self._requests, self._status = deque(requests), status
        self._sockets = {one.fileno(): one for one in (_connect(port) for _ in range(connections))}
        self._poll = select.epoll()
        for number in self._sockets:
            self._poll.register(number, select.EPOLLIN)
        # In turn: a server closes connections that lie idle.
        self._free = deque(self._sockets)
        self._asked: dict[int, float] = {}
        self._left: dict[int, int] = {}
        self._length = 0
        self.waits: list[float] = []

    def run(self, started: float, rate: float | None) -> None:
        total, due = len(self._requests), started
        while len(self.waits) < total:
            now = perf_counter()
            while self._requests and self._free and (rate is None or due <= now):
                self._ask(self._free.popleft(), due if rate else now)
                due += 1 / rate if rate else 0
            wait = due - perf_counter() if rate and self._requests and self._free else LONGEST_SILENCE_S
            ready = self._poll.poll(max(wait, 0))
            if not ready and wait == LONGEST_SILENCE_S:
                raise AssertionError("the server does not answer")
            for number, _ in ready:
                self._hear(number)

    def _ask(self, number: int, due: float) -> None:
        self._asked[number] = due
        self._sockets[number].send(self._requests.popleft())

    def _hear(self, number: int) -> None:
        heard = self._sockets[number].recv(65536)
        if number not in self._left:
            if not heard.startswith(self._status):
                raise AssertionError(f"not the answer that was expected: {heard[:60]!r}")
            self._length = self._length or _length(heard)
        self._left[number] = self._left.get(number, self._length) - len(heard)
        if self._left[number] == 0:
            del self._left[number]
            self.waits.append(perf_counter() - self._asked[number])
            self._free.append(number)


def _connect(port: int) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port))
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return one


def _length(heard: bytes) -> int:
    """Of the whole answer, which is as long as any other to the same kind of request."""
    head = heard.partition(b"\r\n\r\n")[0]
    lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    return len(head) + 4 + int(lines[b"content-length"])
