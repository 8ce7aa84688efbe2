"""How the picture of a zoom moves between two times, from its curves.

motion(curves, before, after, size) -> matrix        where its places are later
moved(picture, curves, before, after) -> picture     as it is seen later
shrunk(start, curves, at, end) -> picture, cover     as it was before, so that it fills the frame at the end
"""

import math
from itertools import pairwise

import numpy as np

from deepdream.film.keyframes import GRID, Curves
from deepdream.film.warp import lanczos, sample


def moved(picture: np.ndarray, curves: Curves, before: float, after: float) -> np.ndarray:
    """A picture as it is seen at a later time: grown, turned and shifted about the point of that time.

    Args:
        picture: [H, W, 3] float32, at the time before.
        curves: how it moves.
        before: seconds.
        after: seconds.

    Returns: [H, W, 3] float32, by Lanczos's filter; what comes in over the border repeats its pixels.
    """
    size = picture.shape[:2]
    rows, columns = _places(np.linalg.inv(motion(curves, before, after, size)), size)
    return sample(picture, rows, columns, lanczos)


def motion(curves: Curves, before: float, after: float, size: tuple[int, ...]) -> np.ndarray:
    """Where the places of a picture are at a later time: a matrix [3, 3] from (x, y, 1) to (x, y, 1), in pixels.

    Small moves on a grid of times that no frame rate changes, one after the other; coming out is the way in, played
    backwards.
    """
    height, width = size
    back = -1.0 if curves.at("zoom", 0) < 1 else 1.0
    inside = range(math.floor(before * GRID + 1e-6) + 1, math.ceil(after * GRID - 1e-6))
    whole = np.eye(3)
    for begin, end in pairwise([before, *(point / GRID for point in inside), after]):
        middle, lasts = (begin + end) / 2, end - begin
        grown = math.exp(abs(math.log(curves.at("zoom", middle))) * lasts)
        turn = math.radians(curves.at("degrees", middle)) * lasts * back
        x, y = curves.at("x", middle) * (width - 1), curves.at("y", middle) * (height - 1)
        cosine, sine = math.cos(turn) * grown, math.sin(turn) * grown
        right, down = (curves.at(name, middle) * lasts * back for name in ("right", "down"))
        small = np.array(
            [
                [cosine, -sine, x - cosine * x + sine * y + right * width],
                [sine, cosine, y - sine * x - cosine * y + down * height],
                [0.0, 0.0, 1.0],
            ]
        )
        whole = small @ whole
    return whole


def _places(matrix: np.ndarray, size: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Where a motion takes each pixel of a picture: rows and columns, [H, W] float32."""
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    across = matrix[0, 0] * columns + matrix[0, 1] * rows + matrix[0, 2]
    down = matrix[1, 0] * columns + matrix[1, 1] * rows + matrix[1, 2]
    return down.astype(np.float32), across.astype(np.float32)


def shrunk(start: np.ndarray, curves: Curves, at: float, end: float) -> tuple[np.ndarray, np.ndarray]:
    """A loop's start as it lies in the picture at a time, so that it fills it at the end.

    Returns: the start [H, W, 3], and how it covers [H, W]: 1 in the middle, next to nothing at its border, 0 outside.
    """
    height, width = start.shape[:2]
    rows, columns = _places(motion(curves, at, end, (height, width)), (height, width))
    down, across = rows / (height - 1) * 2 - 1, columns / (width - 1) * 2 - 1
    near = np.clip((1 - np.hypot(down, across)) / 0.6, 0, 1)
    there = np.maximum(np.abs(down), np.abs(across)) <= 1 + 1e-5
    return sample(start, rows, columns), np.where(there, np.maximum(near * near * (3 - 2 * near), 1e-6), 0)
