"""Everything that people look at before an issue leaves, read once: its files, its audience, who said what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailer.app import App
from mailer.app.approvals import AudienceCount, changed_sources, count_readers
from mailer.app.drafts import load_issue, readable_sources
from mailer.domain.approvals import Approval, digest
from mailer.domain.issues import IssueState
from mailer.domain.letters import Issue
from mailer.services.publishing.standing import DRAFT, already_out
from mailer.store import approvals, issues, reviews
from mailer.store.issues import IssueRow
from mailer.store.reviews import ReviewRow


@dataclass(frozen=True)
class Preparation:
    """An issue that has not left, and what is missing until it can."""

    issue: Issue
    state: str
    """Draft, or approved."""
    titles: Mapping[str, str]
    """Of the lists of the audience, by slug."""
    audience: AudienceCount
    approvals: tuple[Approval, ...]
    """Those that count for the letter as its files are now."""
    changed: tuple[str, ...]
    """Files that changed since it was approved: its approvals are void."""
    held: str
    readings: tuple[ReviewRow, ...]
    digest: str
    """Of what readers would see now."""

    @property
    def needed(self) -> int:
        """How many different people must approve it."""
        return self.audience.approvals_needed(self.issue.campaign.approvals)

    @property
    def is_approved(self) -> bool:
        """Whether nothing but its moment is missing."""
        counted = [one for one in self.approvals if one.count is not None] if self.audience.unusual else self.approvals
        return self.state == IssueState.APPROVED and not self.changed and len(counted) >= self.needed

    @property
    def readings_missing(self) -> int:
        """How many people have to say that they read it, before anybody approves."""
        return max(0, self.issue.campaign.reviews - len(self.readings))


def prepare(app: App, name: str) -> Preparation:
    """An issue that has not left. Raises NotFound, BadFiles, or WrongState for one that has."""
    with app.database.reading() as tx:
        row = issues.find(tx, name)
        given, read = approvals.valid(tx, row.id) if row else [], reviews.readings(tx, name)
    if row is not None and row.state is not IssueState.APPROVED:
        raise already_out(app, row)
    issue = load_issue(app, name)
    with app.database.reading() as tx:
        audience = count_readers(app, tx, issue)
    changed = tuple(changed_sources(app, row, issue)) if row else ()
    lists = readable_sources(app).lists
    return Preparation(
        issue=issue,
        state=row.state if row else DRAFT,
        titles={slug: lists[slug].title for slug in issue.audience if slug in lists},
        audience=audience,
        approvals=() if row is None or changed else _counting(given, row),
        changed=changed,
        held=(row.held if row else None) or "",
        readings=tuple(read),
        digest=issue.text_digest,
    )


def _counting(given: Sequence[Approval], row: IssueRow) -> tuple[Approval, ...]:
    """Those of exactly this letter."""
    frozen = digest(row.sources)
    return tuple(one for one in given if one.digest == frozen)
