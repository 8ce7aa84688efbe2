"""From an objective to a function of the picture that returns its value and its gradient.

make(network, objective, ...) -> Gradient
gradient(images [N, H, W, 3], tile, paint) -> (value [N], gradient [N, H, W, 3]), all float32 in NumPy

The whole picture is the case of a single window that covers it. With tiles, each window gives its core's contribution
to the value and the gradient of that; both are summed. See `tiles` for why the sum is exact. Keras networks are
computed on whole pictures only: their layers have their own padding and strides, and may see the whole picture at once.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any, Protocol

import numpy as np

from deepdream import runtime
from deepdream.errors import OutOfMemoryError
from deepdream.gradient import paint as painting
from deepdream.gradient import tiles, windows
from deepdream.gradient.tiles import Tile, Wraps
from deepdream.gradient.winograd import bands, strips
from deepdream.network import objective as objectives
from deepdream.network import preprocessing
from deepdream.network.layers import Layer, truncate
from deepdream.network.network import Activations, Network
from deepdream.network.objective import Brushes, Objective, Paint
from deepdream.network.vgg import bfloat16, convolution, forward
from deepdream.network.vgg.architecture import Arrays
from deepdream.network.vgg.model import VGG
from deepdream.runtime import tf
from deepdream.settings import Size


class Gradient(Protocol):
    """The value and gradient of an objective, as one compiled function of the picture."""

    def __call__(
        self, images: np.ndarray, tile: int | None = None, paint: Paint | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The objective's value for each image and its gradient.

        Args:
            images: [N, H, W, 3] float32 RGB 0..1.
            tile: side of the tiles' cores in pixels; None for the whole picture at once.
            paint: what a `paint_objective` excites where; None for any other objective.

        Returns:
            value [N], and the gradient like the images.
        """
        ...


Given = tuple[Brushes, ...]
"""What the objective takes beside activations: the paint on the window, or nothing."""

OnWindow = Callable[[np.ndarray, Tile, Size, Given], tuple[tf.Tensor, tf.Tensor]]
"""(window [N, h, w, 3], its tile, the picture's size, the paint on it) -> (the core's contribution to the value, its
gradient)."""


def make(
    network: Network,
    objective: Objective,
    *,
    space: str = "network",
    wraps: Wraps = tiles.FLAT,
    algorithm: str = "direct",
) -> Gradient:
    """The gradient of an objective.

    Args:
        network: the network; nothing past the objective's deepest layer is computed.
        objective: what to maximise.
        space: the network's input range, as the setting `input` (see `preprocessing`).
        wraps: axes along which the picture wraps around; their lengths must be multiples of the deepest stride.
        algorithm: how convolutions are computed, one of ALGORITHMS; strips is compiled once, which takes some
            seconds, and winograd for each size of window.

    Returns:
        a function of images. By TensorFlow's own operations it is traced once for windows inside the picture and once
        for windows that extend outside; no further size or tile retraces it.
        A network that can't be cut supports neither tiles nor wraps, and only the algorithm direct.
    """
    if not isinstance(network, VGG):
        assert not any(wraps), wraps  # checked with the request
        assert algorithm == "direct", algorithm
        return _whole(network, objective, space)
    table = truncate(network.table, set(objective.layers))
    on_window = ALGORITHMS[algorithm](network.arrays, table, objective, space, wraps)
    margin, stride = tiles.margin(table, objective.layers), table[-1].stride
    strides = {layer.name: layer.stride for layer in table}

    def gradient(
        images: np.ndarray, tile: int | None = None, paint: Paint | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        size = images.shape[1:3]
        tiling = tiles.plan(size, core=tile or max(size), margin=margin, stride=stride, wraps=wraps)
        if len(tiling.tiles) == 1 and tiling.window == size:
            given = (painting.brushes(paint.index, paint, strides),) if paint else ()
            value, slope = on_window(images, tiling.tiles[0], size, given)
            return value.numpy(), slope.numpy()
        values, slopes = np.zeros(len(images), np.float32), np.zeros_like(images)
        for one in tiling.tiles:
            given = ()
            if paint is not None:
                index = _cut(paint.index[None, ..., None], one.origin, tiling.window, wraps)[0, ..., 0]
                given = (painting.brushes(index, paint, strides),)
            window = _cut(images, one.origin, tiling.window, wraps)
            value, slope = on_window(window, one, size, given)
            values += value.numpy()
            _add(slopes, slope.numpy(), one.origin, wraps)
        return values, slopes

    return gradient


def _whole(network: Network, objective: Objective, space: str) -> Gradient:
    """The gradient on whole pictures, for any network."""
    activations = network.activations(objective.layers, space=space)

    @tf.function(autograph=False, reduce_retracing=True)
    def value_and_gradient(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            value = objectives.value(objective, activations(images))  # [N]
        return value, tape.gradient(value, images, unconnected_gradients="zero")

    def gradient(
        images: np.ndarray, tile: int | None = None, paint: Paint | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        assert tile is None, tile  # checked with the request
        assert paint is None, paint
        try:
            value, slope = value_and_gradient(tf.constant(images))
        except (tf.errors.ResourceExhaustedError, MemoryError):
            raise OutOfMemoryError(
                f"Memory ran out on a picture of {images.shape[2]}x{images.shape[1]}, which can't be cut into tiles.",
                "Close other programs, or choose a smaller --max-side.",
            ) from None
        return value.numpy(), slope.numpy()

    return gradient


def _winograd(
    arrays: Arrays,
    table: tuple[Layer, ...],
    objective: Objective,
    space: str,
    wraps: Wraps,
    *,
    function: Callable[..., Callable[..., tuple[tf.Tensor, tf.Tensor]]],
) -> OnWindow:
    """With Winograd's convolution, by the function of bands, compiled for each size of window, or that of strips, once
    for all.
    """
    runtime.prepare_xla()
    threads = runtime.threads() or runtime.allowed_cores()
    compute = function(table, objective, space=space, wraps=wraps, threads=threads)
    parameters = bands.prepared(arrays, table, threads)  # while strips are compiled

    def on_window(window: np.ndarray, tile: Tile, size: Size, given: Given) -> tuple[tf.Tensor, tf.Tensor]:
        integers = (tf.constant(numbers, tf.int32) for numbers in (tile.origin, tile.core, size))
        return compute(tf.constant(window), *integers, parameters, given)

    return on_window


def _plain(
    arrays: Arrays,
    table: tuple[Layer, ...],
    objective: Objective,
    space: str,
    wraps: Wraps,
    *,
    prepare: Callable[[Arrays, tuple[Layer, ...]], Any],
    activations: Callable[..., Activations],
) -> OnWindow:
    """With TensorFlow's own operations, on prepared parameters."""
    strides = {layer.name: layer.stride for layer in table}
    parameters = prepare(arrays, table)

    @tf.function(autograph=False)
    def share_and_gradient(
        window: tf.Tensor,
        origin: tf.Tensor,
        core: tf.Tensor,
        size: tf.Tensor,
        weights: Any,
        given: Given,
        *,
        outside: bool,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        def inside(x: tf.Tensor, stride: int) -> tf.Tensor:
            if not outside:
                return x
            mask = windows.mask(tf.shape(x)[1:3], origin, size, stride, wraps)
            return x * tf.cast(mask, x.dtype)

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(window)
            shown = preprocessing.to_network(window, space)
            seen = activations(weights, shown, objective.layers, table=table, inside=inside)
            densities = objective.densities(seen, *given).items()
            value = tf.add_n(
                [windows.core_mean(density, origin, core, size, strides[name]) for name, density in densities]
            )  # [N]
        return value, tape.gradient(value, window)

    def on_window(window: np.ndarray, tile: Tile, size: Size, given: Given) -> tuple[tf.Tensor, tf.Tensor]:
        ends = (start + side for start, side in zip(tile.origin, window.shape[1:3], strict=True))
        outside = any(
            not wrap and (start < 0 or end > length)
            for wrap, start, end, length in zip(wraps, tile.origin, ends, size, strict=True)
        )
        integers = (tf.constant(numbers, tf.int32) for numbers in (tile.origin, tile.core, size))
        shown, *rest = tf.constant(window), *integers, parameters
        specs = tf.nest.map_structure(windows.of_any_size, (shown, given))
        compute = share_and_gradient.get_concrete_function(specs[0], *rest, specs[1], outside=outside)
        found: tuple[tf.Tensor, tf.Tensor] = compute(shown, *rest, given, outside=outside)
        return found

    return on_window


ALGORITHMS: dict[str, Callable[[Arrays, tuple[Layer, ...], Objective, str, Wraps], OnWindow]] = {
    **{
        name: partial(
            _plain,
            prepare=partial(convolution.prepare, algorithm=algorithm),
            activations=partial(forward.activations, convolve=partial(convolution.convolve, algorithm=algorithm)),
        )
        for name, algorithm in convolution.ALGORITHMS.items()
    },
    "winograd": partial(_winograd, function=bands.function),
    "strips": partial(_winograd, function=strips.function),
    "bfloat16": partial(_plain, prepare=bfloat16.prepare, activations=bfloat16.activations),
}
"""What computes a window: by the choice of the setting `convolution`, or in the other precision."""


def _cut(images: np.ndarray, origin: tuple[int, int], window: Size, wraps: Wraps) -> np.ndarray:
    """The window of the images, zero outside them; [N, H, W, C] -> [N, h, w, C]."""
    cut = np.zeros((len(images), *window, images.shape[3]), images.dtype)
    for there, here in _overlaps(images.shape[1:3], origin, window, wraps):
        cut[:, *here] = images[:, *there]
    return cut


def _add(slopes: np.ndarray, slope: np.ndarray, origin: tuple[int, int], wraps: Wraps) -> None:
    """Add a window's gradient to the whole one, in place."""
    for there, here in _overlaps(slopes.shape[1:3], origin, slope.shape[1:3], wraps):
        slopes[:, *there] += slope[:, *here]


def _overlaps(size: Size, origin: tuple[int, int], window: Size, wraps: Wraps) -> Iterator[tuple[Any, Any]]:
    """Rectangles of the picture and the corresponding rectangles of the window, as pairs of slices."""
    rows, columns = (tiles.segments(size[axis], origin[axis], window[axis], wraps[axis]) for axis in (0, 1))
    for (row, row_here), (column, column_here) in product(rows, columns):
        yield (row, column), (row_here, column_here)
