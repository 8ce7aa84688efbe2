"""The channels that a picture excites most, and where.

rank(network, pixels, layers, ...) -> {layer name: (ChannelActivation, ...)}, strongest first
feature_maps(network, pixels, layers) -> {layer name: [h, w, channels]}
usual(network, layers) -> {layer name: [channels]}

A channel's excitement is its mean activation over the picture divided by its baseline, which makes channels comparable
whose weights have different scales. The baseline is the mean over photographs if the weight file has it, as the pocket
network's does. Other networks are measured on noise with the spectrum and colours of natural pictures, which needs no
photographs. The baseline is at least a tenth of its layer's mean, so that a channel that is almost silent on noise does
not get a huge excitement from a weak response. Layers with negative activations, as other networks have before their
ReLU, are measured by the mean of the absolute value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from deepdream.features import parameterization
from deepdream.network.layers import Layer
from deepdream.network.network import Network
from deepdream.runtime import tf

NOISE_SIZE, NOISE_COUNT, NOISE_SEED, NOISE_DEVIATION = (224, 224), 4, 0, 1.0
"""The noise that a network without known means is measured on; a deviation of 1 gives natural contrast."""

FLOOR = 0.1
"""Lower bound of a channel's baseline, as a share of its layer's mean."""


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
        excitement = means / normal[name]
        candidates = layers[name] if layers[name] is not None else range(len(means))
        best = sorted((c for c in candidates or () if means[c] > 0), key=lambda c: (-excitement[c], c))[:top]
        found[name] = tuple(
            _measured(table[name], c, float(excitement[c]), float(means[c]), maps[..., c], pixels.shape) for c in best
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


def feature_maps(network: Network, pixels: np.ndarray, layers: Sequence[str]) -> dict[str, np.ndarray]:
    """The layers' activations on one picture, layer name -> [h, w, channels], in the network's order."""
    found = network.activations(tuple(layers))(tf.constant(pixels[None]))
    return {layer.name: found[layer.name][0].numpy() for layer in network.table if layer.name in found}


def usual(network: Network, layers: Sequence[str]) -> dict[str, np.ndarray]:
    """Each channel's baseline, layer name -> [channels], see above; never 0."""
    known = {name: network.usual[name] for name in layers if name in network.usual}
    means = known if len(known) == len(layers) else _on_noise(network, layers)
    return {name: np.maximum(mean, max(FLOOR * mean.mean(), 1e-12)) for name, mean in means.items()}


def _on_noise(network: Network, layers: Sequence[str]) -> dict[str, np.ndarray]:
    """Mean absolute activations over natural noise."""
    means: dict[str, np.ndarray] = {}
    for picture in natural_noise(NOISE_COUNT, NOISE_SEED):
        for name, maps in feature_maps(network, picture, layers).items():
            means[name] = means.get(name, 0.0) + np.abs(maps).mean(axis=(0, 1)) / NOISE_COUNT
    return means


def natural_noise(count: int, seed: int) -> np.ndarray:
    """Noise with a 1/f spectrum and natural colours, [count, H, W, 3] float32 in 0..1."""
    rng = np.random.default_rng(seed)
    waves = np.stack([parameterization.noise(NOISE_SIZE, rng, deviation=NOISE_DEVIATION) for _ in range(count)])
    spectrum = tf.constant(parameterization.spectrum(NOISE_SIZE, 1.0))
    components = parameterization.picture(tf.constant(waves), spectrum, tf.constant(NOISE_SIZE))
    return parameterization.to_rgb(components).numpy()
