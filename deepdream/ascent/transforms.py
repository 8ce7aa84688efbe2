"""What is done to an assembled gradient before a step, as a chain, and the two links that every chain has.

normalized(gradient, rule=...) -> gradient     brought to a size that does not depend on layer and objective
masked(gradient, mask=...) -> gradient         less where the mask is darker
RULES: the setting `normalize` -> what to subtract and what to multiply with; a new rule is one row

A Transform takes a gradient [H, W, 3] float32 and returns it, mostly changed in place. `shaping`, `sphere`, `penalties`
and `optimizers` have the other links. The idea is optax's (DeepMind 2020): a step is a chain of transformations.
"""

from collections.abc import Callable

import numpy as np

from deepdream.errors import GradientError
from deepdream.images.strips import strips

Transform = Callable[[np.ndarray], np.ndarray]
"""[H, W, 3] -> [H, W, 3]; may work in place."""

STD_FLOOR = 1e-8
"""Added to the deviation by the rule "std", as the project that this tool grew from does."""

RULES: dict[str, Callable[[float, float, float], tuple[float, float]]] = {
    "std": lambda mean, mean_abs, mean_square: (mean, 1 / (np.sqrt(max(mean_square - mean**2, 0.0)) + STD_FLOOR)),
    "mean-abs": lambda mean, mean_abs, mean_square: (0.0, 1 / mean_abs),
    "rms": lambda mean, mean_abs, mean_square: (0.0, 1 / np.sqrt(mean_square)),
    "none": lambda mean, mean_abs, mean_square: (0.0, 1.0),
}
"""From the gradient's mean, mean absolute value and mean square to an offset, subtracted, and a factor."""


def normalized(gradient: np.ndarray, *, rule: str, strength: float = 1.0) -> np.ndarray:
    """The gradient less an offset, times a factor, both of the whole picture.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        rule: of RULES.
        strength: how hard, against other gradients that are followed at the same time.

    Raises:
        GradientError: the gradient is zero everywhere or not finite, which no rule can mend.
    """
    mean, mean_abs, mean_square = _statistics(gradient)
    if not np.isfinite(mean_square):
        raise GradientError("The gradient is not finite.")
    if mean_abs == 0:
        raise GradientError("The gradient is zero everywhere.")
    offset, scale = (np.float32(number) for number in RULES[rule](mean, mean_abs, mean_square))
    for rows in strips(*gradient.shape[:2]):
        gradient[rows] -= offset
        gradient[rows] *= scale * np.float32(strength)
    return gradient


def masked(gradient: np.ndarray, *, mask: np.ndarray) -> np.ndarray:
    """The gradient times the mask [H, W, 1] float32 in 0..1, in place."""
    for rows in strips(*gradient.shape[:2]):
        gradient[rows] *= mask[rows]
    return gradient


def _statistics(gradient: np.ndarray) -> tuple[float, float, float]:
    """Mean, mean absolute value and mean square, summed by strips in double precision."""
    totals = np.zeros(3)
    for rows in strips(*gradient.shape[:2]):
        part = gradient[rows].astype(np.float64)
        totals += (part.sum(), np.abs(part).sum(), np.square(part).sum())
    mean, mean_abs, mean_square = totals / gradient.size
    return float(mean), float(mean_abs), float(mean_square)
