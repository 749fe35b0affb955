"""A person's word that a letter may leave: it freezes the letter, and an unusual audience asks for the number."""

from datetime import datetime

from mailer.app import App
from mailer.app.approvals import AudienceCount, count_readers
from mailer.app.drafts import compile_letter, load_issue
from mailer.content.findings import findings
from mailer.domain.approvals import Approval, digest, person
from mailer.domain.findings import Level
from mailer.domain.issues import IssueState
from mailer.domain.letters import Issue
from mailer.errors import BadFiles, Problem, Refused, WrongState
from mailer.language import N_, number
from mailer.services.publishing.standing import IssueStatus, already_out, show
from mailer.store import approvals, issues, reviews
from mailer.store.database import Connection
from mailer.store.issues import IssueRow

ALREADY_APPROVED_BY = N_("{who} has already approved {issue} as it stands.")
WHO_IS_EMPTY = N_("Say who approves, by name: --by NAME")
EVERYONE_NEEDS_COUNT = N_(
    "{issue} would go to {count} readers, among them a whole list of everyone. Two different people must approve it, "
    "each typing the number: mailer issue approve {issue} --by NAME --count N"
)
UNUSUAL_NEEDS_COUNT = N_(
    "{issue} would go to {count} readers; the usual number is {usual}. Two different people must approve it, "
    "each typing the number: mailer issue approve {issue} --by NAME --count N"
)
MORE_READINGS = N_(
    "{issue} was read by {given} of {needed}: it can be approved once the others have said that they read it."
)
NOT_THE_COUNT = N_(
    "{issue} would go to {count} readers, not {typed}. Look at its audience again before you approve it."
)


def approve(app: App, name: str, who: str, now: datetime, count: int | None = None) -> IssueStatus:
    """The first approval freezes the letter; further ones are of exactly those bytes; an edit voids them all.

    `count`: how many readers the person believes to write to; an unusual audience needs it. Raises Refused,
    WrongState or BadFiles.
    """
    if not who.strip():
        raise Refused(WHO_IS_EMPTY)
    issue = load_issue(app, name)
    letter = compile_letter(app, issue, now)
    _refuse_errors(issue)
    approval = Approval(" ".join(who.split()), now, digest(letter.sources), count)
    with app.database.transaction() as tx:
        row = issues.find(tx, name)
        if row is not None and row.state is not IssueState.APPROVED:
            raise already_out(app, row)
        _check_readings(tx, issue)
        _check_count(app, name, count_readers(app, tx, issue), count)
        if row is not None and row.sources == letter.sources:
            _refuse_the_same_word_again(tx, row, approval)
            issue_id = row.id
        else:
            issue_id = issues.freeze(tx, issue, letter, measure=issue.list.measure, now=now)
        approvals.add(tx, issue_id, approval)
        issues.let_go(tx, issue_id)
    return show(app, name)


def _refuse_errors(issue: Issue) -> None:
    """What the check calls an error stops an approval: a letter that left cannot be mended."""
    errors = [one for one in findings(issue) if one.level is Level.ERROR]
    if errors:
        raise BadFiles([Problem(one.path, one.line, one.sentence, dict(one.values)) for one in errors])


def _check_readings(tx: Connection, issue: Issue) -> None:
    given = len(reviews.readings(tx, issue.name))
    if given < issue.campaign.reviews:
        raise WrongState(MORE_READINGS, issue=issue.name, given=given, needed=issue.campaign.reviews)


def _check_count(app: App, name: str, audience: AudienceCount, count: int | None) -> None:
    said = {"issue": name, "count": number(app.config.language, audience.total)}
    if count is not None and count != audience.total:
        raise Refused(NOT_THE_COUNT, **said, typed=number(app.config.language, count))
    if count is None and audience.unusual:
        if audience.everyone:
            raise Refused(EVERYONE_NEEDS_COUNT, **said)
        raise Refused(UNUSUAL_NEEDS_COUNT, **said, usual=number(app.config.language, audience.usually or 0))


def _refuse_the_same_word_again(tx: Connection, row: IssueRow, approval: Approval) -> None:
    """Saying it again makes sense with another number of readers, or to let go of what is held."""
    given = {person(one.who): one for one in approvals.valid(tx, row.id)}.get(person(approval.who))
    if given and row.held is None and approval.count in (None, given.count):
        raise WrongState(ALREADY_APPROVED_BY, who=given.who, issue=row.name)
