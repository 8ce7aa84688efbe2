"""Gradient transforms, chained between gradient and step, and the two that most chains contain.

normalized(gradient, rule=...) -> gradient     scaled independently of layer and objective
weighted(gradient, weight=...) -> gradient     times a weight for each pixel, such as a mask
RULES: the setting `normalize` -> the offset to subtract and the factor; a new rule is one row

A Transform takes a gradient [H, W, 3] float32 and returns it, mostly changed in place. `shaping`, `sphere`, `penalties`
and `optimizers` have the others. The idea is optax's (DeepMind 2020): a step is a chain of gradient transformations.
"""

from collections.abc import Callable

import numpy as np

from deepdream.errors import GradientError
from deepdream.images.strips import strips

Transform = Callable[[np.ndarray], np.ndarray]
"""[H, W, 3] -> [H, W, 3]; may work in place."""

STD_FLOOR = 1e-8
"""Added to the standard deviation by the rule "std", as in the original student project."""

RULES: dict[str, Callable[[float, float, float], tuple[float, float]]] = {
    "std": lambda mean, mean_abs, mean_square: (mean, 1 / (np.sqrt(max(mean_square - mean**2, 0.0)) + STD_FLOOR)),
    "mean-abs": lambda mean, mean_abs, mean_square: (0.0, 1 / mean_abs),
    "rms": lambda mean, mean_abs, mean_square: (0.0, 1 / np.sqrt(mean_square)),
    "none": lambda mean, mean_abs, mean_square: (0.0, 1.0),
}
"""(mean, mean absolute value, mean square of the gradient) -> (offset to subtract, factor)."""


def normalized(gradient: np.ndarray, *, rule: str, strength: float = 1.0) -> np.ndarray:
    """The gradient minus an offset, times a factor, both computed over the whole picture.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        rule: of RULES.
        strength: weight relative to other gradients followed at the same time.

    Raises:
        GradientError: the gradient is zero everywhere or not finite.
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


def silent_or_normalized(gradient: np.ndarray, *, rule: str, strength: float = 1.0) -> np.ndarray:
    """As `normalized`, but a gradient that is zero everywhere stays zero: what is suppressed may have gone silent."""
    return normalized(gradient, rule=rule, strength=strength) if gradient.any() else gradient


def weighted(gradient: np.ndarray, *, weight: np.ndarray) -> np.ndarray:
    """The gradient times a weight for each pixel, in place: a mask, or a gain above 1.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        weight: [H, W, 1] float32, 0 or more.
    """
    for rows in strips(*gradient.shape[:2]):
        gradient[rows] *= weight[rows]
    return gradient


def _statistics(gradient: np.ndarray) -> tuple[float, float, float]:
    """Mean, mean absolute value and mean square, summed by strips in double precision."""
    totals = np.zeros(3)
    for rows in strips(*gradient.shape[:2]):
        strip = gradient[rows].astype(np.float64)
        totals += (strip.sum(), np.abs(strip).sum(), np.square(strip).sum())
    mean, mean_abs, mean_square = totals / gradient.size
    return float(mean), float(mean_abs), float(mean_square)
