"""What the pictures of a batch are to excite: channels, directions, or what another picture excites.

of(features) -> Wanted
value(response, seen, wanted, settings, ...) -> [N]          maximised
responses(response, pictures, wanted, settings, ...) -> [N]  how strongly finished pictures excite it
DRAWN: kind of target -> how alike the responses to two pictures are; a new kind is one row
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from deepdream.features import diversity, objective
from deepdream.features.feature import Feature
from deepdream.features.settings import FeatureSettings
from deepdream.network.network import Response
from deepdream.runtime import tf


class Wanted(NamedTuple):
    """What each picture of a batch is to excite; one of the first three.

    Attributes:
        channels: [N] int32, channels of the layer.
        vectors: [N, C] float32, directions in it.
        kind: of DRAWN, what is compared with another picture.
        leak: of responses below zero along vectors: 0, or 1 for scores, which have no ReLU.
    """

    channels: tf.Tensor | None = None
    vectors: tf.Tensor | None = None
    kind: str | None = None
    leak: float = 0.0


def of(features: Sequence[Feature]) -> Wanted:
    """What features of one layer and kind are to excite; their targets are resolved."""
    targets = [feature.target for feature in features if feature.target is not None]
    if not targets:
        return Wanted(channels=tf.constant([feature.channel for feature in features], tf.int32))
    if features[0].drawn:
        return Wanted(kind=features[0].drawn)
    return Wanted(vectors=tf.constant([one.vector for one in targets], tf.float32), leak=float(targets[0].scores))


def value(
    response: Response,
    seen: tf.Tensor,
    wanted: Wanted,
    settings: FeatureSettings,
    *,
    parts: int = 1,
    sources: tf.Tensor | None = None,
) -> tf.Tensor:
    """The objective of each picture, [N].

    Args:
        response: of the layer.
        seen: [N * parts, h, w, 3], what is shown of the pictures.
        wanted: for the N pictures.
        settings: of the pictures.
        parts: shown of each picture.
        sources: [N * parts, h, w, 3], the same view of the pictures that they are compared with.
    """
    if wanted.kind is not None:
        assert sources is not None
        return DRAWN[wanted.kind](response(seen), tf.stop_gradient(response(sources)))
    neuron, negative = settings.neuron, settings.negative
    if wanted.channels is not None:
        channels = tf.repeat(wanted.channels, parts) if parts > 1 else wanted.channels
        if settings.diversity == 1:  # the last layer's other channels need not be computed
            selected = objective.select(response(seen, channels), tf.range(tf.size(channels)))
            return _per_picture(objective.value(selected, neuron=neuron, negative=negative), parts)
    found = response(seen)
    if wanted.channels is not None:
        each = objective.value(objective.select(found, channels), neuron=neuron, negative=negative)
    else:
        vectors = tf.repeat(wanted.vectors, parts, axis=0) if parts > 1 else wanted.vectors
        leak = max(wanted.leak, 1.0 if negative else objective.LEAK)
        each = (-1.0 if negative else 1.0) * objective.along(
            found, vectors, neuron=neuron, leak=leak, cosine=settings.cosine
        )
    if settings.diversity > 1:
        alike = diversity.similarity(tf.nn.relu(found), settings.diversity)
        each -= settings.diversity_weight * tf.abs(tf.stop_gradient(each)) * alike
    return _per_picture(each, parts)


def responses(
    response: Response,
    pictures: tf.Tensor,
    wanted: Wanted,
    settings: FeatureSettings,
    sources: tf.Tensor | None = None,
) -> tf.Tensor:
    """How strongly finished pictures excite what is wanted, [N]: see `objective.response`; for pictures that are
    compared with others, how alike they are.
    """
    found = response(pictures)
    if wanted.kind is not None:
        assert sources is not None
        return DRAWN[wanted.kind](found, response(sources))
    if wanted.channels is not None:
        selected = objective.select(found, wanted.channels)
        return objective.response(selected, neuron=settings.neuron, negative=settings.negative)
    leak = max(wanted.leak, 1.0 if settings.negative else 0.0)
    return objective.along(found, wanted.vectors, neuron=settings.neuron, leak=leak)


def _per_picture(values: tf.Tensor, parts: int) -> tf.Tensor:
    """The mean over each picture's parts, [N * parts] -> [N]."""
    return tf.reduce_mean(tf.reshape(values, [-1, parts]), axis=1) if parts > 1 else values


def _inversion(found: tf.Tensor, theirs: tf.Tensor) -> tf.Tensor:
    """Share of the responses' energy that is explained, [N]: 1 if they are the same.

    Source: Mahendran and Vedaldi 2015 (arXiv:1412.0035), the normalised squared distance. Differs: responses before
        the ReLU, and no penalties: the waves of the parameterization are the prior.
    """
    return 1 - _energy(found - theirs) / _energy(theirs)


def _caricature(found: tf.Tensor, theirs: tf.Tensor) -> tf.Tensor:
    """The dot product of the activations at each position times their cosine over all, [N].

    Source: Mordvintsev, Pezzotti, Schubert and Olah 2018 (distill.pub/2018/differentiable-parameterizations) and the
        caricatures of Lucid's notebooks: dot x cosine. Differs: the dot product is relative to the other picture's own
        energy, so that 1 means as strong as there, and responses below zero leak.
    """
    mine, active = tf.nn.leaky_relu(found, objective.LEAK), tf.nn.relu(theirs)
    dot = tf.reduce_sum(mine * active, axis=(1, 2, 3))
    energy = _energy(active)
    cosine = dot / tf.sqrt(_energy(mine) * energy)
    return dot / energy * tf.maximum(cosine, 0.1)


def _energy(found: tf.Tensor) -> tf.Tensor:
    """The sum of squares of each picture's responses, [N]; never 0."""
    return tf.reduce_sum(tf.square(found), axis=(1, 2, 3)) + 1e-12


DRAWN: dict[str, Callable[[tf.Tensor, tf.Tensor], tf.Tensor]] = {
    "inversion": _inversion,
    "caricature": _caricature,
}
"""By kind, of those in `settings.targets.KINDS`: (a picture's responses, another's, both [N, h, w, C]) -> [N]."""
