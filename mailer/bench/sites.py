"""What is measured on: a site in an empty folder, with one letter and as many invented readers as wanted."""

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from mailer.app import App
from mailer.services import people, publishing

NOW = datetime(2023, 9, 6, 10, tzinfo=UTC)
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
Bonjour {{{{name|à toutes et tous}}}}. [L’article numéro {number}](https://association.example/articles/{number}) dit
{text}[La suite de l’article {number}](https://association.example/suites/{number}).
:::
"""
TEXT = (
    "ce que des habitantes et des habitants ont décidé ensemble, à l’école, au marché et dans la salle des fêtes, "
    "pendant les mois d’été où l’on croyait que rien ne se passait. "
)
ARTICLES = 15


def write_site(folder: Path) -> Path:
    """A site without an issue."""
    for part in ("lists", "campaigns/lettre"):
        (folder / part).mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "lists" / "lettre.toml").write_text(LIST, encoding="utf-8")
    (folder / "campaigns" / "lettre" / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
    return folder


def write_issue(site: Path, name: str, sentences: int = 2) -> None:
    """One issue; with two sentences an article, its letter is some 60 kB and has thirty tracked links."""
    folder = site / "campaigns" / name
    folder.mkdir()
    articles = (ARTICLE.format(number=number, text=TEXT * sentences) for number in range(1, ARTICLES + 1))
    (folder / "issue.md").write_text(HEAD + "".join(articles), encoding="utf-8")


def write_readers(path: Path, letters: int) -> Path:
    """A contact file of invented people, a few at each kind of receiver."""
    domains = ("association.example", "gmail.com", "orange.fr", "laposte.net", "hotmail.fr", "sfr.fr", "free.fr")
    rows = (f"lecteur.{number}@{domains[number % len(domains)]};Lectrice Numéro {number}" for number in range(letters))
    path.write_text("email;nom\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def bring_in(app: App, readers: Path) -> None:
    """Subscribes everyone of a contact file."""
    people.import_contacts(app, readers, NOW, list_slug="lettre", dry_run=False)


def release(app: App, name: str) -> float:
    """Approves and releases an issue; how many seconds the release took."""
    publishing.approve(app, name, "Odile", NOW)
    started = perf_counter()
    publishing.release(app, name, NOW)
    return perf_counter() - started
