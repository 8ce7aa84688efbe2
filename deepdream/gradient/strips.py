"""A large picture's rows, a few hundred at a time, so that looking at it costs a strip and not a second picture."""

from collections.abc import Iterator

STRIP = 256
"""Rows that are looked at together."""


def strips(height: int) -> Iterator[slice]:
    """The rows 0 to `height`, as slices of at most STRIP of them."""
    for top in range(0, height, STRIP):
        yield slice(top, min(top + STRIP, height))
