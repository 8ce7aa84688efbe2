"""VGG's layers and their gradients on a strip of tiles, each compiled by XLA once for pictures of all sizes.

A strip is some consecutive tiles of M x M positions, [T, M, M, channels]. A convolution also needs the positions around
each tile: of the strip itself with a tile more on either side (`own`, [T + 2, M, M, channels]), and of the tiles above
and below those. What a strip knows of the picture is `mask` [T, M, M], 1 inside it and 0 outside.

first, convolution, pool                    forward pass, activations after ReLU
first_back, convolution_back, pool_back     backward pass, from the gradient of a layer's output to that of its input

compile_ahead(table, strip, threads)        starts to compile all that a network's layers need, several at a time

Everything here runs on one thread; strips run in parallel.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread, main_thread

from deepdream.gradient.winograd import filtering
from deepdream.gradient.winograd.filtering import M, N
from deepdream.gradient.winograd.layers import routed
from deepdream.network.layers import Layer
from deepdream.runtime import tf


def _jit(function: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    return tf.function(function, jit_compile=True, autograph=False)


@_jit
def first(patches: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """The network's first convolution, as one matrix product; patches [T, N, N, 3], the input under each tile."""
    count, out = patches.shape[0], kernel.shape[3]
    shifts = tf.concat([patches[:, y : y + M, x : x + M] for y in range(3) for x in range(3)], 3)
    y = tf.matmul(tf.reshape(shifts, [count * M * M, 27]), tf.reshape(kernel, [27, out]))
    return tf.nn.relu(tf.reshape(y, [count, M, M, out]) + bias) * mask[..., None]


@_jit
def convolution(
    above: tf.Tensor, own: tf.Tensor, below: tf.Tensor, u: tf.Tensor, bias: tf.Tensor, mask: tf.Tensor
) -> tf.Tensor:
    """A 3x3 convolution with ReLU; u [36, in, out], bias [out]."""
    return tf.nn.relu(_convolved(above, own, below, u) + bias) * mask[..., None]


@_jit
def convolution_back(above: tf.Tensor, own: tf.Tensor, below: tf.Tensor, u: tf.Tensor, shown: tf.Tensor) -> tf.Tensor:
    """From the gradient of a convolution's pre-activation to that of the layer below, whose ReLU gave `shown`."""
    return tf.where(shown > 0, _convolved(above, own, below, u), 0.0)


@_jit
def pool(under: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """The 2x2 max pool of stride 2; `under` [T, 2, 2, M, M, channels] are the tiles under each, by row and column."""
    a, b, c, d = _quarters(under)
    y = tf.maximum(tf.maximum(a, b), tf.maximum(c, d))  # [T, 2, 2, M / 2, M / 2, channels]
    y = tf.reshape(tf.transpose(y, [0, 1, 3, 2, 4, 5]), [y.shape[0], M, M, y.shape[5]])
    return y * mask[..., None]


@_jit
def pool_back(over: tf.Tensor, lower: tf.Tensor, right: tf.Tensor, shown: tf.Tensor) -> tf.Tensor:
    """From the gradient of a pool's output to that of its input, see `layers.routed`.

    Args:
        over: [T, M, M, channels], the gradient on the tile over each.
        lower: [T], 1 where the tile lies under the lower half of the one over it, else 0.
        right: [T], 1 where it lies under the right half, else 0.
        shown: [T, M, M, channels], the pool's input.
    """
    half = M // 2
    slope = tf.where(lower[:, None, None, None] > 0, over[:, half:], over[:, :half])
    slope = tf.where(right[:, None, None, None] > 0, slope[:, :, half:], slope[:, :, :half])
    parts = routed(slope, _quarters(shown))
    pairs = [tf.stack(parts[:2], 3), tf.stack(parts[2:], 3)]  # each [T, M / 2, M / 2, 2, channels]
    return tf.reshape(tf.stack(pairs, 2), shown.shape)


@_jit
def first_back(slope: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """From the gradient of the first convolution's pre-activation to each tile's share of that of the input under it;
    [T, N, N, 3], which overlaps the shares of the tiles around.
    """
    count, channels = slope.shape[0], slope.shape[3]
    y = tf.matmul(tf.reshape(slope, [count * M * M, channels]), tf.reshape(kernel, [27, channels]), transpose_b=True)
    y = tf.reshape(y, [count, M, M, 3, 3, 3])  # [..., kernel row, kernel column, colour]
    return tf.add_n(
        [
            tf.pad(y[:, :, :, row, column], [[0, 0], [row, N - M - row], [column, N - M - column], [0, 0]])
            for row in range(3)
            for column in range(3)
        ]
    )


Call = tuple[Callable[..., tf.Tensor], tuple[tuple[int, ...], ...]]
"""A layer's function, and the shapes of its arguments."""


def compile_ahead(table: tuple[Layer, ...], strip: Callable[[int], int], threads: int) -> None:
    """Start to compile the layers and their gradients, for layers of the same shape once, in the order of their use.

    Compiling takes one thread, and when a layer is first needed, the layers after it wait; so all are called here, on
    zeros, while the caller goes on. TensorFlow compiles what a graph calls apart from what Python calls, so each is
    called by a graph. A layer that is needed before its turn is compiled then.

    Args:
        table: the layers that are computed, first to deepest.
        strip: tiles of a strip, by the layer's stride.
        threads: calls at a time.
    """
    forward, backward = dict[Call, None](), dict[Call, None]()
    for layer, below in zip(table, (None, *table), strict=False):
        tiles, channels = strip(layer.stride), layer.channels
        own, mask = (tiles, M, M, channels), (tiles, M, M)
        if below is None:
            kernel = (3, 3, layer.inputs, channels)
            forward[first, ((tiles, N, N, layer.inputs), kernel, (channels,), mask)] = None
            backward[first_back, (own, kernel)] = None
        elif layer.kind == "pool":
            finer = strip(below.stride)
            forward[pool, ((tiles, 2, 2, M, M, channels), mask)] = None
            backward[pool_back, ((finer, M, M, channels), (finer,), (finer,), (finer, M, M, channels))] = None
        else:
            read, slope = (tiles + 2, M, M, layer.inputs), (tiles + 2, M, M, channels)
            forward[convolution, (*[read] * 3, (N * N, layer.inputs, channels), (channels,), mask)] = None
            backward[convolution_back, (*[slope] * 3, (N * N, channels, layer.inputs), (*mask, layer.inputs))] = None

    calls = iter((*forward, *reversed(backward)))  # shared: each thread takes the next one
    for _ in range(threads):
        Thread(target=_compile, args=(calls,)).start()


def _compile(calls: Iterator[Call]) -> None:
    """Call each function with zeros, from a graph, until the program ends: its end waits for this thread."""
    for compute, shapes in calls:
        if not main_thread().is_alive():
            return
        with suppress(Exception):  # what fails here fails again where it is needed, and is reported there
            tf.function(lambda *zeros, compute=compute: compute(*zeros), autograph=False)(*map(tf.zeros, shapes))


def _convolved(above: tf.Tensor, own: tf.Tensor, below: tf.Tensor, u: tf.Tensor) -> tf.Tensor:
    """The convolution of a strip, which for `filtering` is one row of tiles; [T, M, M, out]."""
    wide, channels = own.shape[0] * M, own.shape[3]
    rows = [above[:, M - 1], *tf.unstack(own, axis=1), below[:, 0]]  # each [T + 2, M, channels]
    y = filtering.convolved([tf.reshape(row, [1, wide, channels]) for row in rows], u)
    return tf.transpose(y[0], [1, 0, 2, 3])


def _quarters(shown: tf.Tensor) -> list[tf.Tensor]:
    """The four positions under each position of a pool, [..., M / 2, M / 2, channels] each, row by row."""
    return [shown[..., row::2, column::2, :] for row in (0, 1) for column in (0, 1)]
