"""What the dreams of a sweep have in common, kept so that it is read and compiled once.

Shared(source, reading).request(given) -> Request     pictures and weights read once for all that start from the same
likeness(settings, without) -> equal for requests that can share

What can be shared follows from lists of settings that are known to make no difference: a setting that is new and on no
list costs time, and never a wrong picture.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deepdream.images import Picture
from deepdream.network.weights.lookup import Weights
from deepdream.pipeline.request import Request, understand
from deepdream.settings import Settings, recipes

Source = Callable[[Settings], Path | None]
"""From a cell's settings to its picture; None for a canvas."""


OF_THE_STEP = frozenset(
    {"steps", "step_size", "jitter", "normalize", "shape", "shape_exponent", "shape_colour", "clip", "strength"}
    | {"distance", "seed", "colour", "palette", "hold"}
)
"""Settings known not to touch the compiled gradient. One that is not on the list is taken to."""

OF_THE_DREAM = (OF_THE_STEP - {"seed"}) | {
    "layers", "objective", "input", "network", "weights", "tile", "octaves", "octave_ratio", "octave_mode",
}  # fmt: skip
"""Settings known not to touch the picture to start from. One that is not on the list is taken to."""


class Shared:
    """The picture and the weights, read once for all cells that start from the same; it holds them."""

    def __init__(self, source: Source, reading: Mapping[str, Any]) -> None:
        self.source, self._reading = source, reading
        self._pictures: dict[Any, Picture] = {}
        self._weights: dict[Any, Weights] = {}

    def request(self, given: Mapping[str, Any]) -> Request:
        """A cell's request, checked in full.

        Raises:
            RequestError: whatever is wrong with it.
        """
        first = recipes.resolve(given)
        source, start, network = self.source(first), likeness(first, OF_THE_DREAM), (first.network, first.weights)
        request = understand(
            self._pictures.get(start, source), given, weights=self._weights.get(network), **self._reading
        )
        self._weights[network] = request.weights
        if source is not None and not any(request.wraps):  # one that goes round was closed for its own layers
            self._pictures[start] = request.picture
        return request


def likeness(settings: Settings, without: frozenset[str]) -> str:
    """The settings but for some: equal for cells that can share."""
    return repr({name: value for name, value in asdict(settings).items() if name not in without})
