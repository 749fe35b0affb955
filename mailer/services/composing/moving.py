"""The moment that an issue leaves, changed by a person with a reason: in its campaign's cadence, or in its own file."""

from dataclasses import replace
from datetime import UTC, datetime

from mailer.app import App
from mailer.app.drafts import load_issue
from mailer.content.campaigns import campaign_path
from mailer.content.files import read_text
from mailer.content.moments import NO_SUCH_HOUR, in_zone
from mailer.content.slotmoves import with_move
from mailer.content.writing import put_together, take_apart
from mailer.domain.letters import Issue
from mailer.errors import BadFiles, Refused
from mailer.language import N_
from mailer.services.composing.files import one_writer, read_file, released, replace_file
from mailer.services.composing.saving import save_text
from mailer.store import audit

SAY_WHY = N_("Say why the letter leaves at another moment: those who wait for it will ask.")
IN_THE_PAST = N_("That moment has passed. Choose one that is still to come.")
THE_SAME = N_("It leaves at that moment already.")
BY_HAND = N_("{path} writes its moved slots in a way that is not changed from here. Change it there by hand.")


def move(
    app: App, name: str, wanted: datetime, reason: str, who: str, now: datetime, account_id: int | None = None
) -> Issue:
    """The issue leaves at `wanted`, a moment of the site's clock; any approval of it is void from then on.

    Raises NotFound, BadFiles, WrongState once it has left, or Refused.
    """
    reason, at = " ".join(reason.split()), in_zone(wanted, app.config.zone)
    if not reason:
        raise Refused(SAY_WHY)
    if at is None:
        raise Refused(NO_SUCH_HOUR, zone=app.config.timezone)
    if at.astimezone(UTC) <= now:
        raise Refused(IN_THE_PAST)
    with one_writer(app):
        issue = load_issue(app, name)
        if issue.slot.astimezone(UTC) == at.astimezone(UTC):
            raise Refused(THE_SAME)
        with app.database.reading() as tx:
            released(tx, name)
        if issue.planned is not None and issue.campaign.cadence is not None:
            _move_slot(app, issue, at, f"{reason} ({who})")
        else:
            _move_alone(app, issue, at, who, now)
        moved = load_issue(app, name)
    with app.database.transaction() as tx:
        audit.note(tx, account_id, who, "scheduled", name, now, {"at": at.isoformat(), "reason": reason})
    return moved


def _move_slot(app: App, issue: Issue, at: datetime, note: str) -> None:
    cadence, path = issue.campaign.cadence, campaign_path(issue.campaign.slug)
    text, problems = read_text(app.site, path)
    if problems or cadence is None or issue.planned is None:
        raise BadFiles(problems)
    local = at.astimezone(cadence.zone).replace(tzinfo=None)
    written = with_move(text, issue.planned, local, note)
    if written is None:
        raise Refused(BY_HAND, path=path)
    before = (app.site / path).read_bytes()
    replace_file(app.site / path, written.encode())
    try:
        load_issue(app, issue.name)
    except BadFiles:
        # Two slots at one moment, for instance: the file says what is wrong with that, and stays as it was.
        replace_file(app.site / path, before)
        raise


def _move_alone(app: App, issue: Issue, at: datetime, who: str, now: datetime) -> None:
    file = read_file(app, issue.name)
    written = take_apart(file.text)
    front = dict(written.front or {})
    key = "send_at" if "send_at" in front or issue.campaign.cadence is not None else "slot"
    front[key] = at.replace(tzinfo=None).isoformat(timespec="seconds")
    save_text(app, file, file.version, put_together(file.text, replace(written, front=front)), who, now)
