"""The climb of each octave, wired: what `octaves` calls, from what a request says.

Climbs(request)(picture, original, octave) -> iterator of values
"""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from deepdream import images, runtime
from deepdream.ascent import climb, constraints, penalties, sphere
from deepdream.ascent.climb import Pull
from deepdream.ascent.constraints import Constraint
from deepdream.ascent.optimizers import OPTIMIZERS
from deepdream.ascent.shaping import SHAPINGS
from deepdream.ascent.transforms import masked, normalized
from deepdream.gradient import engine
from deepdream.images import compositing
from deepdream.objectives import guides
from deepdream.objectives.layers import layer_objective
from deepdream.objectives.objective import Objective
from deepdream.pipeline import execution
from deepdream.pipeline.plan import Aim, Octave
from deepdream.pipeline.request import Request
from deepdream.pipeline.session import Session
from deepdream.settings import Size
from deepdream.settings.values import parse_guides


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

    def __init__(self, request: Request, session: Session) -> None:
        self.octave, self.settled = 0, False
        self._request = request
        self._rng = np.random.default_rng(request.settings.seed)
        self._session, self._algorithms = session, paths(request)

    def __call__(self, picture: np.ndarray, original: np.ndarray, number: int) -> Iterator[float]:
        """Climb on the picture, in place; see `octaves.Climb`."""
        self.octave, self.settled = number, False
        octave, settings = self._request.octaves[number - 1], self._request.settings
        masks = [self._mask(index, octave.size) for index in range(len(octave.aims))]
        return climb.climb(
            picture,
            [self._pull(index, aim, masks[index]) for index, aim in enumerate(octave.aims)],
            steps=octave.steps,
            step_size=octave.step_size,
            jitter=(0 if settings.panorama else octave.jitter, octave.jitter),  # a pole stays a pole
            rng=self._rng,
            transforms=[*penalties.chain(settings, picture), OPTIMIZERS[settings.optimizer]()],
            constraints=self._constraints(original, octave, masks),
        )

    def _mask(self, index: int, size: Size) -> np.ndarray | None:
        """A region's mask at an octave's size."""
        mask = self._request.masks[index]
        if mask is None or mask.shape[:2] == size:
            return mask
        return np.clip(images.resize(mask, size), 0.0, 1.0).reshape(*size, 1)

    def _pull(self, index: int, aim: Aim, mask: np.ndarray | None) -> Pull:
        """One region's pull in an octave: its gradient shaped, normalised and masked."""
        settings, strength = self._request.settings, self._request.regions[index].strength
        transforms = SHAPINGS[settings.shape](settings, aim.table[-1].receptive_field or None)
        if settings.panorama:
            transforms.append(sphere.limit)
        transforms.append(partial(normalized, rule=settings.normalize, strength=strength))
        if mask is not None:
            transforms.append(partial(masked, mask=mask))
        return Pull(self._gradient(aim), transforms, strength)

    def _constraints(
        self, original: np.ndarray, octave: Octave, masks: Sequence[np.ndarray | None]
    ) -> list[Constraint]:
        """What the picture is held to after each step of an octave."""
        settings, found = self._request.settings, []
        if settings.hold:
            found.append(constraints.hold(original, clip=settings.clip, cover=compositing.cover(masks)))
        elif settings.clip:
            found.append(constraints.clip)
        if octave.distance is not None:
            found.append(self._settling(constraints.within(original, octave.distance)))
        return found

    def _settling(self, constraint: Constraint) -> Constraint:
        """The constraint, by which the climb settles."""

        def settle(picture: np.ndarray) -> bool:
            self.settled = constraint(picture)
            return self.settled

        return settle

    def _gradient(self, aim: Aim) -> climb.Gradient:
        """The gradient of an aim in the running octave; the key is all that it is made from."""
        request, algorithm = self._request, self._algorithms[self.octave - 1]

        def make() -> engine.Gradient:
            return engine.make(
                request.network,
                self._objective(aim),
                space=request.settings.input,
                wraps=request.wraps,
                algorithm=algorithm,
            )

        key = (request.network.digest, aim, self._guides(aim), request.settings.input, request.wraps, algorithm)
        return self._session.gradient(key, make, nbytes=request.network.nbytes, tile=request.settings.tile)

    def _guides(self, aim: Aim) -> tuple[str, ...]:
        """The digests of an aim's guides."""
        named = parse_guides(aim.guide) if aim.guide else ()
        return tuple(self._request.files[str(path)] for path, _ in named)

    def _objective(self, aim: Aim) -> Objective:
        """What an aim makes large: its layers, or their likeness to a guide."""
        if aim.guide is None:
            return layer_objective(aim.choices, aim.objective)
        layers = [layer for layer in aim.table if layer.name in {choice.layer for choice in aim.choices}]
        names = tuple(layer.name for layer in layers)
        seen = self._request.network.activations(names, space=self._request.settings.input)
        return guides.guide_objective(guides.features(self._request.guides[aim.guide], seen, layers), aim.choices)
