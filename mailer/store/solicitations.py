"""Who has had enough letters of a kind, and who need not be asked any more. Never decides how many are enough."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from mailer.domain.aims import Aim, Caps
from mailer.domain.choices import When
from mailer.domain.deliveries import DeliveryState
from mailer.domain.rules import THIS_YEAR
from mailer.store.aim_tables import issue_aims
from mailer.store.skips import skip_unwelcome
from mailer.store.tables import deliveries

NEVER_LEFT = (DeliveryState.SKIPPED.value, DeliveryState.FAILED.value)


def note(tx: Connection, issue_id: int, aim: Aim, leaves: When) -> None:
    """What a released issue will count as from now on; an ordinary one counts as nothing."""
    if not (aim.exceptional or aim.solicitation or aim.renewal):
        return
    year = leaves.month_from.year if aim.renewal == THIS_YEAR else aim.renewal
    tx.execute(
        insert(issue_aims).values(
            issue_id=issue_id,
            leaves_at=leaves.at,
            exceptional=aim.exceptional,
            solicitation=aim.solicitation,
            renewal=year,
        )
    )


def had_exceptional(caps: Caps) -> Select[Any] | None:
    """The contacts and addresses that had an exceptional letter too short a time ago; None where nobody is spared."""
    if caps.exceptional_since is None:
        return None
    had = _letters(issue_aims.c.exceptional, caps.exceptional_since)
    return had.distinct()


def had_enough(caps: Caps) -> Select[Any] | None:
    """Those that were asked often enough; None where nobody is spared."""
    if caps.solicited_since is None:
        return None
    had = _letters(issue_aims.c.solicitation, caps.solicited_since)
    return had.group_by(deliveries.c.contact_id, deliveries.c.address_id).having(
        func.count() >= caps.most_solicitations
    )


def skip_joined(tx: Connection, now: datetime) -> int:
    """Letters that ask for a membership do not leave to who has it by now; how many. After memberships are written."""
    return skip_unwelcome(tx, _ASKS_FOR_MEMBERSHIP, now)


def _letters(kind: Any, since: datetime) -> Select[Any]:
    return (
        select(deliveries.c.contact_id, deliveries.c.address_id)
        .join(issue_aims, issue_aims.c.issue_id == deliveries.c.issue_id)
        .where(kind, issue_aims.c.leaves_at > since, deliveries.c.state.not_in(NEVER_LEFT))
    )


_ASKS_FOR_MEMBERSHIP = """issue_id IN (
  SELECT issue_aim.issue_id FROM issue_aim JOIN issue ON issue.id = issue_aim.issue_id
  WHERE issue_aim.renewal IS NOT NULL AND issue.state IN ('released', 'paused'))"""
