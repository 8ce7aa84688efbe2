"""Headroom: steps shrink where a picture is nearly black or white, so that it comes close to both and burns at neither.

headroom(direction, picture, width=...) -> direction

Takes [H, W, 3] float32 arrays, changes the direction in place by strips of rows and returns it.
"""

import numpy as np

from deepdream.images.strips import strips


def headroom(direction: np.ndarray, picture: np.ndarray, *, width: float) -> np.ndarray:
    """The direction, shrunk smoothly with what is left up to the limit that each value moves toward: whole `width` from
    it, half at half of that, nothing at the limit.

    Args:
        direction: [H, W, 3] float32; changed in place.
        picture: [H, W, 3] float32 RGB in 0..1.
        width: distance to the limit from which on it shrinks, 0..0.5, above 0.

    Source: Olah, Mordvintsev and Schubert 2017 keep pictures valid by a sigmoid, whose slope x (1 - x) does the same to
        steps. Differs: values in the middle move at full speed, and those at a limit can leave it; the slope between is
        Perlin's smoothstep, since in proportion to what is left a step still comes within rounding of the limit.
    """
    for rows in strips(*picture.shape[:2]):
        room = np.where(direction[rows] > 0, 1 - picture[rows], picture[rows])
        share = np.clip(room / np.float32(width), 0, 1)
        direction[rows] *= share * share * (3 - 2 * share)
    return direction
