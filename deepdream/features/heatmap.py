"""A channel's activation map in colour, over the picture or by itself.

overlay(pixels, map, stride) -> [H, W, 3]    the picture: grey where the channel is silent, glowing where it is active
plain(map) -> [h, w, 3]                      the map alone, from its minimum to its maximum
"""

import numpy as np
from matplotlib import colormaps

from deepdream import images

GLOW, PLAIN = "inferno", "viridis"
"""Matplotlib's colour maps; the second is that of the project this tool grew from."""

DIMMED = 0.55
"""Brightness of the grey picture where the channel is silent."""

FULL = 0.995
"""Quantile that counts as full heat: a few outliers, often at the border, would leave the rest dark."""


def overlay(pixels: np.ndarray, map: np.ndarray, stride: int) -> np.ndarray:
    """A map over its picture.

    Args:
        pixels: [H, W, 3] float32 RGB in 0..1.
        map: activations, about [H // stride, W // stride]; values below 0 count as 0.
        stride: pixels between neighbouring positions.

    Returns: [H, W, 3] float32 in 0..1; if the picture's size is no multiple of the stride, its last rows and columns,
        which belong to no position, take the heat of the last one.
    """
    height, width = pixels.shape[:2]
    rows, columns = map.shape
    full = max(float(np.quantile(map, FULL)), 1e-3 * float(map.max()), 1e-12)
    heat = images.resize((map / full).clip(0, 1).astype(np.float32), (rows * stride, columns * stride))
    missing = (max(0, height - rows * stride), max(0, width - columns * stride))  # a padded layer may extend further
    heat = np.pad(heat, ((0, missing[0]), (0, missing[1])), mode="edge")[:height, :width].clip(0, 1)[..., None]
    grey = DIMMED * pixels.mean(axis=2, keepdims=True)
    glow = colormaps[GLOW](heat[..., 0])[..., :3]
    share = np.sqrt(heat)  # so that weak heat is visible too
    return ((1 - share) * grey + share * (0.5 * glow + 0.5 * np.maximum(pixels, grey))).astype(np.float32)


def plain(map: np.ndarray) -> np.ndarray:
    """A map in colour, [h, w] -> [h, w, 3] float32; a constant map gets the darkest colour."""
    low, high = float(map.min()), float(map.max())
    return colormaps[PLAIN]((map - low) / max(high - low, 1e-12))[..., :3].astype(np.float32)


def enlarged(colours: np.ndarray, side: int) -> np.ndarray:
    """Each pixel as a square, so that the longer side is close to `side`; larger maps are left as they are."""
    times = max(1, side // max(colours.shape[:2]))
    return np.kron(colours, np.ones((times, times, 1), np.float32))
