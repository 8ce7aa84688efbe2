"""From a request to pictures, batch by batch, with progress.

make(request, features) -> iterator of Estimate, Progress, and a Made for every picture when its batch is finished
"""

import functools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from deepdream import images
from deepdream.features.feature import Feature
from deepdream.features.request import Request, batches, measured
from deepdream.features.settings import FeatureSettings, default_size
from deepdream.gradient import cost
from deepdream.images import folders, magnitude
from deepdream.pipeline import provenance
from deepdream.pipeline.events import Estimate
from deepdream.settings.selection import Choice

if TYPE_CHECKING:
    from deepdream.features import ascent


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
    """A finished picture.

    Attributes:
        feature: what it shows.
        pixels: [H, W, 3] float32 RGB in 0..1.
        response: how strongly it excites its target.
        alpha: [H, W], where it shows something, 0..1, of MaCo's; None of others, which do everywhere.
        recipe: its record.
    """

    feature: Feature
    pixels: np.ndarray
    response: float
    alpha: np.ndarray | None
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
    from deepdream.features import maco

    runtime.configure(request.threads)
    yield _estimate(request, features, runtime.device())
    machine = provenance.machine()
    clock = _Clock(request, features)
    known = aimed(request, features)
    climbs: dict[Any, Callable[..., Iterator[ascent.AscentStep]]] = {}
    for batch in batches(request, features):
        sought = [replace(one, target=known.get(one, one.target)) for one in batch]
        if batch[0].together not in climbs:  # batches come one kind after another, so only one is kept
            climbs = {batch[0].together: _climber(request, batch)}
        for record in climbs[batch[0].together](sought, _sources(batch)):
            yield clock.progress(batch, record.step, float(record.values.mean()))
        assert record.pictures is not None  # set in the last record
        assert record.responses is not None
        assert record.moved is not None
        finished = zip(batch, record.pictures, record.responses, record.moved, strict=True)
        for feature, pixels, response, moved in finished:
            recipe = request.recipe(feature) | {"response": round(float(response), 4), "runtime": machine}
            alpha = maco.opacity(moved) if request.settings.maco else None
            yield Made(feature, pixels, float(response), alpha, recipe)


def aimed(request: Request, features: Sequence[Feature]) -> dict[Feature, Choice]:
    """The target of each feature that has one, computed; of one between two targets, their mixture.

    Raises:
        SelectionError, ImageError: one can't be computed.
    """
    wanted = [one for one in features if one.target is not None and not one.drawn]
    ends = [target for one in wanted for target in (one.target, one.toward and one.toward[0]) if target is not None]
    targets = tuple(dict.fromkeys(ends))
    known = dict(zip(targets, measured(targets, request.network), strict=True))
    return {one: _mixed(one, known) for one in wanted}


def _mixed(feature: Feature, known: Mapping[Choice, Choice]) -> Choice:
    """A feature's target, or the mixture of two, each scaled to length 1."""
    assert feature.target is not None
    found = known[feature.target]
    if feature.toward is None:
        return found
    other, share = feature.toward
    first, second = (_direction(choice, feature.layer.channels) for choice in (found, known[other]))
    return replace(found, vector=tuple(float(number) for number in (1 - share) * first + share * second))


def _direction(choice: Choice, count: int) -> np.ndarray:
    """A choice's weight of each channel, scaled to length 1."""
    vector = np.zeros(count)
    if choice.vector is not None:
        vector[:] = choice.vector
    else:
        vector[slice(None) if choice.channels is None else list(choice.channels)] = 1.0
    return vector / np.linalg.norm(vector)


def _climber(request: Request, batch: Sequence[Feature]) -> "Callable[..., Iterator[ascent.AscentStep]]":
    """What climbs for the features of a batch, and for others like them."""
    from deepdream.features import accentuation, ascent

    settings, layer = request.resolved(batch[0].layer), batch[0].layer
    early = None
    if settings.accentuate is not None:
        early = request.network.activations((accentuation.layer(request.network.table, layer).name,))
    return ascent.climber(
        request.network.response(layer.name, precision=settings.precision),
        batch[0].size,
        settings,
        spectrum=_spectrum(settings) if settings.maco else None,
        side=default_size(layer)[0],
        early=early,
    )


def _spectrum(settings: FeatureSettings) -> np.ndarray:
    """The mean spectrum of the pictures in a folder, or of photographs."""
    if settings.spectrum is None:
        return magnitude.shipped()
    files = folders.some(Path(settings.spectrum).expanduser())
    return magnitude.measured(images.read(file, max_side=2 * magnitude.SIDE).pixels for file in files)


def _sources(batch: Sequence[Feature]) -> np.ndarray | None:
    """The pictures that the features of a batch start from or are compared with, [N, H, W, 3]."""
    if batch[0].source is None:
        return None
    read = functools.cache(lambda file: images.read(Path(file).expanduser(), size=batch[0].size).pixels)
    return np.stack([read(str(feature.source)) for feature in batch])


def _estimate(request: Request, features: Sequence[Feature], device: str) -> Estimate:
    """What will be done, with time and memory estimated from operations and bytes."""
    from deepdream.gradient import speed  # measures with TensorFlow

    algorithm = "bfloat16" if request.settings.precision == "bfloat16" else "direct"
    sizes = [
        len(batch) * cost.memory(request.table(batch[0].layer), request.shown(batch[0]), algorithm)
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
    return cost.operations(request.table(feature.layer), request.shown(feature))


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
