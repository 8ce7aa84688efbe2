"""Accentuation: a picture changed until a target responds, and kept near to what it was in the eyes of an early layer.

near(value, early, seen, sources, weight) -> [N]
layer(table, target) -> the early layer

Source: Hamblin, Fel, Saha, Konkle and Alvarez 2024 ("Feature Accentuation", arXiv:2402.10039). Follows: ascent from a
    picture in the Fourier basis under random transformations, and a penalty on the distance from the picture in a
    layer's activations. Differs: the penalty is relative to the picture's own energy there and to the target's own
    response, so that one weight serves all targets; the layer is the last convolution at a quarter of the target's
    stride.
"""

from deepdream.network.layers import Layer
from deepdream.network.network import Forward
from deepdream.runtime import tf


def near(value: tf.Tensor, early: Forward, seen: tf.Tensor, sources: tf.Tensor, weight: float) -> tf.Tensor:
    """The objective less the distance from the pictures at the start.

    Args:
        value: each picture's objective, [N].
        early: activations of one layer.
        seen: [N, h, w, 3], what is shown of the pictures.
        sources: the same view of the pictures at the start.
        weight: of the distance, as a share of the objective.
    """
    ((found,), (theirs,)) = (early(pictures).values() for pictures in (seen, sources))
    theirs = tf.stop_gradient(theirs)
    distance = tf.reduce_sum(tf.square(found - theirs), axis=(1, 2, 3))
    energy = tf.reduce_sum(tf.square(theirs), axis=(1, 2, 3)) + 1e-12
    return value - weight * tf.abs(tf.stop_gradient(value)) * distance / energy


def layer(table: tuple[Layer, ...], target: Layer) -> Layer:
    """The last convolution whose stride is at most a quarter of the target's; the first layer if there is none."""
    before = table[: [row.name for row in table].index(target.name)] if target in table else table
    fitting = [row for row in before if row.kind == "conv" and row.stride * 4 <= target.stride]
    return fitting[-1] if fitting else table[0]
