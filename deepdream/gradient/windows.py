"""Masks on a window: which of its positions exist in the whole picture, and which belong to the core.

of_any_size(x) -> TensorSpec              so that one trace serves windows of all sizes
valid(count, ...) -> [count]              along one axis of a layer
mask(shape, ...) -> [1, h, w, 1]          along both
core_weights(shape, ...) -> [h], [w]      of the core's rows and columns in a mean over the whole picture
core_mean(density, ...) -> [N]            the core's contribution to a density's mean over the whole picture
"""

from deepdream.gradient.tiles import Wraps
from deepdream.runtime import tf


def of_any_size(x: tf.Tensor) -> tf.TensorSpec:
    """The tensor's type with a shape of which the last axis alone is fixed."""
    return tf.TensorSpec([*[None] * (len(x.shape) - 1), x.shape[-1]], x.dtype)


def valid(count: int | tf.Tensor, origin: tf.Tensor, length: tf.Tensor, stride: int, *, wraps: bool) -> tf.Tensor:
    """True at a layer's positions that exist in the whole picture, along one axis; [count].

    Zeroing the others after every layer reproduces the whole picture's edges: zero padding around every convolution,
    and pools that drop an odd edge.

    Args:
        count: positions of the layer on the window.
        origin: of the window on the picture, in pixels.
        length: of the picture, in pixels.
        stride: of the layer.
        wraps: whether the axis wraps around; then every position exists.
    """
    positions = origin // stride + tf.range(count)
    return tf.ones_like(positions, tf.bool) if wraps else (positions >= 0) & (positions < length // stride)


def mask(shape: tf.Tensor, origin: tf.Tensor, size: tf.Tensor, stride: int, wraps: Wraps) -> tf.Tensor:
    """1 at positions that exist in the whole picture, else 0; [1, h, w, 1]. Arguments as `valid`, for both axes."""
    rows, columns = (valid(shape[axis], origin[axis], size[axis], stride, wraps=wraps[axis]) for axis in (0, 1))
    return tf.cast(rows[None, :, None, None] & columns[None, None, :, None], tf.float32)


def core_mean(density: tf.Tensor, origin: tf.Tensor, core: tf.Tensor, size: tf.Tensor, stride: int) -> tf.Tensor:
    """The core's contribution to the density's mean over the whole picture's positions, [N, h, w] -> [N]."""
    rows, columns = core_weights(tf.shape(density)[1:3], origin, core, size, stride)
    return tf.einsum("nhw,h,w->n", density, rows, columns)


def core_weights(
    shape: tf.Tensor, origin: tf.Tensor, core: tf.Tensor, size: tf.Tensor, stride: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """The weights of a layer's rows and columns in the mean over the whole picture, 0 outside the core; [h], [w]."""
    weights = []
    for axis in (0, 1):
        count = size[axis] // stride  # of the layer on the whole picture
        positions = origin[axis] // stride + tf.range(shape[axis])
        inside = (positions * stride >= core[axis]) & (positions * stride < core[axis + 2]) & (positions < count)
        weights.append(tf.cast(inside, tf.float32) / tf.cast(count, tf.float32))
    return weights[0], weights[1]
