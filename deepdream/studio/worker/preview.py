"""Pictures as the browser shows them."""

import io

import numpy as np
from PIL import Image

from deepdream import images
from deepdream.images import scale

SIDE = 1200
"""Longest side, in pixels."""


def jpeg(pixels: np.ndarray, *, quality: int = 90, side: int | None = SIDE) -> bytes:
    """Pixels [H, W, 3] in 0..1 as a JPEG; no side is longer than `side`."""
    if side is not None and max(pixels.shape[:2]) > side:
        pixels = images.resize(pixels, scale.target(pixels.shape[:2], None, side))
    file = io.BytesIO()
    Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return file.getvalue()
