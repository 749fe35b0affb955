"""« À faire »: what leaves now, what a person must decide, what comes next and what it lacks, how the last was read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from starlette.responses import Response

from mailer.domain.accounts import Action
from mailer.errors import MailerError
from mailer.services import monitoring, people, planning, publishing, reporting, returns
from mailer.services.planning import Planned
from mailer.services.reporting import IssueReport
from mailer.store.alerts import AlertRow
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.desk.issues import progress_of

router = APIRouter()

BEFORE, AHEAD = timedelta(days=3), timedelta(days=45)
READ_OF_LATE = timedelta(days=120)
MOST_RATES = 3


@dataclass(frozen=True)
class Decisions:
    """What waits for somebody's word."""

    unknown: Mapping[str, int]
    """Letters that nobody knows the end of, by issue."""
    doubtful_rows: int
    alerts: list[AlertRow]
    suspended: int
    """Addresses that wait for a person's word."""
    troubles: list[str]
    """What is wrong with the installation, for those who may help it."""

    @property
    def any(self) -> bool:
        """Whether there is something."""
        return bool(self.unknown or self.doubtful_rows or self.suspended or self.alerts or self.troubles)


@router.get("/")
def home(desk: AtDesk) -> Response:
    """What comes next, what leaves now, what a person must decide."""
    slots, mistakes = _slots(desk)
    under_way = [progress_of(desk, name) for name in publishing.under_way(desk.app)]
    rates = _rates(desk, leaving={one.status.name for one in under_way})
    return desk.page(
        "home",
        now=desk.now,
        under_way=under_way,
        decisions=_decisions(desk),
        slots=slots,
        mistakes=mistakes,
        rates=[(one, reporting.rate_sentence(desk.app.config.language, one)) for one in rates],
    )


def _slots(desk: Desk) -> tuple[list[Planned], list[str]]:
    """What is still to leave; or why the calendar cannot be read."""
    try:
        calendar = planning.schedule(desk.app, desk.today - BEFORE, desk.today + AHEAD)
    except MailerError as error:
        return [], desk.told(error)
    waiting = (planning.NONE, planning.DRAFT, "approved")
    return [one for one in calendar.lines if one.state in waiting], list(calendar.unreadable)


def _decisions(desk: Desk) -> Decisions:
    troubles = monitoring.troubles(desk.app, desk.now) if desk.may(Action.INSTALLATION) else []
    return Decisions(
        unknown=publishing.to_decide(desk.app),
        doubtful_rows=people.count_to_check(desk.app) if desk.may(Action.PEOPLE) else 0,
        alerts=publishing.open_alerts(desk.app),
        suspended=returns.count_suspended(desk.app) if desk.may(Action.PEOPLE) else 0,
        troubles=[desk.plain(one.sentence, one.values) for one in troubles],
    )


def _rates(desk: Desk, leaving: set[str]) -> list[IssueReport]:
    """Of those that are on their way nothing can be said yet."""
    names = reporting.latest_names(desk.app, desk.now - READ_OF_LATE, desk.now, MOST_RATES)
    return [desk.report(name) for name in names if name not in leaving]
