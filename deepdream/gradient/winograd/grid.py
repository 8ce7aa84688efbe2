"""The tiles of a window, as lists that are computed strip by strip.

by_stride(table, shape, ...) -> stride -> Grid      `Grid.each` computes a list strip by strip
patches(shown, grid) -> list                        the network's input under each tile
summed(shares, grid, shape) -> [N, h, w, 3]         the sum of each tile's share of its gradient
strip(stride) -> tiles of a strip

A layer's activation is a list of tiles [tiles, M, M, channels], row by row, all images one below the other, inside a
frame of zeros. Each row of tiles, and each image, ends in at least one position outside the picture, which is zero. So
a tile's neighbours are those before and after it in the list, and those a row's length away, even at the ends of rows:
what they have of the next row is never seen. A strip of consecutive tiles with all neighbours is three slices of the
list, which TensorFlow makes without a copy.

Nearly all work is done strip by strip, by as many threads as there are: each strip is written where it belongs in its
list. What is done to whole lists at once keeps one thread waiting.
"""

from collections.abc import Callable, Sequence

from deepdream.gradient import windows
from deepdream.gradient.tiles import Wraps
from deepdream.gradient.winograd.filtering import M, N
from deepdream.network.layers import Layer
from deepdream.runtime import tf

SHALLOW, DEEP = 128, 64
"""Tiles of a strip, up to a stride of 4 and beyond: enough for fast matrix products, few enough to stay in cache and to
fill deep layers of small pictures, which have less than a hundred tiles."""


def strip(stride: int) -> int:
    """Tiles of a strip of layers of this stride."""
    return SHALLOW if stride <= 4 else DEEP


class Grid:
    """The tiles of all layers of one stride, on a window.

    Args:
        stride: of the layers.
        rows: of tiles, of all images.
        across: tiles in a row.
        mask: [tiles, M, M] float32, 1 inside the picture.
        begun: strips begun at a time: more than threads, so that none waits for the strip before its own to be written.
    """

    def __init__(self, stride: int, rows: tf.Tensor, across: tf.Tensor, mask: tf.Tensor, begun: int) -> None:
        # Whatever layers and strips share is computed here, once.
        self.rows, self.across, self.begun = rows, across, begun
        self.strip = strip(stride)
        self.tiles = rows * across
        self.strips = -(-self.tiles // self.strip)
        self.ends = -(-(across + 1) // self.strip)  # strips of zeros before and after the list: a row and a tile more
        self.frame = self.ends * self.strip
        self.mask = self.filled(mask)
        number = tf.minimum(tf.range(self.strips * self.strip), self.tiles - 1)
        self.row, self.column = number // across, number % across  # of each tile; beyond the last, those of the last
        ends = tf.range(self.ends)
        self._zeros = tf.concat([ends, self.ends + self.strips + ends], 0)
        self._whole, self._empty = (
            tf.stack([count, self.strip]) for count in (2 * self.ends + self.strips, 2 * self.ends)
        )
        self._around = [self.frame + row * across - 1 for row in (-1, 0, 1)]

    def filled(self, tiles: tf.Tensor) -> tf.Tensor:
        """A list of tiles with zeros up to whole strips."""
        return tf.pad(tiles, [[0, self.strips * self.strip - self.tiles], *[[0, 0]] * (len(tiles.shape) - 1)])

    def framed(self, tiles: tf.Tensor) -> tf.Tensor:
        """The same in its frame."""
        return tf.pad(self.filled(tiles), [[self.frame, self.frame], *[[0, 0]] * (len(tiles.shape) - 1)])

    def inner(self, tiles: tf.Tensor) -> tf.Tensor:
        """A list of tiles without its frame."""
        return tiles[self.frame : self.frame + self.tiles]

    def piece(self, tiles: tf.Tensor, first: tf.Tensor, more: int = 0) -> tf.Tensor:
        """A strip of a list, and some tiles more, from the tile `first` [1]."""
        shape = tiles.shape[1:]
        return tf.slice(tiles, tf.pad(first, [[0, len(shape)]]), [self.strip + more, *shape])

    def own(self, tiles: tf.Tensor, first: tf.Tensor) -> tf.Tensor:
        """A strip of a list in its frame."""
        return self.piece(tiles, self.frame + first)

    def around(self, tiles: tf.Tensor, first: tf.Tensor) -> list[tf.Tensor]:
        """A strip of a list in its frame with a tile more on either side, and as much of the rows above and below: in
        the order above, own, below.
        """
        return [self.piece(tiles, row + first, 2) for row in self._around]

    def places(self, row: tf.Tensor, column: tf.Tensor) -> tf.Tensor:
        """Where the tiles at these rows and columns are in a list in its frame."""
        return self.frame + row * self.across + column

    def each(self, compute: Callable[..., tf.Tensor], read: tf.Tensor, *shape: int) -> tf.Tensor:
        """The list, in its frame, of what is computed for each strip.

        Args:
            compute: (the list that is read, the number of a strip's first tile [1]) -> its tiles.
            read: the list.
            shape: of the tiles that are computed.
        """
        with tf.control_dependencies([read]):  # else the lists of all layers would be allocated at once
            found = tf.raw_ops.Empty(shape=tf.concat([self._whole, shape], 0), dtype=tf.float32)
        found = _written(found, self._zeros, tf.fill(tf.concat([self._empty, shape], 0), 0.0))

        def body(index: tf.Tensor, found: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            number = tf.expand_dims(index, 0)
            tiles = compute(read, number * self.strip)
            return index + 1, _written(found, self.ends + number, tf.expand_dims(tiles, 0))

        _, found = tf.while_loop(lambda index, _: index < self.strips, body, (0, found), parallel_iterations=self.begun)
        return tf.ensure_shape(tf.reshape(found, [-1, *shape]), [None, *shape])

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


def by_stride(
    table: tuple[Layer, ...], shape: tf.Tensor, origin: tf.Tensor, size: tf.Tensor, wraps: Wraps, begun: int
) -> dict[int, Grid]:
    """The grid of each stride, each with twice the rows and columns of the next, the deepest one with a position more
    than the window has at least.

    Args:
        table: the layers.
        shape: of the window, [N, h, w, 3].
        origin: see `tiles.Tile`.
        size: (height, width) of the picture.
        wraps: axes along which the picture wraps around.
        begun: see `Grid`.
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
        found[stride] = Grid(stride, shape[0] * counts[0], counts[1], mask, begun)
    return found


def _filled(valid: tf.Tensor, length: tf.Tensor) -> tf.Tensor:
    return tf.pad(tf.cast(valid, tf.float32), [[0, length - tf.size(valid)]])


def patches(shown: tf.Tensor, grid: Grid) -> tf.Tensor:
    """The N x N inputs under each tile, [tiles, N, N, 3]."""
    shape = tf.shape(shown)
    height, width = grid.rows // shape[0] * M, grid.across * M
    shown = tf.pad(shown, [[0, 0], [1, height + 1 - shape[1]], [1, width + 1 - shape[2]], [0, 0]])
    found = tf.image.extract_patches(shown, [1, N, N, 1], [1, M, M, 1], [1, 1, 1, 1], "VALID")
    return grid.filled(tf.reshape(found, [-1, N, N, 3]))


def summed(shares: tf.Tensor, grid: Grid, shape: tf.Tensor) -> tf.Tensor:
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


def _written(whole: tf.Tensor, rows: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """The same tensor with other values in some of its rows; no copy is made, so nobody else may read it before."""
    return tf.raw_ops.InplaceUpdate(x=whole, i=rows, v=values)
