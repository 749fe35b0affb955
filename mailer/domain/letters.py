"""What travels from a file to a reader: the issue as written, the letter as frozen, one reader's copy. Values only."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from mailer.domain.aims import Aim
from mailer.domain.cadence import Cadence
from mailer.domain.rates import MeasureMode
from mailer.domain.rules import Rule, Year

LATE_LIMIT = timedelta(hours=6)
"""Where a campaign does not say another."""


class BlockKind(StrEnum):
    """The blocks that an issue is made of (guide for editors: docs/fr/ecrire.md)."""

    HEADER = "header"
    BANNER = "banner"
    GREETING = "greeting"
    LEAD = "lead"
    CONTENTS = "contents"
    SECTION = "section"
    ARTICLE = "article"
    RELAY = "relay"
    EVENT = "event"
    AGENDA = "agenda"
    REVIEW = "review"
    APPEAL = "appeal"
    SIGNATURE = "signature"
    FOOTER = "footer"
    TEXT = "text"


class ArchiveMode(StrEnum):
    """Who may read the issue on the web."""

    PUBLIC = "public"
    EXTRACTS = "extracts"
    """The beginning: all before its second article. Who wants the rest subscribes."""
    SECRET = "secret"  # noqa: S105 - a mode, no secret
    """Whoever has the secret link to the list's archive."""
    NONE = "none"

    @property
    def is_open(self) -> bool:
        """Anyone finds it, whole or in part."""
        return self in (ArchiveMode.PUBLIC, ArchiveMode.EXTRACTS)


@dataclass(frozen=True)
class MailingList:
    """A named audience, from lists/<slug>.toml."""

    slug: str
    title: str
    description: str
    sender_name: str
    sender_address: str
    reply_to: str
    reason: str
    """« Vous recevez cette lettre parce que… », printed in each letter."""
    everyone: bool
    """Rule list: every contact that may be written to belongs to it, without subscribing."""
    public: bool
    """Anyone may subscribe, and its issues are in the archive."""
    measure: MeasureMode
    relay: str = "main"
    """The relay of config.toml that takes its letters."""
    rule: Rule | None = None
    """Whom it holds beside those who subscribed; None where nobody."""

    @property
    def list_id(self) -> str:
        """The label of RFC 2919, stable for life."""
        return f"{self.slug}.{self.sender_address.rpartition('@')[2]}"


@dataclass(frozen=True)
class Campaign:
    """A run of issues, from campaigns/<slug>/campaign.toml."""

    slug: str
    title: str
    list: str
    layout: str
    language: str
    approvals: int
    archive: ArchiveMode
    cadence: Cadence | None = None
    """None where each issue names its own moment."""
    late_limit: timedelta = LATE_LIMIT
    """An issue that is later than this after its moment leaves only when a person says so."""
    reviews: int = 0
    """How many people must say that they read an issue before it can be approved."""
    renewal: Year | None = None
    """Its issues ask the members of the year before to renew."""
    solicitation: bool = False
    """Its issues ask for something."""


@dataclass(frozen=True)
class Image:
    """An image of an issue, as it will be served."""

    name: str
    media_type: str
    content: bytes
    width: int
    height: int

    @property
    def file_name(self) -> str:
        """`<hash>.<ext>`, its public name under /media/."""
        extension = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}[self.media_type]
        return f"{hashlib.sha256(self.content).hexdigest()[:32]}.{extension}"


@dataclass(frozen=True)
class Block:
    """One block of an issue: its kind, its fields, its Markdown, and the line it opens on."""

    kind: BlockKind
    fields: Mapping[str, str]
    text: str
    line: int


@dataclass(frozen=True)
class Issue:
    """An issue as its files say it, read and checked."""

    name: str
    """`campaign/slug`."""
    path: str
    """Of issue.md, from the site's folder, for messages."""
    campaign: Campaign
    list: MailingList
    subject: str
    preheader: str
    title: str
    number: str
    slot: datetime
    """The moment that it is meant for."""
    audience: tuple[str, ...]
    """Slugs of lists, the campaign's own first: a reader belongs to the first that holds them."""
    blocks: tuple[Block, ...]
    images: Mapping[str, Image]
    sources: Mapping[str, str]
    """sha256 of every file that the letter is made from, by path from the site's folder."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why the readers of each list of the audience get this letter; the issue's own list speaks where one is silent."""
    planned: date | None = None
    """Which slot of its campaign's cadence it is the issue of; None for one outside the cadence."""
    embargo: datetime | None = None
    """Not on any public page before this moment."""
    aim: Aim = field(default_factory=Aim)
    """Whom it is for beside those lists, and what spares them."""

    @property
    def text_digest(self) -> str:
        """One hash of all that readers see; another moment or audience leaves it as it is."""
        blocks = [(block.kind.value, sorted(block.fields.items()), block.text) for block in self.blocks]
        images = sorted(image.file_name for image in self.images.values())
        said = (self.subject, self.preheader, self.title, self.number, blocks, images)
        return hashlib.sha256(repr(said).encode()).hexdigest()

    @property
    def slug(self) -> str:
        """The issue's own part of its name."""
        return self.name.partition("/")[2]


@dataclass(frozen=True)
class Relayed:
    """Another campaign's latest released issue, as a relay block shows it."""

    campaign: str
    title: str
    subject: str
    url: str


@dataclass(frozen=True)
class Letterhead:
    """What a letter says of the installation that sends it."""

    public_url: str
    organisation: str
    contact: str
    postal_address: str
    website: str
    zone: str


@dataclass(frozen=True)
class Event:
    """A meeting announced in an issue, served as /media/<hash>.ics."""

    title: str
    starts: datetime
    ends: datetime
    place: str
    url: str


@dataclass(frozen=True)
class Attachment:
    """A file that the letter links to under /media/: an image or a calendar entry."""

    file_name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class FrozenLetter:
    """An issue compiled once: its bytes with holes for each reader, its links, what it shows on the web."""

    subject: str
    title: str
    number: str
    variants: Mapping[str, bytes]
    """By list of the audience: the MIME message, CRLF, with `\\0slot\\0` where a reader's value goes."""
    links: tuple[str, ...]
    """Targets, in the order of their numbers, from 1; those of all variants together."""
    attachments: tuple[Attachment, ...]
    online: str
    """The archive's own variant, a whole HTML page: no token, no tracking, no conditional or private part."""
    sources: Mapping[str, str] = field(default_factory=dict)
    plain: Mapping[str, bytes] = field(default_factory=dict)
    """The variants without pixel and counted links, for readers who may not be measured; empty where nobody is."""
    summary: str = ""
    """One sentence for those who find it elsewhere: in a feed, behind a link."""
    card: str = ""
    """The file name of its banner among the attachments; empty without one."""


class Copy(NamedTuple):
    """What fills the holes for one reader."""

    address: str
    name: str
    message_id: str
    """Without angle brackets."""
    date: str
    """As RFC 5322 writes it."""
    leave: str
    preferences: str
    track: str
    """A tracking token; empty where the issue is not measured."""
