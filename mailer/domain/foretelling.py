"""When sending will end: the letters that wait, played against the limits of their relay. Reads no clock.

The play is coarse where time is long: its steps are small against the whole, and what nothing moves is skipped.
"""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf

from mailer.domain.addresses import Family
from mailer.domain.pace import DAY, HOUR, JITTER, WINDOWS, Limits, RelayLimits, Window

Scope = Family | None

LETTERS_A_CONNECTION = 10.0
"""Letters a second and connection that a relay takes from us, where nobody has measured it."""

STEPS = 1500
"""Into so many steps a play is cut; where it turns out longer, the steps grow."""


SHORTEST_STEP_S = 0.01


class Per(StrEnum):
    """What a brake counts by."""

    SECOND = "second"
    HOUR = "hour"
    DAY = "day"
    CONNECTIONS = "connections"
    HOLD = "hold"


@dataclass(frozen=True)
class Brake:
    """What sending waits for most: a limit of the relay (no family) or of one family there."""

    family: Scope
    per: Per
    letters: int = 0


@dataclass(frozen=True)
class Foretold:
    """How long sending takes, and what it waits for most; no brake where nothing holds it up."""

    seconds: float
    brake: Brake | None


@dataclass(frozen=True)
class Load:
    """What one relay has before it, at a moment of its own time."""

    waiting: Mapping[Family, int]
    limits: RelayLimits
    rates: Mapping[Scope, float]
    """Letters a second that the connections carry: of all families together (None), and of each."""
    at_s: float = 0.0
    leaving: Mapping[Scope, Mapping[Window, list[tuple[float, int]]]] = field(default_factory=dict)
    """What the windows hold already: in how many seconds how many letters count no more."""
    blocked_s: Mapping[Scope, float] = field(default_factory=dict)

    def after(self, seconds: float) -> "Load":
        """The same load that much later, if nothing leaves till then."""
        leaving = {
            scope: {
                window: [(ends - seconds, n) for ends, n in held if ends > seconds] for window, held in each.items()
            }
            for scope, each in self.leaving.items()
        }
        blocked_s = {scope: wait_s - seconds for scope, wait_s in self.blocked_s.items() if wait_s > seconds}
        return replace(self, at_s=self.at_s + seconds, leaving=leaving, blocked_s=blocked_s)


def foretell(load: Load) -> Foretold:
    """How long until all that waits has left."""
    waiting = {family: float(letters) for family, letters in load.waiting.items() if letters}
    play = _Play(load, waiting)
    last = None
    while play.waiting:
        gone = play.step()
        last = last if gone is None else gone
    return Foretold(play.now, play.brake_of(last))


class _Play:
    """The letters that still wait, and what the windows hold, from step to step."""

    def __init__(self, load: Load, waiting: dict[Family, float]) -> None:
        self.now = 0.0
        self.waiting = waiting
        self._pace = max(_least_s(load, waiting) / STEPS, SHORTEST_STEP_S)
        self._steps = 0
        self._gates = {scope: _gates(load, scope, self._pace) for scope in (None, *waiting)}
        self._waited: dict[Family, dict[Brake, float]] = {family: defaultdict(float) for family in waiting}

    def step(self) -> Family | None:
        """One step on; the family whose last letter left."""
        self._steps += 1
        if self._steps % STEPS == 0:
            self._pace *= 2
        rooms = {family: self._room(family) for family in self.waiting}
        whole, whole_brake = self._room(None)
        given = _dealt({family: min(room, self.waiting[family]) for family, (room, _) in rooms.items()}, whole)
        until = self.now + self._pace if sum(given.values()) > _DUST else self._next_event()
        for family, letters in given.items():
            room, brake = rooms[family]
            self._note(family, letters, brake if letters >= room - _DUST else whole_brake, until - self.now)
            self._take(family, letters)
        self.now = until
        gone = [family for family, letters in self.waiting.items() if letters <= _DUST]
        for family in gone:
            del self.waiting[family]
        return gone[-1] if gone else None

    def brake_of(self, family: Family | None) -> Brake | None:
        """What the family waited for most."""
        waited = self._waited.get(family) if family is not None else None
        return max(waited, key=lambda brake: waited[brake]) if waited else None

    def _room(self, scope: Scope) -> tuple[float, Brake]:
        gates = ((gate.room(self.now, self._pace), gate.brake) for gate in self._gates[scope])
        return min(gates, key=lambda one: one[0])

    def _note(self, family: Family, letters: float, brake: Brake, seconds: float) -> None:
        if letters < self.waiting[family] - _DUST:
            self._waited[family][brake] += seconds

    def _take(self, family: Family, letters: float) -> None:
        self.waiting[family] -= letters
        for scope in (None, family):
            for gate in self._gates[scope]:
                gate.take(letters, self.now)

    def _next_event(self) -> float:
        scopes = (None, *self.waiting)
        return max(
            self.now + self._pace,
            min((gate.next_event(self.now) for scope in scopes for gate in self._gates[scope]), default=self.now),
        )


class _Gate:
    """A steady rate: of a second's limit, of the connections, or of a window that is short against the steps."""

    def __init__(self, rate: float, brake: Brake, opens_s: float = 0.0) -> None:
        self.brake = brake
        self._rate = rate
        self._opens_s = opens_s

    def room(self, now: float, pace: float) -> float:
        """How many letters this step may take."""
        return self._rate * pace if now >= self._opens_s else 0.0

    def take(self, letters: float, now: float) -> None:
        """They left."""

    def next_event(self, now: float) -> float:
        """When it will let more through."""
        return self._opens_s if self._opens_s > now else inf


class _WindowGate(_Gate):
    """A sliding window, bucket by bucket."""

    def __init__(self, window: Window, limit: int, brake: Brake, load: Load, scope: Scope) -> None:
        super().__init__(inf, brake)
        self._window, self._limit, self._at_s = window, limit, load.at_s
        self._held = deque((seconds, float(n)) for seconds, n in load.leaving.get(scope, {}).get(window, ()))
        self._sum = sum(letters for _, letters in self._held)

    def room(self, now: float, pace: float) -> float:  # noqa: ARG002 - as every gate is asked
        while self._held and self._held[0][0] <= now:
            self._sum -= self._held.popleft()[1]
        return max(0.0, self._limit - self._sum)

    def take(self, letters: float, now: float) -> None:
        if letters:
            ends = self._window.ends(self._window.bucket(self._at_s + now)) - self._at_s
            self._held.append((ends, letters))
            self._sum += letters

    def next_event(self, now: float) -> float:
        return next((ends for ends, _ in self._held if ends > now), inf)


_DUST = 1e-6
_PER = {HOUR: Per.HOUR, DAY: Per.DAY}


def _gates(load: Load, scope: Scope, pace: float) -> list[_Gate]:
    limits, gates = load.limits.of(scope), list[_Gate]()
    gates.append(_Gate(load.rates.get(scope, inf), Brake(scope, Per.CONNECTIONS)))
    if limits.per_second:
        gates.append(_Gate(limits.per_second / (1 + JITTER), Brake(scope, Per.SECOND, limits.per_second)))
    for window in WINDOWS:
        if limit := limits.of(window):
            brake = Brake(scope, _PER[window], limit)
            if window.bucket_s + window.span_s > _SHORT * pace:
                gates.append(_WindowGate(window, limit, brake, load, scope))
            else:
                gates.append(_Gate(limit / _length_s(window), brake))
    if blocked := load.blocked_s.get(scope):
        gates.append(_Gate(inf, Brake(scope, Per.HOLD), blocked))
    return gates


_SHORT = 20
"""A window of fewer steps than this is played as a steady rate."""


def _least_s(load: Load, waiting: Mapping[Family, float]) -> float:
    """Sending takes this long at least."""
    scopes: list[tuple[Scope, float]] = [(None, sum(waiting.values()))]
    scopes.extend(waiting.items())
    return max(_least_of(load.limits.of(scope), load.rates.get(scope, inf), letters) for scope, letters in scopes)


def _least_of(limits: Limits, rate: float, letters: float) -> float:
    times = [letters / rate, letters / limits.per_second if limits.per_second else 0.0]
    for window in WINDOWS:
        if limit := limits.of(window):
            times.append(max(0.0, letters - limit) / limit * _length_s(window))
    return max(times)


def _length_s(window: Window) -> float:
    """How long a letter counts, on the average."""
    return window.ends(0) - window.bucket_s / 2


def _dealt(rooms: Mapping[Family, float], room: float) -> dict[Family, float]:
    """Equal parts of the relay's room; what one family cannot use goes to the others, as grants do."""
    given = {}
    left = room
    for place, family in enumerate(sorted(rooms, key=lambda one: rooms[one])):
        given[family] = min(rooms[family], left / (len(rooms) - place))
        left -= given[family]
    return given
