"""What is done once, on the finished dream: its colours, how much of it is shown, and where.

finish(dream, original, ...) -> the dream, changed in place
"""

from collections.abc import Sequence

import numpy as np

from deepdream.images import colour, compositing
from deepdream.images.colour import Statistics


def finish(
    dream: np.ndarray,
    original: np.ndarray,
    *,
    colours: str,
    palette: Statistics | None,
    strength: float,
    masks: Sequence[np.ndarray | None],
) -> np.ndarray:
    """The dream as it is shown.

    Args:
        dream: [H, W, 3] float32; changed in place.
        original: [H, W, 3], the picture that it came from, at its size.
        colours: as the setting `colour`.
        palette: the colours to take in place of those.
        strength: how much of the dream is shown, 0..1.
        masks: each region's, or None; where all are black the original stands to the last bit.
    """
    np.clip(dream, 0.0, 1.0, out=dream)
    cover = compositing.cover(masks)
    if palette is not None:
        colour.match_statistics(dream, palette, cover)
    elif colours == "keep":
        colour.keep_colours(dream, original)
    elif colours == "lightness":
        colour.keep_lightness(dream, original)
    elif colours == "match":
        colour.match_statistics(dream, colour.statistics(original, cover), cover)
    if strength < 1:
        compositing.show(dream, original, strength)
    compositing.restore(dream, original, masks)
    return dream
