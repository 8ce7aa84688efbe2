"""How a direction becomes a step, where the directions before it count too.

adam(...) -> step            one for each climb: it remembers what it has been told
step(direction) -> change    [H, W, 3] float32, changed in place and returned
"""

from collections.abc import Callable

import numpy as np

from deepdream.images.strips import strips

Step = Callable[[np.ndarray], np.ndarray]
"""Direction [H, W, 3] -> what to add to the picture, in units of the step size; works in place."""


def adam(*, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> Step:
    """Adam for one climb: each number of the picture moves by about 1, the way that it has mostly been told to go.

    Args:
        beta1: how much of the mean direction is kept at each step.
        beta2: how much of the mean squared direction is kept at each step.
        epsilon: added to the root of the latter; directions should be of the order of 1, that is, normalised.

    Returns:
        a step for pictures of one size. It keeps both means, which take the memory of two pictures.

    Source: Kingma and Ba 2015 (arXiv:1412.6980), algorithm 1; follows, with the step size left to the climb and the
        sign turned: it goes up.
    """
    mean = square = np.zeros(0, np.float32)
    taken = 0

    def step(direction: np.ndarray) -> np.ndarray:
        nonlocal mean, square, taken
        if not taken:
            mean, square = np.zeros_like(direction), np.zeros_like(direction)
        taken += 1
        known1, known2 = (np.float32(1 - beta**taken) for beta in (beta1, beta2))  # of what was zero at first
        for rows in strips(*direction.shape[:2]):
            told = direction[rows]
            mean[rows] += np.float32(1 - beta1) * (told - mean[rows])
            square[rows] += np.float32(1 - beta2) * (np.square(told) - square[rows])
            direction[rows] = mean[rows] / known1 / (np.sqrt(square[rows] / known2) + np.float32(epsilon))
        return direction

    return step
