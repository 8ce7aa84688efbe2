"""What a dream makes large. Every objective is maximised and is a mean over positions of a density.

An Objective turns activations into densities, {layer name: [N, h, w]}. Its value is the sum over layers of the mean
of the density over the layer's positions. Because nothing couples two positions, a part of the positions has a share
of the value, and the shares of the parts add up to the whole: that is what makes tiles exact.

layers(choices, kind) -> Objective     whole layers, or some of their channels
combined(parts) -> Objective           several objectives at once, each with its weight
value(objective, activations) -> [N]   on a whole picture
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from deepdream.runtime import tf
from deepdream.settings.selection import Choice

Activations = Mapping[str, tf.Tensor]


@dataclass(frozen=True)
class Objective:
    """Something to make large.

    Attributes:
        layers: names of the layers that it looks at.
        densities: {layer name: activation [N, h, w, channels]} -> {layer name: density [N, h, w]}.
    """

    layers: tuple[str, ...]
    densities: Callable[[Activations], dict[str, tf.Tensor]]


def layers(choices: tuple[Choice, ...], kind: str = "mean") -> Objective:
    """The mean over the chosen layers of weight times the mean activation of the layer (or of its chosen channels).

    Args:
        choices: layers, channels and weights.
        kind: "mean" for the mean activation; "squares" for the mean of its square, whose gradient is the activation
            itself, so that what is already strong is pushed most.

    Source: Mordvintsev, Olah and Tyka 2015 ("squares": their L2 objective; differs by a constant factor, because they
        set the gradient to the activation, and by the mean in place of the sum).
    """

    def densities(activations: Activations) -> dict[str, tf.Tensor]:
        return {choice.layer: _density(activations[choice.layer], choice, kind) / len(choices) for choice in choices}

    return Objective(tuple(choice.layer for choice in choices), densities)


def combined(parts: Sequence[tuple[Objective, float]]) -> Objective:
    """The weighted sum of several objectives; a layer that two of them look at is computed once.

    Args:
        parts: objectives with their weights; a negative weight makes one small.
    """

    def densities(activations: Activations) -> dict[str, tf.Tensor]:
        total: dict[str, tf.Tensor] = {}
        for objective, weight in parts:
            for layer, density in objective.densities(activations).items():
                total[layer] = total[layer] + weight * density if layer in total else weight * density
        return total

    return Objective(tuple(dict.fromkeys(layer for objective, _ in parts for layer in objective.layers)), densities)


def value(objective: Objective, activations: Activations) -> tf.Tensor:
    """The objective's value for each image, [N]."""
    means = [tf.reduce_mean(density, axis=(1, 2)) for density in objective.densities(activations).values()]
    return tf.add_n(means)


def _density(activation: tf.Tensor, choice: Choice, kind: str) -> tf.Tensor:
    """Weight times the mean over the chosen channels at each position, [N, h, w, channels] -> [N, h, w]."""
    if choice.channels is not None:
        activation = tf.gather(activation, choice.channels, axis=-1)
    if kind == "squares":
        activation = tf.square(activation)
    return choice.weight * tf.reduce_mean(activation, axis=-1)
