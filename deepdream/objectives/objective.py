"""What a dream makes large. Every objective is maximised and is a mean over positions of a density.

An Objective turns activations into densities, {layer name: [N, h, w]}. Its value is the sum over layers of the mean
of the density over the layer's positions. Because nothing couples two positions, a part of the positions has a share
of the value, and the shares of the parts add up to the whole: that is what makes tiles exact.

value(objective, activations) -> [N]   on a whole picture
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deepdream.runtime import tf

Activations = Mapping[str, tf.Tensor]
"""Layer name -> [N, h, w, channels]."""


@dataclass(frozen=True)
class Objective:
    """Something to make large.

    Attributes:
        layers: names of the layers that it looks at.
        densities: {layer name: activation [N, h, w, channels]} -> {layer name: density [N, h, w]}.
    """

    layers: tuple[str, ...]
    densities: Callable[[Activations], dict[str, tf.Tensor]]


def value(objective: Objective, activations: Activations) -> tf.Tensor:
    """The objective's value for each image, [N]."""
    means = [tf.reduce_mean(density, axis=(1, 2)) for density in objective.densities(activations).values()]
    return tf.add_n(means)
