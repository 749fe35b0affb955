"""The year 2023 of the association whose letters these are, minute by minute where it matters, with two clocks.

Eleven Sirènes on the first Wednesdays at noon in Paris (September's to the whole base), eleven Klaxons, none in
August, each exactly once whoever rings first; the year's report counts them so.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from mailer.app import App
from mailer.app.drafts import load_campaigns, load_lists
from mailer.clock import Ticked, tick
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.cadence import slots
from mailer.services import publishing, reporting, sending
from mailer.services.sending import Drain
from mailer.store import issues
from tests.sites import open_site, subscribe, write_issue

ROOT = Path(__file__).parents[2]
SIRENES, EVERYONE, KLAXONS = 25, 200, 12
YEAR = (datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FIRST_WEDNESDAYS = [
    date(2023, month, day)
    for month, day in ((1, 4), (2, 1), (3, 1), (4, 5), (5, 3), (6, 7), (7, 5), (9, 6), (10, 4), (11, 1), (12, 6))
]
MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]

ISSUE = """+++
subject = "{subject}"
number = "{month} 2023"
slot = {slot}
{audience}
+++

::: lead title="{month}"
Chères et chers ami·es, voici les nouvelles de {month}.
:::
"""


@contextmanager
def two_clocks(folder: Path, relay: Receiver) -> Iterator[tuple[App, App]]:
    """The association's own lists, campaigns and cadences, opened by two programs on one database."""
    site = folder / "site"
    site.mkdir()
    shutil.copy(ROOT / "config.toml", site)
    shutil.copytree(ROOT / "lists", site / "lists")
    for campaign in (ROOT / "campaigns").iterdir():
        (site / "campaigns" / campaign.name).mkdir(parents=True)
        shutil.copy(campaign / "campaign.toml", site / "campaigns" / campaign.name)
    with ExitStack() as opened:
        one, other = (opened.enter_context(open_site(site, MAILER_SMTP__PORT=str(relay.port))) for _ in range(2))
        yield one, other


def bring_in(app: App) -> None:
    now = datetime(2022, 12, 1, tzinfo=UTC)
    base = [f"personne{number}@courriel.example" for number in range(EVERYONE)]
    subscribe(app, base, None, now)
    subscribe(app, base[:SIRENES], "sirene", now)
    subscribe(app, base[-KLAXONS:], "klaxon", now)


def write_and_approve(app: App, campaign: str, planned: date, at: datetime) -> str:
    """September's Sirène goes to everyone: two people approve it, each typing the number."""
    name = f"{campaign}/2023-{planned.month:02}"
    month, big = MONTHS[planned.month - 1], campaign == "sirene" and planned.month == 9
    audience = 'audience = ["sirene", "base"]' if big else ""
    text = ISSUE.format(subject=f"{campaign} : {month}", month=month, slot=planned, audience="{audience}")
    write_issue(app.site, name, text, audience)
    for who in ("Odile Marchenoir", "Bakary Le Goff") if big else ("Odile Marchenoir",):
        publishing.approve(app, name, who, at - 2 * DAY, EVERYONE if big else None)
    return name


def ring_both(clocks: tuple[App, App], now: datetime) -> list[Ticked]:
    """Both clocks, at the same moment."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda app: tick(app, now), clocks))


def send(app: App, now: datetime) -> Drain:
    drain = Drain()
    asyncio.run(sending.send_due(app, lambda: now, asyncio.Event(), drain))
    return drain


def test_2023_eleven_sirenes_at_noon_and_eleven_klaxons_each_exactly_once(tmp_path: Path) -> None:
    with receiver_in_thread(Receiver()) as relay, two_clocks(tmp_path, relay) as clocks:
        app, taken = clocks[0], Counter[tuple[str, str]]()
        bring_in(app)
        ring_both(clocks, YEAR[0])
        planned = due_in(app)
        assert [day for _, campaign, day in planned if campaign == "sirene"] == FIRST_WEDNESDAYS
        for at, campaign, day in planned:
            name = write_and_approve(app, campaign, day, at)
            before = len(relay.letters)
            assert [done.released for done in ring_both(clocks, at - MINUTE)] == [(), ()], name
            assert [one for done in ring_both(clocks, at) for one in done.released] == [name]
            assert send(app, at).sent == readers_of(campaign, day)
            late = ring_both(clocks, at + MINUTE)
            assert [(done.released, done.held, done.reminded) for done in late] == [((), (), ())] * 2
            assert send(app, at + MINUTE).sent == 0
            taken.update((name, letter.recipient) for letter in relay.letters[before:])
        check_the_year(app, taken)


def readers_of(campaign: str, day: date) -> int:
    if campaign == "klaxon":
        return KLAXONS
    return EVERYONE if day.month == 9 else SIRENES


def due_in(app: App) -> list[tuple[datetime, str, date]]:
    """Every slot of every campaign of the year, as the campaigns' own files say it, in order."""
    found = [
        (slot.at.astimezone(UTC), slug, slot.planned)
        for slug, campaign in load_campaigns(app, load_lists(app)).items()
        if campaign.cadence
        for slot in slots(campaign.cadence, *YEAR)
    ]
    return sorted(found)


def check_the_year(app: App, taken: Counter[tuple[str, str]]) -> None:
    """What the database and its report say, against what the relay took."""
    assert max(taken.values()) == 1
    with app.database.reading() as tx:
        rows = issues.released_between(tx, *YEAR)
    local = [row.due_at.astimezone(app.config.zone) for row in rows if row.campaign == "sirene" and row.due_at]
    assert [(at.date(), at.hour, at.minute) for at in local] == [(day, 12, 0) for day in FIRST_WEDNESDAYS]
    months = [row.due_at.astimezone(app.config.zone).month for row in rows if row.campaign == "klaxon" and row.due_at]
    assert months == [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12]
    by_campaign = {one.campaign: one for one in reporting.year_report(app, 2023)}
    sirene, klaxon = by_campaign["sirene"], by_campaign["klaxon"]
    assert (sirene.issues, sirene.sends) == (11, 10 * SIRENES + EVERYONE)
    assert (klaxon.issues, klaxon.sends) == (11, 11 * KLAXONS)
    assert "10 envois à 25 contacts + 1 envoi à 200 contacts" in sirene.sentence.replace("\xa0", " ")
    assert sum(taken.values()) == sirene.sends + klaxon.sends
