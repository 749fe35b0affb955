"""What an approved letter is worth now: whether its files are still those, whether its audience is the usual one.

One place for the check, the page of an issue, its release by hand and by the clock. Stores nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mailer.app import App
from mailer.app.drafts import audience_of, load_issue
from mailer.domain.approvals import LOOKED_AT, approvals_needed, is_unusual, usual
from mailer.domain.choices import when
from mailer.domain.letters import Issue
from mailer.errors import BadFiles
from mailer.rendering.layouts import template_hashes
from mailer.store import audiences, issues
from mailer.store.database import Connection
from mailer.store.issues import IssueRow


@dataclass(frozen=True)
class AudienceCount:
    """Who would receive an issue: by list of the audience, who is left out and why, and whether that is usual."""

    by_list: Mapping[str, int]
    excluded: Mapping[str, int]
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
    around = when(at or issue.slot, app.config.zone)
    earlier = issues.audience_sizes(tx, issue.campaign.slug, LOOKED_AT)
    return AudienceCount(
        audiences.count_audience(tx, wanted, issue.list.slug, around),
        audiences.count_excluded(tx, wanted, issue.list.slug, around),
        usual(earlier),
        any(one.everyone for one in wanted),
    )


def changed_files(app: App, row: IssueRow) -> list[str]:
    """Which files changed since the letter was frozen; those with mistakes, where the issue cannot be read any more.

    Raises NotFound where the issue's folder is gone.
    """
    try:
        return changed_sources(app, row, load_issue(app, row.name))
    except BadFiles as mistakes:
        return sorted({problem.path for problem in mistakes.problems})


def changed_sources(app: App, row: IssueRow, issue: Issue) -> list[str]:
    """Which sources of the frozen letter are not those of the issue now. The same files make the same letter, so
    nothing is compiled.
    """
    templates = [path for path in row.sources if path.startswith("templates/")]
    sources = {**issue.sources, **template_hashes(templates, app.templates)}
    return sorted(dict(row.sources.items() ^ sources.items()))
