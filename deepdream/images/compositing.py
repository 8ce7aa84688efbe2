"""The dream laid over the picture that it came from: how far it has moved, how much of it is shown, and where.

finish(dream, original, ...) -> the dream as it is shown
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
    """The dream as it is shown: its colours, how much of it, and where; done once, at the end.

    Args:
        dream: [H, W, 3] float32; changed in place.
        original: [H, W, 3], the picture that it came from, at its size.
        colours: the setting `colour`.
        palette: the colours to take in place of those.
        strength: how much of the dream is shown, 0..1.
        masks: each region's, or None; where all are black the original stands to the last bit.
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
    """Root of the mean squared difference over all pixels and channels, of the range 0..1."""
    parts = strips(*dream.shape[:2])
    total = sum(float(np.square(dream[rows] - original[rows], dtype=np.float64).sum()) for rows in parts)
    return float(np.sqrt(total / dream.size))


def hold_within(dream: np.ndarray, original: np.ndarray, limit: float) -> bool:
    """Draw a dream that has moved further than `limit` back toward the original, to just that distance, in place.

    Returns: whether the limit has been reached.
    """
    moved = distance(dream, original)
    if moved < limit:
        return False
    show(dream, original, limit / moved)
    return True


def show(dream: np.ndarray, original: np.ndarray, strength: float) -> None:
    """Blend in place: the original at strength 0, the dream at 1."""
    for rows in strips(*dream.shape[:2]):
        dream[rows] = original[rows] + np.float32(strength) * (dream[rows] - original[rows])


def cover(masks: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """Where any mask [H, W, 1] lets the dream act, and how much; None for everywhere."""
    known = [mask for mask in masks if mask is not None]
    return np.max(known, axis=0) if len(known) == len(masks) else None


def restore(dream: np.ndarray, original: np.ndarray, masks: Sequence[np.ndarray | None]) -> None:
    """Put the original back, to the last bit, wherever every mask [H, W, 1] is black; in place.

    Octaves carry detail up by resizing, which spills a pixel or two over a mask's edge.
    """
    if any(mask is None for mask in masks):
        return
    for rows in strips(*dream.shape[:2]):
        black = np.all([mask[rows] == 0 for mask in masks if mask is not None], axis=0)[..., 0]
        dream[rows][black] = original[rows][black]
