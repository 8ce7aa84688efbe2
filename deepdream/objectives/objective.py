"""What a dream maximises. Every objective is a mean over positions of a density.

An Objective maps activations to densities, {layer name: [N, h, w]}. Its value is the sum over layers of the density's
mean over the layer's positions. No two positions are coupled, so the contributions of disjoint sets of positions add
up to the whole value: that is what makes tiles exact.

value(objective, activations) -> [N]   on a whole picture
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deepdream.runtime import tf

Activations = Mapping[str, tf.Tensor]
"""Layer name -> [N, h, w, channels]."""


@dataclass(frozen=True)
class Objective:
    """Something to maximise.

    Attributes:
        layers: names of the layers it depends on.
        densities: {layer name: activation [N, h, w, channels]} -> {layer name: density [N, h, w]}; that of paint takes
            the paint as well, see `paint`.
    """

    layers: tuple[str, ...]
    densities: Callable[..., dict[str, tf.Tensor]]


def value(objective: Objective, activations: Activations) -> tf.Tensor:
    """The objective's value for each image, [N]."""
    means = [tf.reduce_mean(density, axis=(1, 2)) for density in objective.densities(activations).values()]
    return tf.add_n(means)
