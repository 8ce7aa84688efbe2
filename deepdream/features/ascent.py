"""Gradient ascent on a batch of pictures, each towards its own channel or other target, with Adam written out.

climber(response, size, settings, ...) -> climb, compiled once for all batches of a layer
climb(features, sources) -> iterator of AscentStep, one for each step; the last has the pictures

Batching is only a matter of speed. Every picture starts from its own noise, drawn from seed and channel; all are seen
through the same views, drawn from the seed; and Adam works element by element. So a picture does not depend on its
batch (except for the last bits, as sums may be taken in another order). Only the diversity term couples the pictures
of a channel.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepdream.errors import GradientError
from deepdream.features import accentuation, parameterization, wanted, ways
from deepdream.features.feature import Feature
from deepdream.features.settings import FeatureSettings
from deepdream.features.wanted import Wanted
from deepdream.network.network import Forward, Response
from deepdream.runtime import tf
from deepdream.settings import Size

MOMENTUM, MEMORY, FLOOR = 0.9, 0.999, 1e-12
"""Adam's beta 1, beta 2 and epsilon (Kingma and Ba 2015, arXiv:1412.6980); epsilon is small because gradients are."""


@dataclass(frozen=True)
class AscentStep:
    """The state of a batch after a step.

    Attributes:
        step: counted from 1.
        values: each picture's objective before the step, [N].
        pictures: [N, H, W, 3] float32 RGB in 0..1; None except after the last step.
        responses: how strongly each picture excites its target, untransformed, [N]; None likewise.
        moved: [N, H, W], how much each pixel was pulled at over all steps, 0..1; None likewise.
    """

    step: int
    values: np.ndarray
    pictures: np.ndarray | None = None
    responses: np.ndarray | None = None
    moved: np.ndarray | None = None


def climber(
    response: Response,
    size: Size,
    settings: FeatureSettings,
    *,
    spectrum: np.ndarray | None = None,
    side: int = 0,
    early: Forward | None = None,
) -> Callable[..., Iterator[AscentStep]]:
    """A function that makes the pictures of a layer's features, batch by batch.

    Args:
        response: of the features' layer.
        size: (height, width) of the pictures.
        settings: resolved for the layer.
        spectrum: the mean spectrum of pictures, for MaCo.
        side: pixels that the network is shown, for MaCo.
        early: activations of one layer that accentuated pictures stay near to.

    Returns:
        a function of features and the pictures [N, H, W, 3] that they are of, None if of none. The features are of this
        layer and size and of one kind: channels, or targets with their vectors; the pictures of each are side by side.
        It ascends from noise, or from those pictures, step by step. It raises GradientError if a picture's gradient is
        not finite or is zero everywhere.
    """
    way = ways.of(settings)
    scale = tf.constant(way.scale(size, settings.decay, spectrum))
    step_up = _step(response, settings, size, early)

    def climb(features: Sequence[Feature], sources: np.ndarray | None = None) -> Iterator[AscentStep]:
        free = tf.constant(np.stack([_start(feature, settings) for feature in features]))
        moments, moved = (tf.zeros_like(free), tf.zeros_like(free)), tf.zeros([len(features), *size])
        goal, theirs = wanted.of(features), None if sources is None else tf.constant(sources)
        base = parameterization.to_components(theirs) if settings.accentuate else None
        rng = np.random.default_rng(settings.seed)
        for step in range(1, settings.steps + 1):
            view = tuple(tf.constant(part) for part in way.view(rng, size, settings, side))
            count = tf.constant(step, tf.float32)
            free, moments, moved, values, steepest = step_up(
                free, moments, moved, count, goal, view, scale, theirs, base
            )
            _check(steepest.numpy(), step, features)
            if step < settings.steps:
                yield AscentStep(step, values.numpy())
        pictures = way.pictures(free, scale, size, base)
        strengths = wanted.responses(response, pictures, goal, settings, theirs)
        yield AscentStep(settings.steps, values.numpy(), pictures.numpy(), strengths.numpy(), _shares(moved.numpy()))

    return climb


def _start(feature: Feature, settings: FeatureSettings) -> np.ndarray:
    """The numbers that a picture starts from, which do not depend on its batch."""
    rng = np.random.default_rng([settings.seed, feature.channel or 0, feature.copy])
    return ways.of(settings).start(feature.size, rng)


def _step(response: Response, settings: FeatureSettings, size: Size, early: Forward | None) -> Callable[..., Any]:
    """One step of Adam as one compiled function, with what is wanted as an argument."""
    way = ways.of(settings)

    @tf.function(autograph=False, reduce_retracing=True)
    def step_up(
        free: tf.Tensor,
        moments: tuple[tf.Tensor, tf.Tensor],
        moved: tf.Tensor,
        step: tf.Tensor,
        goal: Wanted,
        view: tuple[tf.Tensor, ...],
        scale: tf.Tensor,
        sources: tf.Tensor | None,
        base: tf.Tensor | None,
    ) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor], tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(free)
            pictures = way.pictures(free, scale, size, base)
            seen = way.see(pictures, *view)
            theirs = None if sources is None else way.see(sources, *view)
            value = wanted.value(response, seen, goal, settings, parts=way.parts, sources=theirs)  # [N]
            if early is not None:
                value = accentuation.near(value, early, seen, theirs, settings.nearness)
        slope, pulled = tape.gradient(value, [free, pictures])
        mean = MOMENTUM * moments[0] + (1 - MOMENTUM) * slope
        square = MEMORY * moments[1] + (1 - MEMORY) * tf.square(slope)
        stride = tf.sqrt(square / (1 - MEMORY**step)) + FLOOR
        free += settings.rate * mean / (1 - MOMENTUM**step) / stride
        moved += tf.reduce_mean(tf.abs(pulled), axis=-1)
        steepest = tf.reduce_max(tf.abs(slope), axis=tf.range(1, tf.rank(slope)))  # [N]
        return free, (mean, square), moved, value, steepest

    return step_up


def _shares(moved: np.ndarray) -> np.ndarray:
    """Of each picture, from 0 to 1, with the strongest hundredth at 1."""
    strongest = np.percentile(moved, 99, axis=(1, 2), keepdims=True)
    return np.clip(moved / np.maximum(strongest, 1e-30), 0.0, 1.0)


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
