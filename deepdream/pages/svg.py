"""Plots as inline SVG: the page's stylesheet sets the colours, and the page's tables repeat the numbers.

lines(series, ...) -> svg      curves over a common axis
bars(names, values, ...) -> svg

The n-th series has the class `s<n>`, for which the page sets colour and dash.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from matplotlib import ticker

WIDTH, HEIGHT = 420, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 10, 40
"""Size and margins of a drawing in SVG user units; the page scales it."""


@dataclass(frozen=True)
class Axis:
    """One axis: its label, its ends, and whether it is logarithmic."""

    label: str
    low: float
    high: float
    log: bool = False

    def position(self, value: float) -> float:
        """0 at the low end, 1 at the high end."""
        value, low, high = (math.log10(n) if self.log else n for n in (value, self.low, self.high))
        return (value - low) / (high - low)

    def ticks(self) -> list[float]:
        """Round numbers within the axis, from Matplotlib's locators; logarithmic: 1, 2 and 5 of each decade."""
        if self.log:
            wide = self.high / self.low > 300
            locator: ticker.Locator = ticker.LogLocator(subs=(1,) if wide else (1, 2, 5), numticks=12)
        else:
            locator = ticker.MaxNLocator(nbins=5, steps=[1, 2, 5, 10])
        ticks = locator.tick_values(self.low, self.high)
        return [float(tick) for tick in ticks if self.low <= tick * (1 + 1e-9) and tick <= self.high * (1 + 1e-9)]


def spanning(label: str, values: Sequence[float], *, log: bool = False, low: float | None = None) -> Axis:
    """An axis that spans all finite values; `low` sets its low end."""
    finite = [value for value in values if math.isfinite(value) and (value > 0 or not log)] or [1.0]
    bottom, top = (min(finite) if low is None else low), max(finite)
    if not top > bottom:
        bottom, top = (bottom / 2, top * 2) if log else (bottom - 0.5, top + 0.5)
    return Axis(label, bottom, top, log)


def lines(
    series: Sequence[tuple[str, Sequence[float], Sequence[float]]],
    across: Axis,
    up: Axis,
    *,
    summary: str,
    marks: Sequence[float] = (),
) -> str:
    """Curves.

    Args:
        series: name, x and y of each; points that are not finite are left out.
        across: the horizontal axis.
        up: the vertical one.
        summary: the text alternative, for screen readers.
        marks: x values to mark with a vertical line.
    """
    parts = [_grid(across, up)]
    for mark in marks:
        x = _x(across, mark)
        parts.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
    for number, (name, xs, ys) in enumerate(series):
        points = " ".join(
            f"{_x(across, x):.1f},{_y(up, min(max(y, up.low), up.high)):.1f}"
            for x, y in zip(xs, ys, strict=True)
            if math.isfinite(y) and (y > 0 or not up.log)
        )
        parts.append(f'<polyline class="s{number}" points="{points}"><title>{escape(name)}</title></polyline>')
    return _svg("".join(parts), summary)


def bars(names: Sequence[str], values: Sequence[float], *, digits: int, unit: str, summary: str) -> str:
    """Horizontal bars from 0 with their numbers; a value that is not finite has no bar."""
    finite = [abs(value) for value in values if math.isfinite(value)]
    longest = max(finite, default=0.0) or 1.0
    label_width, height = 110, 28
    parts = []
    for number, (name, value) in enumerate(zip(names, values, strict=True)):
        y = 6 + number * height
        known = math.isfinite(value)
        width = (WIDTH - label_width - 70) * abs(value) / longest if known else 0
        text = f"{value:.{digits}f} {unit}".strip() if known else "none"
        parts.append(
            f'<text x="{label_width - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="s{number}" x="{label_width}" y="{y}" width="{width:.1f}" height="{height - 8}" rx="2"/>'
            f'<text x="{label_width + width + 6:.1f}" y="{y + 15}">{text}</text>'
        )
    return _svg("".join(parts), summary, height=8 + len(names) * height)


def _grid(across: Axis, up: Axis) -> str:
    """Both axes with ticks, and their labels."""
    parts = []
    for tick in up.ticks():
        y = _y(up, tick)
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>'
        )
    for tick in across.ticks():
        x, y = _x(across, tick), HEIGHT - BOTTOM + 16
        parts.append(f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{tick:g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{escape(across.label)}</text>')
    return "".join(parts)


def _svg(inside: str, summary: str, *, height: int = HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(summary)}">'
        f"<title>{escape(summary)}</title>{inside}</svg>"
    )


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.position(value) * (WIDTH - LEFT - RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.position(value) * (HEIGHT - TOP - BOTTOM)
