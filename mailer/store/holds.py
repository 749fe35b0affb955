"""Who must wait after a refusal to take letters now: one receiver family, or all that a relay takes. Decides nothing.

Until when is said on the database's own clock; `now_s` stands in its place, for tests.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from mailer.domain.addresses import Family
from mailer.store.sql import run

WHOLE = -1
"""In place of a family: the relay, all families together."""

NOW = "COALESCE(CAST(:now_s AS DOUBLE PRECISION), {clock})"


@dataclass(frozen=True)
class Hold:
    """Why nothing leaves by a relay, or for one family there."""

    wait_s: float
    """0 once it is over: it is kept until a letter is taken, so that refusals in a row are counted."""
    reason: str
    times: int
    """Refusals in a row."""


def hold(
    tx: Connection, relay: str, family: Family | None, until_s: float, reason: str, now_s: float | None = None
) -> None:
    """Nothing leaves until `until_s` on the database's clock: for one family, or by the relay where none is named.

    What several connections hear of one refusal counts once: a hold that lasts is only made longer.
    """
    values = {"relay": relay, "family": scope_number(family), "until_s": until_s, "reason": reason, "now_s": now_s}
    run(tx, _HOLD, **values)


def hold_again(
    tx: Connection, relay: str, family: Family | None, wait_s: float, reason: str, now_s: float | None = None
) -> None:
    """As `hold`, for `wait_s` seconds from now."""
    now = run(tx, f"SELECT {NOW} AS now", now_s=now_s).scalar_one()
    hold(tx, relay, family, now + wait_s, reason, now)


def holds(tx: Connection, relay: str, now_s: float | None = None) -> dict[Family | None, Hold]:
    """The holds of a relay by family (None: all of them), those that are over included: `wait_s` tells them apart."""
    return {
        scope_of(row.family): Hold(max(0.0, row.wait_s), row.reason, row.times)
        for row in run(tx, _HOLDS, relay=relay, now_s=now_s)
    }


def release_hold(tx: Connection, relay: str, family: Family | None) -> bool:
    """A letter was taken: the hold is over and its refusals are forgotten. False where there was none."""
    released = run(tx, _RELEASE, relay=relay, family=scope_number(family))
    return released.rowcount > 0


def scope_number(family: Family | None) -> int:
    """How a family, or the whole relay, is written in a row."""
    return WHOLE if family is None else int(family)


def scope_of(number: int) -> Family | None:
    """The family of a row; None for the whole relay."""
    return None if number == WHOLE else Family(number)


# A hold counts from its own beginning, so that none outlives a clock that was wrong by years.
_HOLDS = f"""SELECT family, reason, times,
  CASE WHEN since_s <= {NOW} THEN until_s - {NOW} ELSE 0 END AS wait_s
FROM hold WHERE relay = :relay"""  # noqa: S608 - put together from the constant above

_HOLD = f"""INSERT INTO hold (relay, family, since_s, until_s, reason, times)
VALUES (:relay, :family, {NOW}, :until_s, :reason, 1)
ON CONFLICT (relay, family) DO UPDATE SET reason = excluded.reason,
  times = hold.times + CASE WHEN hold.until_s > excluded.since_s AND hold.since_s <= excluded.since_s
    THEN 0 ELSE 1 END,
  until_s = CASE WHEN hold.until_s > excluded.until_s AND hold.since_s <= excluded.since_s
    THEN hold.until_s ELSE excluded.until_s END,
  since_s = excluded.since_s"""  # noqa: S608 - as above

_RELEASE = "DELETE FROM hold WHERE relay = :relay AND family = :family"
