"""The policy as a table: what follows from a failure, given what came before."""

from datetime import UTC, datetime, timedelta

import pytest

from mailer.domain.bounces.policy import Action, Failure, Patience, Thresholds, what_follows
from mailer.domain.bounces.verdicts import Kind
from mailer.domain.bounces.wording import Cause

NOW = datetime(2026, 9, 2, tzinfo=UTC)
THRESHOLDS = Thresholds(full=Patience(5, 180), disabled=Patience(3, 90), soft=Patience(10, 365))


def failure(issue: int, days: int, kind: Kind | None, cause: Cause | None = None, *, proven: bool = True) -> Failure:
    """Of so many days ago."""
    return Failure(issue, NOW - timedelta(days=days), kind, cause, proven)


def row(number: int, cause: Cause, every: int = 30) -> list[Failure]:
    return [failure(99 - at, (at + 1) * every, Kind.SOFT, cause) for at in range(number)]


@pytest.mark.parametrize(
    ("kind", "cause", "earlier", "action"),
    [
        (Kind.HARD, Cause.NO_MAILBOX, [], Action.SUSPENDED),
        (Kind.HARD, Cause.NO_MAILBOX, [failure(99, 30, Kind.HARD)], Action.SUPPRESSED),
        (Kind.HARD, Cause.NO_MAILBOX, [failure(100, 1, Kind.HARD)], Action.SUSPENDED),
        (Kind.HARD, Cause.NO_MAILBOX, [failure(99, 30, Kind.HARD, proven=False)], Action.SUSPENDED),
        (Kind.BLOCKED, Cause.SPAM, row(20, Cause.FULL), Action.NOTHING),
        (Kind.CONTENT, Cause.TOO_BIG, row(20, Cause.FULL), Action.NOTHING),
        (Kind.SOFT, Cause.FULL, row(3, Cause.FULL), Action.NOTHING),
        (Kind.SOFT, Cause.FULL, row(4, Cause.FULL), Action.SUSPENDED),
        (Kind.SOFT, Cause.FULL, row(1, Cause.FULL, every=180), Action.SUSPENDED),
        (Kind.SOFT, Cause.DISABLED, row(1, Cause.DISABLED), Action.NOTHING),
        (Kind.SOFT, Cause.DISABLED, row(2, Cause.DISABLED), Action.SUSPENDED),
        (Kind.SOFT, Cause.DISABLED, row(2, Cause.FULL), Action.NOTHING),
        (Kind.SOFT, Cause.NETWORK, row(8, Cause.SYSTEM), Action.NOTHING),
        (Kind.SOFT, Cause.NETWORK, row(9, Cause.SYSTEM), Action.SUSPENDED),
        (Kind.SOFT, Cause.FULL, [failure(99, 10, None), *row(9, Cause.FULL)], Action.NOTHING),
        (Kind.SOFT, Cause.FULL, [failure(99, 10, Kind.BLOCKED), *row(4, Cause.FULL)], Action.SUSPENDED),
    ],
)
def test_the_table_of_the_policy(kind: Kind, cause: Cause, earlier: list[Failure], action: Action) -> None:
    assert what_follows(Failure(100, NOW, kind, cause), earlier, THRESHOLDS) is action


def test_an_unproven_report_never_suppresses() -> None:
    new = Failure(100, NOW, Kind.HARD, Cause.NO_MAILBOX, proven=False)
    assert what_follows(new, [failure(99, 30, Kind.HARD)], THRESHOLDS) is Action.SUSPENDED
