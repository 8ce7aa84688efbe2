"""The channels that a picture excites most, and where.

rank(network, pixels, layers, ...) -> {layer name: (ChannelActivation, ...)}, strongest first

A channel's excitement is its mean activation over the picture divided by its usual one: see `objectives.excitement`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from deepdream.network.layers import Layer
from deepdream.network.network import Network
from deepdream.objectives.excitement import feature_maps, usual


@dataclass(frozen=True, eq=False)
class ChannelActivation:
    """The activation of one channel on a picture.

    Attributes:
        layer, channel: name and number.
        excitement: its mean activation, over the picture or around the point asked for, divided by its baseline.
        mean: its mean activation there.
        spread: share of the positions where it is active, 0..1.
        peak: (row, column) in pixels of the centre of the position where it is strongest; the outermost positions,
            which see the picture's border as an edge, count only if there are no others.
        map: its activation, [h, w].
    """

    layer: str
    channel: int
    excitement: float
    mean: float
    spread: float
    peak: tuple[int, int]
    map: np.ndarray


def rank(
    network: Network,
    pixels: np.ndarray,
    layers: Mapping[str, Sequence[int] | None],
    *,
    top: int,
    at: tuple[int, int] | None = None,
) -> dict[str, tuple[ChannelActivation, ...]]:
    """The channels of each layer that a picture excites most.

    Args:
        network: to run on the picture.
        pixels: [H, W, 3] float32 RGB in 0..1, at least as large as the layers' strides.
        layers: layer name -> the channels to choose from; None for all.
        top: number of channels per layer.
        at: (row, column) in pixels: only the positions around this point count.

    Returns: by layer in the network's order, strongest first; channels that are silent on the picture are left out.
    """
    table = {layer.name: layer for layer in network.table}
    normal = usual(network, tuple(layers))
    found = {}
    for name, maps in feature_maps(network, pixels, tuple(layers)).items():
        means = around(maps, table[name], at).mean(axis=(0, 1))
        excited = means / normal[name]
        candidates = layers[name] if layers[name] is not None else range(len(means))
        best = sorted((c for c in candidates or () if means[c] > 0), key=lambda c: (-excited[c], c))[:top]
        found[name] = tuple(
            _measured(table[name], c, float(excited[c]), float(means[c]), maps[..., c], pixels.shape) for c in best
        )
    return found


def around(maps: np.ndarray, layer: Layer, at: tuple[int, int] | None) -> np.ndarray:
    """The positions that mostly see a point: those within a quarter of the receptive field; all if there is no point.

    Args:
        maps: [h, w, channels].
        layer: the layer of the maps.
        at: (row, column) in pixels of the picture.
    """
    if at is None:
        return maps
    reach = max(layer.stride, layer.receptive_field // 4)
    parts = []
    for point, count in zip(at, maps.shape[:2], strict=True):
        first = min(max(0, (point - reach) // layer.stride), count - 1)
        parts.append(slice(first, max(first, (point + reach) // layer.stride) + 1))
    return maps[parts[0], parts[1]]


def _measured(
    layer: Layer, channel: int, excitement: float, mean: float, map: np.ndarray, size: tuple[int, ...]
) -> ChannelActivation:
    edge = 1 if min(map.shape) > 2 else 0
    inner = map[edge : map.shape[0] - edge, edge : map.shape[1] - edge]
    row, column = np.add(np.unravel_index(np.argmax(inner), inner.shape), edge)
    middle = layer.stride // 2
    peak = tuple(min(int(at) * layer.stride + middle, side - 1) for at, side in zip((row, column), size, strict=False))
    return ChannelActivation(
        layer=layer.name,
        channel=channel,
        excitement=excitement,
        mean=mean,
        spread=float((map > 0).mean()),
        peak=(peak[0], peak[1]),
        map=map,
    )
