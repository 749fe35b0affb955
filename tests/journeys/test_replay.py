"""The association's year 2023 again, with readers: its letters sent, their images and links fetched over HTTP, counted.

Ten Sirènes to a list and September's to everyone, eleven Klaxons. A tenth of the size in the suite; the whole of it,
47 000 letters, with MAILER_TEST_REPLAY=full (`make replay`).
"""

import os
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from mailer.app import App
from mailer.clock import tick
from mailer.demo.readers import AGENTS, Habit, received
from mailer.demo.readers import Received as Mail
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.services import publishing, reporting
from mailer.services.reporting import CampaignYear
from mailer.web.server import web_in_thread
from tests.journeys.test_year import ISSUE, MONTHS, YEAR, due_in, send, two_clocks
from tests.sites import subscribe, write_issue
from tests.web.conftest import Clock

FULL = os.environ.get("MAILER_TEST_REPLAY") == "full"
SIRENES, EVERYONE, KLAXONS = (2_500, 20_000, 172) if FULL else (250, 2_000, 17)
READ_IN_SEPTEMBER, READ_IN_OTHER_MONTHS = (6_000, 9_408) if FULL else (600, 941)
KLAXONS_READ, KLAXONS_HIDDEN = (60, 12) if FULL else (6, 1)
CLICKS_AMONG = 10
"""One reader in ten has images blocked and follows a link."""


class Readers:
    """Those who fetch, over one connection an issue, and how many should be found for each issue."""

    def __init__(self, url: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
        self.expected: dict[str, tuple[int, int, int]] = {}

    def live(self, name: str, letters: list[Mail], read: int, hidden: int) -> None:
        """People open, proxies of people open, people click; machines fetch; the rest is seen by what is nobody."""
        people, machines, nobody = letters[:read], letters[read : read + hidden], letters[read + hidden :]
        for at, letter in enumerate(people):
            click = at % CLICKS_AMONG == 0
            habit = Habit.MAIL_PROXY if at % 3 == 1 and not click else Habit.PERSON
            self._fetch("GET", letter.links[0] if click else letter.pixel, habit)
        for letter in machines:
            self._fetch("GET", letter.pixel, Habit.APPLE_PRIVACY)
        for letter in nobody[:5]:
            self._fetch("HEAD", letter.pixel, Habit.PERSON)
            self._fetch("GET", letter.pixel, Habit.PERSON, {"Sec-Purpose": "prefetch"})
        self.expected[name] = (read, hidden, len(people[::CLICKS_AMONG]))
        self.hang_up()

    def scan(self, letters: Iterable[Mail]) -> None:
        """Gateways, within the minute."""
        for letter in letters:
            for path in (letter.pixel, *letter.links):
                self._fetch("GET", path, Habit.SCANNER)
        self.hang_up()

    def hang_up(self) -> None:
        """Opens again by itself; a server keeps no connection open for as long as the next issue takes to leave."""
        self._connection.close()

    def _fetch(self, method: str, path: str, habit: Habit, more: dict[str, str] | None = None) -> None:
        self._connection.request(method, path, headers={"User-Agent": AGENTS[habit], **(more or {})})
        self._connection.getresponse().read()


def bring_in(app: App) -> None:
    now = datetime(2022, 12, 1, tzinfo=UTC)
    base = [f"personne{number}@courriel.example" for number in range(EVERYONE)]
    subscribe(app, base, None, now)
    subscribe(app, base[:SIRENES], "sirene", now)
    subscribe(app, base[-KLAXONS:], "klaxon", now)


def write_and_approve(app: App, campaign: str, planned: date, at: datetime) -> str:
    name = f"{campaign}/2023-{planned.month:02}"
    month, big = MONTHS[planned.month - 1], campaign == "sirene" and planned.month == 9
    text = ISSUE.format(subject=f"{campaign} : {month}", month=month, slot=planned, audience="{audience}")
    text = text.replace("voici les nouvelles", "voici [les nouvelles](https://nouvelles.example/)")
    write_issue(app.site, name, text, 'audience = ["sirene", "base"]' if big else "")
    count = publishing.count_audience(app, name).total
    for who in ("Odile Marchenoir", "Bakary Le Goff") if big else ("Odile Marchenoir",):
        publishing.approve(app, name, who, at - timedelta(days=2), count if big else None)
    return name


def test_a_replay_of_2023_gives_back_what_was_read_to_the_reader(tmp_path: Path) -> None:
    mails: list[Mail] = []
    relay = Receiver(on_letter=lambda _, to, content: mails.append(received(to, content)), keeps_letters=False)
    clock = Clock(YEAR[0])
    with (
        receiver_in_thread(relay),
        two_clocks(tmp_path, relay) as (app, _),
        web_in_thread(app, clock) as url,
    ):
        bring_in(app)
        tick(app, YEAR[0])
        readers, ordinary = Readers(url), 0
        for at, campaign, planned in due_in(app):
            clock.now = at
            name = write_and_approve(app, campaign, planned, at)
            assert tick(app, at).released == (name,)
            mails.clear()
            send(app, at)
            readers.scan(mails[-5:])
            clock.pass_hours(5)
            if campaign == "klaxon":
                readers.live(name, mails, KLAXONS_READ, KLAXONS_HIDDEN)
            elif planned.month == 9:
                readers.live(name, mails, READ_IN_SEPTEMBER, 0)
            else:
                readers.live(name, mails, read_in_month(ordinary), 0)
                ordinary += 1
            # The year is played so quickly that the count of a month would close before its hits are in the database.
            app.ledger.flush()
        check_each_issue(app, readers)
        tick(app, YEAR[1] + timedelta(days=60))
        check_each_issue(app, readers)
        check_the_year(app, tmp_path)


def read_in_month(nth: int) -> int:
    """The readers of ten months, as evenly as whole people allow."""
    return READ_IN_OTHER_MONTHS * (nth + 1) // 10 - READ_IN_OTHER_MONTHS * nth // 10


def check_each_issue(app: App, readers: Readers) -> None:
    app.ledger.flush()
    found = {one.name: (one.readers, one.machines, one.clicks) for one in reporting.year_reports(app, 2023)}
    assert found == readers.expected


def check_the_year(app: App, folder: Path) -> None:
    """34,24 % as published, beside the 31,92 % of the year before that another program counted."""
    past = folder / "past.csv"
    past.write_text("année;campagne;numéros;envois;taux\n2022;sirene;11;45000;31,92 %\n", encoding="utf-8")
    reporting.import_past(app, past, YEAR[1])
    by_campaign = {one.campaign: one for one in reporting.year_report(app, 2023)}
    sirene, klaxon = by_campaign["sirene"], by_campaign["klaxon"]
    tell(app, [sirene, klaxon])
    assert (sirene.issues, sirene.sends) == (11, 10 * SIRENES + EVERYONE)
    assert sirene.readers == READ_IN_SEPTEMBER + READ_IN_OTHER_MONTHS
    assert sirene.previous == 0.3192
    assert [one.name for one in sirene.reports if one.exceptional] == ["sirene/2023-09"]
    words = sirene.sentence.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert words.endswith("; taux de lecture 34,24 % (31,92 % en 2022)")
    assert (klaxon.rate_pooled, klaxon.machines) == (0.375, 11 * KLAXONS_HIDDEN)
    assert sirene.difference is not None
    assert not sirene.difference.means_something
    assert sirene.provisional == klaxon.provisional == 0


def tell(app: App, years: list[CampaignYear]) -> None:
    """Shown by `make replay`."""
    language = app.config.language
    lines = [
        f"{year.campaign}: {line.name}: {line.value}" for year in years for line in reporting.year_lines(language, year)
    ]
    sys.stdout.write("\n".join(["", reporting.bilan_text(language, years, []), "", *lines, ""]))
    if folder := os.environ.get("MAILER_TEST_REPLAY_PAGES"):
        Path(folder, "year.html").write_text(reporting.year_page(app, 2023, years, [], YEAR[1]), encoding="utf-8")
        issue = reporting.issue_report(app, "sirene/2023-09")
        Path(folder, "issue.html").write_text(reporting.issue_page(app, issue, YEAR[1]), encoding="utf-8")
