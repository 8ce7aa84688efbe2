"""The climb of each octave, wired: what `octaves` calls, from what a request says.

Climbs(request)(picture, original, octave) -> iterator of values
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from deepdream import images, runtime
from deepdream.ascent import climb, laplacian, optimizers, penalties, shaping, sphere
from deepdream.ascent.climb import Pull
from deepdream.gradient import engine, memory
from deepdream.gradient.engine import Gradient
from deepdream.images import colour, compositing
from deepdream.objectives import guides
from deepdream.objectives.layers import layer_objective
from deepdream.objectives.objective import Objective
from deepdream.pipeline import execution
from deepdream.pipeline.plan import Aim, Octave
from deepdream.pipeline.request import Request
from deepdream.settings import Settings


def paths(request: Request) -> list[str]:
    """The convolution that each octave is computed by; where Keras computes, it is TensorFlow's own."""
    plain = runtime.plain() or not request.network.cuts
    return [execution.algorithm(request.settings, octave, plain=plain) for octave in request.octaves]


class Climbs:
    """The climbs of a dream. Engines are made when they are first asked for, and once per aim.

    Attributes:
        octave: which one is running, counted from 1.
        settled: whether it has come as far as it may.
    """

    def __init__(self, request: Request, gradients: memory.Gradients) -> None:
        self.octave, self.settled = 0, False
        self._request = request
        self._rng = np.random.default_rng(request.settings.seed)
        self._gradients, self._paths = gradients, paths(request)

    def __call__(self, picture: np.ndarray, original: np.ndarray, number: int) -> Iterator[float]:
        """Climb on the picture, in place; see `octaves.Climb`."""
        self.octave, self.settled = number, False
        octave, settings = self._request.octaves[number - 1], self._request.settings
        pulls = [self._pull(index, aim, octave) for index, aim in enumerate(octave.aims)]
        cover = compositing.cover([pull.mask for pull in pulls]) if settings.hold else None
        start = colour.balance(original, cover) if settings.hold else None

        def settle(moved: np.ndarray) -> bool:
            if start is not None:
                colour.hold(moved, start, clip=settings.clip, cover=cover)
            if octave.distance is not None:
                self.settled = compositing.hold_within(moved, original, octave.distance)
            return self.settled

        return climb.climb(
            picture,
            pulls,
            steps=octave.steps,
            step_size=octave.step_size,
            jitter=(0 if settings.panorama else octave.jitter, octave.jitter),  # a pole stays a pole
            rng=self._rng,
            clip=settings.clip and start is None,  # what is clipped before it is held only turns grey
            direct=_direct(settings),
            settle=settle,
        )

    def _pull(self, index: int, aim: Aim, octave: Octave) -> Pull:
        """One region's pull in an octave."""
        settings, mask = self._request.settings, self._request.masks[index]
        if mask is not None and mask.shape[:2] != octave.size:
            mask = np.clip(images.resize(mask, octave.size), 0.0, 1.0).reshape(*octave.size, 1)
        shape = _shape(settings, aim)
        return Pull(
            self._gradient(aim, self._paths[self.octave - 1]),
            shape=_on_sphere(shape) if settings.panorama else shape,
            normalize=settings.normalize,
            mask=mask,
            strength=self._request.regions[index].strength,
        )

    def _gradient(self, aim: Aim, algorithm: str) -> climb.Gradient:
        """The gradient of an aim, computed by an algorithm, made when it is first asked for."""
        return self._gradients.of((aim, algorithm), partial(self._made, aim, algorithm))

    def _made(self, aim: Aim, algorithm: str) -> Gradient:
        """The gradient of an aim, compiled when it is first called."""
        request = self._request
        return engine.make(
            request.network,
            self._objective(aim),
            space=request.settings.input,
            wraps=request.wraps,
            algorithm=algorithm,
        )

    def _objective(self, aim: Aim) -> Objective:
        """What an aim makes large: its layers, or their likeness to a guide."""
        if aim.guide is None:
            return layer_objective(aim.choices, aim.objective)
        layers = [layer for layer in aim.table if layer.name in {choice.layer for choice in aim.choices}]
        names = tuple(layer.name for layer in layers)
        seen = self._request.network.activations(names, space=self._request.settings.input)
        return guides.guide_objective(guides.features(self._request.guides[aim.guide], seen, layers), aim.choices)


def _direct(settings: Settings) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """What turns a direction into the one to step along: penalties first, then the optimiser."""
    wraps = settings.wraps
    change = optimizers.adam() if settings.optimizer == "adam" else None

    def direct(picture: np.ndarray, direction: np.ndarray) -> np.ndarray:
        if settings.tv:
            penalties.total_variation(direction, picture, weight=settings.tv, wraps=wraps)
        if settings.l2:
            penalties.l2(direction, picture, weight=settings.l2)
        return change(direction) if change else direction

    return direct


def _on_sphere(shape: climb.Change | None) -> climb.Change:
    """The shaping, then only what exists on the sphere."""
    return lambda gradient: sphere.limit(gradient if shape is None else shape(gradient))


def _shape(settings: Settings, aim: Aim) -> climb.Change | None:
    """What is done to an aim's gradient before it is normalised, if anything."""
    if settings.shape == "natural":
        return partial(
            shaping.natural,
            exponent=settings.shape_exponent,
            colour=settings.shape_colour,
            sees=aim.table[-1].receptive_field or None,
        )
    if settings.shape == "laplacian":
        spread: climb.Change = partial(laplacian.laplacian, levels=settings.shape_levels)
    elif settings.shape == "cascade":
        spread = partial(shaping.cascade, sigma=settings.shape_sigma)
    else:
        return None
    return lambda gradient: shaping.coloured(spread(gradient), share=settings.shape_colour)
