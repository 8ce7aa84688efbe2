"""Gradient ascent on one picture: roll, gradient, transforms, step, constraints.

climb(picture, pulls, ...) -> iterator of the objective's value before each step; the picture changes in place.

A Pull is a sum of gradients with its transforms; most dreams have one, a dream with regions has one per region.
Everything here is NumPy on the whole picture: a step uses the assembled gradient, whatever tiles or device it came
from. The picture is rolled and updated in place, by strips of rows, so peak memory is the picture plus its gradient;
mirrored borders take a copy of both.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from deepdream.ascent.borders import CONTINUATIONS
from deepdream.ascent.constraints import Constraint
from deepdream.ascent.transforms import Transform
from deepdream.errors import GradientError
from deepdream.images.strips import strips

Gradient = Callable[..., tuple[np.ndarray, np.ndarray]]
"""Images [1, H, W, 3], and the pull's index if it has one -> (value [1], gradient [1, H, W, 3])."""


@dataclass(frozen=True, eq=False)
class Term:
    """A gradient, and the transforms applied to it in order before it is added to others: shaping."""

    gradient: Gradient
    transforms: Sequence[Transform] = ()


@dataclass(frozen=True, eq=False)
class Pull:
    """One direction in which a picture is pulled.

    Attributes:
        terms: of the objective, whose values and transformed gradients are summed.
        transforms: applied to the sum in order: normalising, masking.
        strength: weight of its value, relative to other pulls.
        index: [H, W], the brush at each pixel of the picture; passed to the gradients, shifted as the picture is.
    """

    terms: Sequence[Term]
    transforms: Sequence[Transform] = ()
    strength: float = 1.0
    index: np.ndarray | None = None


def climb(
    picture: np.ndarray,
    pulls: Sequence[Pull],
    *,
    steps: int,
    step_size: float,
    jitter: tuple[int, int],
    border: str,
    mirrors: tuple[bool, bool] = (False, False),
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
        jitter: largest random shift, vertical and horizontal, in pixels; the picture is shifted before the gradient is
            computed and shifted back afterwards, so that no position of the network's grid is favoured.
        border: which mirror image of the picture continues it, of CONTINUATIONS; no effect where it does not mirror.
        mirrors: whether, vertically and horizontally, its mirror image fills what a shift leaves open: the network is
            shown the picture with `jitter` more pixels, and the gradient of those is dropped. Otherwise the picture is
            rolled, and its opposite borders meet.
        rng: source of the shifts.
        transforms: applied in order to the sum of the pulls: penalties, the optimizer.
        constraints: applied in order to the picture after each step; one that returns True ends the climb.

    Yields:
        the objective's value before the step just taken, summed over pulls weighted by strength.

    Raises:
        GradientError: a gradient is zero everywhere or not finite; the message names the step.

    Source: Mordvintsev, Olah and Tyka 2015; follows. Differs where it mirrors: they roll every picture, which draws a
        false edge through it.
    """
    for step in range(1, steps + 1):
        shift = int(rng.integers(-jitter[0], jitter[0] + 1)), int(rng.integers(-jitter[1], jitter[1] + 1))
        try:
            value, direction = _direction(picture, pulls, Shift.of(shift, jitter, mirrors), border)
        except GradientError as error:
            raise GradientError(f"{error.message[:-1]} at step {step}.", error.advice) from None
        direction = _transformed(direction, transforms)
        for rows in strips(*picture.shape[:2]):
            picture[rows] += direction[rows] * np.float32(step_size)
        finished = [constraint(picture) for constraint in constraints]
        yield value
        if any(finished):
            return


@dataclass(frozen=True)
class Shift:
    """How a picture is shifted for one step: rolled down and right, then continued by mirror images.

    Attributes:
        roll: pixels down and right.
        mirrored: rows and columns of mirror image before and after the picture.
    """

    roll: tuple[int, int]
    mirrored: tuple[tuple[int, int], tuple[int, int]]

    @classmethod
    def of(cls, shift: tuple[int, int], jitter: tuple[int, int], mirrors: tuple[bool, bool]) -> "Shift":
        """From a shift of -jitter..jitter on each axis; mirrored, 0..jitter pixels come before the picture."""
        before = tuple((one + most + 1) // 2 for one, most in zip(shift, jitter, strict=True))
        rows, columns = (
            (first, most - first) if mirror else (0, 0)
            for first, most, mirror in zip(before, jitter, mirrors, strict=True)
        )
        down, right = (0 if mirror else one for one, mirror in zip(shift, mirrors, strict=True))
        return cls((down, right), (rows, columns))


def _direction(picture: np.ndarray, pulls: Sequence[Pull], shift: Shift, border: str) -> tuple[float, np.ndarray]:
    """The value of all pulls and the sum of their transformed gradients, [H, W, 3]."""

    def pulled(pull: Pull) -> tuple[float, np.ndarray]:
        value, gradient = _sum(_shifted(picture, term, shift, border, pull.index) for term in pull.terms)
        return pull.strength * value, _transformed(gradient, pull.transforms)

    return _sum(map(pulled, pulls))


def _sum(terms: Iterable[tuple[float, np.ndarray]]) -> tuple[float, np.ndarray]:
    """The sums of values and of gradients; two gradients are in memory at a time."""
    return reduce(lambda total, one: (total[0] + one[0], np.add(total[1], one[1], out=total[1])), terms)


def _shifted(
    picture: np.ndarray, term: Term, shift: Shift, border: str, index: np.ndarray | None
) -> tuple[float, np.ndarray]:
    """The value and the transformed gradient [H, W, 3] at the shifted picture, shifted back."""
    (down, right), (rows, columns) = shift.roll, shift.mirrored
    moved = () if index is None else (_moved(index, shift),)
    _roll(picture, down, right)
    try:
        shown = CONTINUATIONS[border](picture, rows, columns) if any(rows + columns) else picture
        values, gradients = term.gradient(shown[None], *moved)
    finally:
        _roll(picture, -down, -right)  # also when interrupted: the caller keeps an unrolled picture
    height, width = picture.shape[:2]
    result = gradients[0][rows[0] : rows[0] + height, columns[0] : columns[0] + width]
    _roll(result, -down, -right)
    return float(values[0]), _transformed(result, term.transforms)


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


def _moved(index: np.ndarray, shift: Shift) -> np.ndarray:
    """The index [H, W] where the shifted picture has it."""
    rolled = np.roll(index, shift.roll, (0, 1))
    return np.pad(rolled, shift.mirrored, mode="reflect") if any(map(any, shift.mirrored)) else rolled
