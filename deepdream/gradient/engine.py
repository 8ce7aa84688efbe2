"""From an objective to a function that gives its value and its gradient with respect to the picture.

make(weights, objective, ...) -> gradient
gradient(images [N, H, W, 3]) -> (value [N], gradient [N, H, W, 3]), all float32 in NumPy

The whole picture is the case of one window that covers it. With tiles, each window gives its core's share of the
value and that share's gradient; both are added up. See `tiles` for why the sum is exact.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from deepdream import runtime
from deepdream.gradient import tiles, windows
from deepdream.gradient.tiles import Tile, Wraps
from deepdream.gradient.winograd import bands
from deepdream.network import preprocessing
from deepdream.network.layers import Layer
from deepdream.network.vgg import convolution, forward
from deepdream.objectives.objective import Objective
from deepdream.runtime import tf
from deepdream.settings import Size

Gradient = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

Arrays = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""Layer name -> kernel [3, 3, in, out] and bias [out]."""


def make(
    arrays: Arrays,
    table: tuple[Layer, ...],
    objective: Objective,
    *,
    space: str = "network",
    tile: int | None = None,
    wraps: Wraps = tiles.FLAT,
    path: str = "direct",
) -> Gradient:
    """The value and gradient of an objective, as one compiled function of the picture.

    Args:
        arrays: layer name -> kernel [3, 3, in, out] and bias [out].
        table: the layers to compute, first to deepest.
        objective: what to make large.
        space: what the network is shown, "network" or "raw" (see `colours`).
        tile: side of the tiles' cores in pixels; None for the whole picture at once.
        wraps: axes along which the picture goes round; their lengths have to be multiples of the deepest stride.
        path: how convolutions are computed (see `network.convolution`); winograd is compiled, which costs some seconds
            for each size of window first.

    Returns:
        a function of images [N, H, W, 3], float32 RGB 0..1, that gives (value [N], gradient like the images). But for
        winograd it is traced once for windows inside the picture and once for windows that reach outside; no size
        traces it again.
    """
    if path == "winograd":
        on_window = _banded(arrays, table, objective, space, wraps)
    else:
        on_window = _plain(arrays, table, objective, space, wraps, path)
    margin, stride = tiles.margin(table, objective.layers), table[-1].stride

    def gradient(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        size = images.shape[1:3]
        tiling = tiles.plan(size, core=tile or max(size), margin=margin, stride=stride, wraps=wraps)
        if len(tiling.tiles) == 1 and tiling.window == size:
            value, slope = on_window(images, tiling.tiles[0], size)
            return value.numpy(), slope.numpy()
        values, slopes = np.zeros(len(images), np.float32), np.zeros_like(images)
        for part in tiling.tiles:
            value, slope = on_window(_cut(images, part.origin, tiling.window, wraps), part, size)
            values += value.numpy()
            _add(slopes, slope.numpy(), part.origin, wraps)
        return values, slopes

    return gradient


def _banded(
    arrays: Arrays, table: tuple[Layer, ...], objective: Objective, space: str, wraps: Wraps
) -> Callable[[np.ndarray, Tile, Size], tuple[tf.Tensor, tf.Tensor]]:
    """As `_plain`, by Winograd's convolution in bands; made anew for each size of window."""
    parameters = bands.prepared(arrays, table)
    threads = runtime.threads() or runtime.allowed_cores()
    compute = bands.function(table, objective, space=space, wraps=wraps, threads=threads)

    def on_window(window: np.ndarray, tile: Tile, size: Size) -> tuple[tf.Tensor, tf.Tensor]:
        integers = (tf.constant(numbers, tf.int32) for numbers in (tile.origin, tile.core, size))
        return compute(tf.constant(window), *integers, parameters)

    return on_window


def _plain(
    arrays: Arrays,
    table: tuple[Layer, ...],
    objective: Objective,
    space: str,
    wraps: Wraps,
    path: str,
) -> Callable[[np.ndarray, Tile, Size], tuple[tf.Tensor, tf.Tensor]]:
    """A function of a window [N, h, w, 3], its tile and the picture's size: the core's share and its gradient."""
    strides = {layer.name: layer.stride for layer in table}
    parameters = {
        layer.name: (convolution.prepare(arrays[layer.name][0], path), tf.constant(arrays[layer.name][1]))
        for layer in table
        if layer.kind == "conv"
    }
    convolve = partial(convolution.convolve, path=path)

    @tf.function(autograph=False, reduce_retracing=True)
    def share_and_gradient(
        window: tf.Tensor,
        origin: tf.Tensor,
        core: tf.Tensor,
        size: tf.Tensor,
        weights: forward.Parameters,
        *,
        outside: bool,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        def inside(x: tf.Tensor, stride: int) -> tf.Tensor:
            return x * windows.mask(tf.shape(x)[1:3], origin, size, stride, wraps) if outside else x

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(window)
            shown = preprocessing.to_network(window, space)
            seen = forward.activations(weights, shown, objective.layers, table=table, convolve=convolve, inside=inside)
            densities = objective.densities(seen).items()
            value = tf.add_n(
                [windows.share(density, origin, core, size, strides[name]) for name, density in densities]
            )  # [N]
        return value, tape.gradient(value, window)

    def on_window(window: np.ndarray, tile: Tile, size: Size) -> tuple[tf.Tensor, tf.Tensor]:
        ends = (start + side for start, side in zip(tile.origin, window.shape[1:3], strict=True))
        outside = any(
            not wrap and (start < 0 or end > length)
            for wrap, start, end, length in zip(wraps, tile.origin, ends, size, strict=True)
        )
        integers = (tf.constant(numbers, tf.int32) for numbers in (tile.origin, tile.core, size))
        return share_and_gradient(tf.constant(window), *integers, parameters, outside=outside)

    return on_window


def _cut(images: np.ndarray, origin: tuple[int, int], window: Size, wraps: Wraps) -> np.ndarray:
    """The window of the images, zero outside them; [N, H, W, 3] -> [N, h, w, 3]."""
    cut = np.zeros((len(images), *window, 3), np.float32)
    for there, here in _meetings(images.shape[1:3], origin, window, wraps):
        cut[:, *here] = images[:, *there]
    return cut


def _add(slopes: np.ndarray, slope: np.ndarray, origin: tuple[int, int], wraps: Wraps) -> None:
    """Add a window's gradient to the whole one, in place."""
    for there, here in _meetings(slopes.shape[1:3], origin, slope.shape[1:3], wraps):
        slopes[:, *there] += slope[:, *here]


def _meetings(size: Size, origin: tuple[int, int], window: Size, wraps: Wraps) -> Iterator[tuple[Any, Any]]:
    """Rectangles of the picture and the rectangles of the window that lie on them, as pairs of slices."""
    rows, columns = (tiles.segments(size[axis], origin[axis], window[axis], wraps[axis]) for axis in (0, 1))
    for (row, row_here), (column, column_here) in product(rows, columns):
        yield (row, column), (row_here, column_here)
