"""Walk up: roll, gradient, normalise, step, clip.

climb(picture, pulls, ...) -> iterator of the objective's value before each step; the picture changes in place.

A Pull is one gradient with the place where it acts and how hard; most dreams have one, a dream with regions has one
for each. Everything here is NumPy on the whole picture: the step is normalised on the assembled gradient, whatever
tiles or device it came from. The picture is rolled and stepped in place and looked at by strips of rows, so that a
large one costs its own memory and its gradient's, and nothing more.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from deepdream.errors import GradientError
from deepdream.images.strips import strips

STD_FLOOR = 1e-8
"""Added to the deviation by the rule "std", as the project that this tool grew from does."""

Gradient = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Images [1, H, W, 3] -> (value [1], gradient [1, H, W, 3])."""

Change = Callable[[np.ndarray], np.ndarray]
"""[H, W, 3] -> [H, W, 3]; may work in place."""


@dataclass(frozen=True, eq=False)
class Pull:
    """One direction in which a picture is pulled.

    Attributes:
        gradient: where up is.
        shape: what to do with the gradient before it is normalised.
        normalize: "std", "mean-abs", "rms" or "none"; over the whole picture, whatever the mask.
        mask: [H, W, 1] float32 0..1, how much of the pull acts at each pixel; None for all of it everywhere.
        strength: how hard, against other pulls.
    """

    gradient: Gradient
    shape: Change | None = None
    normalize: str = "mean-abs"
    mask: np.ndarray | None = None
    strength: float = 1.0


def climb(
    picture: np.ndarray,
    pulls: Sequence[Pull],
    *,
    steps: int,
    step_size: float,
    jitter: tuple[int, int],
    rng: np.random.Generator,
    clip: bool = True,
    direct: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    settle: Callable[[np.ndarray], bool] | None = None,
) -> Iterator[float]:
    """Gradient ascent on one picture, in place.

    Args:
        picture: [H, W, 3] float32 RGB; changed in place, step by step.
        pulls: the gradients to follow; their normalised directions are added.
        steps: how many, at most.
        step_size: change per step, of the range 0..1.
        jitter: largest random shift, down and to the right, in pixels; the picture is rolled before the gradient is
            taken and rolled back after it, so that no position of the network's grid is favoured.
        rng: where the shifts come from.
        clip: whether to clip to 0..1 after each step.
        direct: turns (picture, direction) into the direction to step along, [H, W, 3]: penalties, another optimiser.
        settle: called on the picture after each step; may change it in place; True ends the climb.

    Yields:
        the objective's value before the step that has just been taken, summed over pulls by strength.

    Raises:
        GradientError: a gradient is zero everywhere or not finite.

    Source: Mordvintsev, Olah and Tyka 2015; follows, with the clipping to the valid range.
    """
    for step in range(1, steps + 1):
        shift = int(rng.integers(-jitter[0], jitter[0] + 1)), int(rng.integers(-jitter[1], jitter[1] + 1))
        total, direction = 0.0, None
        for pull in pulls:
            value, pulled = _direction(picture, pull, shift, step)
            total += pull.strength * value
            direction = pulled if direction is None else np.add(direction, pulled, out=direction)
        assert direction is not None, "a climb needs at least one pull"
        if direct is not None:
            direction = direct(picture, direction)
        for rows in strips(*picture.shape[:2]):
            picture[rows] += direction[rows] * np.float32(step_size)
            if clip:
                np.clip(picture[rows], 0.0, 1.0, out=picture[rows])
        settled = settle is not None and settle(picture)
        yield total
        if settled:
            return


def _direction(picture: np.ndarray, pull: Pull, shift: tuple[int, int], step: int) -> tuple[float, np.ndarray]:
    """The value, and the shaped, normalised, masked gradient [H, W, 3] as the rolled picture sees it, rolled back."""
    _roll(picture, *shift)
    try:
        values, slopes = pull.gradient(picture[None])
    finally:
        _roll(picture, -shift[0], -shift[1])  # whoever stops the climb here keeps a picture that lies straight
    slope = slopes[0]
    _roll(slope, -shift[0], -shift[1])
    if pull.shape is not None:
        slope = pull.shape(slope)
    offset, scale = _normalisation(slope, pull.normalize, step)
    for rows in strips(*slope.shape[:2]):
        slope[rows] -= offset
        slope[rows] *= scale * np.float32(pull.strength)
        if pull.mask is not None:
            slope[rows] *= pull.mask[rows]
    return float(values[0]), slope


def _roll(picture: np.ndarray, down: int, right: int) -> None:
    """np.roll of rows and columns, in place: only the rows that wrap around and one strip are copied."""
    height, width = picture.shape[:2]
    down %= height
    if down:
        wrapped = picture[height - down :].copy()
        for rows in reversed(strips(height - down, width)):  # from below: no row is overwritten before it has moved
            picture[rows.start + down : rows.stop + down] = picture[rows].copy()
        picture[:down] = wrapped
    if right:
        for rows in strips(*picture.shape[:2]):
            picture[rows] = np.roll(picture[rows], right, axis=1)


def _normalisation(slope: np.ndarray, rule: str, step: int) -> tuple[np.float32, np.float32]:
    """What to take off the gradient and what to multiply it with, by the rule.

    Raises:
        GradientError: the gradient is zero everywhere or not finite, which no rule can mend.
    """
    mean, mean_abs, mean_square = _statistics(slope)
    if not np.isfinite(mean_square):
        raise GradientError(f"The gradient is not finite at step {step}.")
    if mean_abs == 0:
        raise GradientError(f"The gradient is zero everywhere at step {step}.")
    offset, scale = {
        "std": (mean, 1 / (np.sqrt(max(mean_square - mean**2, 0.0)) + STD_FLOOR)),
        "mean-abs": (0.0, 1 / mean_abs),
        "rms": (0.0, 1 / np.sqrt(mean_square)),
        "none": (0.0, 1.0),
    }[rule]
    return np.float32(offset), np.float32(scale)


def _statistics(slope: np.ndarray) -> tuple[float, float, float]:
    """Mean, mean absolute value and mean square, summed by strips in double precision."""
    totals = np.zeros(3)
    for rows in strips(*slope.shape[:2]):
        part = slope[rows].astype(np.float64)
        totals += (part.sum(), np.abs(part).sum(), np.square(part).sum())
    mean, mean_abs, mean_square = totals / slope.size
    return float(mean), float(mean_abs), float(mean_square)
