"""Optimizers: from a direction, and those before it, to a step.

OPTIMIZERS: the setting `optimizer` -> makes the step function of one climb; a new optimizer is one row
ascent() -> step             the direction itself
adam(...) -> step            stateful, one for each climb
step(direction) -> change    what to add to the picture, in units of the step size; [H, W, 3] float32, in place
"""

from collections.abc import Callable

import numpy as np

from deepdream.ascent.transforms import Transform
from deepdream.images.strips import strips


def ascent() -> Transform:
    """Plain gradient ascent: the step is the direction."""
    return lambda direction: direction


def adam(*, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> Transform:
    """Adam for one climb: each value of the picture moves by about 1 in the running mean of its directions.

    Args:
        beta1: decay of the first moment.
        beta2: decay of the second moment.
        epsilon: added to the root of the second moment; directions should be normalised, of the order of 1.

    Returns:
        a step function for pictures of one size. It keeps both moments, which take the memory of two pictures.

    Source: Kingma and Ba 2015 (arXiv:1412.6980), algorithm 1; follows, with the step size left to the climb and the
        sign reversed, for ascent.
    """
    mean = square = np.zeros(0, np.float32)
    taken = 0

    def step(direction: np.ndarray) -> np.ndarray:
        nonlocal mean, square, taken
        if not taken:
            mean, square = np.zeros_like(direction), np.zeros_like(direction)
        taken += 1
        bias1, bias2 = (np.float32(1 - beta**taken) for beta in (beta1, beta2))  # both moments start at zero
        for rows in strips(*direction.shape[:2]):
            now = direction[rows]
            mean[rows] += np.float32(1 - beta1) * (now - mean[rows])
            square[rows] += np.float32(1 - beta2) * (np.square(now) - square[rows])
            direction[rows] = mean[rows] / bias1 / (np.sqrt(square[rows] / bias2) + np.float32(epsilon))
        return direction

    return step


OPTIMIZERS: dict[str, Callable[[], Transform]] = {"ascent": ascent, "adam": adam}
