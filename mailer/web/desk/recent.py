"""Figures that cost a while to count and need not be of this very second: kept for a minute, by this process alone."""

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

Counted = TypeVar("Counted")

KEPT_FOR = timedelta(minutes=1)
MOST = 200


class Recent:
    """What was counted of late, by what it is of."""

    def __init__(self, kept_for: timedelta = KEPT_FOR) -> None:
        self._kept_for = kept_for
        self._found: dict[Hashable, tuple[datetime, object]] = {}
        self._lock = Lock()

    def get(self, key: tuple[type[Counted], Hashable], now: datetime, count: Callable[[], Counted]) -> Counted:
        """What was counted within the last minute, or now; the key begins with its type."""
        with self._lock:
            at, found = self._found.get(key, (None, None))
        if at is not None and isinstance(found, key[0]) and timedelta(0) <= now - at < self._kept_for:
            return found
        counted = count()
        with self._lock:
            if len(self._found) >= MOST:
                self._found.clear()
            self._found[key] = (now, counted)
        return counted
