"""A small site in a folder, to be spoilt by each test."""

from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image as Pillow

from mailer.content.campaigns import read_campaigns
from mailer.content.issues import read_issue
from mailer.content.lists import read_lists
from mailer.domain.letters import Issue
from mailer.errors import BadFiles

PARIS = ZoneInfo("Europe/Paris")
NAME = "sirene/2023-09"
PATH = f"campaigns/{NAME}/issue.md"

LIST = """title = "L'heure de la Sirène"
sender = "Le Collectif <sirene@lettre.example>"
reply_to = "contact@collectif.example"
reason = "Vous l'avez demandée."
public = true
measure = "anonymous"
"""
CAMPAIGN = """title = "L'heure de la Sirène"
list = "sirene"
layout = "sirene"
archive = "public"
"""
FRONT = """+++
subject = "Une rentrée à plusieurs voix"
preheader = "Le 20 septembre"
slot = 2023-09-06T12:00:00+02:00
+++
"""
"""Five lines: the text of an issue begins on line 6."""


def make_site(site: Path) -> Path:
    """Lists sirene and base, campaigns sirene and klaxon, and the folder of the issue NAME without its issue.md."""
    write(site, "lists/sirene.toml", LIST)
    write(site, "lists/base.toml", LIST.replace("public = true", "everyone = true"))
    write(site, "campaigns/sirene/campaign.toml", CAMPAIGN)
    write(site, "campaigns/klaxon/campaign.toml", CAMPAIGN.replace("L'heure de la Sirène", "Klaxon"))
    (site / "campaigns" / NAME).mkdir(parents=True)
    return site


def write(site: Path, path: str, content: str | bytes) -> None:
    """A file of the site, its folders made."""
    (site / path).parent.mkdir(parents=True, exist_ok=True)
    (site / path).write_bytes(content.encode() if isinstance(content, str) else content)


def read(site: Path, content: str | bytes | None = None) -> Issue:
    """The issue NAME, its issue.md written first where `content` is given."""
    if content is not None:
        write(site, PATH, content)
    lists = read_lists(site)
    return read_issue(site, NAME, lists, read_campaigns(site, lists, PARIS), PARIS)


def mistakes(site: Path, content: str | bytes | None = None) -> list[str]:
    """What is wrong with the issue, as a person reads it, without the path; empty where it is right."""
    try:
        read(site, content)
    except BadFiles as bad:
        return [str(problem).removeprefix(f"campaigns/{NAME}/") for problem in bad.problems]
    return []


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: object) -> bytes:
    """The bytes of an image that is not all one colour."""
    made = Pillow.linear_gradient("L").resize(size).convert(mode)
    written = BytesIO()
    made.save(written, form, **options)
    return written.getvalue()
