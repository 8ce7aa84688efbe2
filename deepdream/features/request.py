"""A request for pictures of features, resolved and checked in full before TensorFlow loads.

understand(text, settings, network=..., file=...) -> Request        layers, channels, sizes
batches(request, features)                                          features to render together
"""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.errors import ImageError, SelectionError
from deepdream.features.feature import Feature, between, sourced
from deepdream.features.settings import LATER, METHOD, PARTS, SOURCE_SIDE, FeatureSettings, default_size, resolved
from deepdream.gradient import cost
from deepdream.images import folders
from deepdream.network import classifier
from deepdream.network.choosing import choose, rows
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
        return truncate(rows(self.network, (layer.name,)), {layer.name})

    def shown(self, feature: Feature) -> Size:
        """(height, width) in pixels of what the network is shown of a picture at a step."""
        if not self.settings.maco:
            return feature.size
        side = default_size(feature.layer)[0] * math.isqrt(PARTS)
        return side, side

    def recipe(self, feature: Feature) -> dict[str, Any]:
        """Everything needed to make this picture again, apart from the machine; ready for JSON. A record without a
        precision is of float32: the first ones had none.
        """
        recorded = asdict(self.resolved(feature.layer)) | {"size": list(feature.size)}
        for setting in fields(FeatureSettings):
            if setting.name in LATER and recorded[setting.name] == setting.default:
                del recorded[setting.name]
        if recorded["precision"] == "float32":
            del recorded["precision"]
        return {
            **provenance.stamp("feature", self.network.name, self.network.digest),
            "method": METHOD,
            "layer": feature.layer.name,
            "channel": feature.channel,
            "copy": feature.copy,
            "settings": recorded,
            **({} if feature.target is None else {"target": feature.term}),
            **({"files": dict(self.files)} if self.files else {}),
        }


def understand(
    text: str,
    settings: FeatureSettings,
    *,
    network: Any = "auto",
    file: Path | None = None,
    threads: int | None = None,
    force: bool = False,
    progress: Any = None,
) -> Request:
    """Check a request as far as it can be checked without computing.

    Args:
        text: a selection, LAYER or LAYER:CHANNELS, as `dream --layers` has it, without weights.
        settings: how to make the pictures.
        network: its name, "auto", the file of a Keras model, or the model itself.
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
    session = Session()
    aimed = [target for one in (text, settings.toward) if one for target in aims.of_selection(one)]
    files = aims.files(aimed, loaded, session) | _named(settings, session)
    choices = tuple(_top_resolved(choice, loaded) for choice in choose(text, loaded))
    upright = functools.cache(_upright)
    table = {layer.name: layer for layer in rows(loaded, {choice.layer for choice in choices})}
    features = []
    for choice in choices:
        layer = table[choice.layer]
        size = resolved(settings, layer, whole=choice.computed is not None).size
        assert size is not None  # resolved
        check_size("The pictures are", size, layer, f"Choose an earlier layer or --size {layer.min_size}.")
        copies = range(settings.diversity)
        if settings.toward is not None:
            made = between(choice, settings, layer, size, loaded)
        elif choice.resolved:
            channels = range(layer.channels) if choice.channels is None else choice.channels
            made = [Feature(layer, n, copy, size, term=f"{layer.name}:{n}") for n in channels for copy in copies]
        else:
            typed = classifier.typed(choice, loaded.classifier)
            made = [Feature(layer, None, copy, size, choice, typed) for copy in copies]
        features += [sourced(feature, settings, upright) for feature in made]
    limits.check_precision(settings.precision, loaded)
    name, note = execution.resolved_precision(settings.precision, loaded.precisions)
    return Request(loaded, replace(settings, precision=name), tuple(features), threads, force, note, files)


def _named(settings: FeatureSettings, session: Session) -> dict[str, str]:
    """The digests of the files that settings name.

    Raises:
        ImageError: there is no such file, or no picture in the folder.
    """
    named = {"accentuate": settings.accentuate, "spectrum": settings.spectrum}
    for name, file in named.items():
        if file is not None and not Path(file).expanduser().exists():
            raise ImageError(f"{name} {file} does not exist.")
    if settings.spectrum is not None:
        folders.some(Path(settings.spectrum).expanduser())
    return {file: session.digest(file, "picture") for file in named.values() if file is not None}


def _upright(file: str) -> Size:
    """(height, width) at which a picture is started from or compared with; a header has it before it is turned."""
    height, width = images.read(Path(file).expanduser(), max_side=SOURCE_SIDE).pixels.shape[:2]
    return height, width


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

    def read(file: str, side: int) -> np.ndarray:
        return images.read(Path(file).expanduser(), max_side=side).pixels

    return targets.resolve(choices, targets.Measure(network, read))


def batches(request: Request, features: Sequence[Feature]) -> list[tuple[Feature, ...]]:
    """Features to render together, as many as memory allows: of one layer, with all pictures of a channel, and channels
    apart from other targets.
    """
    found: list[tuple[Feature, ...]] = []
    for together in dict.fromkeys(feature.together for feature in features):
        mine = [feature for feature in features if feature.together == together]
        height, width = request.shown(mine[0])
        needed = cost.memory(request.table(mine[0].layer), (height, width))
        fitting = int(min(BATCH // (height * width), MEMORY // needed))
        copies = request.settings.diversity
        count = max(1, fitting // copies) * copies
        found += [tuple(mine[start : start + count]) for start in range(0, len(mine), count)]
    return found
