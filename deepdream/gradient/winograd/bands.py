"""The gradient in horizontal bands, one for each thread: Winograd's convolution, compiled by XLA layer by layer.

function(table, objective, ...) -> (window, its tile, weights) -> (value, gradient), as the plain one in `engine`

A picture is cut into bands of rows. A layer's activation on a band is blocks of tiles (see `layers`), computed by one
compiled function; TensorFlow runs the bands' functions in parallel. All bands of a layer, and all layers of the same
shape, share one function compiled once. Between layers a band needs only one row of positions from each neighbour.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from deepdream.gradient import windows
from deepdream.gradient.tiles import Wraps
from deepdream.gradient.winograd import filtering, layers
from deepdream.gradient.winograd.filtering import M
from deepdream.network import preprocessing
from deepdream.network.layers import Layer
from deepdream.network.objective import Brushes, Objective
from deepdream.runtime import tf
from deepdream.settings import Size

Bands = list[tf.Tensor]
"""The blocks of each band of each image: image by image, top to bottom."""


class Parameters(NamedTuple):
    """A convolution's kernel, transformed for the forward and backward pass (the first layer's is plain), and bias."""

    forward: tf.Tensor
    backward: tf.Tensor
    bias: tf.Tensor


class Cut(NamedTuple):
    """How a window is cut: images, bands per image, and picture rows per band."""

    images: int
    bands: int
    rows: int

    def cells(self) -> list[tuple[int, int]]:
        """(image, band) in the order of `Bands`."""
        return [(image, band) for image in range(self.images) for band in range(self.bands)]


def prepared(
    arrays: Mapping[str, tuple[np.ndarray, np.ndarray]], table: tuple[Layer, ...], threads: int
) -> dict[str, Parameters]:
    """The parameters of the layers that are computed, by name; transformed kernels take 8 times the bytes."""

    def one(layer: Layer) -> Parameters:
        kernel, bias = arrays[layer.name]
        if layer is table[0]:
            plain = tf.constant(kernel)
            return Parameters(plain, plain, tf.constant(bias))
        rotated = kernel[::-1, ::-1].swapaxes(2, 3)  # its convolution is the gradient of the kernel's
        return Parameters(filtering.transformed(kernel), filtering.transformed(rotated), tf.constant(bias))

    convolutions = [layer for layer in table if layer.kind == "conv"]
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(one, convolutions)
        return {layer.name: parameters for layer, parameters in zip(convolutions, found, strict=True)}


def cut(shape: tuple[int, ...], table: tuple[Layer, ...], threads: int) -> Cut:
    """Bands of whole tiles at every convolution, as many as there are threads.

    Args:
        shape: of the window, (N, height, width, 3).
        table: the layers that are computed.
        threads: available.
    """
    unit = M * max(layer.stride for layer in table if layer.kind == "conv")
    count = min(-(-threads // shape[0]), -(-shape[1] // unit))
    return Cut(shape[0], count, -(-shape[1] // (count * unit)) * unit)


class Masks:
    """Which positions of each layer exist in the picture, in the shape of the blocks."""

    def __init__(self, window: Size, cut: Cut, origin: tf.Tensor, size: tf.Tensor, wraps: Wraps) -> None:
        self._window, self._cut, self._origin, self._size, self._wraps = window, cut, origin, size, wraps

    def rows(self, stride: int, band: int) -> tf.Tensor:
        """[down, M]"""
        valid = self._axis(0, stride)
        count = self._cut.rows // stride  # of a band; not whole tiles only for the last pool
        own = valid[band * count : (band + 1) * count]
        return tf.reshape(_filled(own, -(-count // M) * M), [-1, M])

    def columns(self, stride: int) -> tf.Tensor:
        """[across + 2, M], zero in the frame."""
        valid = self._axis(1, stride)
        across = -(-valid.shape[0] // M)
        return tf.reshape(tf.pad(_filled(valid, across * M), [[M, M]]), [-1, M])

    def _axis(self, axis: int, stride: int) -> tf.Tensor:
        count = self._window[axis] // stride
        valid = windows.valid(count, self._origin[axis], self._size[axis], stride, wraps=self._wraps[axis])
        return tf.ensure_shape(tf.cast(valid, tf.float32), [count])


def function(
    table: tuple[Layer, ...], objective: Objective, *, space: str, wraps: Wraps, threads: int
) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    """A function of a window for `engine`; traced for each shape of window.

    Args:
        table: the layers to compute, first to deepest.
        objective: what to maximise.
        space: the network's input range, as the setting `input`.
        wraps: axes along which the picture wraps around.
        threads: available.

    Returns:
        (window [N, h, w, 3], origin and core as in `tiles.Tile`, the picture's (height, width), weights from
        `prepared`, the paint if the objective takes any) -> (the core's contribution to the objective [N], its gradient
        like the window).
    """
    strides = {layer.name: layer.stride for layer in table}
    excite = _exciting(objective)

    @tf.function(autograph=False)
    def share_and_gradient(
        window: tf.Tensor,
        origin: tf.Tensor,
        core: tf.Tensor,
        size: tf.Tensor,
        weights: Mapping[str, Parameters],
        given: tuple[Brushes, ...] = (),
    ) -> tuple[tf.Tensor, tf.Tensor]:
        parts = cut(tuple(window.shape), table, threads)
        masks = Masks((window.shape[1], window.shape[2]), parts, origin, size, wraps)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(window)
            shown = preprocessing.to_network(window, space) * windows.mask(window.shape[1:3], origin, size, 1, wraps)
        seen = _forward(shown, weights, table, parts, masks)
        values, slopes = [], []
        for index, (_, band) in enumerate(parts.cells()):
            counts = {
                name: windows.core_weights(
                    (parts.rows // strides[name], window.shape[2] // strides[name]),
                    tf.stack([origin[0] + band * parts.rows, origin[1]]),
                    core,
                    size,
                    strides[name],
                )
                for name in objective.layers
            }
            theirs = tuple(_of_band(paint, band, parts, strides) for paint in given)
            value, slope = excite({name: seen[name][index] for name in objective.layers}, counts, theirs)
            values.append(value)
            slopes.append(slope)
        slope = _backward(slopes, seen, weights, table, parts, window.shape)
        value = tf.reduce_sum(tf.reshape(tf.stack(values), [parts.images, parts.bands]), axis=1)
        return value, tape.gradient(shown, window, output_gradients=slope)

    return share_and_gradient


def _exciting(objective: Objective) -> Callable[..., tuple[tf.Tensor, dict[str, tf.Tensor]]]:
    """A compiled function from a band's activations to its contribution to the objective and the gradient of that.

    Returns:
        ({layer: blocks}, {layer: weights of its rows and columns}, the paint if any) -> (value, {layer: blocks}); the
        gradient is with respect to the pre-activations.
    """

    @tf.function(jit_compile=True, autograph=False)
    def excite(
        seen: Mapping[str, tf.Tensor], counts: Mapping[str, tuple[tf.Tensor, tf.Tensor]], given: tuple[Brushes, ...]
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(seen)
            activations = {
                name: layers.plain(seen[name], rows.shape[0], columns.shape[0])[None]
                for name, (rows, columns) in counts.items()
            }
            densities = objective.densities(activations, *given).items()
            share = tf.add_n([tf.einsum("nhw,h,w->", density, *counts[name]) for name, density in densities])
        slopes = tape.gradient(share, dict(seen), unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return share, {name: tf.where(seen[name] > 0, slope, 0.0) for name, slope in slopes.items()}

    return excite


def _of_band(paint: Brushes, band: int, parts: Cut, strides: Mapping[str, int]) -> Brushes:
    """The paint on one band of the window."""
    found = {}
    for name, (share, vector) in paint.items():
        rows = parts.rows // strides[name]
        below = tf.pad(share, [[0, 0], [0, parts.bands * rows - share.shape[1]], [0, 0], [0, 0]])
        found[name] = below[:, band * rows : (band + 1) * rows], vector
    return found


def _forward(
    shown: tf.Tensor, weights: Mapping[str, Parameters], table: tuple[Layer, ...], parts: Cut, masks: Masks
) -> dict[str, Bands]:
    """The forward pass: [N, h, w, 3] in the network's input range -> every layer's activation as blocks."""
    seen: dict[str, Bands] = {}
    below = parts.bands * parts.rows + 1 - shown.shape[1]
    across = -(-shown.shape[2] // M) * M
    planes = tf.transpose(shown, [0, 3, 1, 2])  # [N, 3, h, w]
    planes = tf.pad(planes, [[0, 0], [0, 0], [1, below], [M + 1, across + M + 1 - shown.shape[2]]])
    previous: Bands = []
    for layer in table:
        columns = masks.columns(layer.stride)
        rows = [masks.rows(layer.stride, band) for _, band in parts.cells()]
        if layer.kind == "pool":
            previous = [layers.pool(one, row, columns) for one, row in zip(previous, rows, strict=True)]
        elif layer is table[0]:
            kernel, _, bias = weights[layer.name]
            bands = [planes[n, :, b * parts.rows : (b + 1) * parts.rows + 2] for n, b in parts.cells()]
            previous = [layers.first(band, kernel, bias, row, columns) for band, row in zip(bands, rows, strict=True)]
        else:
            u, _, bias = weights[layer.name]
            previous = [
                layers.convolution(one, above, under, u, bias, row, columns)
                for one, above, under, row in zip(previous, *_neighbours(previous, parts), rows, strict=True)
            ]
        seen[layer.name] = previous
    return seen


def _backward(
    slopes: Sequence[Mapping[str, tf.Tensor]],
    seen: Mapping[str, Bands],
    weights: Mapping[str, Parameters],
    table: tuple[Layer, ...],
    parts: Cut,
    shape: Sequence[int],
) -> tf.Tensor:
    """The backward pass: from each band's gradients of activations to that of the network's input, [N, h, w, 3]."""
    slope: Bands = []
    for index in range(len(table) - 1, -1, -1):
        layer = table[index]
        if layer.name in slopes[0]:
            own = [band[layer.name] for band in slopes]
            slope = [a + b for a, b in zip(slope, own, strict=True)] if slope else own
        if index == 0:
            break
        shown = seen[table[index - 1].name]
        if layer.kind == "pool":
            slope = [layers.pool_back(one, seen) for one, seen in zip(slope, shown, strict=True)]
        else:
            u = weights[layer.name].backward
            slope = [
                layers.convolution_back(one, above, below, u, seen)
                for one, above, below, seen in zip(slope, *_neighbours(slope, parts), shown, strict=True)
            ]
    kernel = weights[table[0].name].forward
    planes = [
        layers.first_back(one, above, under, kernel)
        for one, above, under in zip(slope, *_neighbours(slope, parts), strict=True)
    ]
    images = [tf.concat(planes[n * parts.bands : (n + 1) * parts.bands], 1) for n in range(parts.images)]
    return tf.transpose(tf.stack(images), [0, 2, 3, 1])[:, : shape[1], : shape[2]]


def _neighbours(bands: Bands, parts: Cut) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
    """For each band the nearest row of the band above and of the band below; zeros at the window's ends."""
    zeros = tf.zeros_like(bands[0][0, 0])
    above = [bands[i - 1][-2, M - 1] if band else zeros for i, (_, band) in enumerate(parts.cells())]
    last = parts.bands - 1
    below = [bands[i + 1][1, 0] if band < last else zeros for i, (_, band) in enumerate(parts.cells())]
    return above, below


def _filled(vector: tf.Tensor, length: int) -> tf.Tensor:
    return tf.pad(vector, [[0, length - vector.shape[0]]])
