"""How well a picture meets itself when its border is wrapped around.

measure(picture, axis=...) -> Seam     the steps across the border, against those between neighbours inside
"""

from dataclasses import dataclass

import numpy as np

DEVIATIONS = 3.0
"""How many deviations above the interior's mean a border still counts as one of its lines."""


@dataclass(frozen=True)
class Seam:
    """A border, compared with all the lines between neighbouring rows or columns inside the picture.

    Attributes:
        ratio: mean absolute step across the border over the mean of those inside; 1 where the picture is constant.
        spread: deviation of the inside lines' mean absolute steps, in the same unit: 0 for a ramp, whose lines are all
            alike; about 0.5 for one broad wave.
    """

    ratio: float
    spread: float

    @property
    def visible(self) -> bool:
        """Whether the border is worse than the interior: above its mean by more than `DEVIATIONS` of its lines."""
        return self.ratio > 1 + DEVIATIONS * self.spread + 1e-6  # rounding, where all lines are alike


def measure(picture: np.ndarray, *, axis: int) -> Seam:
    """The seam of a picture that is wrapped along one axis.

    Args:
        picture: [H, W, 3] or [H, W] float, at least 3 pixels along the axis.
        axis: 0 where the last row meets the first, 1 where the last column meets the first.
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
