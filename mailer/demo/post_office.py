"""The demo's relay and mailboxes: a receiver in a process of its own that keeps what each reader may fetch."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from mailer.demo.crowd import Crowd
from mailer.demo.readers import Received, received
from mailer.demo.receiver import Receiver, receiver_in_thread

LONGEST_STOP_S = 10.0


class PostOffice:
    """The other end of the relay."""

    def __init__(self, port: int, wire: Connection) -> None:
        self.port = port
        self._wire = wire

    def empty(self) -> list[Received]:
        """Everything that arrived since the last time, by recipient."""
        self._wire.send("empty")
        arrived: list[Received] = self._wire.recv()
        return arrived

    def letters(self) -> tuple[Path, ...]:
        """One letter of each kind, kept as an HTML file."""
        self._wire.send("letters")
        kept: tuple[Path, ...] = self._wire.recv()
        return kept


@contextmanager
def post_office(folder: Path, invented: Crowd) -> Iterator[PostOffice]:
    """A relay on loopback, until the block ends. In its own process: it would otherwise wait for the sender's turn."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_receive, args=(theirs, folder, invented), daemon=True)
    process.start()
    try:
        yield PostOffice(ours.recv(), ours)
        ours.send("stop")
        process.join(LONGEST_STOP_S)
    finally:
        process.terminate()


def _receive(wire: Connection, folder: Path, invented: Crowd) -> None:
    mailboxes = _Mailboxes(folder)
    relay = Receiver(refuse_recipient=_Moods(invented).answer, on_letter=mailboxes.take)
    with receiver_in_thread(relay):
        wire.send(relay.port)
        while (asked := wire.recv()) != "stop":
            wire.send(mailboxes.empty() if asked == "empty" else mailboxes.letters())


class _Moods:
    """How the relay answers some recipients: no such mailbox, or come back later, once."""

    def __init__(self, invented: Crowd) -> None:
        self._gone = invented.gone
        self._waiting = set(invented.greylisted)

    def answer(self, recipient: str) -> bytes | None:
        address = recipient.casefold()
        if address in self._gone:
            return b"550 5.1.1 No such mailbox here"
        if address in self._waiting:
            self._waiting.discard(address)
            return b"451 4.7.1 Greylisted, please come back later"
        return None


_LIST_ID = re.compile(rb"\r\nList-Id:[^<]*<([^.>]+)")


class _Mailboxes:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._arrived: list[Received] = []
        self._kept: dict[tuple[str, int], Path] = {}

    def take(self, _sender: str, recipient: str, content: bytes) -> None:
        self._arrived.append(received(recipient, content))
        self._keep(content)

    def empty(self) -> list[Received]:
        arrived, self._arrived = self._arrived, []
        return sorted(arrived, key=lambda one: one.recipient)

    def letters(self) -> tuple[Path, ...]:
        return tuple(sorted(self._kept.values()))

    def _keep(self, content: bytes) -> None:
        """The first letter of each kind: an issue's variants differ by size, its readers' copies hardly do."""
        kind = (_list_of(content), round(len(content) / 2000))
        if kind not in self._kept:
            path = self._folder / f"{kind[0]}-{sum(one == kind[0] for one, _ in self._kept) + 1}.html"
            path.write_text(_html(message_from_bytes(content, policy=policy.default)), encoding="utf-8")
            self._kept[kind] = path


def _list_of(content: bytes) -> str:
    found = _LIST_ID.search(content)
    return found[1].decode() if found else "letter"


def _html(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    return str(body.get_content()) if body is not None else ""
