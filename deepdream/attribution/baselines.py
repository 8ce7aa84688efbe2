"""What a picture is compared with: a picture in which what is looked for is absent.

BASELINES: the setting `baseline` -> the function that makes it of a picture; a new one is one row
"""

from collections.abc import Callable

import numpy as np

from deepdream.images.scale import resize

COARSE = 16
"""Cells along the shorter side that a blurred picture keeps."""


def _blurred(pixels: np.ndarray) -> np.ndarray:
    """The picture shrunk to COARSE cells and enlarged again: its light and colours without its shapes."""
    height, width = pixels.shape[:2]
    shrunk = min(1.0, COARSE / min(height, width))
    small = resize(pixels, (max(1, round(height * shrunk)), max(1, round(width * shrunk))))
    return resize(small, (height, width)).clip(0, 1)


BASELINES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "blur": _blurred,
    "black": np.zeros_like,
    "grey": lambda pixels: np.full_like(pixels, 0.5),
    "white": np.ones_like,
    "mean": lambda pixels: np.broadcast_to(pixels.mean(axis=(0, 1)), pixels.shape).astype(np.float32),
}
"""From pixels [H, W, 3] float32 RGB in 0..1 to the baseline, likewise."""
