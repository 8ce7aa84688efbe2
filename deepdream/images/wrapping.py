"""Pictures that wrap around: sizes on which the network's grid closes, borders that meet, resizing across them.

closed(size, stride, wraps) -> size                          multiples of the stride along the axes that wrap
meets(picture, axis) -> bool                                 whether opposite borders meet already
close(picture, wraps) -> picture                             borders of a flat picture cross-faded, so that they meet
resize(picture, size, wraps, by) -> picture                  as `by` resizes, across the borders
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from deepdream.settings import Size

FADE = 8
"""A border is faded over this part of the side."""

MEETS = 2.0
"""Borders meet when the step across them is at most so many times the mean step between lines inside."""


def closed(size: Size, stride: int, wraps: tuple[bool, bool]) -> Size:
    """The nearest size whose wrapping sides are multiples of the stride, so that the pools' grid closes on itself."""
    height, width = (
        max(round(length / stride), 1) * stride if wrap else length for length, wrap in zip(size, wraps, strict=True)
    )
    return height, width


def meets(picture: np.ndarray, axis: int) -> bool:
    """Whether a picture [H, W, C] wraps around along an axis as it is: its border is hardly worse than its inside."""
    lines = np.moveaxis(picture, axis, 0)
    inside = np.mean([np.abs(below - above).mean() for above, below in pairwise(lines)] or [0.0])
    return bool(np.abs(lines[-1] - lines[0]).mean() <= MEETS * inside + 1e-6)


def close(picture: np.ndarray, wraps: tuple[bool, bool]) -> np.ndarray:
    """A picture whose borders meet along the axes that wrap: near them it is faded into itself, rolled by half a side.

    Args:
        picture: [H, W, C] float32.
        wraps: the axes.

    Returns:
        a new array; what is further from a border than an eighth of the side is untouched.
    """
    for axis in (0, 1):
        if wraps[axis]:
            length = picture.shape[axis]
            from_border = np.minimum(np.arange(length), np.arange(length)[::-1])
            share = np.clip(from_border * FADE / length, 0.0, 1.0)
            share = (share * share * (3 - 2 * share)).astype(np.float32)  # level at both ends
            share = share.reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
            picture = share * picture + (1 - share) * np.roll(picture, length // 2, axis=axis)
    return picture


def resize(
    picture: np.ndarray, size: Size, wraps: tuple[bool, bool], by: Callable[[np.ndarray, Size], np.ndarray]
) -> np.ndarray:
    """The picture resized as if it stood beside itself; [H, W, C] -> [h, w, C]."""
    repeats = tuple(3 if wrap else 1 for wrap in wraps)
    if repeats == (1, 1):
        return by(picture, size)
    beside = by(np.tile(picture, (*repeats, 1)), (size[0] * repeats[0], size[1] * repeats[1]))
    top, left = (size[axis] if wraps[axis] else 0 for axis in (0, 1))
    return np.ascontiguousarray(beside[top : top + size[0], left : left + size[1]])
