"""The climb of each octave, assembled from a request for the loops in `octaves`.

Climbs(request)(picture, original, octave) -> iterator of values
resolved(request, session) -> the request with what its targets come to
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from deepdream import images
from deepdream.ascent import climb, constraints, penalties, sphere
from deepdream.ascent.climb import Pull, Term
from deepdream.ascent.constraints import Constraint
from deepdream.ascent.headroom import headroom
from deepdream.ascent.optimizers import OPTIMIZERS
from deepdream.ascent.shaping import SHAPINGS
from deepdream.ascent.transforms import Transform, normalized, silent_or_normalized, weighted
from deepdream.gradient import engine
from deepdream.images import compositing, paint
from deepdream.network.objective import Objective
from deepdream.objectives import guides
from deepdream.objectives.layers import layer_objective
from deepdream.objectives.paint import paint_objective, vectors
from deepdream.pipeline import aims, painting, plan
from deepdream.pipeline.plan import Octave, Target
from deepdream.pipeline.request import Request
from deepdream.pipeline.session import Session
from deepdream.settings import Size
from deepdream.settings.values import parse_guides


class Climbs:
    """The climbs of a dream. Gradients are made on first use, once per target.

    Args:
        request: what to dream.
        session: shared with other dreams.
        gain: [H, W, 1] float32, 0 or more, at the picture's size: how strongly each place is dreamt, beside the masks;
            None for 1 everywhere.

    Attributes:
        octave: number of the running octave, from 1.
        settled: whether it has reached the setting `distance`.
    """

    def __init__(self, request: Request, session: Session, *, gain: np.ndarray | None = None) -> None:
        self.octave, self.settled = 0, False
        self._request, self._gain = request, gain
        self._rng = np.random.default_rng(request.settings.seed)
        self._session = session

    def __call__(self, picture: np.ndarray, original: np.ndarray, number: int) -> Iterator[float]:
        """Climb on the picture, in place; see `octaves.Climb`."""
        self.octave, self.settled = number, False
        octave = self._request.octaves[number - 1]
        masks = self._masks(octave.size)
        gain = _sized(self._gain, octave.size)
        weights = [[weight for weight in (mask, gain) if weight is not None] for mask in masks]
        return climb.climb(
            picture,
            [pull for index, one in enumerate(octave.targets) for pull in self._pulls(index, one, weights[index])],
            steps=octave.steps,
            step_size=octave.step_size,
            jitter=octave.jitter,
            mirrors=octave.mirrors,
            border=self._request.settings.border,
            rng=self._rng,
            transforms=self._transforms(picture),
            constraints=self._constraints(original, octave, masks),
        )

    def _transforms(self, picture: np.ndarray) -> list[Transform]:
        """What happens to the sum of the pulls on a picture that changes in place."""
        settings = self._request.settings
        found = [*penalties.chain(settings, picture), OPTIMIZERS[settings.optimizer]()]
        if settings.clip and settings.headroom:
            found.append(partial(headroom, picture=picture, width=settings.headroom))
        return found

    def _masks(self, size: Size) -> list[np.ndarray | None]:
        """Each region's mask at an octave's size; of paint, where there is any."""
        if self._request.index is None:
            return [_sized(mask, size, highest=1.0) for mask in self._request.masks]
        painted, softness = paint.mask(paint.resized(self._request.index, size)), self._request.softness
        return [painted if softness is None else painted * _sized(softness, size, highest=1.0)]

    def _pulls(self, index: int, target: Target, weights: Sequence[np.ndarray]) -> list[Pull]:
        """One region's pulls in an octave: one, or where a layer is suppressed one for each weight.

        Layers' gradients differ by orders of magnitude, and a sum of them is mostly that of one layer; pulls are
        normalised each for itself, and so a weight counts relative to its layers' own gradient. Without normalisation
        there is none to count relative to.
        """
        if target.painted:
            return [self._painted(target, weights)]
        settings, strength = self._request.settings, self._request.regions[index].strength
        relative = settings.suppression == "relative" and settings.normalize != "none"
        if not (target.suppresses and relative):
            return [self._pull(target, strength, weights, normalized)]
        scales = {True: silent_or_normalized, False: normalized}
        return [self._pull(part, strength * weight, weights, scales[weight < 0]) for part, weight in target.by_weight()]

    def _pull(
        self, target: Target, strength: float, weights: Sequence[np.ndarray], scale: Callable[..., np.ndarray]
    ) -> Pull:
        """A pull in an octave: its gradients shaped, their sum normalised and weighted by its mask and the gain."""
        settings, transforms = self._request.settings, list[Transform]()
        terms = [
            Term(self._gradient(part), SHAPINGS[settings.shape](settings, part.table[-1].receptive_field or None))
            for part in target.parts()
        ]
        if settings.panorama:
            transforms.append(sphere.limit)
        transforms.append(partial(scale, rule=settings.normalize, strength=strength))
        transforms += [partial(weighted, weight=weight) for weight in weights]
        return Pull(terms, transforms, strength)

    def _painted(self, target: Target, weights: Sequence[np.ndarray]) -> Pull:
        """The pull of the paint in the running octave."""
        request = self._request
        assert request.index is not None
        channels = {layer.name: layer.channels for layer in request.network.table}
        typed = plan.brushes(request.settings, request.network)
        brushes = vectors([aims.of(one, request.network, request.picture, self._session) for one in typed], channels)
        index = paint.resized(request.index, request.octaves[self.octave - 1].size)
        terms = [(part, self._gradient(part)) for part in target.parts()]
        return painting.pull(terms, index, brushes, request.settings, weights=weights)

    def _constraints(
        self, original: np.ndarray, octave: Octave, masks: Sequence[np.ndarray | None]
    ) -> list[Constraint]:
        """The constraints on the picture after each step of an octave."""
        settings = self._request.settings
        found: list[Constraint] = [constraints.breathe(original, settings.breath)] if settings.breath else []
        if settings.hold:
            found.append(constraints.hold(original, clip=settings.clip, cover=compositing.cover(masks)))
        elif settings.clip:
            found.append(constraints.clip)
        if octave.distance is not None:
            found.append(self._settling(constraints.within(original, octave.distance)))
        return found

    def _settling(self, constraint: Constraint) -> Constraint:
        """The constraint, with its result recorded in `settled`."""

        def settle(picture: np.ndarray) -> bool:
            self.settled = constraint(picture)
            return self.settled

        return settle

    def _gradient(self, target: Target) -> climb.Gradient:
        """The gradient of a target in the running octave; its key is everything it depends on."""
        request = self._request
        algorithm = request.execution.algorithms[self.octave - 1]

        def make() -> engine.Gradient:
            return engine.make(
                request.network,
                self._objective(target),
                space=request.settings.input,
                wraps=request.wraps,
                algorithm=algorithm,
            )

        key = (request.network.digest, target, self._guides(target), request.settings.input, request.wraps, algorithm)
        return self._session.gradient(key, make, nbytes=request.network.nbytes, tile=request.execution.tile)

    def _guides(self, target: Target) -> tuple[str, ...]:
        """The digests of a target's guides."""
        named = parse_guides(target.guide) if target.guide else ()
        return tuple(self._request.files[str(path)] for path, _ in named)

    def _objective(self, target: Target) -> Objective:
        """The objective of a target: its layers, or their similarity to a guide."""
        if target.painted:
            return paint_objective(tuple(choice.layer for choice in target.choices), target.objective)
        if target.guide is None:
            return layer_objective(target.choices, target.objective)
        layers = [layer for layer in target.table if layer.name in {choice.layer for choice in target.choices}]
        names = tuple(layer.name for layer in layers)
        activations = self._request.network.activations(names, space=self._request.settings.input)
        features = guides.features(self._request.guides[target.guide], activations, layers)
        return guides.guide_objective(features, target.choices)


def resolved(request: Request, session: Session) -> Request:
    """The request with the targets of all octaves computed.

    Raises:
        SelectionError, ImageError: as `aims.of`.
    """
    if all(choice.resolved for choice in request.choices):
        return request  # with its execution, which is decided once
    known = dict(zip(request.choices, aims.of(request.choices, request.network, request.picture, session), strict=True))
    octaves = (
        replace(octave, targets=tuple(target.with_choices(known) for target in octave.targets))
        for octave in request.octaves
    )
    return replace(request, octaves=tuple(octaves))


def _sized(weight: np.ndarray | None, size: Size, highest: float | None = None) -> np.ndarray | None:
    """A mask or a gain at an octave's size."""
    if weight is None or weight.shape[:2] == size:
        return weight
    return np.clip(images.resize(weight, size), 0.0, highest).reshape(*size, 1)
