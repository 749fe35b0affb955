"""Who may leave now: durable quotas of each relay and receiver family, shared by all senders of the database.

What is promised: in no second, hour or day, whenever it begins and both its ends counted, are more letters granted
than the limit says (`mailer.domain.pace`). A letter counts from its grant, so a sender hands it over within
`HAND_OVER_S`, or gives it back. Time is the database's own; where its clock is set back, a relay's time stands
still for that long instead of counting the same minutes twice. Never decides what a refusal means.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from sqlalchemy import Connection, Row

from mailer.domain.addresses import Family
from mailer.domain.pace import DAY, HOUR, WINDOWS, Held, Limits, Meter, RelayLimits, Slot, Window, share
from mailer.store.holds import NOW, WHOLE, scope_number, scope_of
from mailer.store.holds import Hold as Hold
from mailer.store.holds import hold as hold
from mailer.store.holds import hold_again as hold_again
from mailer.store.holds import holds as holds
from mailer.store.holds import release_hold as release_hold
from mailer.store.sql import facts_from_json, run

Scope = Family | None
"""One family, or all that a relay takes together."""

Leaving = dict[Window, list[tuple[float, int]]]
"""In how many seconds how many letters count no more, soonest first."""


@dataclass(frozen=True)
class Grant:
    """How many letters of each family may leave now."""

    letters: Mapping[Family, int]
    again_in_s: float | None
    """When asking again makes sense, where something was held back."""
    at_s: float
    """When it was granted, in the relay's own time: goes with what is given back."""


@dataclass(frozen=True)
class Outlook:
    """What a relay's windows hold, and who must wait, at a moment of the relay's own time."""

    at_s: float
    leaving: Mapping[Scope, Leaving]
    blocked_s: Mapping[Scope, float]


def grant(
    tx: Connection, relay: str, limits: RelayLimits, wanted: Mapping[Family, int], now_s: float | None = None
) -> Grant:
    """Books, of what is wanted, as much as limits and holds allow now. `now_s`: in place of the database's clock.

    Without any limit all is granted and the database is not asked; holds are then for the caller to look at
    (`holds`), as it does before each claim.
    """
    if not limits:
        return Grant(dict(wanted), None, now_s or 0.0)
    now = run(tx, _TICK, relay=relay, now_s=now_s).one()
    before = _meters(tx, relay, limits, [None, *wanted], now.latest_s, now_s)
    rooms = {family: int(min(letters, before[family].room(now.latest_s))) for family, letters in wanted.items()}
    letters = share(rooms, before[None].room(now.latest_s), now.turn)
    after = {scope: meter.after(_count(letters, scope), now.latest_s) for scope, meter in before.items()}
    _book(tx, relay, {scope: meter for scope, meter in after.items() if meter is not before[scope]}, letters, now)
    return Grant(letters, _again_in_s(wanted, letters, after, now.latest_s), now.latest_s)


def give_back(tx: Connection, relay: str, family: Family, letters: int, at_s: float) -> None:
    """Letters granted at `at_s` (`Grant.at_s`) and never handed over count no more for the hour and the day."""
    scopes = [WHOLE, int(family)]
    run(tx, _MY_TURN, relay=relay)
    for window in WINDOWS:
        values = {"relay": relay, "window_s": window.span_s, "bucket": window.bucket(at_s), "letters": letters}
        run(tx, _GIVE_BACK, scopes=scopes, **values)
    run(tx, _SUM_ANEW, relay=relay, scopes=scopes)


def outlook(tx: Connection, relay: str, now_s: float | None = None) -> Outlook:
    """What foretelling needs to know of a relay. Books nothing."""
    now = run(tx, _LOOK, relay=relay, now_s=now_s).scalar_one()
    leaving: dict[Scope, Leaving] = {}
    for row in run(tx, _EVERY_BUCKET, **_counting(relay, now)):
        window = _WINDOW[row.window_s]
        held = leaving.setdefault(scope_of(row.family), {}).setdefault(window, [])
        held.append((window.ends(row.bucket) - now, row.letters))
    blocked_s = {scope: standing.wait_s for scope, standing in holds(tx, relay, now_s).items()}
    return Outlook(now, leaving, blocked_s)


def _meters(
    tx: Connection, relay: str, limits: RelayLimits, scopes: Iterable[Scope], now: float, now_s: float | None
) -> dict[Scope, Meter]:
    standing = holds(tx, relay, now_s)
    known = {scope_of(row.family): row for row in run(tx, _METERS, relay=relay)}
    found = {}
    for scope in scopes:
        blocked_s = standing[scope].wait_s if scope in standing else 0.0
        found[scope] = _meter(limits.of(scope), known.get(scope), blocked_s)
    if any(meter.is_stale(now) for meter in found.values()):
        sums = _sums(tx, relay, now)
        return {scope: replace(meter, held=sums.get(scope, {})) for scope, meter in found.items()}
    return found


def _meter(limits: Limits, row: Row[Any] | None, blocked_s: float) -> Meter:
    if row is None:
        return Meter(limits, blocked_s=blocked_s)
    slot = Slot() if row.slot_at_s is None else Slot(row.slot_at_s, row.slot_turn, row.slot_used)
    hour, day = Held(row.hour_letters, _or_never(row.hour_eases_s)), Held(row.day_letters, _or_never(row.day_eases_s))
    return Meter(limits, slot, {HOUR: hour, DAY: day}, blocked_s)


def _sums(tx: Connection, relay: str, now: float) -> dict[Scope, dict[Window, Held]]:
    """What each window holds, counted anew."""
    found: dict[Scope, dict[Window, Held]] = {}
    for row in run(tx, _SUMS, **_counting(relay, now)):
        window = _WINDOW[row.window_s]
        found.setdefault(scope_of(row.family), {})[window] = Held(row.letters, window.ends(row.oldest))
    return found


def _book(
    tx: Connection, relay: str, after: Mapping[Scope, Meter], letters: Mapping[Family, int], now: Row[Any]
) -> None:
    noted = [_noted(scope, meter) for scope, meter in after.items() if meter.limits]
    buckets = [
        (window.span_s, window.bucket(now.latest_s), scope_number(scope), _count(letters, scope))
        for scope, meter in after.items()
        for window in WINDOWS
        if meter.limits.of(window)
    ]
    if noted:
        run(tx, _NOTE[tx.dialect.name], relay=relay, facts=json.dumps(noted))
    if buckets:
        run(tx, _BOOK[tx.dialect.name], relay=relay, facts=json.dumps(buckets))
        if now.turn % FORGET_EVERY == 0:
            run(tx, _FORGET, **_counting(relay, now.latest_s))


def _noted(scope: Scope, meter: Meter) -> tuple[float | None, ...]:
    hour, day = meter.held.get(HOUR, Held()), meter.held.get(DAY, Held())
    slot = (_or_none(meter.slot.at), meter.slot.turn, meter.slot.used)
    return (scope_number(scope), *slot, hour.letters, _or_none(hour.eases_at), day.letters, _or_none(day.eases_at))


def _count(letters: Mapping[Family, int], scope: Scope) -> int:
    return sum(letters.values()) if scope is None else letters[scope]


def _again_in_s(
    wanted: Mapping[Family, int], letters: Mapping[Family, int], after: Mapping[Scope, Meter], now: float
) -> float | None:
    waits = [
        max(after[family].wait_s(now), after[None].wait_s(now))
        for family, most in wanted.items()
        if letters[family] < most
    ]
    return min(waits, default=None)


def _counting(relay: str, now: float) -> dict[str, object]:
    return {"relay": relay, "hour": HOUR.oldest(now), "day": DAY.oldest(now)}


def _or_never(moment: float | None) -> float:
    return inf if moment is None else moment


def _or_none(moment: float) -> float | None:
    return None if moment in (inf, -inf) else moment


FORGET_EVERY = 64
"""Once in so many grants, what counts no more is deleted."""

_WINDOW = {window.span_s: window for window in WINDOWS}

# Writing the row keeps every other sender of this relay waiting until our commit.
_TICK = f"""INSERT INTO quota_clock (relay, latest_s, ahead_s, turn) VALUES (:relay, {NOW}, 0, 0)
ON CONFLICT (relay) DO UPDATE SET
  turn = quota_clock.turn % 1000000 + 1,
  ahead_s = CASE WHEN {NOW} + quota_clock.ahead_s < quota_clock.latest_s
    THEN quota_clock.latest_s - {NOW} ELSE quota_clock.ahead_s END,
  latest_s = CASE WHEN {NOW} + quota_clock.ahead_s < quota_clock.latest_s
    THEN quota_clock.latest_s ELSE {NOW} + quota_clock.ahead_s END
RETURNING latest_s, turn"""  # noqa: S608 - put together from the constant of store/holds.py

# The same row, for whoever only gives back: a grant in between would write down a sum that is no more.
_MY_TURN = "UPDATE quota_clock SET turn = turn WHERE relay = :relay"

# A relay that was never asked has no row and starts at the database's own time.
_LOOK = f"""SELECT COALESCE((SELECT CASE WHEN {NOW} + ahead_s < latest_s THEN latest_s ELSE {NOW} + ahead_s END
FROM quota_clock WHERE relay = :relay), {NOW})"""  # noqa: S608 - as above

_METERS = """SELECT family, slot_at_s, slot_turn, slot_used, hour_letters, hour_eases_s, day_letters, day_eases_s
FROM quota_meter WHERE relay = :relay"""

_WITHIN = f"""relay = :relay
  AND ((window_s = {HOUR.span_s} AND bucket {{how}} :hour) OR (window_s = {DAY.span_s} AND bucket {{how}} :day))"""
_COUNTS = f"letters > 0 AND {_WITHIN.format(how='>=')}"

_SUMS = f"""SELECT family, window_s, sum(letters) AS letters, min(bucket) AS oldest
FROM quota_bucket WHERE {_COUNTS} GROUP BY window_s, family"""  # noqa: S608 - put together from the constants above

_EVERY_BUCKET = f"""SELECT family, window_s, bucket, letters
FROM quota_bucket WHERE {_COUNTS} ORDER BY window_s, bucket"""  # noqa: S608 - as above

_FORGET = f"DELETE FROM quota_bucket WHERE {_WITHIN.format(how='<')}"  # noqa: S608 - as above

_GIVE_BACK = """UPDATE quota_bucket SET letters = CASE WHEN letters > :letters THEN letters - :letters ELSE 0 END
WHERE relay = :relay AND window_s = :window_s AND bucket = :bucket AND family IN :scopes"""

_SUM_ANEW = "UPDATE quota_meter SET hour_eases_s = 0, day_eases_s = 0 WHERE relay = :relay AND family IN :scopes"

_BUCKET = dict.fromkeys(("window_s", "bucket", "family", "letters"), "INTEGER")
_NOTED = {
    "family": "INTEGER",
    "slot_at_s": "DOUBLE PRECISION",
    "slot_turn": "INTEGER",
    "slot_used": "INTEGER",
    "hour_letters": "INTEGER",
    "hour_eases_s": "DOUBLE PRECISION",
    "day_letters": "INTEGER",
    "day_eases_s": "DOUBLE PRECISION",
}


def _written(table: str, columns: Mapping[str, str], otherwise: str) -> dict[str, str]:
    # "WHERE true" keeps SQLite from reading ON as the beginning of a join.
    names = ", ".join(columns)
    return {
        dialect: f"INSERT INTO {table} (relay, {names}) SELECT CAST(:relay AS VARCHAR), {names} "  # noqa: S608 - ours
        f"FROM {facts_from_json(dialect, columns)} AS fact WHERE true {otherwise}"
        for dialect in ("sqlite", "postgresql")
    }


_BOOK = _written(
    "quota_bucket",
    _BUCKET,
    "ON CONFLICT (relay, window_s, bucket, family) DO UPDATE SET letters = quota_bucket.letters + excluded.letters",
)
_NOTE = _written(
    "quota_meter",
    _NOTED,
    "ON CONFLICT (relay, family) DO UPDATE SET " + ", ".join(f"{one} = excluded.{one}" for one in list(_NOTED)[1:]),
)
