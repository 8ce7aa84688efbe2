"""A request to attribute, checked in full before TensorFlow loads.

understand(picture, target, settings, network) -> Request
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from deepdream.attribution.settings import AttributionSettings
from deepdream.errors import SelectionError
from deepdream.images import Picture
from deepdream.network.choosing import choose, rows
from deepdream.network.layers import Layer, check_size, neediest
from deepdream.network.network import Network
from deepdream.objectives import directions
from deepdream.pipeline import aims, provenance
from deepdream.pipeline.session import Session
from deepdream.settings import format_size
from deepdream.settings.selection import Choice

PATCHES = 8
"""Patches along the shorter side when their size is not given."""


@dataclass(frozen=True, eq=False)
class Request:
    """A checked request.

    Attributes:
        network: what is asked.
        picture: what it is shown.
        target: as typed.
        choices: the layers, channels, classes and directions that the target means.
        settings: with patch and cam_layer filled in.
        files: the digests of what targets are computed from, as typed -> sha256.
    """

    network: Network
    picture: Picture
    target: str
    choices: tuple[Choice, ...]
    settings: AttributionSettings
    files: Mapping[str, str]

    @property
    def cam(self) -> Layer:
        """The layer of Grad-CAM."""
        name = self.settings.cam_layer
        assert name is not None  # filled in
        return next(layer for layer in rows(self.network, (name,)) if layer.name == name)

    def recipe(self, method: str) -> dict[str, Any]:
        """The record of a method's picture: what determines it, but for the machine."""
        settings = self.settings
        own: dict[str, Any] = {
            "integrated-gradients": {"steps": settings.steps},
            "grad-cam": {"cam_layer": settings.cam_layer},
            "occlusion": {"patch": settings.patch},
        }
        height, width = self.picture.pixels.shape[:2]
        return provenance.stamp("attribution", self.network.name, self.network.digest) | {
            "target": self.target,
            "method": method,
            "baseline": settings.baseline,
            "size": [height, width],
            **own.get(method, {}),
            **({"files": dict(self.files)} if self.files else {}),
        }


def understand(picture: Picture, target: str, settings: AttributionSettings, network: Network) -> Request:
    """Check a request.

    Args:
        picture: what the network is shown.
        target: a selection of layers, channels, classes or directions, as `dream --layers` takes it.
        settings: how to attribute.
        network: what is asked.

    Raises:
        SelectionError: a layer, channel or class that the network does not have, or a Grad-CAM layer behind the target.
        ImageError: the picture is too small for the target, or there is no file that it is computed from.
    """
    height, width = picture.pixels.shape[:2]
    choices = choose(target, network)
    directions.check(choices, network)
    names = {choice.layer for choice in choices}
    table = rows(network, names)
    targeted = [layer for layer in table if layer.name in names]
    needy = neediest(targeted)
    smallest = format_size((needy.min_size, needy.min_size))
    check_size(
        "The picture is", (height, width), needy, f"Choose an earlier layer or a picture of {smallest} at least."
    )
    patch = min(settings.patch or max(1, round(min(height, width) / PATCHES)), height, width)
    cam = _cam_layer(settings.cam_layer, table, targeted, network)
    files = aims.files(aims.of_selection(target), network, Session())
    return Request(network, picture, target, choices, replace(settings, patch=patch, cam_layer=cam.name), files)


def _cam_layer(name: str | None, table: Sequence[Layer], targeted: Sequence[Layer], network: Network) -> Layer:
    """The layer named, or the last convolution before the target's first layer; that layer itself if there is none.

    Raises:
        SelectionError: the network has no such layer, or all of the target lies before it.
    """
    before = table[: table.index(targeted[0])]
    if name is None:
        return next((layer for layer in reversed(before) if layer.kind == "conv"), targeted[0])
    chosen = choose(name, network)
    if len(chosen) > 1 or chosen[0].channels is not None or chosen[0].computed is not None:
        raise SelectionError(f"Grad-CAM has one layer, not {name}.", f"Type for example {chosen[0].layer}.")
    found = next(layer for layer in table if layer.name == chosen[0].layer)
    if table.index(found) > table.index(targeted[-1]):
        raise SelectionError(
            f"The target does not depend on {found.name}, which comes after {targeted[-1].name}.",
            f"Grad-CAM needs a layer up to {targeted[-1].name}.",
        )
    return found
