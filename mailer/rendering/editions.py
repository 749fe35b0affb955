"""The two editions of a letter: the one that is mailed, with places for each reader, and the one that anyone may read
on the web. Says where a link leads in each; writes no markup."""

import re
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import escape

from mailer.domain.letters import ArchiveMode, Issue, Letterhead
from mailer.domain.rates import MeasureMode
from mailer.rendering.links import LinkNumbers, is_web
from mailer.rendering.seals import Seal, default_name


class LinkField(StrEnum):
    """The links that an author may write as `{{…}}`."""

    LEAVE = "leave"
    PREFERENCES = "preferences"
    ONLINE = "online"
    ARCHIVE = "archive"
    SUBSCRIBE = "subscribe"
    JOIN = "join"
    """One press, for a reader who has the letter without having asked for it."""
    REMOVE = "remove"
    """One press, and nothing comes any more."""


NAME_FIELD = "name"


@dataclass(frozen=True)
class Edition:
    """Where everything leads for the readers of one edition."""

    issue: Issue
    letterhead: Letterhead
    seal: Seal
    mailed: bool
    numbers: LinkNumbers
    plain: bool = False
    """For readers who may not be measured."""

    @property
    def measured(self) -> bool:
        """Whether hits of this edition are counted."""
        return self.mailed and not self.plain and self.issue.list.measure is not MeasureMode.OFF

    @property
    def archived(self) -> bool:
        """Whether the issue has a page that anyone may read."""
        return self.issue.list.public and self.issue.campaign.archive.is_open

    @property
    def abridged(self) -> bool:
        """Whether only the beginning is shown."""
        return not self.mailed and self.issue.campaign.archive is ArchiveMode.EXTRACTS

    @property
    def archive_url(self) -> str:
        """All issues of the list."""
        return f"{self.letterhead.public_url}/archive/{self.issue.list.slug}/"

    @property
    def subscribe_url(self) -> str:
        """Where anyone may ask for the letter."""
        return f"{self.letterhead.public_url}/subscribe/{self.issue.list.slug}"

    @property
    def online_url(self) -> str:
        """This issue on the web."""
        return f"{self.archive_url}{self.issue.slug}"

    @property
    def pixel_url(self) -> str:
        """The image that counts a reading."""
        return f"{self.letterhead.public_url}/o/{self.seal.close('track')}.gif"

    @property
    def choice_url(self) -> str | None:
        """Where its reader says whether they may be counted; None where nobody is."""
        if not self.mailed or self.issue.list.measure is MeasureMode.OFF:
            return None
        return f"{self.letterhead.public_url}/p/{self.seal.close('preferences')}/measure"

    @property
    def uncount_url(self) -> str | None:
        """Where the reader of a letter that names nobody has this very letter left out of the count."""
        if not self.measured or self.issue.list.measure is not MeasureMode.ANONYMOUS:
            return None
        return f"{self.letterhead.public_url}/m/{self.seal.close('track')}"

    def counted(self, target: str) -> str:
        """The address behind a link of the content: numbered and counted, or the target itself."""
        if not self.measured or not is_web(target):
            return target
        return f"{self.letterhead.public_url}/c/{self.seal.close('track')}/{self.numbers.number(target)}"

    def field_url(self, field: LinkField) -> str | None:
        """Where a link field leads; None where this edition has no such place."""
        if not self.mailed:
            return None if field in (LinkField.LEAVE, LinkField.REMOVE) else self.archive_url
        base = self.letterhead.public_url
        return {
            LinkField.LEAVE: f"{base}/u/{self.seal.close('leave')}",
            LinkField.PREFERENCES: f"{base}/p/{self.seal.close('preferences')}",
            LinkField.ONLINE: self.online_url,
            LinkField.ARCHIVE: self.archive_url,
            LinkField.SUBSCRIBE: self.subscribe_url,
            LinkField.JOIN: f"{base}/p/{self.seal.close('preferences')}/join",
            LinkField.REMOVE: f"{base}/u/{self.seal.close('leave')}/never",
        }[field]

    def finish_html(self, html: str) -> str:
        """Opens every place; where nobody in particular reads, a name's default words stand in its place."""
        return self.seal.open_html(html if self.mailed else self._without_names(html))

    def _without_names(self, html: str) -> str:
        def default(match: re.Match[str]) -> str:
            words = default_name(self.seal.find(match[0])[0])
            return match[1] + str(escape(words)) if words else ""

        return re.sub(rf"([ \t]?){self.seal.pattern.pattern}", default, html)
