"""From an objective to a function that gives its value and its gradient with respect to the picture.

make(weights, objective, ...) -> gradient
gradient(images [N, H, W, 3]) -> (value [N], gradient [N, H, W, 3]), all float32 in NumPy
"""

from collections.abc import Callable, Mapping

import numpy as np

from deepdream import objectives
from deepdream.network import colours, forward
from deepdream.network.architecture import Layer
from deepdream.objectives import Objective
from deepdream.runtime import tf

Gradient = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def make(
    arrays: Mapping[str, tuple[np.ndarray, np.ndarray]],
    table: tuple[Layer, ...],
    objective: Objective,
    *,
    space: str = "network",
) -> Gradient:
    """The value and gradient of an objective, as one compiled function of the picture.

    Args:
        arrays: layer name -> kernel [3, 3, in, out] and bias [out].
        table: the network's layers, first to last.
        objective: what to make large.
        space: what the network is shown, "network" or "raw" (see `colours`).

    Returns:
        a function of images [N, H, W, 3], float32 RGB 0..1, that gives (value [N], gradient like the images). It is
        traced once; neither another height nor another width traces it again.
    """
    parameters = {name: tuple(tf.constant(array) for array in pair) for name, pair in arrays.items()}

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3]), _specs(parameters)], autograph=False)
    def value_and_gradient(images: tf.Tensor, weights: forward.Parameters) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            shown = colours.to_network(images, space)
            seen = forward.activations(weights, shown, objective.layers, table=table)
            value = objectives.value(objective, seen)  # [N]
        return value, tape.gradient(value, images)

    def gradient(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, slope = value_and_gradient(tf.constant(images), parameters)
        return value.numpy(), slope.numpy()

    return gradient


def _specs(parameters: forward.Parameters) -> dict[str, tuple[tf.TensorSpec, ...]]:
    """The shapes of the weights, so that they are arguments of the graph."""
    return {name: tuple(tf.TensorSpec(tensor.shape) for tensor in pair) for name, pair in parameters.items()}
