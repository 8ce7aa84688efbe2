"""What a picture is held to after each step, as a chain: the range 0..1, its balance of colours, a distance.

clip(picture) -> False
hold(start, ...) -> constraint              mean colour, contrast and saturation as at the start
within(original, limit) -> constraint       no further from the original

A Constraint takes the picture [H, W, 3] float32 and changes it in place; True ends the climb.
"""

from collections.abc import Callable

import numpy as np

from deepdream.images import colour, compositing
from deepdream.images.strips import strips

Constraint = Callable[[np.ndarray], bool]
"""Changes [H, W, 3] in place; whether the climb is over."""


def clip(picture: np.ndarray) -> bool:
    """Every number into 0..1."""
    for rows in strips(*picture.shape[:2]):
        np.clip(picture[rows], 0.0, 1.0, out=picture[rows])
    return False


def hold(start: np.ndarray, *, clip: bool, cover: np.ndarray | None) -> Constraint:
    """Mean colour, contrast and saturation as the start has them, see `colour.hold`.

    Args:
        start: [H, W, 3], the picture before the climb.
        clip: whether to clip to 0..1 afterwards; what is clipped before it is held only turns grey.
        cover: [H, W, 1], the part that counts and changes; None for all of it.
    """
    balance = colour.balance(start, cover)

    def held(picture: np.ndarray) -> bool:
        colour.hold(picture, balance, clip=clip, cover=cover)
        return False

    return held


def within(original: np.ndarray, limit: float) -> Constraint:
    """No further from the original [H, W, 3] than the limit, a root mean square difference; the climb ends there."""
    return lambda picture: compositing.hold_within(picture, original, limit)
