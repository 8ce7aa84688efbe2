"""What an objective is: a mean over positions of a density of a network's activations.

An Objective maps activations to densities, {layer name: [N, h, w]}. Its value is the sum over layers of the density's
mean over the layer's positions. No two positions are coupled, so the contributions of disjoint sets of positions add
up to the whole value: that is what makes tiles exact.

value(objective, activations) -> [N]   on a whole picture

The objectives themselves are in `objectives/`; `gradient/` differentiates any of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from deepdream.network.network import Activations
from deepdream.runtime import tf

Brushes = Mapping[str, tuple[tf.Tensor, tf.Tensor]]
"""Layer name -> the brushes' shares of its positions [N, h, w, K] and the channels that they excite [K, C]."""


@dataclass(frozen=True)
class Objective:
    """Something to maximise.

    Attributes:
        layers: names of the layers it depends on.
        densities: {layer name: activation [N, h, w, channels]} -> {layer name: density [N, h, w]}; one whose brushes
            differ from place to place takes `Brushes` as well.
    """

    layers: tuple[str, ...]
    densities: Callable[..., dict[str, tf.Tensor]]


@dataclass(frozen=True, eq=False)
class Paint:
    """Paint on a picture: which brush was used where, and what each excites.

    Attributes:
        index: [H, W] uint8, the number of the brush at each pixel from 1; 0 where there is no paint.
        vectors: layer name -> each brush's weights of the layer's channels, [K, C] float32.
    """

    index: np.ndarray
    vectors: Mapping[str, np.ndarray]


def value(objective: Objective, activations: Activations) -> tf.Tensor:
    """The objective's value for each image, [N]."""
    means = [tf.reduce_mean(density, axis=(1, 2)) for density in objective.densities(activations).values()]
    return tf.add_n(means)
