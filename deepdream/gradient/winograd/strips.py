"""The gradient on strips of tiles: Winograd's convolution, compiled once for pictures of all sizes.

function(table, objective, ...) -> (window, its tile, parameters, paint) -> (value, gradient), as `engine`'s plain one

A layer's activation is a list of tiles (see `grid`), and the compiled layers, which take strips of it (see `kernels`),
know nothing of the picture's size. A pool gathers the tiles under its own, and its gradient those over them.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from deepdream.gradient import windows
from deepdream.gradient.tiles import Wraps
from deepdream.gradient.winograd import kernels
from deepdream.gradient.winograd.bands import Parameters
from deepdream.gradient.winograd.filtering import M, N
from deepdream.gradient.winograd.grid import Grid, by_stride, patches, strip, summed
from deepdream.network import preprocessing
from deepdream.network.layers import Layer
from deepdream.network.objective import Brushes, Objective
from deepdream.runtime import tf


def function(
    table: tuple[Layer, ...],
    objective: Objective,
    *,
    space: str,
    wraps: Wraps,
    threads: int,
) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    """A function of a window for `engine`, traced once for windows of all shapes.

    Args:
        table: the layers to compute, first to deepest.
        objective: what to maximise.
        space: the network's input range, as the setting `input`.
        wraps: axes along which the picture wraps around.
        threads: available.

    Returns:
        (window [N, h, w, 3], origin and core as in `tiles.Tile`, the picture's (height, width), the parameters from
        `bands.prepared`, the paint if the objective takes any) -> (the core's contribution to the objective [N], its
        gradient like the window).
    """
    kernels.compile_ahead(table, strip, threads)
    strides = {layer.name: layer.stride for layer in table}

    @tf.function(autograph=False)
    def share_and_gradient(
        window: tf.Tensor,
        origin: tf.Tensor,
        core: tf.Tensor,
        size: tf.Tensor,
        weights: Mapping[str, Parameters],
        given: tuple[Brushes, ...],
    ) -> tuple[tf.Tensor, tf.Tensor]:
        shape = tf.shape(window)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(window)
            shown = preprocessing.to_network(window, space) * windows.mask(shape[1:3], origin, size, 1, wraps)
        grids = by_stride(table, shape, origin, size, wraps, 4 * threads)
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

    def compute(window: tf.Tensor, *rest: object) -> tuple[tf.Tensor, tf.Tensor]:
        *known, given = rest
        shown, brushes = tf.nest.map_structure(windows.of_any_size, (window, given))
        traced = share_and_gradient.get_concrete_function(shown, *known, brushes)
        found: tuple[tf.Tensor, tf.Tensor] = traced(window, *rest)
        return found

    return compute


def _forward(
    shown: tf.Tensor, weights: Mapping[str, Parameters], table: tuple[Layer, ...], grids: Mapping[int, Grid]
) -> dict[str, tf.Tensor]:
    """The forward pass: [N, h, w, 3] in the network's input range -> every layer's list of tiles."""
    seen: dict[str, tf.Tensor] = {}
    x = patches(shown, grids[1])
    for layer in table:
        grid, shape = grids[layer.stride], (M, M, layer.channels)
        if layer.kind == "pool":
            finer, (row, column) = grids[layer.stride // 2], (grid.row[:, None, None], grid.column[:, None, None])
            under = finer.places(2 * row + tf.constant([[0], [1]]), 2 * column + tf.constant([[0, 1]]))  # [tiles, 2, 2]
            x = grid.each(partial(_pooled, grid, under), x, *shape)
        elif layer is table[0]:
            x = grid.each(partial(_first, grid, weights[layer.name]), x, *shape)
        else:
            x = grid.each(partial(_convolved, grid, weights[layer.name]), x, *shape)
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
            finer = grids[below.stride]
            over = grid.places(finer.row // 2, finer.column // 2)
            halves = [tf.cast(number % 2, tf.float32) for number in (finer.row, finer.column)]
            slope = finer.each(partial(_pooled_back, finer, over, halves, shown), slope, M, M, below.channels)
        else:
            u = weights[layer.name].backward
            slope = grid.each(partial(_convolved_back, grid, u, shown), slope, M, M, below.channels)
        if below.name in slopes:
            slope += slopes[below.name]
    grid, kernel = grids[1], weights[table[0].name].forward
    shares = grid.each(lambda slope, first: kernels.first_back(grid.own(slope, first), kernel), slope, N, N, 3)
    return summed(grid.inner(shares), grid, shape)


def _first(grid: Grid, weights: Parameters, x: tf.Tensor, first: tf.Tensor) -> tf.Tensor:
    pieces = grid.piece(x, first), weights.forward, weights.bias, grid.piece(grid.mask, first)
    return kernels.first(*pieces)


def _convolved(grid: Grid, weights: Parameters, x: tf.Tensor, first: tf.Tensor) -> tf.Tensor:
    mask = grid.piece(grid.mask, first)
    return kernels.convolution(*grid.around(x, first), weights.forward, weights.bias, mask)


def _convolved_back(grid: Grid, u: tf.Tensor, shown: tf.Tensor, slope: tf.Tensor, first: tf.Tensor) -> tf.Tensor:
    return kernels.convolution_back(*grid.around(slope, first), u, grid.own(shown, first))


def _pooled(grid: Grid, under: tf.Tensor, x: tf.Tensor, first: tf.Tensor) -> tf.Tensor:
    return kernels.pool(tf.gather(x, grid.piece(under, first)), grid.piece(grid.mask, first))


def _pooled_back(
    finer: Grid, over: tf.Tensor, halves: Sequence[tf.Tensor], shown: tf.Tensor, slope: tf.Tensor, first: tf.Tensor
) -> tf.Tensor:
    slopes = tf.gather(slope, finer.piece(over, first))
    return kernels.pool_back(slopes, *(finer.piece(half, first) for half in halves), finer.own(shown, first))
