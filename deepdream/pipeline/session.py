"""What the dreams of a sweep have in common, kept so that it is read and compiled once.

Shared(source, reading).request(given) -> Request     pictures and weights read once for all that start from the same

What can be shared follows from what each setting affects, see `settings.fields`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from deepdream.images import Picture
from deepdream.network.network import Network
from deepdream.pipeline.request import Request, understand
from deepdream.settings import Settings, recipes
from deepdream.settings.fields import START, sharing

Source = Callable[[Settings], Path | None]
"""From a cell's settings to its picture; None for a canvas."""


class Shared:
    """The picture and the weights, read once for all cells that start from the same; it holds them."""

    def __init__(self, source: Source, reading: Mapping[str, Any]) -> None:
        self.source, self._reading = source, reading
        self._pictures: dict[Any, Picture] = {}
        self._networks: dict[Any, Network] = {}

    def request(self, given: Mapping[str, Any]) -> Request:
        """A cell's request, checked in full.

        Raises:
            RequestError: whatever is wrong with it.
        """
        first = recipes.resolve(given)
        source, start, named = self.source(first), sharing(first, START), (first.network, first.weights)
        request = understand(
            self._pictures.get(start, source), given, network=self._networks.get(named), **self._reading
        )
        self._networks[named] = request.network
        if source is not None and not any(request.wraps):  # one that goes round was closed for its own layers
            self._pictures[start] = request.picture
        return request
