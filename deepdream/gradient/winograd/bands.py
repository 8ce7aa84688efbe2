"""The gradient in horizontal bands, one for each thread: Winograd's convolution, compiled by XLA layer by layer.

function(table, objective, ...) -> (window, its place, weights) -> (share, gradient), as the plain one in `engine`

A picture is cut into bands of rows. A layer's activation on a band is blocks of tiles (see `layers`), computed by one
compiled function; TensorFlow runs the bands' functions side by side. All bands of a layer, and all layers of the same
shape, are one function compiled once. Between layers a band needs one row of positions from each neighbour, no more.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from deepdream.gradient import windows
from deepdream.gradient.tiles import Wraps
from deepdream.gradient.winograd import filtering, layers
from deepdream.gradient.winograd.filtering import M
from deepdream.network import preprocessing
from deepdream.network.layers import Layer
from deepdream.objectives.objective import Objective
from deepdream.runtime import tf
from deepdream.settings import Size

Bands = list[tf.Tensor]
"""The blocks of each band of each image: image by image, top to bottom."""


class Parameters(NamedTuple):
    """Of a convolution: its kernel transformed for the way forward and the way back; the first layer's is plain."""

    forward: tf.Tensor
    backward: tf.Tensor
    bias: tf.Tensor


class Cut(NamedTuple):
    """How a window is cut: images, bands of each, and picture rows of a band."""

    images: int
    bands: int
    rows: int

    def cells(self) -> list[tuple[int, int]]:
        """(image, band) in the order of `Bands`."""
        return [(image, band) for image in range(self.images) for band in range(self.bands)]


def prepared(arrays: Mapping[str, tuple[np.ndarray, np.ndarray]], table: tuple[Layer, ...]) -> dict[str, Parameters]:
    """The parameters of the layers that are computed, by name; their kernels take 8 times the bytes."""
    found = {}
    for layer in table:
        if layer.kind == "conv":
            kernel, bias = arrays[layer.name]
            turned = kernel[::-1, ::-1].swapaxes(2, 3)  # its convolution is the gradient of the kernel's
            first = layer is table[0]
            forward = tf.constant(kernel) if first else filtering.transformed(kernel)
            found[layer.name] = Parameters(
                forward, forward if first else filtering.transformed(turned), tf.constant(bias)
            )
    return found


def cut(shape: tuple[int, ...], table: tuple[Layer, ...], threads: int) -> Cut:
    """Bands of whole tiles at every convolution, enough for the threads and no more.

    Args:
        shape: of the window, (N, height, width, 3).
        table: the layers that are computed.
        threads: that share the work.
    """
    unit = M * max(layer.stride for layer in table if layer.kind == "conv")
    count = min(-(-threads // shape[0]), -(-shape[1] // unit))
    return Cut(shape[0], count, -(-shape[1] // (count * unit)) * unit)


class Masks:
    """Which positions of each layer the picture has, in the shape of the blocks."""

    def __init__(self, window: Size, cut: Cut, origin: tf.Tensor, size: tf.Tensor, wraps: Wraps) -> None:
        self._window, self._cut, self._origin, self._size, self._wraps = window, cut, origin, size, wraps

    def rows(self, stride: int, band: int) -> tf.Tensor:
        """[down, M]"""
        there = self._axis(0, stride)
        count = self._cut.rows // stride  # of a band; less than whole tiles only for the last pool
        mine = there[band * count : (band + 1) * count]
        return tf.reshape(_filled(mine, -(-count // M) * M), [-1, M])

    def columns(self, stride: int) -> tf.Tensor:
        """[across + 2, M], zero in the frame."""
        there = self._axis(1, stride)
        across = -(-there.shape[0] // M)
        return tf.reshape(tf.pad(_filled(there, across * M), [[M, M]]), [-1, M])

    def _axis(self, axis: int, stride: int) -> tf.Tensor:
        count = self._window[axis] // stride
        there = windows.valid(count, self._origin[axis], self._size[axis], stride, wraps=self._wraps[axis])
        there = tf.cast(there, tf.float32)
        return tf.ensure_shape(there, [count])


def function(
    table: tuple[Layer, ...], objective: Objective, *, space: str, wraps: Wraps, threads: int
) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    """A function of a window, as `engine` wants it; traced anew for each shape of window.

    Args:
        table: the layers to compute, first to deepest.
        objective: what to make large.
        space: what the network is shown.
        wraps: axes along which the picture goes round.
        threads: that share the work.

    Returns:
        (window [N, h, w, 3], origin and core as in `tiles.Tile`, the picture's (height, width), weights as `prepared`)
        -> (the core's share in the objective [N], that share's gradient like the window).
    """
    strides = {layer.name: layer.stride for layer in table}
    excite = _exciting(objective)

    @tf.function(autograph=False)
    def share_and_gradient(
        window: tf.Tensor, origin: tf.Tensor, core: tf.Tensor, size: tf.Tensor, weights: Mapping[str, Parameters]
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
            value, slope = excite({name: seen[name][index] for name in objective.layers}, counts)
            values.append(value)
            slopes.append(slope)
        slope = _backward(slopes, seen, weights, table, parts, window.shape)
        value = tf.reduce_sum(tf.reshape(tf.stack(values), [parts.images, parts.bands]), axis=1)
        return value, tape.gradient(shown, window, output_gradients=slope)

    return share_and_gradient


def _exciting(objective: Objective) -> Callable[..., tuple[tf.Tensor, dict[str, tf.Tensor]]]:
    """A compiled function from a band's answers to its share in the objective and the share's gradient.

    Returns:
        ({layer: blocks}, {layer: weights of its rows and columns}) -> (share, {layer: blocks}); the gradient is that of
        the sum before the ReLU.
    """

    @tf.function(jit_compile=True, autograph=False)
    def excite(
        seen: Mapping[str, tf.Tensor], counts: Mapping[str, tuple[tf.Tensor, tf.Tensor]]
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(seen)
            answers = {
                name: layers.answer(seen[name], rows.shape[0], columns.shape[0])[None]
                for name, (rows, columns) in counts.items()
            }
            densities = objective.densities(answers).items()
            share = tf.add_n([tf.einsum("nhw,h,w->", density, *counts[name]) for name, density in densities])
        slopes = tape.gradient(share, dict(seen), unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return share, {name: tf.where(seen[name] > 0, slope, 0.0) for name, slope in slopes.items()}

    return excite


def _forward(
    shown: tf.Tensor, weights: Mapping[str, Parameters], table: tuple[Layer, ...], parts: Cut, masks: Masks
) -> dict[str, Bands]:
    """Every layer's activation, [N, h, w, 3] in the network's input space -> blocks by layer."""
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
    """From each band's gradients of answers to that of what the network was shown, [N, h, w, 3]."""
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
    nothing = tf.zeros_like(bands[0][0, 0])
    above = [bands[i - 1][-2, M - 1] if band else nothing for i, (_, band) in enumerate(parts.cells())]
    last = parts.bands - 1
    below = [bands[i + 1][1, 0] if band < last else nothing for i, (_, band) in enumerate(parts.cells())]
    return above, below


def _filled(vector: tf.Tensor, length: int) -> tf.Tensor:
    return tf.pad(vector, [[0, length - vector.shape[0]]])
