"""A layer's stride and smallest picture, found by asking for its size in pictures of several sizes.

stride(name, measure) -> pixels, or None · smallest(name, measure) -> pixels
"""

from collections.abc import Callable, Mapping

Measure = Callable[[int, int], Mapping[str, tuple[int, int]]]
"""(picture's height, width) -> {layer name: (rows, columns)} of each layer that has any."""

PROBED, LARGEST_PROBED = 4096, 1024
"""Side of the first of two pictures whose positions are compared, and the largest minimum size considered."""

APART = 20160
"""Difference in pixels between these pictures: a multiple of every stride up to 10, and of most others."""


def stride(name: str, measure: Measure) -> int | None:
    """Pixels between positions, from the number of positions in two pictures; the larger of both axes. None if the
    layer's size does not depend on the picture's.
    """
    first, second = (measure(side, side).get(name) for side in (PROBED, PROBED + APART))
    if first is None or second is None or min(b - a for a, b in zip(first, second, strict=True)) <= 0:
        return None
    return max(max(1, round(APART / (b - a))) for a, b in zip(first, second, strict=True))


def smallest(name: str, measure: Measure) -> int:
    """The side of the smallest square picture that gives the layer a position."""
    low, high = 0, LARGEST_PROBED
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if name in measure(middle, middle) else (middle, high)
    return high
