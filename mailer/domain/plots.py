"""Plots as shapes and words on a plane, before anybody draws them. Pure; knows no colour, no markup, no language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 250.0, 46.0, 10.0, 26.0, 44.0
ROW, BAR, LABEL = 48.0, 14.0, 18.0
"""Of a plot of rows: a row, its bar, the words above it."""
CHARACTER = 6.6
"""About the width of one at the size of the words."""
SMALLEST_STEP, MOST_STEPS = 0.01, 5
"""Of an axis."""

Words = Callable[[float], str]
"""How a number of the axis is written."""


@dataclass(frozen=True)
class Box:
    """A filled rectangle."""

    role: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Stroke:
    """A straight line."""

    role: str
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Label:
    """Words at a point of their base line."""

    role: str
    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass
class Drawing:
    """What a plot is made of; whoever draws it goes boxes, strokes, labels."""

    width: float
    height: float
    boxes: list[Box] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """One issue's rate. Without one, only the interval is drawn, where there is any."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    before: float | None = None
    """The year before at the same place."""
    exceptional: bool = False
    broken: bool = False
    """Counted in another way than the column before it."""


@dataclass(frozen=True)
class Level:
    """One figure for the whole width, such as that of the year before."""

    value: float
    text: str


@dataclass(frozen=True)
class Bar:
    """One row: its words, its bar, its own words for the value."""

    name: str
    value: float | None
    text: str
    low: float | None = None
    high: float | None = None


def columns_plot(columns: Sequence[Column], words: Words, width: float, level: Level | None = None) -> Drawing:
    """Issues side by side from 0 to a round number, the year before as a thin line behind."""
    shown = [one for column in columns for one in (column.value, column.high, column.before) if one is not None]
    top = round_top(max([*shown, level.value if level else 0.0]))
    plot = Drawing(width, HEIGHT)
    scale = (HEIGHT - TOP - BOTTOM) / top
    ground = HEIGHT - BOTTOM
    for tick in ticks(top):
        y = ground - tick * scale
        plot.strokes.append(Stroke("axis" if tick == 0 else "grid", LEFT, y, width - RIGHT, y))
        plot.labels.append(Label("tick", LEFT - 6, y + 4, words(tick), "end"))
    slot = (width - LEFT - RIGHT) / max(len(columns), 1)
    every = _every([column.name for column in columns], slot)
    values_fit = slot >= CHARACTER * 5.2
    for at, column in enumerate(columns):
        _column(plot, column, LEFT + at * slot, slot, ground, scale)
        middle = LEFT + (at + 0.5) * slot
        if at % every == 0:
            plot.labels.append(Label("name", middle, ground + 17, column.name))
        if values_fit and column.value is not None:
            above = max(column.value, column.high or 0, column.before or 0)
            plot.labels.append(Label("value", middle, ground - above * scale - 6, words(column.value)))
    if level is not None:
        y = ground - level.value * scale
        plot.strokes.append(Stroke("before", LEFT, y, width - RIGHT, y))
        plot.labels.append(Label("note", width - RIGHT, HEIGHT - 5, level.text, "end"))
    return plot


def rows_plot(bars: Sequence[Bar], words: Words, width: float, top: float) -> Drawing:
    """Bars one under the other from 0 to `top`, each under its own name: names may be long."""
    height = ROW * len(bars) + BOTTOM - 18
    plot, ground = Drawing(width, height), ROW * len(bars) + 4
    scale = (width - 2 * RIGHT - 10) / top
    for tick in ticks(top):
        x = RIGHT + tick * scale
        plot.strokes.append(Stroke("axis" if tick == 0 else "grid", x, 2, x, ground))
        plot.labels.append(Label("tick", x, ground + 16, words(tick), "start" if tick == 0 else "middle"))
    for at, bar in enumerate(bars):
        _row(plot, bar, at * ROW, scale, width)
    return plot


def round_top(highest: float) -> float:
    """The end of the axis: a round number not below the highest value, at most five steps away from 0."""
    step = _step(highest)
    return round(max(1, ceil(round(highest / step, 9))) * step, 9)


def ticks(top: float) -> list[float]:
    """Where the axis is marked, from 0 to its end."""
    step = _step(top)
    return [round(at * step, 9) for at in range(round(top / step) + 1)]


def _step(highest: float) -> float:
    """1, 2 or 5 of some size, at least a hundredth."""
    size = SMALLEST_STEP
    while True:
        for times in (1, 2, 5):
            if times * size * MOST_STEPS >= highest * (1 - 1e-9):
                return times * size
        size *= 10


def _column(plot: Drawing, column: Column, left: float, slot: float, ground: float, scale: float) -> None:
    middle, half = left + slot / 2, min(slot * 0.32, 22)
    if column.broken:
        plot.strokes.append(Stroke("break", left, TOP - 14, left, ground))
    if column.before is not None:
        y = ground - column.before * scale
        plot.strokes.append(Stroke("before", left + slot * 0.06, y, left + slot * 0.94, y))
    if column.value is not None:
        height = column.value * scale
        role = "bar exceptional" if column.exceptional else "bar"
        plot.boxes.append(Box(role, middle - half, ground - height, 2 * half, height))
    if column.low is not None and column.high is not None:
        plot.strokes.append(
            Stroke("interval", middle, ground - column.low * scale, middle, ground - column.high * scale)
        )


def _row(plot: Drawing, bar: Bar, top: float, scale: float, width: float) -> None:
    y = top + LABEL + 4
    fits = int((width - 2 * RIGHT) / CHARACTER) - len(bar.text) - 2
    name = bar.name if len(bar.name) <= fits else f"{bar.name[: fits - 1]}…"
    plot.labels.append(Label("row", RIGHT, top + LABEL - 2, name, "start"))
    plot.labels.append(Label("value", width - RIGHT, top + LABEL - 2, bar.text, "end"))
    if bar.value is not None:
        plot.boxes.append(Box("bar", RIGHT, y, bar.value * scale, BAR))
    if bar.low is not None and bar.high is not None:
        middle = y + BAR / 2
        plot.strokes.append(Stroke("interval", RIGHT + bar.low * scale, middle, RIGHT + bar.high * scale, middle))


def _every(names: Sequence[str], slot: float) -> int:
    """Each name, or each second or third, where they would run into each other."""
    longest = max((len(name) for name in names), default=0) * CHARACTER + 4
    return max(1, ceil(longest / slot))
