"""Values that change over time: keyframes in seconds, with easing, from a TOML file.

    [[keyframe]]
    seconds = 4
    zoom = 2.0
    ease = "smooth"     # how it is reached: smooth, linear, or hold until then

read(path, usual, bounds) -> Curves · Curves.at(name, seconds) · Curves.total(name, seconds, of)
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from deepdream.errors import RecipeError, nearest
from deepdream.settings import toml

EASES: dict[str, Callable[[float], float]] = {
    "linear": lambda t: t,
    "smooth": lambda t: t * t * (3 - 2 * t),
    "hold": lambda t: 0.0,
}
"""How a value goes from one keyframe to the next: share of the time that has passed -> share of the change."""

LONGEST = 1_000_000
"""Seconds."""

GRID = 240
"""Points per second at which curves are summed up, so that the sum doesn't depend on the rate of frames."""

Keys = tuple[tuple[float, float, str], ...]
"""(seconds, value, ease) in order."""


@dataclass(frozen=True)
class Curves:
    """Values over time.

    Attributes:
        usual: of each name, where it has no keyframe.
        keys: name -> its keyframes, in order.
    """

    usual: Mapping[str, float]
    keys: Mapping[str, Keys] = field(default_factory=dict)

    def at(self, name: str, seconds: float) -> float:
        """The value at a time: before the first keyframe the first one's, after the last the last one's."""
        keys = self.keys.get(name)
        if not keys:
            return self.usual[name]
        for (begin, before, _), (end, after, ease) in pairwise(keys):
            if begin <= seconds < end:
                return before + (after - before) * EASES[ease]((seconds - begin) / (end - begin))
        return keys[0][1] if seconds < keys[0][0] else keys[-1][1]

    def total(self, name: str, seconds: float, of: Callable[[float], float] = lambda value: value) -> float:
        """The integral of a value, or of a function of it, from 0 to a time: the same however many frames there are."""
        if not self.keys.get(name):
            return of(self.usual[name]) * seconds
        whole = int(seconds * GRID)
        middles = [of(self.at(name, (point + 0.5) / GRID)) for point in range(whole)]
        rest = seconds - whole / GRID
        return float(np.sum(middles)) / GRID + of(self.at(name, whole / GRID + rest / 2)) * rest


def read(path: Path, usual: Mapping[str, float], bounds: Mapping[str, tuple[float, float]]) -> Curves:
    """The keyframes in a file.

    Args:
        path: of a TOML file.
        usual: the value of each name where the file has none.
        bounds: of each name, inclusive.

    Raises:
        RecipeError: it can't be read, or a keyframe is not one.
    """
    table = toml.load(path, "keyframes file", RecipeError)
    entries = table.get("keyframe")
    if not isinstance(entries, list) or not entries or set(table) != {"keyframe"}:
        raise RecipeError(f"{path} holds no keyframes.", "Begin each one with [[keyframe]].")
    keys: dict[str, list[tuple[float, float, str]]] = {}
    for number, entry in enumerate(entries, start=1):
        for name, key in _keys(entry, f"Keyframe {number} of {path}", bounds):
            keys.setdefault(name, []).append(key)
    return Curves(usual, {name: tuple(sorted(found)) for name, found in keys.items()})


def _keys(
    entry: object, where: str, bounds: Mapping[str, tuple[float, float]]
) -> Collection[tuple[str, tuple[float, float, str]]]:
    """The values of one keyframe, checked."""
    if not isinstance(entry, dict) or not _is_number(entry.get("seconds")) or not 0 <= entry["seconds"] <= LONGEST:
        raise RecipeError(f"{where} has no time: seconds is a number from 0 to {LONGEST}.")
    ease = entry.get("ease", "smooth")
    if not isinstance(ease, str) or ease not in EASES:
        raise RecipeError(f"{where} has the ease {ease!r}; it must be one of {', '.join(EASES)}.")
    found = []
    for name, value in entry.items():
        if name in ("seconds", "ease"):
            continue
        if name not in bounds:
            alike = nearest(name, bounds)
            advice = f"Did you mean {alike[0]}?" if alike else f"There are {', '.join(bounds)}."
            raise RecipeError(f"{where} has {name!r}, which does not change over time.", advice)
        low, high = bounds[name]
        if not _is_number(value) or not low <= value <= high:
            raise RecipeError(f"{where}: {name} is {value!r}; it must be {low:g} to {high:g}.")
        found.append((name, (float(entry["seconds"]), float(value), ease)))
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
