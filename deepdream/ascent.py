"""Walk up: roll, gradient, normalise, step, clip.

climb(picture, gradient, ...) -> iterator of the objective's value before each step; the picture changes in place.

Everything here is NumPy on the whole picture: the step is normalised on the assembled gradient, whatever tiles or
device it came from. The picture is rolled and stepped in place and looked at by strips of rows, so that a large one
costs its own memory and its gradient's, and nothing more.
"""

from collections.abc import Callable, Iterator

import numpy as np

from deepdream.errors import GradientError

STRIP = 256
"""Rows that are looked at together."""

STD_FLOOR = 1e-8
"""Added to the deviation by the rule "std", as the project that this tool grew from does."""


def climb(
    picture: np.ndarray,
    gradient: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    *,
    steps: int,
    step_size: float,
    jitter: int,
    rng: np.random.Generator,
    normalize: str = "mean-abs",
    clip: bool = True,
    shape: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Iterator[float]:
    """Gradient ascent on one picture, in place.

    Args:
        picture: [H, W, 3] float32 RGB; changed in place, step by step.
        gradient: images [1, H, W, 3] -> (value [1], gradient [1, H, W, 3]).
        steps: how many.
        step_size: change per step, of the range 0..1.
        jitter: largest random shift, in pixels; the picture is rolled before the gradient is taken and rolled back
            after the step, so that no position of the network's grid is favoured.
        rng: where the shifts come from.
        normalize: "std", "mean-abs", "rms" or "none".
        clip: whether to clip to 0..1 after each step.
        shape: what to do with the gradient before it is normalised, [H, W, 3] -> [H, W, 3]; has to commute with
            rolling, and may work in place.

    Yields:
        the objective's value before the step that has just been taken.

    Raises:
        GradientError: the gradient is zero everywhere or not finite.

    Source: Mordvintsev, Olah and Tyka 2015; follows, with the clipping to the valid range.
    """
    for step in range(1, steps + 1):
        down, right = (int(n) for n in rng.integers(-jitter, jitter + 1, size=2))
        _roll(picture, down, right)
        try:
            values, slopes = gradient(picture[None])
            slope = slopes[0] if shape is None else shape(slopes[0])
            offset, scale = _normalisation(slope, normalize, step)
            for rows in strips(picture):
                picture[rows] += (slope[rows] - offset) * (step_size * scale)
                if clip:
                    np.clip(picture[rows], 0.0, 1.0, out=picture[rows])
        finally:
            _roll(picture, -down, -right)  # whoever stops the climb here keeps a picture that lies straight
        yield float(values[0])


def strips(picture: np.ndarray) -> Iterator[slice]:
    """The picture's rows, a few hundred at a time."""
    for top in range(0, picture.shape[0], STRIP):
        yield slice(top, top + STRIP)


def _roll(picture: np.ndarray, down: int, right: int) -> None:
    """np.roll of rows and columns, in place: only the rows that wrap around and one strip are copied."""
    height = picture.shape[0]
    down %= height
    if down:
        wrapped = picture[height - down :].copy()
        for end in range(height, down, -STRIP):  # from below, so that no row is overwritten before it has moved
            start = max(end - STRIP, down)
            picture[start:end] = picture[start - down : end - down].copy()
        picture[:down] = wrapped
    if right:
        for rows in strips(picture):
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
    for rows in strips(slope):
        part = slope[rows].astype(np.float64)
        totals += (part.sum(), np.abs(part).sum(), np.square(part).sum())
    mean, mean_abs, mean_square = totals / slope.size
    return float(mean), float(mean_abs), float(mean_square)
