"""Reports as receivers write them, about letters that really left: what tests of the returns are made of."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailer.app import App
from mailer.services import sending
from mailer.services.sending import Drain
from tests.sites import NOON

HOUR = timedelta(hours=1)

REPORT = """Return-Path: <>
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

<{recipient}>: host mx.example said: {said}
{salt}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b
Content-Type: text/rfc822-headers

{headers}
--b--
"""

COMPLAINT = """From: staff@fbl.example
To: fbl@lavoir.example
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

An abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: X/1
Version: 1
Original-Rcpt-To: {recipient}

--b
Content-Type: message/rfc822

{headers}

A text that must not be kept.
--b--
"""

UNKNOWN = "550 5.1.1 User unknown"
FULL = "552 5.2.2 Mailbox full"
POLICY = "550 5.7.515 Access denied, sending domain does not meet the required authentication level"


@dataclass(frozen=True)
class Letter:
    """A letter as its receiver has it."""

    sender: str
    recipient: str
    content: bytes


class Post(list[Letter]):
    """Every letter that a receiver took."""

    def read(self, sender: str, recipient: str, content: bytes) -> None:
        self.append(Letter(sender, recipient, content))

    def to(self, recipient: str, nth: int = -1) -> Letter:
        """The letter to somebody; the last one by default."""
        return [one for one in self if one.recipient == recipient][nth]


def send(app: App, now: datetime = NOON + HOUR) -> Drain:
    """Sends what is due at a moment."""
    drain = Drain()
    asyncio.run(sending.send_due(app, lambda: now, asyncio.Event(), drain))
    return drain


def headers_of(letter: Letter) -> str:
    return letter.content.partition(b"\r\n\r\n")[0].decode().replace("\r\n", "\n")


def report(
    letter: Letter,
    said: str = UNKNOWN,
    *,
    action: str = "failed",
    to: str | None = None,
    salt: str = "",
    bare: bool = False,
) -> bytes:
    """What a receiver says of a letter; `bare`: without the letter's headers."""
    status = said.split(" ")[1]
    filled = REPORT.format(
        to=letter.sender if to is None else to,
        recipient=letter.recipient,
        said=said,
        action=action,
        status=status,
        salt=salt,
        headers="" if bare else headers_of(letter),
    )
    return filled.encode()


def complaint(letter: Letter, kind: str = "abuse") -> bytes:
    """A feedback report (RFC 5965) about a letter."""
    return COMPLAINT.format(kind=kind, recipient=letter.recipient, headers=headers_of(letter)).encode()


def reports(post: Post, recipients: Iterable[str], said: str) -> list[bytes]:
    """The same report about each of these."""
    return [report(post.to(one), said) for one in recipients]
