"""The plots of a comparison's page.

plots(groups) -> ((title, caption, svg), ...)
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from deepdream.compare.measures import MEASURES
from deepdream.compare.tables import Result
from deepdream.pages.svg import Axis, bars, lines, spanning

Plot = tuple[str, str, str]
"""Title, caption and SVG."""


def plots(groups: Sequence[Result]) -> tuple[Plot, ...]:
    """Spectrum, curves over the steps, and bars, for the groups that are not pairs."""
    return (
        _spectrum(groups),
        _steps(
            groups, "outlines", "Outlines kept", "Correlation of the original's edges with the picture's.", one=True
        ),
        _steps(groups, "ssim", "Structure kept", "Structural similarity (SSIM) with the original.", one=True),
        _steps(groups, "distance", "Distance from the original", "Root mean square difference, 0 to 1."),
        _losses(groups),
        _bars(groups, "wavelength"),
        _bars(groups, "repetition"),
        _bars(groups, "part_size"),
        _bars(groups, "colourfulness"),
        _time(groups),
    )


def _spectrum(groups: Sequence[Result]) -> Plot:
    """Share of the added power per octave, by wavelength: the radially averaged density times frequency squared."""
    series = []
    for group in groups:
        frequencies, densities = group.added
        power = densities * frequencies**2
        share = power / power.sum() if power.sum() > 0 else np.full_like(power, math.nan)
        series.append((group.group.name, list(1 / frequencies), [float(value) for value in share]))
    waves = [x for _, xs, _ in series for x in xs]
    shares = [y for _, _, ys in series for y in ys]
    return (
        "Spectrum of what was added",
        "Share of the radially averaged power in each quarter octave: fine waves left, coarse ones right.",
        lines(
            series,
            spanning("wavelength, pixels", waves, log=True),
            spanning("share", shares, low=0.0),
            summary=_summary(groups, "dominant wavelength", "wavelength"),
        ),
    )


def _steps(groups: Sequence[Result], name: str, title: str, caption: str, *, one: bool = False) -> Plot:
    """One curve per group over the steps, starting at the original's own value."""
    start = 1.0 if one else 0.0
    series = []
    for group in groups:
        values = [start, *(getattr(moment, name) for moment in group.moments)]
        series.append((group.group.name, range(len(values)), values))
    values = [value for _, _, ys in series for value in ys]
    ends = ", ".join(f"{group.group.name} {getattr(group.moments[-1], name):.2f}" for group in groups)
    return (
        title,
        caption,
        lines(
            series,
            Axis("step", 0, max(len(ys) - 1 for _, _, ys in series)),
            spanning(title.lower(), [*values, start], low=min(0.0, *_finite(values))),
            summary=f"{title} after the last step: {ends}.",
            marks=_bounds(groups),
        ),
    )


def _losses(groups: Sequence[Result]) -> Plot:
    """The loss over its first value, so that layers of different scales share a plot."""
    series = []
    for group in groups:
        first = group.moments[0].loss
        ratio = [moment.loss / first if first else math.nan for moment in group.moments]
        series.append((group.group.name, range(1, len(ratio) + 1), ratio))
    values = [value for _, _, ys in series for value in ys]
    ends = ", ".join(f"{name} {ys[-1]:.3g}" for name, _, ys in series)
    return (
        "Loss",
        "The objective that is maximised, in multiples of its first value.",
        lines(
            series,
            Axis("step", 0, max(len(ys) for _, _, ys in series)),
            spanning("loss", values, log=all(value > 0 for value in _finite(values))),
            summary=f"Last loss over the first: {ends}.",
            marks=_bounds(groups),
        ),
    )


def _bars(groups: Sequence[Result], name: str) -> Plot:
    measure = MEASURES[name]
    drawing = bars(
        [group.group.name for group in groups],
        [max(group.measures[name], 0.0) for group in groups],  # an excess over chance may fall short of it
        digits=measure.digits,
        unit=measure.unit,
        summary=_summary(groups, measure.title, name),
    )
    return measure.title.capitalize(), measure.meaning, drawing


def _time(groups: Sequence[Result]) -> Plot:
    names, seconds = [group.group.name for group in groups], [group.seconds for group in groups]
    listed = ", ".join(f"{name} {value:.1f} s" for name, value in zip(names, seconds, strict=True))
    drawing = bars(names, seconds, digits=1, unit="s", summary=f"Time per group: {listed}.")
    return (
        "Time",
        "Dreaming time on this machine, without the measuring; the first group includes loading the network.",
        drawing,
    )


def _bounds(groups: Sequence[Result]) -> list[float]:
    """Steps at which an octave ends, if the same for all groups: one that stops at a distance may end early."""
    ends = {
        tuple(float(number) for number, (one, two) in enumerate(pairwise(group.moments), 1) if one.octave != two.octave)
        for group in groups
    }
    return list(ends.pop()) if len(ends) == 1 else []


def _summary(groups: Sequence[Result], title: str, name: str) -> str:
    measure = MEASURES[name]
    listed = ", ".join(
        f"{group.group.name} {group.measures[name]:.{measure.digits}f} {measure.unit}" for group in groups
    )
    return f"{title.capitalize()}: {listed}."


def _finite(values: Sequence[float]) -> list[float]:
    return [value for value in values if math.isfinite(value)] or [0.0]
