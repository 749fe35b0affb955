"""One campaign looked at once by the clock: what it found, and how that is said. Looks at nothing itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from mailer.app import App
from mailer.app.drafts import Sources
from mailer.domain.letters import LATE_LIMIT, Campaign
from mailer.errors import BadFiles, MailerError, Problem
from mailer.language import N_, say, say_error, say_problem
from mailer.services.publishing.telling import Worry

BAD_FILES = N_("Its files have mistakes ({first}): mailer issue check {issue}")


@dataclass
class Turn:
    """One campaign, once."""

    app: App
    slug: str
    campaign: Campaign | None
    """None where its files cannot be read."""
    sources: Sources
    now: datetime
    """In UTC: two moments of one zone are subtracted as numbers on a dial, which is wrong across a clock change."""
    taken: set[date]
    """Slots that are used up."""
    released: list[str] = field(default_factory=list)
    worries: list[Worry] = field(default_factory=list)

    def worry_about(self, name: str, planned: date | None, at: datetime, why: str) -> None:
        """An issue does not leave by itself at its moment. As long as its slot is free, it is the slot that is told."""
        key = f"{self.slug}/{planned}" if planned and planned not in self.taken else name
        self.worry(key, name, name, at, why)

    def worry(self, key: str, name: str, title: str, at: datetime, why: str) -> None:
        """Something does not leave by itself at its moment, in UTC."""
        limit = self.campaign.late_limit if self.campaign else LATE_LIMIT
        self.worries.append(Worry(key, name, title, self.sender, at, at + limit, why))

    def said(self, sentence: str, **values: object) -> str:
        """In the language of the site."""
        return say(self.app.config.language, sentence, values)

    def why(self, name: str, mistake: MailerError | None) -> str:
        """What keeps an issue back, with what to do."""
        if isinstance(mistake, BadFiles):
            return self.said(BAD_FILES, first=self.first(mistake.problems), issue=name)
        return say_error(self.app.config.language, mistake) if mistake else ""

    def first(self, problems: Sequence[Problem]) -> str:
        """The first of several mistakes, the campaign's own before all others."""
        own = [one for one in problems if one.path.startswith(f"campaigns/{self.slug}")]
        return say_problem(self.app.config.language, (own or list(problems))[0]).rstrip(".")

    @property
    def sender(self) -> str:
        """From whom staff are told: the campaign's list, whose address the relay takes."""
        if self.campaign is None:
            return self.app.config.organisation.contact
        return self.sources.lists[self.campaign.list].sender_address
