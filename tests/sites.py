"""A small invented association's site, written into a folder: what services and doors are tested on."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from mailer.app import App, open_app
from mailer.services import people, publishing

NOON = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
"""Wednesday 4 March 2026, noon in Paris."""

CONFIG = """
public_url = "https://lettre.lavoir.example"

[organisation]
name = "L'Atelier du Lavoir"
contact = "bonjour@lavoir.example"
postal_address = "3 rue du Lavoir, 00000 Roc-sur-Vézance"

[smtp]
host = "127.0.0.1"
port = 9
security = "none"
connections = 4

[measure.anonymous]
decided_by = "Odile Urvoas"
decided_on = 2026-01-12
reference = "CA du 12 janvier 2026, point 4"
"""

LISTS = {
    "lettre": """
title = "La lettre du Lavoir"
description = "Chaque mois, des nouvelles du Lavoir."
sender = "L'Atelier du Lavoir <lettre@lavoir.example>"
reply_to = "bonjour@lavoir.example"
reason = "Vous recevez cette lettre parce que vous l'avez demandée."
public = true
measure = "anonymous"
""",
    "tous": """
title = "Tous nos contacts"
sender = "L'Atelier du Lavoir <lettre@lavoir.example>"
reply_to = "bonjour@lavoir.example"
reason = "Vous recevez cette lettre parce que nos chemins se sont croisés."
everyone = true
measure = "anonymous"
""",
    "bureau": """
title = "Le mot du bureau"
sender = "Le bureau <bureau@lavoir.example>"
reply_to = "bureau@lavoir.example"
reason = "Vous recevez ce mot parce que vous êtes au bureau."
measure = "off"
""",
}

CAMPAIGNS = {
    "lettre": 'title = "La lettre du Lavoir"\nlist = "lettre"\nlayout = "sirene"\narchive = "public"\n',
    "bureau": 'title = "Le mot du bureau"\nlist = "bureau"\nlayout = "quinzaine"\narchive = "none"\n',
}

ISSUE = """+++
subject = "La lettre du Lavoir – mars : le printemps"
preheader = "Le jardin rouvre et la laverie aussi"
number = "mars 2026"
slot = 2026-03-04T12:00:00
{audience}
+++

::: lead title="Le printemps"
Chères et chers ami·es, [le jardin rouvre](https://jardin.lavoir.example/ouverture) samedi.
:::

::: article title="La laverie"
Elle est réparée : [les horaires](https://lavoir.example/horaires).
:::
"""


CADENCE = """
[cadence]
day = "first wednesday"
time = 12:00:00
without = ["august"]
"""
"""Of the campaign lettre, whose issue of March 2026 is due on such a day."""

MODEL = """+++
subject = "La lettre du Lavoir – [[month_short]] [[year]] : [À compléter]"
preheader = "Au Lavoir"
number = "#[[number]] – [[month]] [[year]]"
slot = [[slot]]
+++

::: lead title="[[date]]"
[À compléter : l’éditorial]
:::

Prochaine lettre : [[next_date]].
"""


def write_campaign(site: Path, slug: str = "lettre", more: str = CADENCE, model: str | None = MODEL) -> None:
    """A campaign of the site with more in its file, such as a cadence, and its model."""
    folder = site / "campaigns" / slug
    (folder / "campaign.toml").write_text(CAMPAIGNS[slug] + more, encoding="utf-8")
    if model is not None:
        (folder / "model.md").write_text(model, encoding="utf-8")


def write_site(folder: Path, config: str = CONFIG) -> Path:
    """The site's files, with one issue ready in each campaign."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(config, encoding="utf-8")
    (folder / "lists").mkdir()
    for slug, text in LISTS.items():
        (folder / "lists" / f"{slug}.toml").write_text(text, encoding="utf-8")
    for slug, text in CAMPAIGNS.items():
        campaign = folder / "campaigns" / slug
        campaign.mkdir(parents=True)
        (campaign / "campaign.toml").write_text(text, encoding="utf-8")
        write_issue(folder, f"{slug}/2026-03")
    return folder


def write_issue(site: Path, name: str, text: str = ISSUE, audience: str = "") -> Path:
    """An issue's file; `audience` is a line of its front matter."""
    path = site / "campaigns" / name / "issue.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("{audience}", audience), encoding="utf-8")
    return path


def open_site(site: Path, **settings: str) -> App:
    """The site as a program of ours would open it; `settings` are MAILER_ variables."""
    return open_app(site, settings)


def subscribe(app: App, addresses: Iterable[str], list_slug: str | None = "lettre", now: datetime = NOON) -> None:
    """Brings addresses in by the import that people use."""
    file = app.site / "var" / f"import-{list_slug}.csv"
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(["email;nom", *(f"{address};Nom {at}" for at, address in enumerate(addresses))]))
    people.import_contacts(app, file, now, list_slug=list_slug, dry_run=False)


def release(app: App, name: str, now: datetime = NOON) -> None:
    """Approves and releases an issue."""
    publishing.approve(app, name, "Odile", now)
    publishing.release(app, name, now)
