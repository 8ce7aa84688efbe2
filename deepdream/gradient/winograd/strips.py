"""The gradient on strips of tiles: Winograd's convolution, compiled once for pictures of all sizes.

function(table, objective, weights, ...) -> (window, its tile, paint) -> (value, gradient), as the plain one in `engine`

A layer's activation is a list of tiles [tiles, M, M, channels], row by row, all images one below the other, inside a
frame of zeros. Each row of tiles, and each image, ends in at least one position outside the picture, which is zero. So
a tile's neighbours are those before and after it in the list, and those a row's length away, even at the ends of rows:
what they have of the next row is never seen. A strip of consecutive tiles with all neighbours is three slices of the
list, which TensorFlow makes without a copy, and the compiled layers (see `kernels`) know nothing of the picture's size.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from deepdream.gradient import windows
from deepdream.gradient.tiles import Wraps
from deepdream.gradient.winograd import kernels
from deepdream.gradient.winograd.bands import Parameters
from deepdream.gradient.winograd.filtering import M, N
from deepdream.network import preprocessing
from deepdream.network.layers import Layer
from deepdream.network.objective import Brushes, Objective
from deepdream.runtime import tf

SHALLOW, DEEP = 128, 64
"""Tiles of a strip, up to a stride of 4 and beyond: enough for fast matrix products, few enough to stay in cache and to
fill deep layers of small pictures, which have less than a hundred tiles."""


class Grid:
    """The tiles of all layers of one stride, on a window.

    Args:
        stride: of the layers.
        rows: of tiles, of all images.
        across: tiles in a row.
        mask: [tiles, M, M] float32, 1 inside the picture.
        threads: strips computed at a time.
    """

    def __init__(self, stride: int, rows: tf.Tensor, across: tf.Tensor, mask: tf.Tensor, threads: int) -> None:
        self.rows, self.across, self.threads = rows, across, threads
        self.strip = SHALLOW if stride <= 4 else DEEP
        self.tiles = rows * across
        self.strips = -(-self.tiles // self.strip)
        self.frame = across + 1  # tiles of zeros before and after the list
        self.mask = self.filled(mask)

    def filled(self, tiles: tf.Tensor) -> tf.Tensor:
        """A list of tiles with zeros up to whole strips."""
        return tf.pad(tiles, [[0, self.strips * self.strip - self.tiles], *[[0, 0]] * (len(tiles.shape) - 1)])

    def framed(self, tiles: tf.Tensor) -> tf.Tensor:
        """The same in its frame."""
        return tf.pad(self.filled(tiles), [[self.frame, self.frame], *[[0, 0]] * (len(tiles.shape) - 1)])

    def inner(self, tiles: tf.Tensor) -> tf.Tensor:
        """A list of tiles without its frame."""
        return tiles[self.frame : self.frame + self.tiles]

    def piece(self, tiles: tf.Tensor, index: tf.Tensor, first: tf.Tensor | int = 0, more: int = 0) -> tf.Tensor:
        """A strip of a list, and some tiles more, where the first strip begins at `first`."""
        shape = tiles.shape[1:]
        return tf.slice(tiles, [first + index * self.strip, *[0] * len(shape)], [self.strip + more, *shape])

    def own(self, tiles: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        """A strip of a list in its frame."""
        return self.piece(tiles, index, self.frame)

    def around(self, tiles: tf.Tensor, index: tf.Tensor) -> list[tf.Tensor]:
        """A strip of a list in its frame with a tile more on either side, and as much of the rows above and below: in
        the order above, own, below.
        """
        return [self.piece(tiles, index, row * self.across, 2) for row in range(3)]

    def each(self, compute: Callable[[tf.Tensor], tf.Tensor], *shape: int, framed: bool = True) -> tf.Tensor:
        """The list of what is computed for each strip, by its index; tiles of this shape."""
        parts = tf.TensorArray(tf.float32, self.strips + 2, element_shape=[None, *shape], infer_shape=False)
        zeros = tf.zeros([self.frame if framed else 0, *shape])
        _, parts = tf.while_loop(
            lambda index, _: index < self.strips,
            lambda index, parts: (index + 1, parts.write(index + 1, compute(index))),
            (0, parts.write(0, zeros).write(self.strips + 1, zeros)),
            parallel_iterations=self.threads,
        )
        return tf.ensure_shape(parts.concat(), [None, *shape])

    def plain(self, tiles: tf.Tensor, shape: tf.Tensor) -> tf.Tensor:
        """From a list in its frame to [N, h, w, channels] of this shape."""
        channels, images = tiles.shape[3], shape[0]
        x = tf.reshape(self.inner(tiles), [images, self.rows // images, self.across, M, M, channels])
        x = tf.reshape(tf.transpose(x, [0, 1, 3, 2, 4, 5]), [images, self.rows // images * M, -1, channels])
        return x[:, : shape[1], : shape[2]]

    def listed(self, plain: tf.Tensor) -> tf.Tensor:
        """The inverse of `plain`."""
        images, channels = tf.shape(plain)[0], plain.shape[3]
        missing = [
            [0, count * M - there]
            for count, there in zip((self.rows // images, self.across), tf.unstack(tf.shape(plain)[1:3]), strict=True)
        ]
        x = tf.reshape(tf.pad(plain, [[0, 0], *missing, [0, 0]]), [self.rows, M, self.across, M, channels])
        return self.framed(tf.reshape(tf.transpose(x, [0, 2, 1, 3, 4]), [-1, M, M, channels]))


def function(
    table: tuple[Layer, ...],
    objective: Objective,
    weights: Mapping[str, Parameters],
    *,
    space: str,
    wraps: Wraps,
    threads: int,
) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    """A function of a window for `engine`, traced once for windows of all shapes.

    Args:
        table: the layers to compute, first to deepest.
        objective: what to maximise.
        weights: from `bands.prepared`.
        space: the network's input range, as the setting `input`.
        wraps: axes along which the picture wraps around.
        threads: available.

    Returns:
        (window [N, h, w, 3], origin and core as in `tiles.Tile`, the picture's (height, width), the paint if the
        objective takes any) -> (the core's contribution to the objective [N], its gradient like the window).
    """
    strides = {layer.name: layer.stride for layer in table}

    @tf.function(autograph=False)
    def share_and_gradient(
        window: tf.Tensor, origin: tf.Tensor, core: tf.Tensor, size: tf.Tensor, given: tuple[Brushes, ...]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        shape = tf.shape(window)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(window)
            shown = preprocessing.to_network(window, space) * windows.mask(shape[1:3], origin, size, 1, wraps)
        grids = _grids(table, shape, origin, size, wraps, threads)
        seen = _forward(shown, weights, table, grids)
        plain = {
            name: grids[strides[name]].plain(seen[name], shape // [1, strides[name], strides[name], 1])
            for name in objective.layers
        }
        with tf.GradientTape(watch_accessed_variables=False) as above:
            above.watch(plain)
            value = tf.add_n(
                [
                    windows.core_mean(density, origin, core, size, strides[name])
                    for name, density in objective.densities(plain, *given).items()
                ]
            )
        slopes = above.gradient(value, plain, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        listed = {
            name: grids[strides[name]].listed(tf.where(plain[name] > 0, slope, 0.0)) for name, slope in slopes.items()
        }
        slope = _backward(listed, seen, weights, table, grids, shape)
        return value, tape.gradient(shown, window, output_gradients=slope)

    def compute(*arguments: object) -> tuple[tf.Tensor, tf.Tensor]:
        specs = tf.nest.map_structure(lambda x: tf.TensorSpec(_any_size(x), x.dtype), arguments)
        found: tuple[tf.Tensor, tf.Tensor] = share_and_gradient.get_concrete_function(*specs)(*arguments)
        return found

    return compute


def _any_size(x: tf.Tensor) -> list[int | None]:
    """The shape of a tensor whose last axis alone is fixed."""
    return [*[None] * (len(x.shape) - 1), x.shape[-1]]


def _grids(
    table: tuple[Layer, ...], shape: tf.Tensor, origin: tf.Tensor, size: tf.Tensor, wraps: Wraps, threads: int
) -> dict[int, Grid]:
    """The grid of each stride, each with twice the rows and columns of the next, the deepest one with a position more
    than the window has at least.
    """
    deepest, found = table[-1].stride, {}
    for stride in sorted({layer.stride for layer in table}):
        counts = [(shape[axis] // deepest // M + 1) * (deepest // stride) for axis in (1, 2)]  # of tiles
        rows, columns = (
            _filled(
                windows.valid(shape[axis] // stride, origin[axis - 1], size[axis - 1], stride, wraps=wraps[axis - 1]),
                counts[axis - 1] * M,
            )
            for axis in (1, 2)
        )
        mask = tf.reshape(rows, [1, -1, 1, M, 1]) * tf.reshape(columns, [1, 1, -1, 1, M])
        mask = tf.reshape(tf.tile(mask, [shape[0], 1, 1, 1, 1]), [-1, M, M])
        found[stride] = Grid(stride, shape[0] * counts[0], counts[1], mask, threads)
    return found


def _filled(valid: tf.Tensor, length: tf.Tensor) -> tf.Tensor:
    return tf.pad(tf.cast(valid, tf.float32), [[0, length - tf.size(valid)]])


def _forward(
    shown: tf.Tensor, weights: Mapping[str, Parameters], table: tuple[Layer, ...], grids: Mapping[int, Grid]
) -> dict[str, tf.Tensor]:
    """The forward pass: [N, h, w, 3] in the network's input range -> every layer's list of tiles."""
    seen: dict[str, tf.Tensor] = {}
    x = _patches(shown, grids[1])
    for layer in table:
        grid, shape = grids[layer.stride], (M, M, layer.channels)
        if layer.kind == "pool":
            finer = grids[layer.stride // 2]
            halves = finer.each(partial(_pooled, x, finer), M // 2, M // 2, layer.channels, framed=False)
            x = grid.framed(_joined(halves[: finer.tiles], grid) * grid.mask[: grid.tiles, ..., None])
        elif layer is table[0]:
            x = grid.each(partial(_first, x, grid, weights[layer.name]), *shape)
        else:
            x = grid.each(partial(_convolved, x, grid, weights[layer.name]), *shape)
        seen[layer.name] = x
    return seen


def _backward(
    slopes: Mapping[str, tf.Tensor],
    seen: Mapping[str, tf.Tensor],
    weights: Mapping[str, Parameters],
    table: tuple[Layer, ...],
    grids: Mapping[int, Grid],
    shape: tf.Tensor,
) -> tf.Tensor:
    """The backward pass: from the gradients of the objective's layers to that of the network's input, [N, h, w, 3]."""
    slope = slopes[table[-1].name]
    for layer, below in zip(table[:0:-1], table[-2::-1], strict=True):
        grid, shown = grids[layer.stride], seen[below.name]
        if layer.kind == "pool":
            finer, parted = grids[below.stride], _parted(grid.inner(slope), grid)
            slope = finer.each(partial(_pooled_back, finer.filled(parted), finer, shown), M, M, below.channels)
        else:
            u = weights[layer.name].backward
            slope = grid.each(partial(_convolved_back, slope, grid, u, shown), M, M, below.channels)
        if below.name in slopes:
            slope += slopes[below.name]
    grid, kernel = grids[1], weights[table[0].name].forward
    shares = grid.each(lambda index: kernels.first_back(grid.own(slope, index), kernel), N, N, 3, framed=False)
    return _summed(shares[: grid.tiles], grid, shape)


def _first(patches: tf.Tensor, grid: Grid, weights: Parameters, index: tf.Tensor) -> tf.Tensor:
    pieces = grid.piece(patches, index), weights.forward, weights.bias, grid.piece(grid.mask, index)
    return kernels.first(*pieces)


def _convolved(x: tf.Tensor, grid: Grid, weights: Parameters, index: tf.Tensor) -> tf.Tensor:
    mask = grid.piece(grid.mask, index)
    return kernels.convolution(*grid.around(x, index), weights.forward, weights.bias, mask)


def _convolved_back(slope: tf.Tensor, grid: Grid, u: tf.Tensor, shown: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
    return kernels.convolution_back(*grid.around(slope, index), u, grid.own(shown, index))


def _pooled(x: tf.Tensor, grid: Grid, index: tf.Tensor) -> tf.Tensor:
    return kernels.pool(grid.own(x, index))


def _pooled_back(slope: tf.Tensor, grid: Grid, shown: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
    return kernels.pool_back(grid.piece(slope, index), grid.own(shown, index))


def _joined(halves: tf.Tensor, grid: Grid) -> tf.Tensor:
    """The tiles of a pool's output, from the M / 2 x M / 2 positions that each tile of its input gives."""
    channels = halves.shape[3]
    x = tf.reshape(halves, [grid.rows, 2, grid.across, 2, M // 2, M // 2, channels])
    return tf.reshape(tf.transpose(x, [0, 2, 1, 4, 3, 5, 6]), [-1, M, M, channels])


def _parted(tiles: tf.Tensor, grid: Grid) -> tf.Tensor:
    """The inverse of `_joined`."""
    channels = tiles.shape[3]
    x = tf.reshape(tiles, [grid.rows, grid.across, 2, M // 2, 2, M // 2, channels])
    return tf.reshape(tf.transpose(x, [0, 2, 1, 4, 3, 5, 6]), [-1, M // 2, M // 2, channels])


def _patches(shown: tf.Tensor, grid: Grid) -> tf.Tensor:
    """The N x N inputs under each tile, [tiles, N, N, 3]."""
    shape = tf.shape(shown)
    height, width = grid.rows // shape[0] * M, grid.across * M
    shown = tf.pad(shown, [[0, 0], [1, height + 1 - shape[1]], [1, width + 1 - shape[2]], [0, 0]])
    patches = tf.image.extract_patches(shown, [1, N, N, 1], [1, M, M, 1], [1, 1, 1, 1], "VALID")
    return grid.filled(tf.reshape(patches, [-1, N, N, 3]))


def _summed(shares: tf.Tensor, grid: Grid, shape: tf.Tensor) -> tf.Tensor:
    """The gradient of the network's input from the shares of all tiles, [N, h, w, 3]: the sum where they overlap."""
    x = tf.reshape(shares, [shape[0], grid.rows // shape[0], grid.across, N, N, 3])
    x = _merged(_merged(x, 1, 3), 2, 4)
    x = tf.reshape(tf.transpose(x, [0, 1, 3, 2, 4, 5]), [shape[0], grid.rows // shape[0] * M, -1, 3])
    return x[:, : shape[1], : shape[2]]


def _merged(shares: tf.Tensor, tiles: int, inside: int) -> tf.Tensor:
    """Along one axis, M positions of each tile with what the tiles before and after it add to its ends.

    Args:
        shares: of N positions along `inside`.
        tiles: the axis of tiles.
        inside: the axis of positions inside a tile.
    """
    rank, ends = len(shares.shape), []
    for at, (before, after) in ((N - 1, (1, 0)), (0, (0, 1))):
        end = tf.gather(shares, [at], axis=inside)
        count = tf.shape(end)[tiles]
        kept = tf.gather(end, tf.range(after, count - before), axis=tiles)
        pads: list[Sequence[int]] = [(0, 0)] * rank
        pads[tiles], pads[inside] = (before, after), (M - 1, 0) if after else (0, M - 1)
        ends.append(tf.pad(kept, pads))
    return tf.gather(shares, tf.range(1, N - 1), axis=inside) + ends[0] + ends[1]
