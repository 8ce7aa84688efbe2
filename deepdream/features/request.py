"""A request for pictures of features, resolved and checked in full before TensorFlow loads.

understand(text, settings, network=..., file=...) -> Request        layers, channels, sizes
batches(request, features)                                          features to render together
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from deepdream.errors import SelectionError
from deepdream.features.settings import METHOD, FeatureSettings, resolved
from deepdream.gradient import cost
from deepdream.network.layers import Layer, check_size, truncate
from deepdream.network.network import Network
from deepdream.network.weights import lookup
from deepdream.pipeline import execution, limits, provenance
from deepdream.settings import Size, selection

BATCH = 16 * 128 * 128
"""Pixels of a batch of pictures, if memory allows."""

MEMORY = 1.5e9
"""Bytes of activations that a batch may hold."""


@dataclass(frozen=True)
class Feature:
    """One picture to make: a channel of a layer, and the number, from 0, among the channel's pictures."""

    layer: Layer
    channel: int
    copy: int
    size: Size

    @property
    def term(self) -> str:
        """The channel in the grammar of `dream --layers`."""
        return f"{self.layer.name}:{self.channel}"


@dataclass(frozen=True, eq=False)
class Request:
    """A checked request.

    Attributes:
        network: the network.
        settings: how to make the pictures.
        features: every picture, in the order of layers and channels.
        threads: for TensorFlow; None for all allowed cores.
        force: replace pictures with other settings; otherwise the new ones' names get a number.
        note: a sentence about the precision, else "".
    """

    network: Network
    settings: FeatureSettings
    features: tuple[Feature, ...]
    threads: int | None = None
    force: bool = False
    note: str = ""

    def resolved(self, layer: Layer) -> FeatureSettings:
        """The settings, with those that depend on the layer filled in."""
        return resolved(self.settings, layer)

    def table(self, layer: Layer) -> tuple[Layer, ...]:
        """The layers to compute, ending in this one."""
        return truncate(self.network.table, {layer.name})

    def recipe(self, feature: Feature) -> dict[str, Any]:
        """Everything needed to make this picture again, apart from the machine; ready for JSON. A record without a
        precision is of float32: the first ones had none.
        """
        recorded = asdict(self.resolved(feature.layer)) | {"size": list(feature.size)}
        if recorded["precision"] == "float32":
            del recorded["precision"]
        return {
            **provenance.stamp("feature", self.network.name, self.network.digest),
            "method": METHOD,
            "layer": feature.layer.name,
            "channel": feature.channel,
            "copy": feature.copy,
            "settings": recorded,
        }


def understand(
    text: str,
    settings: FeatureSettings,
    *,
    network: str = "auto",
    file: Path | None = None,
    threads: int | None = None,
    force: bool = False,
    progress: Any = None,
) -> Request:
    """Check a request as far as it can be checked without computing.

    Args:
        text: a selection, LAYER or LAYER:CHANNELS, as `dream --layers` has it, without weights.
        settings: how to make the pictures.
        network: its name, "auto", or the file of a Keras model.
        file: the user's own weight file.
        threads: for TensorFlow; None for all allowed cores.
        force: replace pictures with other settings.
        progress: shows the download of weights, if one is needed.

    Raises:
        SettingError: the network can't be computed in the precision.
        SelectionError: a layer or channel that the network does not have, or a weight.
        ImageError: the size is too small for a layer.
        DownloadError: weights requested by name could not be downloaded.
    """
    for term in selection.parse(text):
        if term.weight != 1:
            raise SelectionError(f"A feature has no weight: {text!r}.", "For what a channel dislikes, type --negative.")
    loaded = lookup.load(network, file, progress=progress, threads=threads)
    table = {layer.name: layer for layer in loaded.table}
    channels = {name: layer.channels for name, layer in table.items()}
    choices = selection.choose(text, channels, loaded.name, flat=loaded.flat)
    features = []
    for choice in choices:
        layer = table[choice.layer]
        size = resolved(settings, layer).size
        assert size is not None  # resolved
        check_size("The pictures are", size, layer, f"Choose an earlier layer or --size {layer.min_size}.")
        for channel in range(layer.channels) if choice.channels is None else choice.channels:
            features += [Feature(layer, channel, copy, size) for copy in range(settings.diversity)]
    limits.check_precision(settings.precision, loaded)
    name, note = execution.resolved_precision(settings.precision, loaded.precisions)
    return Request(loaded, replace(settings, precision=name), tuple(features), threads, force, note)


def batches(request: Request, features: Sequence[Feature]) -> list[tuple[Feature, ...]]:
    """Features to render together, as many as memory allows: of one layer, with all pictures of a channel."""
    found: list[tuple[Feature, ...]] = []
    for layer in dict.fromkeys(feature.layer for feature in features):
        mine = [feature for feature in features if feature.layer == layer]
        height, width = mine[0].size
        fitting = int(min(BATCH // (height * width), MEMORY // cost.memory(request.table(layer), (height, width))))
        copies = request.settings.diversity
        count = max(1, fitting // copies) * copies
        found += [tuple(mine[start : start + count]) for start in range(0, len(mine), count)]
    return found
