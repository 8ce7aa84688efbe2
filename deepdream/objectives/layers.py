"""Objectives that maximise the activations of layers, or of some of their channels.

layer_objective(choices, kind) -> Objective
KINDS: the setting `objective` -> the function of an activation that is averaged; a new kind is one row
"""

from collections.abc import Callable

from deepdream.network.network import Activations
from deepdream.network.objective import Objective
from deepdream.runtime import tf
from deepdream.settings.selection import Choice

KINDS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {"mean": tf.identity, "squares": tf.square}
"""Elementwise: the activation itself, or its square, whose gradient is proportional to the activation, so that strong
activations grow fastest."""


def layer_objective(choices: tuple[Choice, ...], kind: str = "mean") -> Objective:
    """The mean over the choices of weight times the layer's mean activation (or that of its chosen channels, or the sum
    of its activations weighted by a vector).

    Args:
        choices: layers, channels or vectors, and weights; with nothing left to compute.
        kind: of KINDS.

    Source: Mordvintsev, Olah and Tyka 2015 ("squares": their L2 objective; differs by a constant factor, because they
        set the gradient to the activation, and by the mean in place of the sum).
    """
    function = KINDS[kind]

    def density(activation: tf.Tensor, choice: Choice) -> tf.Tensor:
        if choice.vector is not None:
            values = activation if choice.scores else function(activation)
            return choice.weight * tf.linalg.matvec(values, tf.constant(choice.vector, tf.float32))  # [N, h, w]
        if choice.channels is not None:
            activation = tf.gather(activation, choice.channels, axis=-1)
        return choice.weight * tf.reduce_mean(function(activation), axis=-1)  # [N, h, w]

    def densities(activations: Activations) -> dict[str, tf.Tensor]:
        found: dict[str, tf.Tensor] = {}
        for choice in choices:
            one = density(activations[choice.layer], choice) / len(choices)
            found[choice.layer] = found[choice.layer] + one if choice.layer in found else one
        return found

    return Objective(tuple(dict.fromkeys(choice.layer for choice in choices)), densities)
