"""The demo, told in order: a crowd is invented and imported, four letters leave, readers read, the year is counted.

Every step goes through the doors and services that an association uses; only the people, the relay and the clock
are invented.
"""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from socket import socket
from threading import Lock
from time import monotonic

from mailer.app import App, open_app
from mailer.demo import crowd, readers
from mailer.demo.crowd import Crowd
from mailer.demo.readers import Received
from mailer.demo.receiver import LOOPBACK, Receiver, receiver_in_thread
from mailer.domain.people import Basis
from mailer.errors import Refused
from mailer.language import N_
from mailer.services import people, publishing, reporting, sending
from mailer.services.reporting import CampaignYear, IssueReport
from mailer.services.sending import Drain
from mailer.web.server import base_url, listen, web_in_thread

YEAR = 2023
ISSUES = ("sirene/2023-09", "quinzaine/2023-10-09", "klaxon/2023-10")
PORT = 8025
NOT_A_DEMO = N_("{folder} is not empty and was not made by the demo. Name another folder with --out.")
MARK = "made-by-the-demo"

Say = Callable[..., None]


@dataclass(frozen=True)
class Told:
    """What the demo leaves: a site to look at, letters to open, figures to print."""

    site: Path
    letters: tuple[Path, ...]
    port: int
    issues: list[IssueReport]
    campaigns: list[CampaignYear]
    seconds: float


class DemoClock:
    """The demo's own time, moved by its story."""

    def __init__(self) -> None:
        self.now = datetime.fromisoformat("2023-09-01T08:00:00+00:00")

    def __call__(self) -> datetime:
        return self.now


class Mailboxes:
    """What arrived at the local receiver: each reader's paths, and one whole letter of each issue and audience."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._arrived: list[Received] = []
        self._kept: dict[str, Path] = {}

    def take(self, _sender: str, recipient: str, content: bytes) -> None:
        """Called by the receiver for each letter it accepted."""
        letter = readers.received(recipient, content)
        with self._lock:
            self._arrived.append(letter)
            self._keep(content)

    def empty(self) -> list[Received]:
        """Everything that arrived since the last time, by recipient."""
        with self._lock:
            arrived, self._arrived = self._arrived, []
        return sorted(arrived, key=lambda one: one.recipient)

    @property
    def letters(self) -> tuple[Path, ...]:
        """The letters kept as HTML files."""
        return tuple(sorted(self._kept.values()))

    def _keep(self, content: bytes) -> None:
        """The first letter of each kind; kinds differ by subject and size of the skeleton, not by reader."""
        subject = content[: content.find(b"\r\n\r\n")].partition(b"Subject: ")[2].partition(b"\r\n")[0]
        kind = f"{subject!r}{round(len(content) / 500)}"
        if kind in self._kept:
            return
        message = message_from_bytes(content, policy=policy.default)
        body = message.get_body(("html",))
        name = str(message["List-Id"]).partition("<")[2].partition(".")[0]
        path = self._folder / f"{name}-{len(self._kept) + 1}.html"
        path.write_text(str(body.get_content()) if body else "", encoding="utf-8")
        self._kept[kind] = path


def play(source: Path, out: Path, say: Say) -> Told:
    """Plays the demo of the site `source` into the folder `out`, made afresh. Raises MailerError."""
    started = monotonic()
    site = _fresh_site(source, out)
    invented = crowd.invent_crowd(out / "imported")
    mailboxes, clock = Mailboxes(_folder(out / "letters")), DemoClock()
    listening = _listen()
    url, port = base_url(listening), listening.getsockname()[1]
    relay = Receiver(refuse_recipient=_moods(invented), on_letter=mailboxes.take)
    with receiver_in_thread(relay):
        settings = {
            "MAILER_PUBLIC_URL": url,
            "MAILER_SMTP__HOST": LOOPBACK,
            "MAILER_SMTP__PORT": str(relay.port),
            "MAILER_SMTP__SECURITY": "none",
        }
        with open_app(site, settings) as app, web_in_thread(app, clock, listening):
            _bring_in(app, invented, clock(), say)
            for name in ISSUES:
                _live_through(app, name, clock, mailboxes, url, say)
            issues, campaigns = reporting.year_reports(app, YEAR), reporting.year_report(app, YEAR)
    return Told(site, mailboxes.letters, port, issues, campaigns, monotonic() - started)


def _fresh_site(source: Path, out: Path) -> Path:
    """A copy of the site's own files, with nothing that ever happened; only a folder of ours is emptied."""
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise Refused(NOT_A_DEMO, folder=out)
    shutil.rmtree(out, ignore_errors=True)
    site = _folder(out / "site")
    (out / MARK).touch()
    shutil.copy(source / "config.toml", site)
    for part in ("lists", "campaigns", "templates"):
        if (source / part).is_dir():
            shutil.copytree(source / part, site / part)
    return site


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _listen() -> socket:
    try:
        return listen(port=PORT)
    except Refused:
        return listen()


def _moods(invented: Crowd) -> Callable[[str], bytes | None]:
    """How the relay answers some recipients: no such mailbox, or come back later, once."""
    waiting = set(invented.greylisted)

    def answer(recipient: str) -> bytes | None:
        address = recipient.casefold()
        if address in invented.gone:
            return b"550 5.1.1 No such mailbox here"
        if address in waiting:
            waiting.discard(address)
            return b"451 4.7.1 Greylisted, please come back later"
        return None

    return answer


def _bring_in(app: App, invented: Crowd, now: datetime, say: Say) -> None:
    # Oppositions first: nothing that comes after can bring them back.
    people.import_oppositions(app, invented.oppositions, now, dry_run=False)
    report = people.import_contacts(app, invented.contacts, now, dry_run=False)
    for slug, file in (("sirene", invented.sirene), ("klaxon", invented.klaxon), ("quinzaine", invented.quinzaine)):
        people.import_contacts(app, file, now, list_slug=slug, basis=Basis.CONSENT, dry_run=False)
    say(
        N_("{rows} rows imported: {ready} contacts, {merged} duplicates merged, {suppressed} oppositions, {refused} refused."),
        rows=report.rows,
        ready=report.ready,
        merged=report.merged,
        suppressed=report.suppressed,
        refused=len(report.refused),
    )


def _live_through(app: App, name: str, clock: DemoClock, mailboxes: Mailboxes, url: str, say: Say) -> None:
    """An issue's life: approved, released at its slot, sent, scanned at once, sent again to the put off, read."""
    clock.now = publishing.slot(app, name)
    publishing.approve(app, name, "Odile Urvoas", clock())
    publishing.release(app, name, clock())
    first = _send(app, clock)
    arrived = mailboxes.empty()
    requests = readers.play(url, readers.scanners(arrived))
    clock.now += timedelta(minutes=30)
    second = _send(app, clock)
    clock.now += timedelta(hours=5)
    requests += readers.play(url, readers.readings([*arrived, *mailboxes.empty()]))
    sent, seconds = first.sent + second.sent, first.seconds + second.seconds
    say(
        N_("{issue}: {sent} letters in {seconds} s ({rate} a second), {requests} requests of readers."),
        issue=name,
        sent=sent,
        seconds=round(seconds, 1),
        rate=round(sent / seconds),
        requests=requests,
    )


def _send(app: App, clock: DemoClock) -> Drain:
    drain = Drain()
    asyncio.run(sending.send_due(app, clock, asyncio.Event(), drain))
    return drain
