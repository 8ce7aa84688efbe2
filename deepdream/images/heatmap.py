"""A map of numbers in colour, over the picture or by itself.

overlay(pixels, map, stride) -> [H, W, 3]    the picture: grey where a channel is silent, glowing where it is active
signed(pixels, map) -> [H, W, 3]             the same of a map with a sign: warm above 0, cold below
plain(map) -> [h, w, 3]                      the map alone, from its minimum to its maximum
"""

import numpy as np
from matplotlib import colormaps

from deepdream.images.scale import resize

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
    heat = resize((map / full).clip(0, 1).astype(np.float32), (rows * stride, columns * stride))
    missing = (max(0, height - rows * stride), max(0, width - columns * stride))  # a padded layer may extend further
    heat = np.pad(heat, ((0, missing[0]), (0, missing[1])), mode="edge")[:height, :width].clip(0, 1)[..., None]
    return _glowing(pixels, heat, colormaps[GLOW](heat[..., 0])[..., :3])


def signed(pixels: np.ndarray, map: np.ndarray) -> np.ndarray:
    """A map of positive and negative numbers over its picture: warm where it is positive, cold where it is negative.

    Args:
        pixels: [H, W, 3] float32 RGB in 0..1.
        map: [H, W].

    Returns: [H, W, 3] float32 in 0..1.
    """
    strength = np.abs(map)
    full = max(float(np.quantile(strength, FULL)), 1e-3 * float(strength.max()), 1e-12)
    heat = (strength / full).clip(0, 1)[..., None]
    warm = colormaps[GLOW](heat[..., 0])[..., :3]
    return _glowing(pixels, heat, np.where(map[..., None] < 0, warm[..., ::-1], warm))


def _glowing(pixels: np.ndarray, heat: np.ndarray, glow: np.ndarray) -> np.ndarray:
    """The picture, dimmed and grey without heat, in the glow's colours with it."""
    grey = DIMMED * pixels.mean(axis=2, keepdims=True)
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
