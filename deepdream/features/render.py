"""From a request to pictures, batch by batch, with progress.

make(request, features) -> iterator of Estimate, Progress, and a Made for every picture when its batch is finished
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np

from deepdream.features.request import Feature, Request, batches, measured
from deepdream.gradient import cost
from deepdream.network.layers import Layer
from deepdream.pipeline import provenance
from deepdream.pipeline.events import Estimate


@dataclass(frozen=True)
class Progress:
    """One step of a batch.

    Attributes:
        features: the batch.
        step: counted from 1.
        value: the mean of the batch's objectives before the step.
        fraction: share of the total work that is done, 0..1.
        seconds_left: estimated from the work done so far.
    """

    features: tuple[Feature, ...]
    step: int
    value: float
    fraction: float
    seconds_left: float


@dataclass(frozen=True, eq=False)
class Made:
    """A finished picture, [H, W, 3] float32 RGB in 0..1, its channel's response and its recipe."""

    feature: Feature
    pixels: np.ndarray
    response: float
    recipe: dict[str, Any]


def make(request: Request, features: Sequence[Feature]) -> Iterator[Estimate | Progress | Made]:
    """Make pictures of features; TensorFlow loads at the first.

    Args:
        request: a checked request.
        features: those of the request that are still missing.

    Raises:
        GradientError: a channel has no gradient to follow; those before it are finished.
        SelectionError, ImageError: a target can't be computed.
    """
    from deepdream import runtime  # TensorFlow loads here, after the request is checked
    from deepdream.features import ascent

    runtime.configure(request.threads)
    yield _estimate(request, features, runtime.device())
    machine = provenance.machine()
    clock = _Clock(request, features)
    targets = tuple(dict.fromkeys(feature.target for feature in features if feature.target is not None))
    known = dict(zip(targets, measured(targets, request.network), strict=True))
    climbs: dict[Layer, Callable[..., Iterator[ascent.AscentStep]]] = {}
    for batch in batches(request, features):
        layer, size = batch[0].layer, batch[0].size
        sought = [replace(feature, target=known.get(feature.target)) for feature in batch]
        if layer not in climbs:  # batches come layer by layer, so only one is kept
            response = request.network.response(layer.name, precision=request.settings.precision)
            climbs = {layer: ascent.climber(response, size, request.resolved(layer))}
        for record in climbs[layer](sought):
            yield clock.progress(batch, record.step, float(record.values.mean()))
        assert record.pictures is not None  # set in the last record
        assert record.responses is not None
        for feature, pixels, response in zip(batch, record.pictures, record.responses, strict=True):
            recipe = request.recipe(feature) | {"response": round(float(response), 4), "runtime": machine}
            yield Made(feature, pixels, float(response), recipe)


def _estimate(request: Request, features: Sequence[Feature], device: str) -> Estimate:
    """What will be done, with time and memory estimated from operations and bytes."""
    from deepdream.gradient import speed  # measures with TensorFlow

    algorithm = "bfloat16" if request.settings.precision == "bfloat16" else "direct"
    sizes = [
        len(batch) * cost.memory(request.table(batch[0].layer), batch[0].size, algorithm)
        for batch in batches(request, features)
    ]
    seconds = 0.0
    for layer, group in groupby(features, key=lambda feature: feature.layer):
        steps = request.settings.steps * sum(work(request, feature) for feature in group)
        seconds += speed.seconds(algorithm, request.table(layer), steps)
    return Estimate(
        device=device,
        network=request.network.name,
        sizes=tuple(dict.fromkeys(feature.size for feature in features)),
        steps=request.settings.steps,
        seconds=seconds,
        memory=cost.PROCESS + max(sizes),
    )


def work(request: Request, feature: Feature) -> int:
    """Operations of one step of one picture."""
    return cost.operations(request.table(feature.layer), feature.size)


class _Clock:
    """Counts operations and seconds, for the time left in each Progress."""

    def __init__(self, request: Request, features: Sequence[Feature]) -> None:
        self._request = request
        self._total = sum(work(request, feature) for feature in features)
        self._done = 0
        self._start = time.perf_counter()

    def progress(self, batch: tuple[Feature, ...], step: int, value: float) -> Progress:
        """The record of the step just taken."""
        steps = self._request.settings.steps
        self._done += sum(work(self._request, feature) for feature in batch)
        fraction = self._done / (steps * self._total)
        seconds = time.perf_counter() - self._start
        return Progress(batch, step, value, fraction, seconds * (1 - fraction) / fraction)
