"""Known results: statistics of a network's layers on one picture, which distinguish the published weights in another
format from other weights of the same shapes.

of(network, picture) -> {layer: (mean, deviation)}
judged(network, picture, published) -> a sentence
"""

from collections.abc import Mapping

import numpy as np

from deepdream.network.vgg.model import VGG

Statistics = Mapping[str, tuple[float, float]]
"""Convolution -> mean and standard deviation of its activations."""

TOLERANCE = 0.01
"""Relative: rounding of half precision and of decoders is below it, other weights are far beyond."""


def of(network: VGG, picture: np.ndarray) -> dict[str, tuple[float, float]]:
    """The statistics of each convolution on a picture [H, W, 3] float32 RGB in 0..1."""
    from deepdream.runtime import tf

    names = tuple(layer.name for layer in network.table if layer.kind == "conv")
    found = network.activations(names)(tf.constant(picture[None]))
    return {name: (float(np.mean(found[name])), float(np.std(found[name]))) for name in names}


def judged(network: VGG, picture: np.ndarray, published: Statistics) -> str:
    """Whether a file's activations are those of the published weights, as a sentence.

    Args:
        network: with the file's weights.
        picture: [H, W, 3] float32 RGB in 0..1, the one that the published statistics are of.
        published: statistics of the published weights.
    """
    for name, found in of(network, picture).items():
        if not np.allclose(found, published[name], rtol=TOLERANCE):
            (mean, deviation), (right, right_deviation) = found, published[name]
            return (
                f"Its activations on the sample picture are not those of {network.name} as published: {name} has mean "
                f"{mean:.4g} and deviation {deviation:.4g}, not {right:.4g} and {right_deviation:.4g}. "
                "It is of another training, or stored in another order."
            )
    return f"Its activations on the sample picture are those of {network.name} as published."
