"""A request for pictures of features, resolved and checked in full before TensorFlow loads.

understand(text, settings, network=..., file=...) -> Request        layers, channels, sizes
batches(request, features)                                          features to render together
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from deepdream import images
from deepdream.errors import SelectionError
from deepdream.features.settings import METHOD, FeatureSettings, resolved
from deepdream.gradient import cost
from deepdream.network import classifier
from deepdream.network.choosing import choose, computed
from deepdream.network.layers import Layer, check_size, truncate
from deepdream.network.network import Network
from deepdream.network.weights import lookup
from deepdream.pipeline import aims, execution, limits, provenance
from deepdream.pipeline.session import Session
from deepdream.settings import Size, selection
from deepdream.settings.selection import Choice
from deepdream.settings.targets import TOP

BATCH = 16 * 128 * 128
"""Pixels of a batch of pictures, if memory allows."""

MEMORY = 1.5e9
"""Bytes of activations that a batch may hold."""


@dataclass(frozen=True)
class Feature:
    """One picture to make: a channel of a layer or another target, and the number, from 0, among its pictures.

    Attributes:
        layer: that the target is of.
        channel: its number; None for another target.
        copy: the number of the picture.
        size: (height, width) of the picture.
        target: the class or direction; None for a channel.
        term: the target in the grammar of `dream --layers`.
    """

    layer: Layer
    channel: int | None
    copy: int
    size: Size
    target: Choice | None = None
    term: str = ""

    @property
    def label(self) -> str:
        """What a sheet calls it: a channel's number, any other target as typed, without its layer."""
        return self.term.rpartition(":")[2] if self.channel is None else str(self.channel)


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
        files: the digests of what targets are computed from, as typed -> sha256.
    """

    network: Network
    settings: FeatureSettings
    features: tuple[Feature, ...]
    threads: int | None = None
    force: bool = False
    note: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    def resolved(self, layer: Layer) -> FeatureSettings:
        """The settings, with those that depend on the layer filled in."""
        return resolved(self.settings, layer)

    def table(self, layer: Layer) -> tuple[Layer, ...]:
        """The layers to compute, ending in this one."""
        return truncate(computed(self.network), {layer.name})

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
            **({} if feature.target is None else {"target": feature.term, "files": dict(self.files)}),
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
    files = aims.files(aims.of_selection(text), loaded, Session())
    choices = tuple(_top_resolved(choice, loaded) for choice in choose(text, loaded))
    table = {layer.name: layer for layer in computed(loaded)}
    features = []
    for choice in choices:
        layer = table[choice.layer]
        size = resolved(settings, layer).size
        assert size is not None  # resolved
        check_size("The pictures are", size, layer, f"Choose an earlier layer or --size {layer.min_size}.")
        copies = range(settings.diversity)
        if not choice.resolved:
            term = classifier.typed(choice, loaded.classifier)
            features += [Feature(layer, None, copy, size, choice, term) for copy in copies]
            continue
        for channel in range(layer.channels) if choice.channels is None else choice.channels:
            features += [Feature(layer, channel, copy, size, term=f"{layer.name}:{channel}") for copy in copies]
    limits.check_precision(settings.precision, loaded)
    name, note = execution.resolved_precision(settings.precision, loaded.precisions)
    return Request(loaded, replace(settings, precision=name), tuple(features), threads, force, note, files)


def _top_resolved(choice: Choice, network: Network) -> Choice:
    """A choice of the strongest channels as these channels, each of which gets a picture; any other unchanged."""
    if choice.computed is None or choice.computed.kind != TOP:
        return choice
    return measured((choice,), network)[0]


def measured(choices: Sequence[Choice], network: Network) -> tuple[Choice, ...]:
    """The choices with their targets computed; loads TensorFlow.

    Raises:
        SelectionError, ImageError: as `objectives.targets.resolve`.
    """
    from deepdream.objectives import targets

    read = lambda file, side: images.read(Path(file).expanduser(), max_side=side).pixels  # noqa: E731
    return targets.resolve(choices, targets.Measure(network, read))


def batches(request: Request, features: Sequence[Feature]) -> list[tuple[Feature, ...]]:
    """Features to render together, as many as memory allows: of one layer, with all pictures of a channel, and channels
    apart from other targets.
    """
    found: list[tuple[Feature, ...]] = []
    for layer, targeted in dict.fromkeys((feature.layer, feature.channel is None) for feature in features):
        mine = [one for one in features if one.layer == layer and (one.channel is None) == targeted]
        height, width = mine[0].size
        fitting = int(min(BATCH // (height * width), MEMORY // cost.memory(request.table(layer), (height, width))))
        copies = request.settings.diversity
        count = max(1, fitting // copies) * copies
        found += [tuple(mine[start : start + count]) for start in range(0, len(mine), count)]
    return found
