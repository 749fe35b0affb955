"""An issue opened for writing: what its file says, what somebody had not saved of it, what its forms choose from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.app.drafts import readable_sources
from mailer.content.models import written_slot
from mailer.content.planned import read_outlines
from mailer.content.writing import Written, from_plain, take_apart
from mailer.domain.cadence import Slot, next_slot
from mailer.domain.letters import Campaign
from mailer.errors import NotFound
from mailer.language import N_
from mailer.services.composing.files import IssueFile, path_of, read_file
from mailer.store import history, issues
from mailer.store.history import Unsaved

SLOTS_AHEAD = 6

NO_CAMPAIGN = N_("The campaign of {issue} cannot be read: its campaign.toml or its list has a mistake.")


@dataclass(frozen=True)
class OpenIssue:
    """What the composer shows."""

    name: str
    campaign: Campaign
    file: IssueFile | None
    """None where it was deleted, and only what was not saved is left."""
    version: str
    """What the text shown was begun from."""
    written: Written
    unsaved: Unsaved | None
    """Where the text shown is what this person had not saved."""
    has_left: bool
    approved: bool
    """Any change makes the approval void."""
    slots: tuple[Slot, ...]
    """The next ones that no other issue names."""
    lists: Mapping[str, str]
    """Titles, by slug."""
    campaigns: Mapping[str, str]

    @property
    def stale(self) -> bool:
        """The file changed since this text was begun."""
        return self.file is not None and self.file.version != self.version

    def slot_names(self) -> list[str]:
        """The slots as front matter names them."""
        return [written_slot(self.campaign, slot) for slot in self.slots]


@dataclass(frozen=True)
class CampaignNext:
    """A campaign that a new issue can be begun for."""

    slug: str
    title: str
    slot: Slot | None
    """The next one that no issue names; None where somebody has to say the day."""


def campaigns(app: App, now: datetime) -> list[CampaignNext]:
    """Every campaign that can be read, with its next free slot."""
    sources = readable_sources(app)
    found = sources.campaigns.items()
    return [CampaignNext(slug, one.title, next(iter(_slots(app, "", one, now)), None)) for slug, one in found]


def open_issue(app: App, name: str, who: str, now: datetime) -> OpenIssue:
    """The issue as this person left it. Raises NotFound where neither a file nor an unsaved text is there, BadFiles."""
    path_of(name)
    with app.database.reading() as tx:
        unsaved, row = history.unsaved(tx, name, who), issues.find(tx, name)
    file = _file(app, name, unsaved)
    sources = readable_sources(app)
    campaign = sources.campaigns.get(name.partition("/")[0])
    if campaign is None:
        raise NotFound(NO_CAMPAIGN, issue=name)
    left = row is not None and row.released_at is not None
    kept = None if left else unsaved
    return OpenIssue(
        name=name,
        campaign=campaign,
        file=file,
        version=kept.version if kept else file.version if file else "",
        written=from_plain(kept.written) if kept else take_apart(file.text if file else ""),
        unsaved=kept,
        has_left=left,
        approved=row is not None and not left,
        slots=_slots(app, name, campaign, now),
        lists={slug: one.title for slug, one in sources.lists.items()},
        campaigns={slug: one.title for slug, one in sources.campaigns.items()},
    )


def _file(app: App, name: str, unsaved: Unsaved | None) -> IssueFile | None:
    try:
        return read_file(app, name)
    except NotFound:
        if unsaved is None:
            raise
        return None


def _slots(app: App, name: str, campaign: Campaign, now: datetime) -> tuple[Slot, ...]:
    if campaign.cadence is None:
        return ()
    sources = readable_sources(app)
    outlines, _ = read_outlines(app.site, sources.lists, {campaign.slug: campaign}, app.config.zone)
    taken = {one.planned for one in outlines if one.name != name}
    found, after = list[Slot](), now
    for _ in range(SLOTS_AHEAD):
        slot = next_slot(campaign.cadence, after)
        after = slot.at
        if slot.planned not in taken:
            found.append(slot)
    return tuple(found)
