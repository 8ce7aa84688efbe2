"""A large picture's rows, a run at a time, so that work on them costs a strip and not a second picture.

strips(height, width) -> the rows as slices, top to bottom
"""

PIXELS = 2**16
"""Of a strip, about: 0.8 MB of float32 RGB, so that what is done on it stays in the processor's cache."""


def strips(height: int, width: int) -> list[slice]:
    """The rows 0 to `height`, as slices of about PIXELS pixels each."""
    rows = max(1, PIXELS // max(1, width))
    return [slice(top, min(height, top + rows)) for top in range(0, height, rows)]
