"""How much a sender may take now: the quotas and holds of its relay, and of each receiver family there."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mailer.app.relays import connections_of, limits_of
from mailer.config import Smtp
from mailer.domain.addresses import Family
from mailer.store import deliveries, quotas
from mailer.store.database import Connection
from mailer.store.deliveries import Claimed

Scope = Family | None


@dataclass(frozen=True)
class Taken:
    """Letters claimed and granted."""

    rows: list[Claimed]
    at_s: float = 0.0
    """When they were granted, in the relay's own time."""


class Pace:
    """What one relay lets one sender take. Used inside its turns."""

    def __init__(self, relay: str, settings: Smtp) -> None:
        self.relay = relay
        self.limits = limits_of(settings)
        """False where nothing limits."""
        self.standing: Mapping[Scope, quotas.Hold] = {}
        """Holds, as of the last look, those that are over included."""
        own = {family: connections_of(settings, family) for family in Family}
        self.connections = {family: most for family, most in own.items() if most < settings.connections}
        """Of families that may not have them all."""
        self._full_until: dict[Scope, float] = {}

    def look(self, tx: Connection) -> None:
        """What others may have learnt of the relay meanwhile."""
        self.standing = quotas.holds(tx, self.relay)

    def claim(self, tx: Connection, claim_id: str, room: int, lease_s: float, now: datetime) -> Taken:
        """At most `room` letters that may leave at once."""
        closed = self._held | self._full
        if None in closed:
            return Taken([])
        open_to = [family for family in Family if family not in closed] if closed else None
        rows = deliveries.claim(tx, claim_id, room, lease_s, now, self.relay, open_to)
        return self._granted(tx, claim_id, rows) if rows and self.limits else Taken(rows)

    def give_back(self, tx: Connection, never_left: Counter[tuple[Family, float]]) -> None:
        """What was granted and never handed over counts no more. By family and moment of the grant."""
        if self.limits:
            for (family, at_s), letters in never_left.items():
                quotas.give_back(tx, self.relay, family, letters, at_s)

    @property
    def again_in_s(self) -> float | None:
        """When a quota may have room again; None where none is full."""
        now = time.monotonic()
        return min((until - now for until in self._full_until.values() if until > now), default=None)

    @property
    def _full(self) -> set[Scope]:
        now = time.monotonic()
        return {scope for scope, until in self._full_until.items() if until > now}

    @property
    def _held(self) -> set[Scope]:
        return {scope for scope, hold in self.standing.items() if hold.wait_s > 0}

    def _granted(self, tx: Connection, claim_id: str, rows: list[Claimed]) -> Taken:
        wanted = Counter(row.family for row in rows)
        grant = quotas.grant(tx, self.relay, self.limits, wanted)
        left, taken, refused = Counter(grant.letters), list[Claimed](), list[int]()
        for row in rows:
            if left[row.family] > 0:
                left[row.family] -= 1
                taken.append(row)
            else:
                refused.append(row.delivery_id)
        if refused:
            deliveries.give_back(tx, claim_id, refused)
        full = time.monotonic() + (grant.again_in_s or 0.0)
        self._full_until = {family: full for family in wanted if grant.letters[family] < wanted[family]}
        return Taken(taken, grant.at_s)
