"""Maps of a channel's activation as colours: over the picture that excites it, or by themselves.

over(pixels, map, stride) -> [H, W, 3]     the picture in grey where the channel is silent, glowing where it is active
plain(map) -> [h, w, 3]                    the map alone, from its least to its greatest value
"""

import numpy as np
from matplotlib import colormaps

from deepdream import images

GLOW, PLAIN = "inferno", "viridis"
"""Matplotlib's colour maps; the second is the one that the project this tool grew from shows its maps in."""

DIMMED = 0.55
"""How bright the grey picture stays where the channel is silent."""

FULL = 0.995
"""The share of positions below full heat: a few very strong ones, often at the edge, would leave the rest dark."""


def over(pixels: np.ndarray, map: np.ndarray, stride: int) -> np.ndarray:
    """A map laid over its picture.

    Args:
        pixels: [H, W, 3] float32 RGB in 0..1.
        map: activations, about [H // stride, W // stride]; what is below 0 is cold.
        stride: pixels between neighbouring positions.

    Returns: [H, W, 3] float32 in 0..1; where the picture's size is no multiple of the stride, its last rows and
        columns, which no position begins in, take the heat of the last position.
    """
    height, width = pixels.shape[:2]
    rows, columns = map.shape
    full = max(float(np.quantile(map, FULL)), 1e-3 * float(map.max()), 1e-12)
    heat = images.resize((map / full).clip(0, 1).astype(np.float32), (rows * stride, columns * stride))
    missing = (max(0, height - rows * stride), max(0, width - columns * stride))  # a padded layer may reach further
    heat = np.pad(heat, ((0, missing[0]), (0, missing[1])), mode="edge")[:height, :width].clip(0, 1)[..., None]
    grey = DIMMED * pixels.mean(axis=2, keepdims=True)
    glow = colormaps[GLOW](heat[..., 0])[..., :3]
    share = np.sqrt(heat)  # weak heat is to be seen, too
    return ((1 - share) * grey + share * (0.5 * glow + 0.5 * np.maximum(pixels, grey))).astype(np.float32)


def plain(map: np.ndarray) -> np.ndarray:
    """A map in colours, [h, w] -> [h, w, 3] float32; a map that is the same everywhere is the darkest colour."""
    low, high = float(map.min()), float(map.max())
    return colormaps[PLAIN]((map - low) / max(high - low, 1e-12))[..., :3].astype(np.float32)


def enlarged(colours: np.ndarray, side: int) -> np.ndarray:
    """Each pixel as a square, so that the longer side comes near `side`; large ones as they are."""
    times = max(1, side // max(colours.shape[:2]))
    return np.kron(colours, np.ones((times, times, 1), np.float32))
