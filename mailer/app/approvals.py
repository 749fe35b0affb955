"""What an approved letter is worth now: whether its files are still those, whether its audience is the usual one.

One place for the check, the page of an issue, its release by hand and by the clock. Stores nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.app.drafts import audience_of, bounds_of, compile_letter, load_issue
from mailer.domain.approvals import LOOKED_AT, approvals_needed, is_unusual, usual
from mailer.domain.choices import when
from mailer.domain.letters import Issue
from mailer.errors import BadFiles
from mailer.store import audiences, issues
from mailer.store.database import Connection
from mailer.store.issues import IssueRow


@dataclass(frozen=True)
class AudienceCount:
    """Who would receive an issue, by list of the audience, and whether that is usual."""

    by_list: Mapping[str, int]
    usually: int | None
    """What the campaign's latest issues went to; None before the first."""
    everyone: bool
    """A list of everyone is in the audience."""

    @property
    def total(self) -> int:
        """Letters that would leave."""
        return sum(self.by_list.values())

    @property
    def unusual(self) -> bool:
        """Whether two people must approve, each with the number before their eyes."""
        return is_unusual(self.total, self.usually, everyone=self.everyone)

    def approvals_needed(self, wanted: int) -> int:
        """How many different people must approve; `wanted` is the campaign's own number."""
        return approvals_needed(wanted, unusual=self.unusual)


def count_readers(app: App, tx: Connection, issue: Issue, at: datetime | None = None) -> AudienceCount:
    """Who would receive the issue if it were released now, to leave at that moment: by default, that of its slot."""
    wanted = audience_of(app, issue)
    leaves = at or issue.slot
    around, bounds = when(leaves, app.config.zone), bounds_of(app, issue, leaves)
    earlier = issues.audience_sizes(tx, issue.campaign.slug, LOOKED_AT)
    return AudienceCount(
        audiences.count_audience(tx, wanted, issue.list.slug, around, bounds),
        usual(earlier),
        any(one.everyone for one in wanted),
    )


def changed_files(app: App, row: IssueRow) -> list[str]:
    """Which files changed since the letter was frozen; those with mistakes, where it cannot be compiled any more.

    Raises NotFound where the issue's folder is gone.
    """
    try:
        # Only its hashes are looked at, so it is compiled as at the time when it was frozen.
        sources = compile_letter(app, load_issue(app, row.name), row.frozen_at).sources
    except BadFiles as mistakes:
        return sorted({problem.path for problem in mistakes.problems})
    return differences(row.sources, sources)


def differences(frozen: Mapping[str, str], sources: Mapping[str, str]) -> list[str]:
    """The paths of the sources that are not the same."""
    return sorted(dict(frozen.items() ^ sources.items()))
