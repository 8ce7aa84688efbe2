"""Compositing the dream over its original: distance, blending by strength, masks.

finish(dream, original, ...) -> the dream as it is saved
distance(dream, original) · hold_within(dream, original, limit) · show(dream, original, strength)
cover(masks) · restore(dream, original, masks)

All on [H, W, 3] float32, in place on the dream, by strips of rows.
"""

from collections.abc import Sequence

import numpy as np

from deepdream.images.colour import MODES, Statistics, match_statistics
from deepdream.images.strips import strips


def finish(
    dream: np.ndarray,
    original: np.ndarray,
    *,
    colours: str,
    palette: Statistics | None,
    strength: float,
    masks: Sequence[np.ndarray | None],
) -> np.ndarray:
    """The dream as it is saved, with its colours, strength and masks applied; done once, at the end.

    Args:
        dream: [H, W, 3] float32; changed in place.
        original: [H, W, 3], the picture it started from, at the same size.
        colours: the setting `colour`.
        palette: colour statistics to match instead.
        strength: opacity of the dream, 0..1.
        masks: each region's, or None; where all are black the original is kept bit for bit.
    """
    np.clip(dream, 0.0, 1.0, out=dream)
    where = cover(masks)
    if palette is not None:
        match_statistics(dream, palette, where)
    else:
        MODES[colours](dream, original, where)
    if strength < 1:
        show(dream, original, strength)
    restore(dream, original, masks)
    return dream


def distance(dream: np.ndarray, original: np.ndarray) -> float:
    """Root mean square difference over all pixels and channels, relative to the range 0..1."""
    squares = (np.square(dream[rows] - original[rows], dtype=np.float64) for rows in strips(*dream.shape[:2]))
    total = sum(float(square.sum()) for square in squares)
    return float(np.sqrt(total / dream.size))


def hold_within(dream: np.ndarray, original: np.ndarray, limit: float) -> bool:
    """Blend a dream that is further than `limit` from the original back to exactly that distance, in place.

    Returns: whether the limit has been reached.
    """
    current = distance(dream, original)
    if current < limit:
        return False
    show(dream, original, limit / current)
    return True


def show(dream: np.ndarray, original: np.ndarray, strength: float) -> None:
    """Blend in place: the original at strength 0, the dream at 1."""
    for rows in strips(*dream.shape[:2]):
        dream[rows] = original[rows] + np.float32(strength) * (dream[rows] - original[rows])


def cover(masks: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """The largest value of the masks [H, W, 1] at each pixel; None, for everywhere, if any of them is None."""
    given = [mask for mask in masks if mask is not None]
    return np.max(given, axis=0) if len(given) == len(masks) else None


def restore(dream: np.ndarray, original: np.ndarray, masks: Sequence[np.ndarray | None]) -> None:
    """Restore the original, bit for bit, wherever every mask [H, W, 1] is black; in place.

    Octaves carry detail up by resizing, which bleeds a pixel or two over a mask's edge.
    """
    if any(mask is None for mask in masks):
        return
    for rows in strips(*dream.shape[:2]):
        black = np.all([mask[rows] == 0 for mask in masks if mask is not None], axis=0)[..., 0]
        dream[rows][black] = original[rows][black]
