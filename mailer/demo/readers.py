"""Readers played over HTTP: people, their proxies, machines, scanners, and those who leave. Deterministic by seed."""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from http.client import HTTPConnection
from multiprocessing import get_context
from random import Random
from urllib.parse import urlsplit

from mailer.demo.crowd import SEED

CONNECTIONS = 8


class Habit(Enum):
    """What becomes of a letter."""

    UNOPENED = "unopened"
    PERSON = "person"
    MAIL_PROXY = "mail proxy"
    APPLE_PRIVACY = "apple privacy"
    SCANNER = "scanner"


SHARES = {Habit.PERSON: 0.25, Habit.MAIL_PROXY: 0.07, Habit.APPLE_PRIVACY: 0.06, Habit.SCANNER: 0.004}
CLICKS, LEAVES = 0.18, 0.006
"""Among people: how many follow a link, how many leave."""

AGENTS = {
    Habit.PERSON: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.3",
    Habit.MAIL_PROXY: "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    Habit.APPLE_PRIVACY: "Mozilla/5.0",
    Habit.SCANNER: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
}


@dataclass(frozen=True)
class Received:
    """What the demo keeps of a letter in a mailbox: the paths that its reader may fetch."""

    recipient: str
    pixel: str
    links: tuple[str, ...]
    leave: str


@dataclass(frozen=True)
class Request:
    """One request of a reader, in the order of their day."""

    method: str
    path: str
    agent: str
    body: bytes = b""


_PATH = re.compile(rb"/(?:o/[\w-]{32}\.gif|c/[\w-]{32}/\d+|u/[\w-]{22})")


def received(recipient: str, content: bytes) -> Received:
    """The paths in a letter as it arrived."""
    whole = content.replace(b"=\r\n", b"")
    paths = list(dict.fromkeys(match.decode() for match in _PATH.findall(whole)))
    return Received(
        recipient,
        next((path for path in paths if path.startswith("/o/")), ""),
        tuple(path for path in paths if path.startswith("/c/")),
        next(path for path in paths if path.startswith("/u/")),
    )


def scanners(letters: Iterable[Received]) -> list[Request]:
    """What security gateways fetch within the minute of delivery: everything, several times."""
    return [request for letter in letters if _habit(letter)[0] is Habit.SCANNER for request in _scan(letter)]


def readings(letters: Iterable[Received]) -> list[Request]:
    """What happens in the hours after: people, proxies and machines open, click, leave."""
    return [request for letter in letters for request in _read(letter)]


def play(base_url: str, requests: list[Request]) -> int:
    """Sends the requests over a few connections, from another process; returns how many were answered.

    Raises OSError when nothing answers.
    """
    if not requests:
        return 0
    # A process of their own: in ours, readers and web pages would take turns instead of working side by side.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_play_all, base_url, requests).result()


def _habit(letter: Received) -> tuple[Habit, Random]:
    random = Random(f"{SEED} {letter.recipient} {len(letter.links)}")  # noqa: S311 - a play, not a secret
    draw = random.random()
    for habit, share in SHARES.items():
        if draw < share:
            return habit, random
        draw -= share
    return Habit.UNOPENED, random


def _scan(letter: Received) -> Iterator[Request]:
    agent = AGENTS[Habit.SCANNER]
    for path in (letter.pixel, *letter.links, letter.leave):
        if path:
            yield Request("HEAD", path, agent)
            yield Request("GET", path, agent)


def _read(letter: Received) -> Iterator[Request]:
    habit, random = _habit(letter)
    if habit in (Habit.UNOPENED, Habit.SCANNER) or not letter.pixel:
        return
    yield Request("GET", letter.pixel, AGENTS[habit])
    if habit is Habit.APPLE_PRIVACY:
        return
    person = AGENTS[Habit.PERSON]
    if letter.links and random.random() < CLICKS:
        yield from (Request("GET", path, person) for path in random.sample(letter.links, min(2, len(letter.links))))
    if random.random() < LEAVES:
        yield Request("POST", letter.leave, person, b"List-Unsubscribe=One-Click")


def _play_all(base_url: str, requests: list[Request]) -> int:
    parts = [requests[start::CONNECTIONS] for start in range(CONNECTIONS)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sum(pool.map(lambda part: _play_part(base_url, part), parts))


def _play_part(base_url: str, requests: list[Request]) -> int:
    parts = urlsplit(base_url)
    connection = HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=30)
    try:
        for request in requests:
            _fetch(connection, request)
    finally:
        connection.close()
    return len(requests)


def _fetch(connection: HTTPConnection, request: Request) -> None:
    headers = {"User-Agent": request.agent}
    if request.body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(request.method, request.path, body=request.body or None, headers=headers)
    connection.getresponse().read()
