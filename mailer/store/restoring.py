"""What a restored database must be told before anybody uses it: what it cannot know any more. Decides for nobody.

A backup does not know what happened after it. Letters that were waiting may have left: they are *unknown*. Ids may
have been given out, in links that readers hold: none of them is given a second time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, TextClause, bindparam, inspect, select, text

from mailer.domain.deliveries import DeliveryState
from mailer.domain.issues import IssueState
from mailer.domain.measure import Proof, Way
from mailer.domain.oppositions import Opposition, Refusal, still_refused
from mailer.domain.people import SuppressionReason
from mailer.language import N_
from mailer.store import issues as frozen
from mailer.store import measure, persons, slots
from mailer.store.moments import Moment
from mailer.store.people import address_of
from mailer.store.skips import skip_unwelcome
from mailer.store.sql import run
from mailer.store.tables import addresses, issues, metadata

MAY_HAVE_LEFT = N_("the backup was made before this letter's end; it may have left since")

IDS_SKIPPED = 10_000_000
"""More than any base gives out between two backups, and 200 times in the 31 bits of an id."""
ISSUE_IDS_SKIPPED = 10_000
"""An issue's id has only 24 bits in a token."""


@dataclass(frozen=True)
class Doubtful:
    """An issue that was not finished when the backup was made."""

    name: str
    unknown: int


@dataclass(frozen=True)
class Replayed:
    """What the journal of oppositions changed."""

    opposed: int
    left: int
    strangers: int
    """Left a list after the backup, which does not know their address: an import of the same file brings them back."""


def letters_in_hand(tx: Connection) -> int:
    """Letters that senders of other machines hold now. With SQLite there is no other machine."""
    if tx.dialect.name == "sqlite" or not inspect(tx).has_table("delivery"):
        return 0
    return int(run(tx, _IN_HAND).scalar_one())


def doubt_unsettled(tx: Connection, reason: str, now: datetime) -> list[Doubtful]:
    """Whatever may have left since is unknown, and its issue is paused. What was due only after `now` still waits."""
    run(tx, _DOUBT, now=now, words=MAY_HAVE_LEFT)
    found = [Doubtful(row.name, row.unknown) for row in run(tx, _UNFINISHED)]
    run(tx, _DOUBT_NOTICES, now=now)
    run(tx, _DOUBT_REQUESTS, now=now)
    run(tx, _PAUSE, names=[one.name for one in found] or [""], reason=reason, now=now)
    return found


def hold_approved(tx: Connection, reason: str) -> list[str]:
    """Issues that were approved wait for a person: they may have been released since. Their names."""
    approved = select(issues.c.id, issues.c.name).where(issues.c.state == IssueState.APPROVED.value)
    found = tx.execute(approved.order_by(issues.c.name)).all()
    return [row.name for row in found if frozen.hold(tx, row.id, reason)]


def mark_departures(tx: Connection, releases: Mapping[str, datetime], note: str) -> list[str]:
    """Issues that left since, says the journal, do not leave again under their name, nor another for their slot."""
    known = {name: frozen.find(tx, name) for name in releases}
    gone = [name for name, row in known.items() if row is None or row.released_at is None]
    for name in gone:
        frozen.mark_left_before_restore(tx, name, releases[name])
        row = known[name]
        if row is not None and row.planned is not None:
            slots.mark_taken(tx, row.campaign, row.planned, note)
    return gone


def replay(tx: Connection, oppositions: Sequence[Opposition], now: datetime) -> Replayed:
    """Whoever refused since the backup still refuses. Twice is as good as once."""
    by_kind: dict[Refusal, list[dict[str, Any]]] = {kind: [] for kind in Refusal}
    for one in still_refused(oppositions):
        by_kind[one.refusal].append({"who": one.fingerprint, "of": one.detail, "at": one.at})
    opposed = _each(tx, _OPPOSE, by_kind[Refusal.OPPOSED]) + _each(tx, _SUPPRESS, by_kind[Refusal.SUPPRESSED])
    left = _each(tx, _LEAVE, by_kind[Refusal.LEFT]) + _each(tx, _LEAVE_A_RULE, by_kind[Refusal.LEFT])
    skip_unwelcome(tx, "id > 0", now)
    for row in by_kind[Refusal.UNCOUNTED]:
        _stop_counting(tx, row)
    for row in by_kind[Refusal.SUPPRESSED]:
        _forget_again(tx, row, now)
    gone = {row["who"] for row in by_kind[Refusal.LEFT]}
    return Replayed(opposed, left, len(gone) - _known(tx, gone))


def skip_ids(tx: Connection) -> None:
    """No id that was given out since the backup is given again: letters that left carry it in their links."""
    for name in metadata.tables:
        skipped = ISSUE_IDS_SKIPPED if name == "issue" else IDS_SKIPPED
        if tx.dialect.name == "postgresql":
            _skip_postgresql(tx, name, skipped)
        else:
            run(tx, _SKIP_SQLITE, table=name, skipped=skipped)
            run(tx, _BEGIN_SQLITE, table=name, skipped=skipped)


def _skip_postgresql(tx: Connection, table: str, skipped: int) -> None:
    if any(column["name"] == "id" for column in inspect(tx).get_columns(table)):
        run(tx, _SKIP_POSTGRESQL, table=table, skipped=skipped)


def _forget_again(tx: Connection, row: Mapping[str, Any], now: datetime) -> None:
    address_id = address_of(tx, row["who"]) if row["of"] == SuppressionReason.ERASED else None
    if address_id is not None:
        persons.erase(tx, address_id, now)


def _stop_counting(tx: Connection, row: Mapping[str, Any]) -> None:
    """Whether the backup knows of a yes or of nothing: no letter from then on counts them, nor any that they have."""
    address_id = address_of(tx, row["who"])
    if address_id is not None and measure.allowed(tx, address_id, row["of"]) is not False:
        measure.refuse_list(tx, address_id, row["of"], Proof("", "", Way.JOURNAL, row["at"]))


def _each(tx: Connection, statement: TextClause, rows: Sequence[dict[str, Any]]) -> int:
    return tx.execute(statement, rows).rowcount if rows else 0


def _known(tx: Connection, fingerprints: set[bytes]) -> int:
    every = sorted(fingerprints)
    parts = [every[start : start + 500] for start in range(0, len(every), 500)]
    return sum(len(tx.execute(select(addresses.c.id).where(addresses.c.fingerprint.in_(part))).all()) for part in parts)


def _statement(words: str) -> TextClause:
    # PostgreSQL guesses the type of a bare text anew at each place where it stands, and not always alike.
    of = [bindparam("of", type_=String())] if ":of" in words else []
    return text(words).bindparams(bindparam("at", type_=Moment()), *of)


_IN_HAND = "SELECT count(*) FROM delivery WHERE state IN ('claimed', 'sending') AND lease_until > {clock}"

_OUT = "issue_id IN (SELECT id FROM issue WHERE state IN ('released', 'paused'))"

_DOUBT = f"""UPDATE delivery SET state = 'unknown', words = :words, claim_id = NULL, lease_until = NULL
WHERE {_OUT} AND (state IN ('claimed', 'sending') OR (state = 'queued' AND next_try_at <= :now))"""  # noqa: S608 - the constant above

_DOUBT_NOTICES = """UPDATE notice SET state = 'unknown'
WHERE state = 'sending' OR (state = 'queued' AND next_try_at <= :now)"""

# They may have been answered and reminded since; whoever still waits asks again, and is answered then.
_DOUBT_REQUESTS = """UPDATE request SET look_at = NULL, reminded_at = coalesce(reminded_at, :now)
WHERE confirmed_at IS NULL"""

_UNFINISHED = f"""SELECT name, coalesce(unsure.letters, 0) AS unknown FROM issue
LEFT JOIN (SELECT issue_id, count(*) AS letters FROM delivery WHERE state = '{DeliveryState.UNKNOWN}' GROUP BY issue_id)
  AS unsure ON unsure.issue_id = issue.id
WHERE issue.state IN ('released', 'paused') AND EXISTS (
  SELECT 1 FROM delivery WHERE delivery.issue_id = issue.id AND delivery.state IN ('queued', 'unknown'))
ORDER BY name"""  # noqa: S608 - a state of ours

_PAUSE = """UPDATE issue SET state = 'paused', pause_reason = :reason, moved_at = :now WHERE name IN :names"""

_OPPOSE = _statement("""INSERT INTO suppression (fingerprint, reason, at) VALUES (:who, 'opposition', :at)
ON CONFLICT (fingerprint) DO UPDATE SET reason = excluded.reason, at = excluded.at
WHERE suppression.reason <> 'opposition'""")

_SUPPRESS = _statement("""INSERT INTO suppression (fingerprint, reason, at) VALUES (:who, :of, :at)
ON CONFLICT (fingerprint) DO UPDATE SET reason = excluded.reason, at = excluded.at
WHERE suppression.reason = 'suspended'""")

_LEAVE = _statement("""UPDATE subscription SET state = 'left', left_at = :at, merge_id = NULL
WHERE list_slug = :of AND (state <> 'left' OR merge_id IS NOT NULL)
  AND address_id IN (SELECT id FROM address WHERE fingerprint = :who)""")

# As when a letter came by rule: the row that says « left » must be there.
_LEAVE_A_RULE = _statement("""INSERT INTO subscription (contact_id, address_id, list_slug, state, left_at)
SELECT (SELECT min(contact.id) FROM contact WHERE contact.address_id = address.id), address.id, :of, 'left', :at
FROM address WHERE fingerprint = :who AND NOT EXISTS (
  SELECT 1 FROM subscription WHERE subscription.address_id = address.id AND subscription.list_slug = :of)
ON CONFLICT DO NOTHING""")

_SKIP_SQLITE = "UPDATE sqlite_sequence SET seq = seq + :skipped WHERE name = :table"

_BEGIN_SQLITE = """INSERT INTO sqlite_sequence (name, seq) SELECT name, :skipped FROM sqlite_master
WHERE type = 'table' AND name = :table AND sql LIKE '%AUTOINCREMENT%'
  AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE sqlite_sequence.name = :table)"""

_SKIP_POSTGRESQL = """SELECT setval(pg_get_serial_sequence(:table, 'id'), nextval(pg_get_serial_sequence(:table, 'id'))
  + CAST(:skipped AS bigint))"""
