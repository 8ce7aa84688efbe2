"""VGG's layers and their gradients on blocks of tiles, each compiled by XLA when it is first called for a shape.

Blocks are a layer's activation on a band of one picture: [down + 2, M, (across + 2) * M, channels], `down` rows of
`across` tiles of M x M positions inside a frame of one tile of zeros, so that Winograd's convolution reads every tile's
neighbours without a copy, and each layer reads what the last one wrote. Positions outside the picture are zero: `rows`
[down, M] and `columns` [across + 2, M] are 1 inside it.

first, convolution, pool                    forward pass, activations after ReLU
first_back, convolution_back, pool_back     backward pass, from the gradient of a layer's output to that of its input
plain                                       from blocks to a plain array [height, width, channels]

A band's neighbours are `above` and `below`: the row of positions next to it [(across + 2) * M, channels].
Everything here runs on one thread; bands run in parallel.
"""

from collections.abc import Callable, Sequence

from deepdream.gradient.winograd.filtering import M, convolved
from deepdream.runtime import tf

try:
    from tensorflow.compiler.tf2xla.python import xla  # private to TensorFlow: its one operation that `tf` doesn't name
except ImportError:
    xla = None  # `_written` is then slower, with the same result

TILES = 128
"""Most tiles transformed at a time: enough for fast matrix products, few enough to stay in cache."""

TIE = 1 - 1e-6
"""A pool's gradient goes to the first value that equals its maximum up to rounding: in flat areas values are equal, and
Winograd's rounding should not decide which of them is the largest."""


def _jit(function: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    return tf.function(function, jit_compile=True, autograph=False)


@_jit
def first(planes: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """The network's first convolution, as one matrix product.

    Args:
        planes: [3, down * M + 2, (across + 2) * M + 2], the band of the network's input with one pixel all around.
        kernel: [3, 3, 3, out].
        bias: [out].
        rows: 1 inside the picture.
        columns: the same.
    """
    down, width, out = rows.shape[0], planes.shape[2] - 2, bias.shape[0]
    matrix = tf.reshape(kernel, [27, out])

    def strip(start: tf.Tensor, deep: int) -> tf.Tensor:
        part = tf.slice(planes, [0, start * M, 0], [3, deep * M + 2, width + 2])
        shifts = [part[:, y : y + deep * M, x : x + width] for y in range(3) for x in range(3)]
        patches = tf.reshape(tf.concat(shifts, 0), [27, deep * M * width])
        y = tf.reshape(tf.matmul(patches, matrix, transpose_a=True), [deep, M, width, out])
        y = tf.nn.relu(y + bias) * tf.reshape(columns, [width, 1])
        return y * tf.slice(rows, [start, 0], [deep, M])[:, :, None, None]

    return _in_strips(strip, down, width // M, [down + 2, M, width, out], column=0)


@_jit
def convolution(
    blocks: tf.Tensor, above: tf.Tensor, below: tf.Tensor, u: tf.Tensor, bias: tf.Tensor, rows: tf.Tensor,
    columns: tf.Tensor,
) -> tf.Tensor:  # fmt: skip
    """A 3x3 convolution with ReLU; u [36, in, out], bias [out]."""

    def finish(y: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
        deep = y.shape[0]
        y = tf.nn.relu(y + bias) * columns[1:-1, :, None]
        return y * tf.slice(rows, [start, 0], [deep, M])[:, :, None, None, None]

    return _convolution(blocks, above, below, u, finish)


@_jit
def convolution_back(slope: tf.Tensor, above: tf.Tensor, below: tf.Tensor, u: tf.Tensor, shown: tf.Tensor) -> tf.Tensor:
    """From the gradient of a convolution's pre-activation to that of the layer below, whose ReLU gave `shown`."""
    seen = tf.reshape(shown, [shown.shape[0], M, shown.shape[2] // M, M, shown.shape[3]])

    def finish(y: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
        deep, _, across, _, out = y.shape
        return tf.where(tf.slice(seen, [start + 1, 0, 1, 0, 0], [deep, M, across, M, out]) > 0, y, 0.0)

    return _convolution(slope, above, below, u, finish)


@_jit
def pool(blocks: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """The 2x2 max pool of stride 2; it drops an odd edge, where the picture has no position."""
    a, b, c, d = _quarters(blocks)
    down, across = rows.shape[0], columns.shape[0] - 2
    y = _fitted(tf.maximum(tf.maximum(a, b), tf.maximum(c, d)), down, across)
    y *= tf.reshape(rows, [down * M, 1, 1]) * tf.reshape(columns[1:-1], [across * M, 1])
    return _framed(y)


@_jit
def pool_back(slope: tf.Tensor, shown: tf.Tensor) -> tf.Tensor:
    """From the gradient of a pool's output to that of its input."""
    quarters = _quarters(shown)
    height, width, channels = quarters[0].shape
    slope = _inner(slope)[:height, :width]
    slope = tf.pad(slope, [[0, height - slope.shape[0]], [0, width - slope.shape[1]], [0, 0]])
    parts = routed(slope, quarters)
    pairs = [tf.stack(parts[:2], 2), tf.stack(parts[2:], 2)]  # each [height, width, 2, channels]
    y = tf.reshape(tf.stack(pairs, 1), [2 * height, 2 * width, channels])
    return _framed(y)


def routed(slope: tf.Tensor, quarters: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """The gradient of a pool's output, for each of the four positions under it: the largest has it, if it is above 0;
    of values that are equal up to rounding the first, see TIE.
    """
    a, b, c, d = quarters
    most = tf.maximum(tf.maximum(a, b), tf.maximum(c, d)) * TIE
    left, parts = most > 0, []
    for quarter in quarters:
        hit = left & (quarter >= most)
        parts.append(tf.where(hit, slope, 0.0))
        left = left & ~hit
    return parts


@_jit
def first_back(slope: tf.Tensor, above: tf.Tensor, below: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """From the gradient of the first convolution's pre-activation to that of the network's input [3, h, w]."""
    down, _, wide, channels = slope.shape
    height, width = (down - 2) * M, wide - 2 * M
    matrix = tf.reshape(kernel, [27, channels])
    lines = [above, tf.reshape(slope[1:-1], [height * wide, channels]), below]
    y = tf.concat([tf.matmul(matrix, line, transpose_b=True) for line in lines], 1)
    y = tf.reshape(y, [3, 3, 3, height + 2, wide])  # [kernel row, kernel column, colour, ...]
    return tf.add_n(
        [y[a, b, :, 2 - a : 2 - a + height, M + 1 - b : M + 1 - b + width] for a in range(3) for b in range(3)]
    )


def plain(blocks: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """The first rows and columns of the blocks without the frame, [height, width, channels]; not compiled by itself."""
    return _inner(blocks)[:height, :width]


def _convolution(
    blocks: tf.Tensor,
    above: tf.Tensor,
    below: tf.Tensor,
    u: tf.Tensor,
    finish: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
) -> tf.Tensor:
    """The convolution, with `finish` applied strip by strip while the strip is still in cache."""
    frame, _, wide, channels = blocks.shape
    down = frame - 2

    def strip(start: tf.Tensor, deep: int) -> tf.Tensor:
        def row(tile: int, inside: int) -> tf.Tensor:
            return tf.slice(blocks, [start + tile, inside, 0, 0], [deep, 1, wide, channels])[:, 0]

        # A tile's N rows are the last of the tile above, its own M and the first of the tile below; the band's first
        # and last tiles have their neighbours in other bands.
        indices = start + tf.range(deep)[:, None, None]
        before = tf.where(indices == 0, above, row(0, M - 1))
        after = tf.where(indices == down - 1, below, row(2, 0))
        return finish(convolved([before, *(row(1, inside) for inside in range(M)), after], u), start)

    out = u.shape[2]
    y = _in_strips(strip, down, wide // M - 2, [frame, M, wide // M, M, out], column=1)
    return tf.reshape(y, [frame, M, wide, out])


def _in_strips(
    strip: Callable[[tf.Tensor, int], tf.Tensor], down: int, across: int, shape: list[int], *, column: int
) -> tf.Tensor:
    """strip(start, deep) for successive strips of tile rows, each written into blocks of zeros."""
    count = -(-down * across // TILES)
    deep = -(-down // count)
    count = -(-down // deep)

    def body(index: tf.Tensor, blocks: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        start = tf.minimum(index * deep, down - deep)  # the last strip repeats rows, to have the same shape
        return index + 1, _written(blocks, strip(start, deep), start + 1, column)

    loop = tf.while_loop(
        lambda index, _: index < count, body, (0, tf.zeros(shape)), parallel_iterations=1, maximum_iterations=count
    )
    return loop[1]


def _written(blocks: tf.Tensor, strip: tf.Tensor, row: tf.Tensor, column: int) -> tf.Tensor:
    """The blocks with a strip of tile rows written at `row`; beside the strip, which starts at `column`, zeros."""
    if xla is not None:
        return xla.dynamic_update_slice(blocks, strip, tf.stack([row, 0, column, *[0] * (len(blocks.shape) - 3)]))
    beside = blocks.shape[2] - column - strip.shape[2]
    filled = tf.pad(strip, [[0, 0], [0, 0], [column, beside], *[[0, 0]] * (len(blocks.shape) - 3)])
    return tf.tensor_scatter_nd_update(blocks, (row + tf.range(strip.shape[0]))[:, None], filled)


def _inner(blocks: tf.Tensor) -> tf.Tensor:
    down, _, wide, channels = blocks.shape
    return tf.reshape(blocks[1:-1], [(down - 2) * M, wide, channels])[:, M:-M]


def _fitted(plain: tf.Tensor, down: int, across: int) -> tf.Tensor:
    """[height, width, channels] cropped or zero-padded to whole tiles."""
    plain = plain[: down * M, : across * M]
    height, width, _ = plain.shape
    return tf.pad(plain, [[0, down * M - height], [0, across * M - width], [0, 0]])


def _framed(plain: tf.Tensor) -> tf.Tensor:
    """[down * M, across * M, channels] as blocks."""
    height, width, channels = plain.shape
    return tf.reshape(tf.pad(plain, [[M, M], [M, M], [0, 0]]), [height // M + 2, M, width + 2 * M, channels])


def _quarters(blocks: tf.Tensor) -> list[tf.Tensor]:
    """The four positions under each position of a pool, [h, w, channels] each, row by row."""
    plain = _inner(blocks)
    height, width, channels = plain.shape
    plain = tf.reshape(plain, [height // 2, 2, width // 2, 2, channels])
    return [plain[:, row, :, column] for row in (0, 1) for column in (0, 1)]
