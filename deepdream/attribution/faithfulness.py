"""Whether a map ranks pixels as the target does: insertion and deletion.

curve(target, start, end, order, steps) -> [steps + 1]     the target while pixels change, in this order
ranking(map) -> order                                      pixels, most important first
area(curve) -> float

Deletion replaces the picture's pixels by the baseline's, the most important first: the faster the target falls, the
better the map. Insertion goes from the baseline to the picture: the faster it rises, the better.

Source: Petsiuk, Das and Saenko 2018, arXiv:1806.07421. Differs: both go between the picture and one baseline, and the
    target is scaled so that the picture is 1 and the baseline 0, since it need not be a probability.
"""

from collections.abc import Iterator

import numpy as np

from deepdream.attribution.target import Target


def ranking(map: np.ndarray) -> np.ndarray:
    """The pixels' flat indices, largest value first; equal ones in reading order, [H * W]."""
    return np.argsort(-map, axis=None, kind="stable")


def curve(target: Target, start: np.ndarray, end: np.ndarray, order: np.ndarray, steps: int) -> Iterator[float]:
    """The target's value while pixels change from one picture to another.

    Args:
        target: what is measured.
        start: [H, W, 3] float32.
        end: likewise.
        order: flat indices of the pixels.
        steps: in which as many pixels change each time.

    Yields: steps + 1 values, of the start first and of the end last.
    """
    return target.values(_between(start, end, order, steps))


def _between(start: np.ndarray, end: np.ndarray, order: np.ndarray, steps: int) -> Iterator[np.ndarray]:
    """The pictures on the way."""
    ends = np.linspace(0, len(order), steps + 1).round().astype(int)
    for count in ends:
        changed, shown = order[:count], start.copy()
        shown.reshape(-1, 3)[changed] = end.reshape(-1, 3)[changed]
        yield shown


def area(curve: np.ndarray) -> float:
    """The area under a curve over 0..1 of the pixels, by the trapezoidal rule."""
    return float(np.trapezoid(curve, dx=1 / (len(curve) - 1)))
