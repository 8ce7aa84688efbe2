"""Strips of rows, for work on a large picture whose temporaries take the memory of a strip, not of a second picture.

strips(height, width) -> the rows as slices, top to bottom
"""

PIXELS = 2**16
"""Approximate pixels in a strip: 0.8 MB of float32 RGB, which fits in the processor's cache."""


def strips(height: int, width: int) -> list[slice]:
    """The rows 0 to `height`, as slices of about PIXELS pixels each."""
    rows = max(1, PIXELS // max(1, width))
    return [slice(top, min(height, top + rows)) for top in range(0, height, rows)]
