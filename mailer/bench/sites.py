"""What is measured on: a site in an empty folder, with one letter and as many invented readers as wanted."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from mailer.app import App, open_app
from mailer.services import people, publishing

NOW = datetime(2023, 9, 6, 10, tzinfo=UTC)
ISSUE = "lettre/2023-09"

CONFIG = """
public_url = "https://lettre.association.example"
[organisation]
name = "Une association"
contact = "bonjour@association.example"
postal_address = "1 rue du Banc, 00000 Essai"
[measure.anonymous]
decided_by = "Odile Urvoas"
decided_on = 2023-01-01
reference = "essai"
"""
LIST = """
title = "La lettre"
sender = "Une association <lettre@association.example>"
reply_to = "bonjour@association.example"
reason = "Vous recevez cette lettre parce que vous l’avez demandée."
public = true
measure = "anonymous"
"""
CAMPAIGN = 'title = "La lettre"\nlist = "lettre"\nlayout = "sirene"\narchive = "public"\n'
HEAD = """+++
subject = "La lettre de septembre : ce qui change à la rentrée"
preheader = "Trente liens et de quoi lire"
number = "septembre 2023"
slot = 2023-09-06T12:00:00
+++
"""
ARTICLE = """
::: article title="Rendez-vous numéro {number}"
Bonjour {{{{name|à toutes et tous}}}}. [L’article numéro {number}](https://association.example/articles/{number}) raconte
{text}[La suite de l’article {number}](https://association.example/suites/{number}).
:::
"""
TEXT = (
    "ce que des habitantes et des habitants ont décidé ensemble, à l’école, au marché et dans la salle des fêtes, "
    "pendant les mois d’été où l’on croyait que rien ne se passait. "
)
ARTICLES = 15


def write_site(folder: Path, sentences: int = 2) -> Path:
    """The site's files; with two sentences an article, the letter is some 60 kB and has thirty tracked links."""
    for part in ("lists", "campaigns/lettre/2023-09"):
        (folder / part).mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "lists" / "lettre.toml").write_text(LIST, encoding="utf-8")
    (folder / "campaigns" / "lettre" / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
    articles = (ARTICLE.format(number=number, text=TEXT * sentences) for number in range(1, ARTICLES + 1))
    (folder / "campaigns" / ISSUE / "issue.md").write_text(HEAD + "".join(articles), encoding="utf-8")
    return folder


def write_readers(path: Path, letters: int) -> Path:
    """A contact file of invented people, a few at each kind of receiver."""
    domains = ("association.example", "gmail.com", "orange.fr", "laposte.net", "hotmail.fr", "sfr.fr", "free.fr")
    rows = (f"lecteur.{number}@{domains[number % len(domains)]};Lectrice Numéro {number}" for number in range(letters))
    path.write_text("email;nom\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def open_released(site: Path, readers: Path, settings: Mapping[str, str]) -> tuple[App, float]:
    """The site with its letter approved and released; how many seconds the release took."""
    app = open_app(site, settings)
    people.import_contacts(app, readers, NOW, list_slug="lettre", dry_run=False)
    publishing.approve(app, ISSUE, "Odile", NOW)
    started = datetime.now(UTC)
    publishing.release(app, ISSUE, NOW)
    return app, (datetime.now(UTC) - started).total_seconds()
