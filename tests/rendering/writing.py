"""Issues written for one test, and the demo issues as their files say them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from mailer.content.campaigns import read_campaigns
from mailer.content.issues import read_issue
from mailer.content.lists import read_lists
from mailer.domain.letters import (
    ArchiveMode,
    Block,
    BlockKind,
    Campaign,
    Image,
    Issue,
    Letterhead,
    MailingList,
    Relayed,
)
from mailer.domain.rates import MeasureMode
from mailer.rendering.editions import Edition
from mailer.rendering.letters import letter_parts
from mailer.rendering.links import LinkNumbers
from mailer.rendering.markdown import Typesetter
from mailer.rendering.seals import seal_of

SITE = Path(__file__).resolve().parents[2]
TEMPLATES = (SITE / "templates",)
PARIS = ZoneInfo("Europe/Paris")
URL = "https://lettre.example"
LETTERHEAD = Letterhead(
    URL, "Les Amis du Lavoir", "contact@lavoir.example", "3 rue du Bief, 35000 Rennes", "", "Europe/Paris"
)
PIXEL = Image("rond.png", "image/png", b"not really a picture", 1200, 300)


def an_issue(
    *blocks: Block,
    measure: MeasureMode = MeasureMode.ANONYMOUS,
    public: bool = True,
    layout: str = "sirene",
    audience: tuple[str, ...] = ("sirene",),
    preheader: str = "Un mot avant la lettre",
    title: str = "La lettre du Lavoir",
) -> Issue:
    """An issue with these blocks."""
    letters = MailingList(
        "sirene", "La Sirène", "La lettre.", "Les Amis", "lettre@lavoir.example", "", "Vous l'avez demandée.",
        everyone=False, public=public, measure=measure,
    )  # fmt: skip
    archive = ArchiveMode.PUBLIC if public else ArchiveMode.NONE
    campaign = Campaign("sirene", "La Sirène", "sirene", layout, "fr", 1, archive)
    return Issue(
        "sirene/2023-09", "campaigns/sirene/2023-09/issue.md", campaign, letters, "Une lettre", preheader, title,
        "septembre 2023", datetime(2023, 9, 6, 12, tzinfo=PARIS), audience, blocks, {PIXEL.name: PIXEL}, {},
    )  # fmt: skip


def a_block(text: str = "", kind: BlockKind = BlockKind.TEXT, line: int = 10, **fields: str) -> Block:
    """A block on line 10."""
    return Block(kind, fields, text, line)


def a_typesetter(issue: Issue | None = None, *, mailed: bool = True) -> Typesetter:
    """For an issue without blocks, if none is given."""
    chosen = issue or an_issue()
    return Typesetter(Edition(chosen, LETTERHEAD, seal_of(chosen, LETTERHEAD), mailed, LinkNumbers()))


def parts(issue: Issue, audience: str = "sirene", relayed: Mapping[str, Relayed] | None = None) -> tuple[str, str]:
    """HTML and text of a variant."""
    return letter_parts(issue, LETTERHEAD, TEMPLATES, relayed or {}, audience)


@cache
def demo(name: str) -> Issue:
    """A demo issue, as its files say it."""
    lists = read_lists(SITE)
    return read_issue(SITE, name, lists, read_campaigns(SITE, lists, PARIS), PARIS)


@cache
def demo_parts(name: str, audience: str) -> tuple[str, str]:
    """HTML and text of a demo issue's variant."""
    return parts(demo(name), audience)


def with_text(issue: Issue, text: str) -> Issue:
    """The same issue with one block of text."""
    return replace(issue, blocks=(a_block(text),))
