"""Strokes of a live dream.

parse(value) -> Stroke · drawn(index, amount, stroke, number) -> (index, amount)
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from deepdream.errors import SettingError
from deepdream.studio.controls import refuse_files

POINTS, REACH = 2000, 1e5
"""Most points of a stroke; largest coordinate and radius, in pixels."""

LEVELS = 32
"""Strengths between nothing and full paint across a soft edge."""


@dataclass(frozen=True)
class Stroke:
    """A line that was painted.

    Attributes:
        number: strokes of one number are one for `undo`, since a long one arrives in parts.
        brush: a selection of layers and channels; None erases.
        points: (x, y) in pixels of the live picture; they may lie outside.
        radius: in pixels.
        soft: share of the radius over which the paint fades, 0 to 1.
    """

    number: int
    brush: str | None
    points: tuple[tuple[float, float], ...]
    radius: float
    soft: float = 0.0


def parse(value: Any) -> Stroke:
    """A stroke from JSON.

    Raises:
        SettingError: not of its form, out of bounds, or with a brush that names files.
        SelectionError: a brush that the grammar does not allow.
    """
    try:
        points = tuple((float(x), float(y)) for x, y in value["points"])
        radius, number, brush = float(value["radius"]), int(value["number"]), value["brush"]
        soft = float(value.get("soft", 0.0))
    except (AttributeError, TypeError, ValueError, KeyError):
        raise SettingError("A stroke has a number, a brush, a radius, and points of x and y.") from None
    if not 1 <= len(points) <= POINTS:
        raise SettingError(f"A stroke has {len(points)} points: 1 to {POINTS} are taken at once.")
    if not all(math.isfinite(n) and abs(n) <= REACH for point in points for n in point):
        raise SettingError(f"A stroke has a point further than {REACH:g} pixels from the picture.")
    if not 0.5 <= radius <= REACH:
        raise SettingError(f"The stroke's radius {radius:g} is out of its bounds: 0.5 to {REACH:g}.")
    if not 0 <= soft <= 1:
        raise SettingError(f"The stroke's softness {soft:g} is out of its bounds: 0 to 1.")
    if brush is not None and not isinstance(brush, str):
        raise SettingError("A stroke's brush is a selection, or null to erase.")
    if brush is not None:
        refuse_files(brush)
    return Stroke(number, brush, points, radius, soft)


def drawn(index: np.ndarray, amount: np.ndarray, stroke: Stroke, number: int) -> tuple[np.ndarray, np.ndarray]:
    """The paint with a stroke over it: the brush at each pixel [H, W] uint8, and how much paint [H, W] uint8, to 255.

    A pixel belongs to the new brush where that covers at least half of it or more than there was. Drawing a part of a
    stroke twice changes nothing.

    Args:
        index: the brush at each pixel so far.
        amount: how much paint so far.
        stroke: what is drawn.
        number: of its brush; 0 erases.
    """
    cover = _cover((index.shape[1], index.shape[0]), stroke)
    if not number:
        left = np.minimum(amount, 255 - cover)
        return np.where(left, index, 0), left
    taken = (cover >= 128) | (cover > amount)
    return np.where(taken, np.uint8(number), index), np.maximum(amount, cover)


def _cover(size: tuple[int, int], stroke: Stroke) -> np.ndarray:
    """How much of each pixel a stroke covers, [H, W] uint8: 255 in its core, less towards a soft edge."""
    image = Image.new("L", size)
    draw = ImageDraw.Draw(image)
    levels = LEVELS if stroke.soft else 1
    for level in range(levels):  # from the edge to the core, each over the last
        radius, fill = stroke.radius * (1 - stroke.soft * level / levels), round(255 * (level + 1) / levels)
        for x, y in stroke.points:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)
        draw.line([tuple(point) for point in stroke.points], fill=fill, width=max(1, round(2 * radius)))
    return np.asarray(image)
