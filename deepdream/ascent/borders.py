"""What a picture is continued by beyond its borders, where these don't meet: its odd mirror image, twice the border's
value minus the picture's. An even one makes a perfect eye of half an eye, and eyes grow along the border.

CONTINUATIONS: the setting `border` -> how it is continued; a new way is one row
smooth(picture, rows, columns) -> picture     about the border, the smoother the further beyond it
mirror(picture, rows, columns) -> picture     about the border as it is

All take [H, W, 3] float32 RGB in 0..1 and how many rows and columns to add before and after it, and return
[H', W', 3], clipped to 0..1; the picture is not changed.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

Margin = tuple[int, int]
"""Pixels before and after the picture, along one axis."""

Continuation = Callable[[np.ndarray, Margin, Margin], np.ndarray]

SPREAD, WIDEST = 2, 16
"""Standard deviation of the Gaussian that smooths a border along its length: for each pixel of distance, and at most,
which is a multiple of the first.
A single row of grain, taken twice all through its mirror image, is a comb of streaks that excites the network more than
anything inside. Smoothed equally at all distances, it would make an edge where the border is, and block1 draws that."""


def mirror(picture: np.ndarray, rows: Margin, columns: Margin) -> np.ndarray:
    """The picture with its odd mirror image about each border."""
    shown = np.pad(picture, (rows, columns, (0, 0)), mode="reflect", reflect_type="odd")
    return np.clip(shown, 0.0, 1.0, out=shown)


def smooth(picture: np.ndarray, rows: Margin, columns: Margin) -> np.ndarray:
    """The picture with its odd mirror image about each border, which grows smoother with the distance.

    Light, shade and slopes go on beyond the border, and so does what ends at it; grain does not.
    """
    return _about(_about(picture, rows, axis=0), columns, axis=1)


CONTINUATIONS: dict[str, Continuation] = {"smooth": smooth, "mirror": mirror}
"""Of the setting `border`; "wrap" continues nothing."""


def _about(picture: np.ndarray, margin: Margin, *, axis: int) -> np.ndarray:
    """The picture with its odd mirror image about the two borders across an axis."""
    margins = [(0, 0)] * 3
    margins[axis] = margin
    shown = np.pad(picture, margins, mode="reflect")
    lines = shown.swapaxes(0, axis)
    first, last = margin[0], len(lines) - margin[1] - 1
    for border, outward, count in ((first, -1, margin[0]), (last, 1, margin[1])):
        smoothed = lines[border]
        for distance in range(1, count + 1):
            if SPREAD * distance <= WIDEST:  # beyond, it is the widest
                smoothed = _smoothed(lines[border], SPREAD * distance)
            beyond = lines[border + outward * distance]
            beyond[:] = np.clip(2 * smoothed - beyond, 0.0, 1.0)
    return shown


def _smoothed(line: np.ndarray, sigma: int) -> np.ndarray:
    """The line [N, 3] through a Gaussian, its ends mirrored evenly: an odd image would repeat one pixel's grain."""
    weights = _gaussian(sigma)
    longer = np.pad(line, ((3 * sigma, 3 * sigma), (0, 0)), mode="reflect")
    return np.stack([np.convolve(channel, weights, mode="valid") for channel in longer.T], axis=-1)


@cache
def _gaussian(sigma: int) -> np.ndarray:
    """Out to three deviations, [6 * sigma + 1] float32; their sum is 1."""
    weights = np.exp(-0.5 * np.square(np.arange(-3 * sigma, 3 * sigma + 1) / sigma))
    return (weights / weights.sum()).astype(np.float32)
