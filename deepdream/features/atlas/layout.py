"""Activations laid out on a map: similar ones close together.

place(activations, seed) -> [M, 2] in 0..1
cells(points, grid) -> {(row, column): members}
"""

import numpy as np

PERPLEXITY = 30
"""How many neighbours t-SNE keeps close, at most; a third of the points where there are few."""

OUTER, MARGIN = 1, 0.1
"""Percentile of the points along each axis beyond which they are outliers, and how much further, as a share of the
points' extent, these are kept."""

LEAST = 2
"""Members of a cell that is shown: of one activation there is no mean."""


def place(activations: np.ndarray, seed: int) -> np.ndarray:
    """A point for each activation.

    Args:
        activations: [M, channels], at least 4.
        seed: of t-SNE; the same one gives the same map.

    Returns: [M, 2] (down, across) float32 in 0..1; outliers lie on the border.

    Source: van der Maaten and Hinton 2008, by scikit-learn, by the angle between activations. Differs from Carter et
        al. 2019 in that they show maps by UMAP; their notebooks have both.
    """
    from sklearn.manifold import TSNE  # the extra `atlas`, which brings threadpoolctl
    from threadpoolctl import threadpool_limits

    perplexity = min(PERPLEXITY, (len(activations) - 1) / 3)
    layout = TSNE(2, perplexity=perplexity, metric="cosine", init="pca", random_state=seed)
    with threadpool_limits(1):  # its threads wait for each other at every step: on a busy machine minutes for seconds
        found = layout.fit_transform(activations)
    return normalised(found)


def normalised(points: np.ndarray) -> np.ndarray:
    """Points moved and scaled to 0..1 along each axis, outliers clipped.

    Source: the notebooks of Carter et al. 2019; follows.
    """
    low, high = np.percentile(points, OUTER, axis=0), np.percentile(points, 100 - OUTER, axis=0)
    extent = np.maximum(high - low, 1e-12)
    low, high = low - MARGIN * extent, high + MARGIN * extent
    clipped = np.clip(points, low, high)
    clipped = clipped - clipped.min(axis=0)
    return (clipped / np.maximum(clipped.max(axis=0), 1e-12)).astype(np.float32)


def cells(points: np.ndarray, grid: int) -> dict[tuple[int, int], np.ndarray]:
    """The members of each cell of a square grid that has at least LEAST, by (row, column), in reading order."""
    at = np.minimum((points * grid).astype(int), grid - 1)  # [M, 2]
    found = {}
    for row, column in sorted({(int(row), int(column)) for row, column in at}):
        members = np.flatnonzero((at[:, 0] == row) & (at[:, 1] == column))
        if len(members) >= LEAST:
            found[row, column] = members
    return found
