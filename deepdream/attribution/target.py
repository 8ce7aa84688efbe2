"""How strongly pictures excite a target, and the gradient of that, in batches that fit in memory.

of(network, objective, size) -> Target
target.values(pictures) -> iterator of floats                  one forward pass each
target.gradients(pictures) -> iterator of (value, [H, W, 3])   with a backward pass
target.channels(picture, layer) -> activation, gradient        of a layer on the way, [h, w, channels] each

Everything is float32, whatever dreams use: differences between nearly equal values are what counts here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from deepdream.errors import SettingError
from deepdream.gradient import cost, engine, memory, tiles
from deepdream.network import objective as objectives
from deepdream.network.choosing import rows
from deepdream.network.layers import truncate
from deepdream.network.network import Network
from deepdream.network.objective import Objective
from deepdream.runtime import tf
from deepdream.settings import Size, format_size

LARGEST_BATCH = 16
"""Pictures that are computed together at most; more are no faster."""


@dataclass(frozen=True)
class Target:
    """What a picture is asked about: a number that the network computes of it.

    Attributes:
        values: pictures [H, W, 3] float32 RGB in 0..1 -> the number of each.
        gradients: pictures -> the number of each, and its gradient with respect to the picture.
        channels: a picture and a layer's name -> the layer's activation and the number's gradient with respect to it.
    """

    values: Callable[[Iterable[np.ndarray]], Iterator[float]]
    gradients: Callable[[Iterable[np.ndarray]], Iterator[tuple[float, np.ndarray]]]
    channels: Callable[[np.ndarray, str], tuple[np.ndarray, np.ndarray]]


def of(network: Network, objective: Objective, size: Size, *, bias: float = 0.0, allowed: int | None = None) -> Target:
    """The target of an objective on pictures of one size.

    Args:
        network: what computes it.
        objective: its value is the number.
        bias: added to it.
        size: (height, width) of the pictures.
        allowed: bytes for the process; the default of dreams when None.

    Raises:
        SettingError: not even one picture fits in memory, in tiles or whole.
    """
    budget = allowed or memory.budget()
    table = truncate(rows(network, objective.layers), set(objective.layers))
    one = cost.memory(table, size)
    left = budget - cost.process(table, size, size, weights=network.nbytes)
    batch = max(1, min(LARGEST_BATCH, 1 + int(left // one)))
    tile = _tile(network, objective, size, budget) if left < 0 else None
    gradient = engine.make(network, objective)
    activations = network.activations(objective.layers)

    @tf.function(autograph=False, reduce_retracing=True)
    def forward(images: tf.Tensor) -> tf.Tensor:
        return objectives.value(objective, activations(images))

    def values(pictures: Iterable[np.ndarray]) -> Iterator[float]:
        for images in _batches(pictures, batch):
            found = forward(tf.constant(images)).numpy() if tile is None else gradient(images, tile)[0]
            yield from (float(value) + bias for value in found)

    def gradients(pictures: Iterable[np.ndarray]) -> Iterator[tuple[float, np.ndarray]]:
        for images in _batches(pictures, batch):
            for value, slope in zip(*gradient(images, tile), strict=True):
                yield float(value) + bias, slope

    return Target(values, gradients, lambda picture, layer: _channels(network, objective, picture, layer))


def _batches(pictures: Iterable[np.ndarray], count: int) -> Iterator[np.ndarray]:
    """The pictures stacked, [N, H, W, 3], a batch at a time."""
    remaining = iter(pictures)
    while batch := list(islice(remaining, count)):
        yield np.stack(batch).astype(np.float32)


def _tile(network: Network, objective: Objective, size: Size, allowed: int) -> int | None:
    """The side of the tiles of a picture that does not fit as a whole."""
    if not network.cuts:
        raise SettingError(
            f"The picture is {format_size(size)}, too large for the memory of this machine, and {network.name} can't "
            "be cut into tiles.",
            "Choose a smaller --max-side.",
        )
    table = truncate(rows(network, objective.layers), set(objective.layers))
    return memory.tile(table, objective.layers, size, allowed=allowed, weights=network.nbytes, wraps=tiles.FLAT)


def _channels(network: Network, objective: Objective, picture: np.ndarray, layer: str) -> tuple[np.ndarray, np.ndarray]:
    """A layer's activation on a picture, and the value's gradient with respect to it, [h, w, channels] each."""
    activations = network.activations(tuple(dict.fromkeys((*objective.layers, layer))))

    @tf.function(autograph=False)
    def compute(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            seen = activations(images)
            value = objectives.value(objective, seen)
        return seen[layer], tape.gradient(value, seen[layer], unconnected_gradients="zero")

    activation, slope = compute(tf.constant(picture[None].astype(np.float32)))
    return activation[0].numpy(), slope[0].numpy()
