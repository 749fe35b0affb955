"""How fast letters may leave by a relay: limits, what is left of them, who waits after a refusal. Reads no clock.

What a limit promises: in no second, hour or day, whenever it begins and both its ends counted, do more letters leave
than it says. Letters are counted when they are granted, and a receiver sees them a little later: so an hour and a day
count a letter `HAND_OVER_S` longer, and a second is `JITTER` longer than a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import floor, inf

from mailer.domain.addresses import Family

HAND_OVER_S = 30.0
"""A letter is handed over within this time of its grant, or given back."""

JITTER = 0.02
"""Share of a second by which the way to the receiver may differ between two letters."""

SLOTS_A_SECOND = 10
"""Letters leave evenly: at most so many groups a second, each as small as the limit allows."""

FIRST_HOLD = timedelta(seconds=60)
LONGEST_HOLD = timedelta(hours=1)

_ROUNDING_S = 1e-6

_SCRAMBLE = 2654435769
"""2³² over the golden ratio: the turns that any one sender gets, every second or third, fall evenly on all families."""


@dataclass(frozen=True)
class Window:
    """A sliding window, counted in buckets: a bucket counts until all of it is out of the window."""

    span_s: int
    bucket_s: int

    def bucket(self, now: float) -> int:
        """The bucket of a moment."""
        return floor(now / self.bucket_s)

    def oldest(self, now: float) -> int:
        """The oldest bucket that still counts."""
        return floor((now - self.span_s - HAND_OVER_S) / self.bucket_s)

    def ends(self, bucket: int) -> float:
        """When a bucket counts no more."""
        return (bucket + 1) * self.bucket_s + self.span_s + HAND_OVER_S


HOUR = Window(3600, 30)
DAY = Window(86400, 1200)
WINDOWS = (HOUR, DAY)


@dataclass(frozen=True)
class Limits:
    """How many letters may leave in any second, hour and day; 0 where nothing limits them."""

    per_second: int = 0
    per_hour: int = 0
    per_day: int = 0

    def of(self, window: Window) -> int:
        """The limit of an hour or a day."""
        return self.per_hour if window is HOUR else self.per_day

    def __bool__(self) -> bool:
        return bool(self.per_second or self.per_hour or self.per_day)


@dataclass(frozen=True)
class RelayLimits:
    """What a relay takes, all families together and of each."""

    whole: Limits = Limits()
    families: Mapping[Family, Limits] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.whole) or any(self.families.values())

    def of(self, family: Family | None) -> Limits:
        """Of a family; of all together where none is named."""
        return self.whole if family is None else self.families.get(family, Limits())


@dataclass(frozen=True)
class Slot:
    """The latest part of a second in which letters left.

    The second is cut into slots that are `JITTER` too long to fit all of them and the next one into it, and any
    full round of them holds exactly the limit: a second never meets more, whenever it begins.
    """

    at: float = -inf
    """When its last letter was granted: the next slot opens a whole slot after that."""
    turn: int = -1
    used: int = 0

    def room(self, per_second: int, now: float) -> int:
        """How many letters may leave now."""
        if now >= self._over(per_second):
            return _size(self.turn + 1, per_second)
        return max(0, _size(self.turn, per_second) - self.used)

    def wait_s(self, per_second: int, now: float) -> float:
        """Until the next slot opens; 0 where there is room."""
        return 0.0 if self.room(per_second, now) else self._over(per_second) + _ROUNDING_S - now

    def after(self, letters: int, per_second: int, now: float) -> "Slot":
        """Once these letters were granted."""
        if now >= self._over(per_second):
            return Slot(now, (self.turn + 1) % _slots(per_second), letters)
        return Slot(now, self.turn, self.used + letters)

    def _over(self, per_second: int) -> float:
        return self.at + (1 + JITTER) / _slots(per_second) - _ROUNDING_S


@dataclass(frozen=True)
class Held:
    """What a window holds."""

    letters: int = 0
    eases_at: float = inf
    """When its oldest bucket counts no more."""


@dataclass(frozen=True)
class Meter:
    """What one relay, or one family there, may still take."""

    limits: Limits
    slot: Slot = Slot()
    held: Mapping[Window, Held] = field(default_factory=dict)
    blocked_s: float = 0.0
    """How long nothing may leave at all, after a refusal."""

    def is_stale(self, now: float) -> bool:
        """Whether a window holds less by now than is noted here."""
        return any(held.eases_at <= now for held in self.held.values())

    def room(self, now: float) -> float:
        """How many letters may leave now; `inf` where nothing limits them."""
        if self.blocked_s > 0:
            return 0
        rooms = [self.limits.of(window) - self._held(window).letters for window in self._windows()]
        if self.limits.per_second:
            rooms.append(self.slot.room(self.limits.per_second, now))
        return max(0, min(rooms, default=inf))

    def wait_s(self, now: float) -> float:
        """Until asking again makes sense; 0 where there is room."""
        full = [
            self._held(window).eases_at - now
            for window in self._windows()
            if self._held(window).letters >= self.limits.of(window)
        ]
        slot = self.slot.wait_s(self.limits.per_second, now) if self.limits.per_second else 0.0
        return max(self.blocked_s, slot, *full) if full else max(self.blocked_s, slot)

    def after(self, letters: int, now: float) -> "Meter":
        """Once these letters were granted."""
        if not letters:
            return self
        slot = self.slot.after(letters, self.limits.per_second, now) if self.limits.per_second else self.slot
        held = {window: self._with(window, letters, now) for window in self._windows()}
        return replace(self, slot=slot, held=held)

    def _windows(self) -> list[Window]:
        return [window for window in WINDOWS if self.limits.of(window)]

    def _held(self, window: Window) -> Held:
        return self.held.get(window, Held())

    def _with(self, window: Window, letters: int, now: float) -> Held:
        held = self._held(window)
        return Held(held.letters + letters, min(held.eases_at, window.ends(window.bucket(now))))


def share(rooms: Mapping[Family, int], room: float, turn: int) -> dict[Family, int]:
    """Deals out the relay's room: equal parts, and what one family cannot use goes to the others.

    `turn`, another number each time, says who comes first where the room is smaller than the number of families.
    """
    asking = sorted(family for family, most in rooms.items() if most > 0)
    first = turn * _SCRAMBLE % 2**32 * len(asking) >> 32
    asking = asking[first:] + asking[:first]
    left = int(min(room, sum(rooms[family] for family in asking)))
    given = dict.fromkeys(rooms, 0)
    while left and asking:
        part = max(1, left // len(asking))
        for family in asking[:left]:
            letters = min(part, rooms[family] - given[family])
            given[family] += letters
            left -= letters
        asking = [family for family in asking if given[family] < rooms[family]]
    return given


def hold_for(times_in_a_row: int) -> timedelta:
    """How long nothing is tried after a refusal to take letters now: a minute, doubled each time, at most an hour.

    `times_in_a_row` counts this one; a letter taken sets it back to none.
    """
    return min(FIRST_HOLD * (1 << min(max(times_in_a_row - 1, 0), 10)), LONGEST_HOLD)


def _slots(per_second: int) -> int:
    return min(per_second, SLOTS_A_SECOND)


def _size(turn: int, per_second: int) -> int:
    """The letters of a slot: evenly rounded, so that any round of slots holds exactly the limit."""
    slots = _slots(per_second)
    place = turn % slots
    return (place + 1) * per_second // slots - place * per_second // slots
