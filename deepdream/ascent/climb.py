"""Gradient ascent on one picture: roll, gradient, transforms, step, constraints.

climb(picture, pulls, ...) -> iterator of the objective's value before each step; the picture changes in place.

A Pull is a gradient with its transforms; most dreams have one, a dream with regions has one per region. Everything
here is NumPy on the whole picture: a step uses the assembled gradient, whatever tiles or device it came from. The
picture is rolled and updated in place, by strips of rows, so peak memory is the picture plus its gradient.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from deepdream.ascent.constraints import Constraint
from deepdream.ascent.transforms import Transform
from deepdream.errors import GradientError
from deepdream.images.strips import strips

Gradient = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Images [1, H, W, 3] -> (value [1], gradient [1, H, W, 3])."""


@dataclass(frozen=True, eq=False)
class Pull:
    """One direction in which a picture is pulled.

    Attributes:
        gradient: of the objective.
        transforms: applied to the gradient in order: shaping, normalising, masking.
        strength: weight of its value, relative to other pulls.
    """

    gradient: Gradient
    transforms: Sequence[Transform] = ()
    strength: float = 1.0


def climb(
    picture: np.ndarray,
    pulls: Sequence[Pull],
    *,
    steps: int,
    step_size: float,
    jitter: tuple[int, int],
    rng: np.random.Generator,
    transforms: Sequence[Transform] = (),
    constraints: Sequence[Constraint] = (),
) -> Iterator[float]:
    """Gradient ascent on one picture, in place.

    Args:
        picture: [H, W, 3] float32 RGB; changed in place, step by step.
        pulls: the gradients to follow; their transformed gradients are summed.
        steps: maximum number of steps.
        step_size: change per step, relative to the range 0..1.
        jitter: largest random shift, vertical and horizontal, in pixels; the picture is rolled before the gradient is
            computed and rolled back afterwards, so that no position of the network's grid is favoured.
        rng: source of the shifts.
        transforms: applied in order to the sum of the pulls: penalties, the optimizer.
        constraints: applied in order to the picture after each step; one that returns True ends the climb.

    Yields:
        the objective's value before the step just taken, summed over pulls weighted by strength.

    Raises:
        GradientError: a gradient is zero everywhere or not finite; the message names the step.

    Source: Mordvintsev, Olah and Tyka 2015; follows.
    """
    for step in range(1, steps + 1):
        shift = int(rng.integers(-jitter[0], jitter[0] + 1)), int(rng.integers(-jitter[1], jitter[1] + 1))
        try:
            value, direction = _direction(picture, pulls, shift)
        except GradientError as error:
            raise GradientError(f"{error.message[:-1]} at step {step}.", error.advice) from None
        direction = _transformed(direction, transforms)
        for rows in strips(*picture.shape[:2]):
            picture[rows] += direction[rows] * np.float32(step_size)
        finished = [constraint(picture) for constraint in constraints]
        yield value
        if any(finished):
            return


def _direction(picture: np.ndarray, pulls: Sequence[Pull], shift: tuple[int, int]) -> tuple[float, np.ndarray]:
    """The value of all pulls and the sum of their transformed gradients, [H, W, 3]."""
    total, direction = 0.0, None
    for pull in pulls:
        value, gradient = _rolled(picture, pull.gradient, shift)
        gradient = _transformed(gradient, pull.transforms)
        total += pull.strength * value
        direction = gradient if direction is None else np.add(direction, gradient, out=direction)
    assert direction is not None, "a climb needs at least one pull"
    return total, direction


def _rolled(picture: np.ndarray, gradient: Gradient, shift: tuple[int, int]) -> tuple[float, np.ndarray]:
    """The value and the gradient [H, W, 3] at the rolled picture, rolled back."""
    _roll(picture, *shift)
    try:
        values, gradients = gradient(picture[None])
    finally:
        _roll(picture, -shift[0], -shift[1])  # also when interrupted: the caller keeps an unrolled picture
    result = gradients[0]
    _roll(result, -shift[0], -shift[1])
    return float(values[0]), result


def _transformed(gradient: np.ndarray, transforms: Sequence[Transform]) -> np.ndarray:
    return reduce(lambda changed, transform: transform(changed), transforms, gradient)


def _roll(picture: np.ndarray, down: int, right: int) -> None:
    """np.roll of rows and columns in place; only the rows that wrap around and one strip are copied."""
    height, width = picture.shape[:2]
    down %= height
    if down:
        wrapped = picture[height - down :].copy()
        for rows in reversed(strips(height - down, width)):  # bottom up, so no row is overwritten before it is moved
            picture[rows.start + down : rows.stop + down] = picture[rows].copy()
        picture[:down] = wrapped
    if right:
        for rows in strips(*picture.shape[:2]):
            picture[rows] = np.roll(picture[rows], right, axis=1)
