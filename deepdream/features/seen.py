"""The part of a picture that a position of a layer sees.

square(pixels, middle, side) -> [side, side, 3]
"""

from collections.abc import Sequence

import numpy as np


def square(pixels: np.ndarray, middle: Sequence[float], side: int) -> np.ndarray:
    """The square around a point, moved inside the picture.

    Args:
        pixels: [H, W, 3].
        middle: (row, column) in pixels.
        side: in pixels; the picture's shorter side at most.
    """
    side = min(side, *pixels.shape[:2])
    top, left = (
        min(max(0, round(float(at) - side / 2)), length - side)
        for at, length in zip(middle, pixels.shape[:2], strict=True)
    )
    return pixels[top : top + side, left : left + side]
