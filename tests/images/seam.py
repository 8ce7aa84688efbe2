"""Visibility of the seam where a picture wraps around.

measure(picture, axis=...) -> Seam     the difference across the border, relative to those between neighbours inside
"""

from dataclasses import dataclass

import numpy as np

DEVIATIONS = 3.0
"""A border is invisible up to this many standard deviations above the interior's mean difference."""


@dataclass(frozen=True)
class Seam:
    """A border, compared with the differences between neighbouring rows or columns inside the picture.

    Attributes:
        ratio: mean absolute difference across the border over the mean inside; 1 for a constant picture.
        spread: standard deviation of the mean absolute differences inside, in the same unit: 0 for a ramp, whose lines
            are all alike; about 0.5 for one broad wave.
    """

    ratio: float
    spread: float

    @property
    def visible(self) -> bool:
        """Whether the difference across the border exceeds the mean inside by more than DEVIATIONS."""
        return self.ratio > 1 + DEVIATIONS * self.spread + 1e-6  # for rounding, if all lines are alike


def measure(picture: np.ndarray, *, axis: int) -> Seam:
    """The seam of a picture wrapped along one axis.

    Args:
        picture: [H, W, 3] or [H, W] float, at least 3 pixels along the axis.
        axis: 0 for the seam between last and first row, 1 for that between last and first column.
    """
    lines = np.moveaxis(picture, axis, 0)
    inside = np.array([_step(lines[n], lines[n + 1]) for n in range(len(lines) - 1)])
    mean = inside.mean()
    if mean == 0:
        return Seam(1.0, 0.0)
    return Seam(float(_step(lines[-1], lines[0]) / mean), float(inside.std() / mean))


def _step(line: np.ndarray, other: np.ndarray) -> float:
    """Mean absolute difference of two lines."""
    return float(np.abs(other.astype(float) - line).mean())
