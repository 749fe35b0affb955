"""A visitor who asks for letters, and the mailbox that is written to: a real relay, a real sender."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from urllib.parse import urlsplit

from mailer.app import App
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.services import joining, notices
from tests.web.conftest import Clock

LINK = re.compile(r"https://[^\s\"<>]+/(?:confirm|p)/[\w-]{22}")


@dataclass
class Mailbox:
    """What a relay took, by whom it is for."""

    app: App
    clock: Clock
    port: int
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)

    def fetch(self) -> list[tuple[str, EmailMessage]]:
        """Answers whoever asked, sends what is due; what arrived in this round."""
        before = len(self.taken)
        joining.answer(self.app, self.clock())
        self._send()
        return self.taken[before:]

    def tick(self) -> joining.Attended:
        """The clock's minute for those who asked, then the sender."""
        done = joining.attend(self.app, self.clock())
        self._send()
        return done

    def path(self) -> str:
        """The path of the one link in the newest letter."""
        [link] = links(self.taken[-1][1])
        return urlsplit(link).path

    def _send(self) -> None:
        app = self.app
        smtp = app.config.smtp.model_copy(update={"port": self.port, "host": "127.0.0.1", "security": "none"})
        sender = App(app.config.model_copy(update={"smtp": smtp}), app.site, app.database, app.keyring)
        asyncio.run(notices.send_notices(sender, self.clock))


@contextmanager
def a_mailbox(app: App, clock: Clock) -> Iterator[Mailbox]:
    """A relay on loopback that keeps what it takes."""
    box = Mailbox(app, clock, 0)
    relay = Receiver(on_letter=lambda _, to, content: box.taken.append((to, parsed(content))))
    with receiver_in_thread(relay) as receiver:
        box.port = receiver.port
        yield box


def parsed(content: bytes) -> EmailMessage:
    """The letter as a mail program reads it."""
    letter = message_from_bytes(content, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


def parts(letter: EmailMessage) -> tuple[str, str]:
    """Text and HTML."""
    bodies = [letter.get_body((kind,)) for kind in ("plain", "html")]
    text, html = (str(body.get_content()) for body in bodies if body is not None)
    return text, html


def links(letter: EmailMessage) -> set[str]:
    """The links that act for their reader; the same in both parts."""
    text, html = (set(LINK.findall(part)) for part in parts(letter))
    assert text == html
    return text
