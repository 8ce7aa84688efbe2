"""Guides: pictures whose features a dream is pulled toward.

features(guides, activations, layers) -> {layer: [(features [P, C], weight), ...]}     once, before the dream
guide_objective(features, choices) -> Objective            each position is pulled toward its best match

A density per position like every other objective: the match of a position depends only on its own features and the
guide's, so tiles stay exact.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from deepdream.network.layers import Layer, check_size, neediest
from deepdream.network.network import Activations
from deepdream.network.objective import Objective
from deepdream.runtime import tf
from deepdream.settings.selection import Choice

Features = Mapping[str, Sequence[tuple[np.ndarray, float]]]
"""Layer name -> for each guide, the layer's activations at each position, [P, C] float32, and the guide's weight."""

SCORES = 2**24
"""Dot products held in memory at a time, 64 MiB: bounds the memory of matching."""


def features(
    guides: Iterable[tuple[np.ndarray, float]], activations: Callable[[tf.Tensor], Activations], layers: Sequence[Layer]
) -> dict[str, list[tuple[np.ndarray, float]]]:
    """The layers' activations for each guide.

    Args:
        guides: pictures [H, W, 3] float32 RGB in 0..1, of any sizes, with their weights.
        activations: RGB images [1, H, W, 3] -> {layer name: [1, h, w, C]}.
        layers: the target layers.

    Raises:
        ImageError: a guide too small for one of the layers.
    """
    found: dict[str, list[tuple[np.ndarray, float]]] = {layer.name: [] for layer in layers}
    for picture, weight in guides:
        check_size(
            "The guide is", picture.shape[:2], neediest(layers), "Give a larger guide or choose an earlier layer."
        )
        by_layer = activations(tf.constant(picture[None], tf.float32))
        for layer in layers:
            activation = by_layer[layer.name].numpy()
            found[layer.name].append((activation.reshape(-1, activation.shape[-1]), weight))
    return found


def guide_objective(features: Features, choices: tuple[Choice, ...], *, scores: int = SCORES) -> Objective:
    """The mean over the chosen layers of weight times the mean dot product with the best match among the guide's
    features, divided by the number of channels.

    The best match of a position is the guide's nearest feature, held constant in the gradient, so that the gradient
    with respect to a feature is its match. A picture that is its own guide is pulled toward what it already is, as by
    `squares` (at half the gradient, because there both factors vary), and no further.

    Args:
        features: of each guide with its weight, from `features`; several guides are averaged.
        choices: layers, channels (only these are matched and pulled) and weights.
        scores: dot products held in memory at a time; does not change the matches.

    Source: Mordvintsev, Olah and Tyka 2015 (dream.ipynb, "Controlling dreams", objective_guide); follows in the
        gradient. Differs: they match by the largest dot product x y, here by the largest x y - y^2 / 2, which is the
        nearest feature. With theirs, a few strong features win almost everywhere (of 784 features of a photograph of
        clouds, ten covered nine tenths of a picture at the pocket network's block4_conv2; with ours four tenths), and
        a picture that is its own guide is pulled beyond itself. Also the mean over positions and channels instead of
        the sum.
    """
    known = [  # per choice; tensors made outside the graph, which would copy them for every trace
        [(_chosen(tf.constant(theirs), choice), weight) for theirs, weight in features[choice.layer]]
        for choice in choices
    ]

    def densities(activations: Activations) -> dict[str, tf.Tensor]:
        found = {}
        for choice, guides in zip(choices, known, strict=True):
            activation = _chosen(activations[choice.layer], choice)
            pulls = [weight * _pull(activation, theirs, scores) for theirs, weight in guides]
            found[choice.layer] = choice.weight * tf.add_n(pulls) / (len(pulls) * len(choices))
        return found

    return Objective(tuple(choice.layer for choice in choices), densities)


def _chosen(activation: tf.Tensor, choice: Choice) -> tf.Tensor:
    """The choice's channels, [..., C]."""
    return activation if choice.channels is None else tf.gather(activation, choice.channels, axis=-1)


def _pull(activation: tf.Tensor, known: tf.Tensor, scores: int) -> tf.Tensor:
    """Mean over channels of each position's activations times its match's, [N, h, w, C] and [P, C] -> [N, h, w]."""
    flat = tf.reshape(tf.stop_gradient(activation), [-1, known.shape[-1]])
    match = tf.reshape(tf.gather(known, best(flat, known, scores)), tf.shape(activation))
    return tf.reduce_mean(activation * tf.stop_gradient(match), axis=-1)


def best(queries: tf.Tensor, known: tf.Tensor, scores: int = SCORES) -> tf.Tensor:
    """Index of the known feature nearest to each query, [Q, C] and [P, C] -> [Q] int64.

    Args:
        queries: the features of each position, to be matched.
        known: the features to choose from; ties go to the first.
        scores: dot products held in memory at a time.
    """
    count, total = tf.shape(queries)[0], tf.shape(known)[0]
    block = tf.clip_by_value(scores // tf.maximum(count, 1), 1, total)
    handicap = tf.reduce_sum(tf.square(known), axis=1) / 2  # |x - y|^2 is smallest where x y - y^2 / 2 is largest

    def remaining(start: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
        return start < total

    def search(start: tf.Tensor, score: tf.Tensor, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        end = start + block
        found = tf.linalg.matmul(queries, known[start:end], transpose_b=True) - handicap[start:end]  # [Q, block]
        first, top = tf.argmax(found, axis=1) + tf.cast(start, tf.int64), tf.reduce_max(found, axis=1)
        return end, tf.maximum(score, top), tf.where(top > score, first, index)

    state = (tf.constant(0), tf.fill([count], queries.dtype.min), tf.zeros([count], tf.int64))
    return tf.while_loop(remaining, search, state, parallel_iterations=1)[2]
