"""Strokes of a live dream.

parse(value) -> Stroke · drawn(index, stroke, number) -> paint
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from deepdream.errors import SettingError

POINTS, REACH = 2000, 1e5
"""Most points of a stroke; largest coordinate and radius, in pixels."""


@dataclass(frozen=True)
class Stroke:
    """A line that was painted.

    Attributes:
        number: strokes of one number are one for `undo`, since a long one arrives in parts.
        brush: a selection of layers and channels; None erases.
        points: (x, y) in pixels of the live picture; they may lie outside.
        radius: in pixels.
    """

    number: int
    brush: str | None
    points: tuple[tuple[float, float], ...]
    radius: float


def parse(value: Any) -> Stroke:
    """A stroke from JSON.

    Raises:
        SettingError: not of its form, or out of bounds.
    """
    try:
        points = tuple((float(x), float(y)) for x, y in value["points"])
        radius, number, brush = float(value["radius"]), int(value["number"]), value["brush"]
    except (TypeError, ValueError, KeyError):
        raise SettingError("A stroke has a number, a brush, a radius, and points of x and y.") from None
    if not 1 <= len(points) <= POINTS:
        raise SettingError(f"A stroke has {len(points)} points: 1 to {POINTS} are taken at once.")
    if not all(math.isfinite(n) and abs(n) <= REACH for point in points for n in point):
        raise SettingError(f"A stroke has a point further than {REACH:g} pixels from the picture.")
    if not 0.5 <= radius <= REACH:
        raise SettingError(f"The stroke's radius {radius:g} is out of its bounds: 0.5 to {REACH:g}.")
    if brush is not None and not isinstance(brush, str):
        raise SettingError("A stroke's brush is a selection, or null to erase.")
    return Stroke(number, brush, points, radius)


def drawn(index: np.ndarray, stroke: Stroke, number: int) -> np.ndarray:
    """The paint [H, W] uint8 with a stroke of the brush of this number over it."""
    image = Image.fromarray(index)
    draw = ImageDraw.Draw(image)
    radius = stroke.radius
    for x, y in stroke.points:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=number)
    draw.line([tuple(point) for point in stroke.points], fill=number, width=max(1, round(2 * radius)))
    return np.asarray(image).copy()
