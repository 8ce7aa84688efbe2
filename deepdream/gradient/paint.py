"""Paint on a window, as the tensors that an objective with brushes takes.

brushes(index, paint, strides) -> Brushes
shares(index, stride, count) -> [h, w, K]     how much of a layer's position each brush covers
"""

from collections.abc import Mapping

import numpy as np

from deepdream.network.objective import Brushes, Paint
from deepdream.runtime import tf


def brushes(index: np.ndarray, paint: Paint, strides: Mapping[str, int]) -> Brushes:
    """The brushes' shares of each layer's positions on a window, and their channels.

    Args:
        index: [h, w] uint8, the paint on the window.
        paint: on the whole picture.
        strides: of the layers, by name.
    """
    return {
        name: (tf.constant(shares(index, strides[name], len(rows))[None]), tf.constant(rows))
        for name, rows in paint.vectors.items()
    }


def shares(index: np.ndarray, stride: int, count: int) -> np.ndarray:
    """How much of each position of a layer every brush covers.

    Args:
        index: [H, W] uint8, see `Paint`.
        stride: of the layer.
        count: of brushes.

    Returns: [H // stride, W // stride, count] float32 in 0..1.
    """
    height, width = index.shape[0] // stride, index.shape[1] // stride
    cells = index[: height * stride, : width * stride].reshape(height, stride, width, stride)
    covered = [(cells == brush).mean(axis=(1, 3), dtype=np.float32) for brush in range(1, count + 1)]
    return np.stack(covered, axis=-1)
