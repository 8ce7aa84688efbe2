"""Periodic pictures (tiles, 360° panoramas): sizes that are multiples of the stride, cross-faded borders, wrap-around
resizing.

periodic_size(size, stride, wraps) -> size          multiples of the stride along the axes that wrap
is_periodic(picture, axis) -> bool                  whether opposite borders match already
make_periodic(picture, wraps) -> picture            borders cross-faded so that they match
resize(picture, size, wraps, by) -> picture         as `by` resizes, across the borders
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from deepdream.settings import Size

FADE = 8
"""A border is cross-faded over the side's length divided by this."""

TOLERANCE = 2.0
"""Borders match if the difference across them is at most this many times the mean between neighbouring lines inside."""


def periodic_size(size: Size, stride: int, wraps: tuple[bool, bool]) -> Size:
    """The nearest size whose wrapping sides are multiples of the stride, so that the pooling grid wraps around too."""
    height, width = (
        max(round(length / stride), 1) * stride if wrap else length for length, wrap in zip(size, wraps, strict=True)
    )
    return height, width


def is_periodic(picture: np.ndarray, axis: int) -> bool:
    """Whether a picture [H, W, C] already wraps around along an axis without a visible seam."""
    lines = np.moveaxis(picture, axis, 0)
    inside = np.mean([np.abs(below - above).mean() for above, below in pairwise(lines)] or [0.0])
    return bool(np.abs(lines[-1] - lines[0]).mean() <= TOLERANCE * inside + 1e-6)


def make_periodic(picture: np.ndarray, wraps: tuple[bool, bool]) -> np.ndarray:
    """The picture with matching borders along the axes that wrap: near them it is cross-faded with itself rolled by
    half a side.

    Args:
        picture: [H, W, C] float32.
        wraps: the axes.

    Returns:
        a new array; unchanged further from a border than an eighth of the side.
    """
    for axis in (0, 1):
        if wraps[axis]:
            length = picture.shape[axis]
            from_border = np.minimum(np.arange(length), np.arange(length)[::-1])
            share = np.clip(from_border * FADE / length, 0.0, 1.0)
            share = (share * share * (3 - 2 * share)).astype(np.float32)  # smoothstep
            share = share.reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
            picture = share * picture + (1 - share) * np.roll(picture, length // 2, axis=axis)
    return picture


def resize(
    picture: np.ndarray, size: Size, wraps: tuple[bool, bool], by: Callable[[np.ndarray, Size], np.ndarray]
) -> np.ndarray:
    """The picture resized as if surrounded by copies of itself; [H, W, C] -> [h, w, C]."""
    repeats = tuple(3 if wrap else 1 for wrap in wraps)
    if repeats == (1, 1):
        return by(picture, size)
    repeated = by(np.tile(picture, (*repeats, 1)), (size[0] * repeats[0], size[1] * repeats[1]))
    top, left = (size[axis] if wraps[axis] else 0 for axis in (0, 1))
    return np.ascontiguousarray(repeated[top : top + size[0], left : left + size[1]])
