"""How long silence may last. Moved at every reply, so moving it costs next to nothing."""

import asyncio
from collections.abc import Callable


class Deadline:
    """Calls `act` once the time is over, unless it was moved on or taken off."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._act = act
        self._at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    def within(self, seconds: float) -> None:
        """From now on."""
        self._at = self._loop.time() + seconds
        # A timer that goes off too early sets itself again: cheaper than a new one for each letter.
        if self._timer is None or self._timer_at > self._at:
            self._set_timer()

    def off(self) -> None:
        """Silence may last."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self) -> None:
        self.off()
        self._timer_at = self._at
        self._timer = self._loop.call_at(self._at, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._loop.time() < self._at:
            self._set_timer()
        else:
            self._act()
