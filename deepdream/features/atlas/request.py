"""A request for an atlas, checked in full before TensorFlow loads.

understand(paths, layer, settings, network) -> Request
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deepdream import images
from deepdream.errors import ImageError, SelectionError
from deepdream.features.atlas.settings import MAX_SIDE, AtlasSettings
from deepdream.images.scale import target
from deepdream.network.choosing import choose
from deepdream.network.layers import Layer, check_size
from deepdream.network.network import Network
from deepdream.pipeline import provenance


@dataclass(frozen=True, eq=False)
class Request:
    """A checked request.

    Attributes:
        network: what looks at the pictures.
        layer: whose activations are laid out.
        paths: the pictures; digests: sha256 of their files, hex.
        settings: how to make the atlas.
    """

    network: Network
    layer: Layer
    paths: tuple[Path, ...]
    digests: tuple[str, ...]
    settings: AtlasSettings

    @property
    def per_picture(self) -> int:
        """Positions to take from each picture."""
        return -(-self.settings.samples // len(self.paths))

    def recipe(self) -> dict[str, Any]:
        """The record of the map: everything that determines it, but for the machine."""
        return provenance.stamp("atlas", self.network.name, self.network.digest) | {
            "layer": self.layer.name,
            "settings": asdict(self.settings),
            "inputs": list(self.digests),
        }

    def read(self, number: int) -> images.Picture:
        """A picture, at the size at which it is looked at."""
        return images.read(self.paths[number], max_side=MAX_SIDE)


def understand(paths: Sequence[Path], layer: str, settings: AtlasSettings, network: Network) -> Request:
    """Check a request.

    Args:
        paths: of the pictures, at least one.
        layer: its name, or a selection that means one layer.
        settings: how to make the atlas.
        network: what looks at the pictures.

    Raises:
        SelectionError: not the name of one layer.
        ImageError: there is no picture, one can't be read, or is too small for the layer.
    """
    if not paths:
        raise ImageError("An atlas is of one picture at least, and there is none.")
    table = {row.name: row for row in network.table}
    choices = choose(layer, network)
    if len(choices) > 1 or choices[0].channels is not None or choices[0].computed is not None:
        advice = f"Type for example {choices[0].layer}."
        raise SelectionError(f"An atlas is of one whole layer, not of {layer}.", advice)
    chosen = table[choices[0].layer]
    for path in paths:
        size = images.read_size(path)
        shrunk = target(size, None, min(MAX_SIDE, max(size)))
        check_size(f"{path} is", shrunk, chosen, "Choose an earlier layer or a larger picture.")
    return Request(network, chosen, tuple(paths), tuple(map(images.digest, paths)), settings)
