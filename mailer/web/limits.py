"""How many forms one visitor, and all of them together, may send. In memory only, bounded, and no address in it."""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from threading import Lock


@dataclass(frozen=True)
class Pace:
    """So many at once, then one every so often."""

    at_once: int
    every_s: float


ONE_VISITOR = Pace(at_once=40, every_s=30)
"""A stand at a fair has one address for all who sign up there."""
EVERYBODY = Pace(at_once=40, every_s=0.05)
"""Each is a commit: twenty a second leave the disk to those who read and those who leave."""
MOST_VISITORS = 20_000
"""Some 4 MB. The one who was away longest is forgotten first."""


class Limits:
    """Who sent how much of late, by a hash whose key dies with this process."""

    def __init__(
        self, visitor: Pace = ONE_VISITOR, everybody: Pace = EVERYBODY, most_visitors: int = MOST_VISITORS
    ) -> None:
        self._visitor, self._everybody, self._most = visitor, everybody, most_visitors
        self._key = secrets.token_bytes(32)
        self._free_at: OrderedDict[bytes, float] = OrderedDict()
        self._all_free_at = 0.0
        self._lock = Lock()

    def wait(self, host: str, now: datetime) -> timedelta | None:
        """None where this one may come in, and it is counted; else how long until the next one may."""
        at, who = now.timestamp(), self._hashed(host)
        with self._lock:
            mine, all_mine = self._free_at.get(who, 0.0), self._all_free_at
            wait = max(_wait(mine, self._visitor, at), _wait(all_mine, self._everybody, at))
            if wait > 0:
                return timedelta(seconds=wait)
            self._free_at[who] = _taken(mine, self._visitor, at)
            self._all_free_at = _taken(all_mine, self._everybody, at)
            self._free_at.move_to_end(who)
            while len(self._free_at) > self._most:
                self._free_at.popitem(last=False)
        return None

    def __len__(self) -> int:
        return len(self._free_at)

    def _hashed(self, host: str) -> bytes:
        return hmac.digest(self._key, _network(host).encode(), hashlib.sha256)[:16]


def _network(host: str) -> str:
    """An IPv6 household has 2^64 addresses: its network counts as one visitor."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped.compressed if address.ipv4_mapped else address.packed[:8].hex()
    return address.compressed


# One number a visitor: the moment at which all that they sent is forgiven (the « generic cell rate algorithm »).


def _wait(free_at: float, pace: Pace, at: float) -> float:
    ahead = free_at - at
    if ahead > pace.at_once * pace.every_s:
        return 0.0  # further than it can be: the clock was set back
    return ahead - (pace.at_once - 1) * pace.every_s


def _taken(free_at: float, pace: Pace, at: float) -> float:
    begun = at if free_at - at > pace.at_once * pace.every_s else max(free_at, at)
    return begun + pace.every_s
