"""The ascent: a batch of pictures walks up together, each towards its own channel. Adam, written out.

climber(response, size, settings) -> climb, compiled once for all batches of a layer
climb(features) -> iterator of Ascended, one for each step; the last has the pictures

The batch is only a matter of speed. Every picture starts from noise of its own, drawn from seed and channel, all are
seen through the same views, drawn from the seed, and Adam couples nothing: a picture does not depend on its batch
(but for the last bits, as sums may be taken in another order). Only the pictures of one channel know of each other.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from deepdream.errors import GradientError
from deepdream.features import diversity, objective, parameterization, transforms
from deepdream.features.request import Feature
from deepdream.features.settings import FeatureSettings
from deepdream.network.network import Response
from deepdream.runtime import tf
from deepdream.settings import Size

START = 0.02
"""Deviation of the noise that a picture starts from, before its colours are bounded; as in their code."""

MOMENTUM, MEMORY, FLOOR = 0.9, 0.999, 1e-12
"""Adam's beta 1 and 2 and epsilon (Kingma and Ba 2015, arXiv:1412.6980); the floor is small, as gradients are here."""

JITTER = 8
"""Largest shift for a neuron, whose place counts; a channel's picture may be shifted anywhere."""


@dataclass(frozen=True)
class Ascended:
    """What a batch has come to after a step.

    Attributes:
        step: counted from 1.
        values: each picture's objective before the step, [N].
        pictures: [N, H, W, 3] float32 RGB in 0..1; None but after the last step.
        responses: how strongly each picture excites its channel or neuron, seen straight on, [N]; None as well.
    """

    step: int
    values: np.ndarray
    pictures: np.ndarray | None = None
    responses: np.ndarray | None = None


def climber(
    response: Response, size: Size, settings: FeatureSettings
) -> Callable[[Sequence[Feature]], Iterator[Ascended]]:
    """What makes the pictures of a layer's features, batch by batch.

    Args:
        response: of the features' layer.
        size: (height, width) of the pictures.
        settings: steps, rate and all.

    Returns:
        a function of features (of this layer and size, the pictures of one channel side by side) that walks up from
        noise, step by step. It raises GradientError where the gradient of a picture is not finite or zero everywhere.
    """
    spectrum = tf.constant(parameterization.spectrum(size, settings.decay))
    step_up = _step(response, settings, size)

    def climb(features: Sequence[Feature]) -> Iterator[Ascended]:
        free = tf.constant(np.stack([_start(feature, settings) for feature in features]))
        moments = tf.zeros_like(free), tf.zeros_like(free)
        channels = tf.constant([feature.channel for feature in features], tf.int32)
        rng = np.random.default_rng(settings.seed)
        for step in range(1, settings.steps + 1):
            view = _view(rng, size, settings)
            seen = tf.constant(view.shift), tf.constant(view.affine)
            count = tf.constant(step, tf.float32)
            free, moments, values, steepest = step_up(free, moments, count, channels, seen, spectrum)
            _check(steepest.numpy(), step, features)
            if step < settings.steps:
                yield Ascended(step, values.numpy())
        pictures = _picture(free, spectrum, size, settings.plain)
        own = objective.own(response(pictures), channels)
        responses = objective.response(own, neuron=settings.neuron, negative=settings.negative)
        yield Ascended(settings.steps, values.numpy(), pictures.numpy(), responses.numpy())

    return climb


def _start(feature: Feature, settings: FeatureSettings) -> np.ndarray:
    """The noise that a picture starts from: its own, whatever batch it is in."""
    rng = np.random.default_rng([settings.seed, feature.channel, feature.copy])
    if settings.plain:
        return rng.normal(0.0, START, (*feature.size, 3)).astype(np.float32)
    return parameterization.noise(feature.size, rng, deviation=START)


def _view(rng: np.random.Generator, size: Size, settings: FeatureSettings) -> transforms.View:
    """How the pictures are seen at this step; straight on for the plain ascent."""
    if settings.plain:
        return transforms.View((0, 0), transforms.affine(size, 1.0, 0.0))
    jitter = JITTER if settings.neuron else None
    return transforms.draw(rng, size, jitter=jitter, scale=settings.scale, turn=settings.turn)


def _picture(free: tf.Tensor, spectrum: tf.Tensor, size: Size, plain: bool) -> tf.Tensor:
    """The pictures that the free numbers stand for, [N, H, W, 3] in 0..1."""
    if plain:
        return tf.sigmoid(free)
    return parameterization.to_rgb(parameterization.picture(free, spectrum, tf.constant(size)))


def _step(response: Response, settings: FeatureSettings, size: Size) -> Callable[..., Any]:
    """One step of Adam as one compiled function; the channels are an argument of it."""

    @tf.function(autograph=False, reduce_retracing=True)
    def step_up(
        free: tf.Tensor,
        moments: tuple[tf.Tensor, tf.Tensor],
        step: tf.Tensor,
        channels: tf.Tensor,
        view: tuple[tf.Tensor, tf.Tensor],
        spectrum: tf.Tensor,
    ) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor], tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(free)
            pictures = _picture(free, spectrum, size, settings.plain)
            seen = pictures if settings.plain else transforms.see(pictures, *view)
            value = _value(partial(response, seen), channels, settings)  # [N]
        slope = tape.gradient(value, free)
        mean = MOMENTUM * moments[0] + (1 - MOMENTUM) * slope
        square = MEMORY * moments[1] + (1 - MEMORY) * tf.square(slope)
        stride = tf.sqrt(square / (1 - MEMORY**step)) + FLOOR
        free += settings.rate * mean / (1 - MOMENTUM**step) / stride
        steepest = tf.reduce_max(tf.abs(slope), axis=tf.range(1, tf.rank(slope)))  # [N]
        return free, (mean, square), value, steepest

    return step_up


def _value(answer: Callable[..., tf.Tensor], channels: tf.Tensor, settings: FeatureSettings) -> tf.Tensor:
    """The objective of each picture, [N]; `answer` gives all the layer's channels, or those that it is given."""
    if settings.diversity == 1:  # the other channels of the last layer need not be computed
        answers = answer(channels)
        own = objective.own(answers, tf.range(tf.size(channels)))
        return objective.value(own, neuron=settings.neuron, negative=settings.negative)
    answers = answer()
    value = objective.value(objective.own(answers, channels), neuron=settings.neuron, negative=settings.negative)
    alike = diversity.likeness(tf.nn.relu(answers), settings.diversity)
    return value - settings.diversity_weight * tf.abs(tf.stop_gradient(value)) * alike


def _check(steepest: np.ndarray, step: int, features: Sequence[Feature]) -> None:
    """Refuse to walk on without a way up.

    Raises:
        GradientError: says where.
    """
    for slope, feature in zip(steepest, features, strict=True):
        if not np.isfinite(slope):
            raise GradientError(f"The gradient is not finite at step {step} for {feature.term}.")
        if slope == 0:
            raise GradientError(f"The gradient is zero everywhere at step {step} for {feature.term}.")
