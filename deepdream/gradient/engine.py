"""From an objective to a function that gives its value and its gradient with respect to the picture.

make(weights, objective, ...) -> gradient
gradient(images [N, H, W, 3]) -> (value [N], gradient [N, H, W, 3]), all float32 in NumPy

The whole picture is the case of one window that covers it. With tiles, each window gives its core's share of the
value and that share's gradient; both are added up. See `tiles` for why the sum is exact.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from deepdream.gradient import tiles
from deepdream.gradient.tiles import Tile, Wraps
from deepdream.network import colours, convolution, forward
from deepdream.network.architecture import Layer
from deepdream.network.convolution import Prepared
from deepdream.objectives import Objective
from deepdream.runtime import tf
from deepdream.settings import Size

Gradient = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def look(
    arrays: Mapping[str, tuple[np.ndarray, np.ndarray]], table: tuple[Layer, ...], names: Sequence[str], *, space: str
) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    """A function from images [N, H, W, 3], RGB 0..1, to what the named layers answer, {name: [N, h, w, channels]}.

    Arguments as `make`.
    """
    parameters = _parameters(arrays, table)
    return lambda images: forward.activations(parameters, colours.to_network(images, space), names, table=table)


def make(
    arrays: Mapping[str, tuple[np.ndarray, np.ndarray]],
    table: tuple[Layer, ...],
    objective: Objective,
    *,
    space: str = "network",
    tile: int | None = None,
    wraps: Wraps = tiles.FLAT,
    compiled: bool = False,
) -> Gradient:
    """The value and gradient of an objective, as one compiled function of the picture.

    Args:
        arrays: layer name -> kernel [3, 3, in, out] and bias [out].
        table: the layers to compute, first to deepest.
        objective: what to make large.
        space: what the network is shown, "network" or "raw" (see `colours`).
        tile: side of the tiles' cores in pixels; None for the whole picture at once.
        wraps: axes along which the picture goes round; their lengths have to be multiples of the deepest stride.
        compiled: by XLA, with Winograd's convolution where it pays: each size of window costs some ten seconds first.

    Returns:
        a function of images [N, H, W, 3], float32 RGB 0..1, that gives (value [N], gradient like the images). Not
        compiled, it is traced once for windows inside the picture and once for windows that reach outside; no size
        traces it again.
    """
    parameters = _prepared(arrays, table) if compiled else _parameters(arrays, table)
    on_window = _window_function(parameters, table, objective, space, wraps, compiled)
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


def _parameters(arrays: Mapping[str, tuple[np.ndarray, np.ndarray]], table: tuple[Layer, ...]) -> forward.Parameters:
    """The kernels and biases of the layers that are computed, as tensors."""
    names = {layer.name for layer in table}
    return {name: (tf.constant(pair[0]), tf.constant(pair[1])) for name, pair in arrays.items() if name in names}


def _prepared(arrays: Mapping[str, tuple[np.ndarray, np.ndarray]], table: tuple[Layer, ...]) -> forward.Parameters:
    """The same with the kernels transformed, once, where XLA is to compile Winograd's convolution."""
    gpu = bool(tf.config.list_physical_devices("GPU"))
    prepared = dict(_parameters(arrays, table))
    for name, (kernel, bias) in prepared.items():
        path = convolution.choose(kernel.shape[2], kernel.shape[3], gpu=gpu, compiled=True, avx512=True)
        if path == "winograd":
            prepared[name] = (convolution.prepare(arrays[name][0], path), bias)
    return prepared


def _convolve(images: tf.Tensor, kernel: tf.Tensor | Prepared) -> tf.Tensor:
    """By Winograd where the kernel is transformed for it, else as TensorFlow does."""
    if isinstance(kernel, Prepared):
        return convolution.convolve(images, kernel, path="winograd")
    return forward.direct(images, kernel)


def _window_function(
    parameters: forward.Parameters,
    table: tuple[Layer, ...],
    objective: Objective,
    space: str,
    wraps: Wraps,
    compiled: bool,
) -> Callable[[np.ndarray, Tile, Size], tuple[tf.Tensor, tf.Tensor]]:
    """A function of a window [N, h, w, 3], its tile and the picture's size: the core's share and its gradient."""
    strides = {layer.name: layer.stride for layer in table}

    # XLA and Winograd want sizes that are known, so a compiled function is made anew for each.
    @tf.function(autograph=False, reduce_retracing=not compiled, jit_compile=compiled)
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
            return x * _inside(tf.shape(x)[1:3], origin, size, stride, wraps) if outside else x

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(window)
            shown = colours.to_network(window, space)
            seen = forward.activations(weights, shown, objective.layers, table=table, convolve=_convolve, inside=inside)
            shares = [
                _share(density, origin, core, size, strides[name])
                for name, density in objective.densities(seen).items()
            ]
            value = tf.add_n(shares)  # [N]
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


def _inside(shape: tf.Tensor, origin: tf.Tensor, size: tf.Tensor, stride: int, wraps: Wraps) -> tf.Tensor:
    """1 at positions of a layer that the whole picture has, 0 elsewhere; [1, h, w, 1].

    Multiplying by it after every layer repeats what the whole picture does at its edges: zero padding around every
    convolution, and pools that cut an odd edge.
    """
    rows, columns = (
        tf.ones_like(places, tf.bool) if wraps[axis] else (places >= 0) & (places < size[axis] // stride)
        for axis in (0, 1)
        for places in [origin[axis] // stride + tf.range(shape[axis])]
    )
    return tf.cast(rows[None, :, None, None] & columns[None, None, :, None], tf.float32)


def _share(density: tf.Tensor, origin: tf.Tensor, core: tf.Tensor, size: tf.Tensor, stride: int) -> tf.Tensor:
    """The core's part of the density's mean over the whole picture's positions, [N, h, w] -> [N]."""
    counts = size // stride  # rows and columns of the layer on the whole picture
    weights = []
    for axis in (0, 1):
        places = origin[axis] // stride + tf.range(tf.shape(density)[1 + axis])
        mine = (places * stride >= core[axis]) & (places * stride < core[axis + 2]) & (places < counts[axis])
        weights.append(tf.cast(mine, tf.float32))
    total = tf.einsum("nhw,h,w->n", density, *weights)
    return total / tf.cast(counts[0] * counts[1], tf.float32)


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
