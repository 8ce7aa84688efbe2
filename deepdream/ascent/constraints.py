"""Constraints on the picture after each step, as a chain: the range 0..1, its colour balance, a distance, breath.

clip(picture) -> False
hold(start, ...) -> constraint              mean colour, contrast and saturation as at the start
within(original, limit) -> constraint       at most this distance from the original
breathe(original, share) -> constraint      drawn back to the original a little

A Constraint changes the picture [H, W, 3] float32 in place; if it returns True, the climb ends.
"""

from collections.abc import Callable

import numpy as np

from deepdream.images import colour, compositing
from deepdream.images.strips import strips

Constraint = Callable[[np.ndarray], bool]
"""Changes [H, W, 3] in place; returns whether the climb ends."""


def clip(picture: np.ndarray) -> bool:
    """Clip to 0..1."""
    for rows in strips(*picture.shape[:2]):
        np.clip(picture[rows], 0.0, 1.0, out=picture[rows])
    return False


def hold(start: np.ndarray, *, clip: bool, cover: np.ndarray | None) -> Constraint:
    """Keep the start's mean colour, contrast and saturation, see `colour.hold`.

    Args:
        start: [H, W, 3], the picture before the climb.
        clip: whether to clip to 0..1 afterwards; clipping beforehand would only turn the picture grey.
        cover: [H, W, 1], the part that is measured and changed; None for the whole picture.
    """
    balance = colour.balance(start, cover)

    def held(picture: np.ndarray) -> bool:
        colour.hold(picture, balance, clip=clip, cover=cover)
        return False

    return held


def within(original: np.ndarray, limit: float) -> Constraint:
    """Stay within a root mean square difference from the original [H, W, 3]; reaching it ends the climb."""
    return lambda picture: compositing.hold_within(picture, original, limit)


def breathe(original: np.ndarray, share: float) -> Constraint:
    """Draw the picture back to the original [H, W, 3] by a share of their difference, 0..1: what is no longer excited
    fades, and a climb of any length keeps its balance instead of burning out.
    """

    def breathed(picture: np.ndarray) -> bool:
        for rows in strips(*picture.shape[:2]):
            picture[rows] += np.float32(share) * (original[rows] - picture[rows])
        return False

    return breathed
