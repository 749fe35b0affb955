"""The demo, told in order: a crowd is invented and imported, four letters leave, readers read, the year is counted.

Every step goes through the doors and services that an association uses; only the people, the relay and the clock
are invented.
"""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from socket import socket
from time import monotonic

from mailer.app import App, open_app
from mailer.demo import crowd, past, readers
from mailer.demo.crowd import Crowd
from mailer.demo.post_office import PostOffice, post_office
from mailer.demo.receiver import LOOPBACK
from mailer.domain.people import Basis
from mailer.errors import Refused
from mailer.language import N_, number
from mailer.services import archiving, people, publishing, reporting, sending
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
    page: Path
    """The year's report."""
    seconds: float


class DemoClock:
    """The demo's own time, moved by its story."""

    def __init__(self) -> None:
        self.now = datetime.fromisoformat("2023-09-01T08:00:00+00:00")

    def __call__(self) -> datetime:
        return self.now


def play(source: Path, out: Path, say: Say) -> Told:
    """Plays the demo of the site `source` into the folder `out`, made afresh. Raises MailerError."""
    started = monotonic()
    site = _fresh_site(source, out)
    invented = crowd.invent_crowd(out / "imported")
    clock, listening = DemoClock(), _listen()
    url, port = base_url(listening), listening.getsockname()[1]
    with post_office(_folder(out / "letters"), invented) as post:
        with open_app(site, _settings(url, post.port)) as app, web_in_thread(app, clock, listening):
            _bring_in(app, invented, clock(), say)
            for name in ISSUES:
                _live_through(app, name, clock, post, url, say)
            for slug, folder in past.write_old_issues(app.templates, out / "old-issues").items():
                archiving.import_old_archive(app, slug, folder, clock(), dry_run=False)
            app.ledger.flush()
            issues, campaigns = reporting.year_reports(app, YEAR), reporting.year_report(app, YEAR)
            page = out / f"lectures-{YEAR}.html"
            page.write_text(reporting.year_page(app, YEAR, campaigns, [], clock()), encoding="utf-8")
        letters = post.letters()
    return Told(site, letters, port, issues, campaigns, page, monotonic() - started)


def _settings(url: str, relay_port: int) -> dict[str, str]:
    return {
        "MAILER_PUBLIC_URL": url,
        "MAILER_SMTP__HOST": LOOPBACK,
        "MAILER_SMTP__PORT": str(relay_port),
        "MAILER_SMTP__SECURITY": "none",
    }


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


def _bring_in(app: App, invented: Crowd, now: datetime, say: Say) -> None:
    # Oppositions first: nothing that comes after can bring them back.
    people.import_oppositions(app, invented.oppositions, now, dry_run=False)
    report = people.import_contacts(app, invented.contacts, now, dry_run=False)
    for slug, file in (("sirene", invented.sirene), ("klaxon", invented.klaxon), ("quinzaine", invented.quinzaine)):
        people.import_contacts(app, file, now, list_slug=slug, basis=Basis.CONSENT, dry_run=False)
    say(
        N_(
            "{rows} rows imported: {ready} contacts, {merged} duplicates merged, {suppressed} oppositions, "
            "{to_check} to check, {refused} refused."
        ),
        **_written(
            app,
            rows=report.rows,
            ready=report.ready,
            merged=report.merged,
            suppressed=report.suppressed,
            to_check=report.to_check,
            refused=len(report.refused),
        ),
    )


def _live_through(app: App, name: str, clock: DemoClock, post: PostOffice, url: str, say: Say) -> None:
    """An issue's life: approved, released at its slot, sent, scanned at once, sent again to the put off, read."""
    clock.now = publishing.slot(app, name)
    # Two people, each with the number before their eyes: September goes to the whole base.
    count = publishing.count_audience(app, name).total
    for who in ("Odile Urvoas", "Bakary Le Goff"):
        publishing.approve(app, name, who, clock(), count)
    publishing.release(app, name, clock())
    first = _send(app, clock)
    arrived = post.empty()
    requests = readers.play(url, readers.scanners(arrived))
    clock.now += timedelta(minutes=30)
    second = _send(app, clock)
    clock.now += timedelta(hours=5)
    requests += readers.play(url, readers.readings([*arrived, *post.empty()]))
    sent, seconds = first.sent + second.sent, first.seconds + second.seconds
    say(
        N_("{issue}: {sent} letters in {seconds} s ({rate} a second), {requests} requests of readers."),
        issue=name,
        **_written(app, sent=sent, seconds=round(seconds, 1), rate=round(sent / seconds), requests=requests),
    )


def _written(app: App, **counts: float) -> dict[str, str]:
    return {name: number(app.config.language, count) for name, count in counts.items()}


def _send(app: App, clock: DemoClock) -> Drain:
    drain = Drain()
    asyncio.run(sending.send_due(app, clock, asyncio.Event(), drain))
    return drain
