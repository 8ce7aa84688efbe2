"""Gradient ascent on a batch of pictures, each towards its own channel or direction, with Adam written out.

climber(response, size, settings) -> climb, compiled once for all batches of a layer
climb(features) -> iterator of AscentStep, one for each step; the last has the pictures

Batching is only a matter of speed. Every picture starts from its own noise, drawn from seed and channel; all are seen
through the same views, drawn from the seed; and Adam works element by element. So a picture does not depend on its
batch (except for the last bits, as sums may be taken in another order). Only the diversity term couples the pictures
of a channel.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from deepdream.errors import GradientError
from deepdream.features import diversity, objective, parameterization, transforms
from deepdream.features.request import Feature
from deepdream.features.settings import FeatureSettings
from deepdream.images import natural
from deepdream.network.network import Response
from deepdream.runtime import tf
from deepdream.settings import Size

START = 0.02
"""Standard deviation of the noise that a picture starts from, before the sigmoid; as in the code of Olah et al."""

MOMENTUM, MEMORY, FLOOR = 0.9, 0.999, 1e-12
"""Adam's beta 1, beta 2 and epsilon (Kingma and Ba 2015, arXiv:1412.6980); epsilon is small because gradients are."""

JITTER = 8
"""Largest shift for a neuron, whose position matters; a channel's picture may be shifted by any amount."""


class Wanted(NamedTuple):
    """What the pictures of a batch are to excite: channels of the layer, or directions in it.

    Attributes:
        channels: [N] int32; None for directions.
        vectors: [N, C] float32; None for channels.
        leak: of responses below zero, 1 for scores, which have no ReLU.
    """

    channels: tf.Tensor | None = None
    vectors: tf.Tensor | None = None
    leak: tf.Tensor | None = None


@dataclass(frozen=True)
class AscentStep:
    """The state of a batch after a step.

    Attributes:
        step: counted from 1.
        values: each picture's objective before the step, [N].
        pictures: [N, H, W, 3] float32 RGB in 0..1; None except after the last step.
        responses: how strongly each picture excites its channel or neuron, untransformed, [N]; None likewise.
    """

    step: int
    values: np.ndarray
    pictures: np.ndarray | None = None
    responses: np.ndarray | None = None


def climber(
    response: Response, size: Size, settings: FeatureSettings
) -> Callable[[Sequence[Feature]], Iterator[AscentStep]]:
    """A function that makes the pictures of a layer's features, batch by batch.

    Args:
        response: of the features' layer.
        size: (height, width) of the pictures.
        settings: resolved for the layer.

    Returns:
        a function of features (of this layer and size, all channels or all other targets with their vectors, the
        pictures of each side by side) that ascends from
        noise, step by step. It raises GradientError if a picture's gradient is not finite or is zero everywhere.
    """
    spectrum = tf.constant(natural.spectrum(size, settings.decay))
    step_up = _step(response, settings, size)

    def climb(features: Sequence[Feature]) -> Iterator[AscentStep]:
        free = tf.constant(np.stack([_start(feature, settings) for feature in features]))
        moments = tf.zeros_like(free), tf.zeros_like(free)
        wanted = _wanted(features)
        rng = np.random.default_rng(settings.seed)
        for step in range(1, settings.steps + 1):
            view = _view(rng, size, settings)
            seen = tf.constant(view.shift), tf.constant(view.affine)
            count = tf.constant(step, tf.float32)
            free, moments, values, steepest = step_up(free, moments, count, wanted, seen, spectrum)
            _check(steepest.numpy(), step, features)
            if step < settings.steps:
                yield AscentStep(step, values.numpy())
        pictures = _picture(free, spectrum, size, settings.plain)
        responses = _responses(response(pictures), wanted, settings)
        yield AscentStep(settings.steps, values.numpy(), pictures.numpy(), responses.numpy())

    return climb


def _start(feature: Feature, settings: FeatureSettings) -> np.ndarray:
    """The noise that a picture starts from, which does not depend on its batch."""
    rng = np.random.default_rng([settings.seed, feature.channel or 0, feature.copy])
    if settings.plain:
        return rng.normal(0.0, START, (*feature.size, 3)).astype(np.float32)
    return natural.noise(feature.size, rng, deviation=START)


def _view(rng: np.random.Generator, size: Size, settings: FeatureSettings) -> transforms.View:
    """How the pictures are transformed at this step; not at all for plain ascent."""
    if settings.plain:
        return transforms.View((0, 0), transforms.affine(size, 1.0, 0.0))
    jitter = JITTER if settings.neuron else None
    return transforms.draw(rng, size, jitter=jitter, scale=settings.scale, turn=settings.turn)


def _picture(free: tf.Tensor, spectrum: tf.Tensor, size: Size, plain: bool) -> tf.Tensor:
    """The pictures of these parameters, [N, H, W, 3] in 0..1."""
    if plain:
        return tf.sigmoid(free)
    return parameterization.to_rgb(parameterization.picture(free, spectrum, tf.constant(size)))


def _step(response: Response, settings: FeatureSettings, size: Size) -> Callable[..., Any]:
    """One step of Adam as one compiled function, with what is wanted as an argument."""

    @tf.function(autograph=False, reduce_retracing=True)
    def step_up(
        free: tf.Tensor,
        moments: tuple[tf.Tensor, tf.Tensor],
        step: tf.Tensor,
        wanted: Wanted,
        view: tuple[tf.Tensor, tf.Tensor],
        spectrum: tf.Tensor,
    ) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor], tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(free)
            pictures = _picture(free, spectrum, size, settings.plain)
            seen = pictures if settings.plain else transforms.see(pictures, *view)
            value = _value(partial(response, seen), wanted, settings)  # [N]
        slope = tape.gradient(value, free)
        mean = MOMENTUM * moments[0] + (1 - MOMENTUM) * slope
        square = MEMORY * moments[1] + (1 - MEMORY) * tf.square(slope)
        stride = tf.sqrt(square / (1 - MEMORY**step)) + FLOOR
        free += settings.rate * mean / (1 - MOMENTUM**step) / stride
        steepest = tf.reduce_max(tf.abs(slope), axis=tf.range(1, tf.rank(slope)))  # [N]
        return free, (mean, square), value, steepest

    return step_up


def _value(respond: Callable[..., tf.Tensor], wanted: Wanted, settings: FeatureSettings) -> tf.Tensor:
    """The objective of each picture, [N]; `respond` computes all channels of the layer, or those it is passed."""
    neuron, negative = settings.neuron, settings.negative
    if wanted.channels is not None and settings.diversity == 1:  # the last layer's other channels need not be computed
        selected = objective.select(respond(wanted.channels), tf.range(tf.size(wanted.channels)))
        return objective.value(selected, neuron=neuron, negative=negative)
    responses = respond()
    if wanted.channels is not None:
        value = objective.value(objective.select(responses, wanted.channels), neuron=neuron, negative=negative)
    else:
        leak = tf.maximum(wanted.leak, 1.0 if negative else objective.LEAK)
        value = (-1.0 if negative else 1.0) * objective.along(responses, wanted.vectors, neuron=neuron, leak=leak)
    if settings.diversity == 1:
        return value
    alike = diversity.similarity(tf.nn.relu(responses), settings.diversity)
    return value - settings.diversity_weight * tf.abs(tf.stop_gradient(value)) * alike


def _responses(responses: tf.Tensor, wanted: Wanted, settings: FeatureSettings) -> tf.Tensor:
    """How strongly each picture excites its target, [N]: see `objective.response`."""
    if wanted.channels is not None:
        selected = objective.select(responses, wanted.channels)
        return objective.response(selected, neuron=settings.neuron, negative=settings.negative)
    leak = tf.maximum(wanted.leak, 1.0 if settings.negative else 0.0)
    return objective.along(responses, wanted.vectors, neuron=settings.neuron, leak=leak)


def _wanted(features: Sequence[Feature]) -> Wanted:
    """What the pictures of a batch are to excite."""
    targets = [feature.target for feature in features if feature.target is not None]
    if not targets:
        return Wanted(channels=tf.constant([feature.channel for feature in features], tf.int32))
    vectors = tf.constant([target.vector for target in targets], tf.float32)
    return Wanted(vectors=vectors, leak=tf.constant(float(targets[0].scores)))


def _check(steepest: np.ndarray, step: int, features: Sequence[Feature]) -> None:
    """Raise if there is no direction to ascend in.

    Raises:
        GradientError: with the step and the channel.
    """
    for slope, feature in zip(steepest, features, strict=True):
        if not np.isfinite(slope):
            raise GradientError(f"The gradient is not finite at step {step} for {feature.term}.")
        if slope == 0:
            raise GradientError(f"The gradient is zero everywhere at step {step} for {feature.term}.")
