"""The value and gradient of an objective on whole pictures, through any function that looks at them.

make(look, objective) -> gradient        as `engine.make`, for networks that Keras computes
"""

from collections.abc import Callable

import numpy as np

from deepdream.errors import OutOfMemoryError
from deepdream.objectives import objective as objectives
from deepdream.objectives.objective import Activations, Objective
from deepdream.runtime import tf

Gradient = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def make(look: Callable[[tf.Tensor], Activations], objective: Objective) -> Gradient:
    """The value and gradient of an objective, as one function of the picture.

    Args:
        look: images [N, H, W, 3], RGB 0..1 -> what the objective's layers answer.
        objective: what to make large.

    Returns:
        a function of images [N, H, W, 3], float32 RGB 0..1, that gives (value [N], gradient like the images). No size
        traces it again.
    """

    @tf.function(autograph=False, reduce_retracing=True)
    def value_and_gradient(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            value = objectives.value(objective, look(images))  # [N]
        return value, tape.gradient(value, images, unconnected_gradients="zero")

    def gradient(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        try:
            value, slope = value_and_gradient(tf.constant(images))
        except tf.errors.ResourceExhaustedError:
            raise OutOfMemoryError(
                f"Memory ran out on a picture of {images.shape[2]}x{images.shape[1]}, which can't be cut into tiles.",
                "Close other programs, or choose a smaller --max-side.",
            ) from None
        return value.numpy(), slope.numpy()

    return gradient
