"""How much more a picture excites a channel than pictures usually do.

feature_maps(network, pixels, layers) -> {layer name: [h, w, channels]}
means(network, pixels, layer) -> [channels]        over the picture
usual(network, layers) -> {layer name: [channels]}

A channel's usual activation makes channels comparable whose weights have different scales. It is the mean over
photographs if the weight file has it, as the pocket network's does. Other networks are measured on noise with the
spectrum and colours of natural pictures, which needs no photographs. It is at least a tenth of its layer's mean, so
that a channel that is almost silent on noise does not get a huge excitement from a weak response. Layers with negative
activations, as other networks have before their ReLU, are measured by the mean of the absolute value.
"""

from collections.abc import Sequence

import numpy as np

from deepdream.images import natural
from deepdream.network.network import Network
from deepdream.runtime import tf

NOISE_COUNT, NOISE_SEED = 4, 0
"""The noise that a network without known means is measured on."""

FLOOR = 0.1
"""Lower bound of a channel's usual activation, as a share of its layer's mean."""


def feature_maps(network: Network, pixels: np.ndarray, layers: Sequence[str]) -> dict[str, np.ndarray]:
    """The layers' activations on one picture, layer name -> [h, w, channels], in the network's order."""
    found = network.activations(tuple(layers))(tf.constant(pixels[None]))
    return {layer.name: found[layer.name][0].numpy() for layer in network.table if layer.name in found}


def means(network: Network, pixels: np.ndarray, layer: str) -> np.ndarray:
    """A layer's mean activations over one picture, [channels]."""
    return feature_maps(network, pixels, (layer,))[layer].mean(axis=(0, 1))


def usual(network: Network, layers: Sequence[str]) -> dict[str, np.ndarray]:
    """Each channel's usual activation, layer name -> [channels], see above; never 0."""
    known = {name: network.usual[name] for name in layers if name in network.usual}
    found = known if len(known) == len(layers) else _on_noise(network, layers)
    return {name: np.maximum(mean, max(FLOOR * mean.mean(), 1e-12)) for name, mean in found.items()}


def _on_noise(network: Network, layers: Sequence[str]) -> dict[str, np.ndarray]:
    """Mean absolute activations over natural noise."""
    found: dict[str, np.ndarray] = {}
    for picture in natural.pictures(NOISE_COUNT, NOISE_SEED):
        for name, maps in feature_maps(network, picture, layers).items():
            found[name] = found.get(name, 0.0) + np.abs(maps).mean(axis=(0, 1)) / NOISE_COUNT
    return found
