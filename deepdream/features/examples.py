"""The pictures of a folder that excite a feature most, beside the picture that was drawn of it.

check(request, folder) -> pictures, features             raises before anything is drawn
find(request, folder) -> {feature: (Example, ...)}      strongest first
sheet(drawn, found) -> [H, W, 3]

Source: the dataset examples of Olah, Mordvintsev and Schubert 2017 and of OpenAI's Microscope (2020). Differs: pictures
    are ranked by their mean activation, as the number under every picture of a feature is; each is cut to what the
    strongest position sees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepdream import images
from deepdream.errors import ImageError, SelectionError
from deepdream.features.feature import Feature
from deepdream.features.render import aimed
from deepdream.features.request import Request
from deepdream.features.seen import square
from deepdream.features.settings import SEES_MUCH
from deepdream.images import contact_sheet, scale
from deepdream.images.folders import some
from deepdream.network.layers import Layer
from deepdream.settings.selection import Choice

COUNT, SIDE, CELL = 6, 320, 176
"""Examples of each feature; largest side of a picture that is measured, and of a cell on the sheet, in pixels."""

SMALLEST = 48
"""Side in pixels of the smallest part that is shown."""


@dataclass(frozen=True, eq=False)
class Example:
    """A picture that excites a feature.

    Attributes:
        file: it.
        response: its mean activation, or its score.
        pixels: [h, w, 3], what the strongest position sees.
    """

    file: Path
    response: float
    pixels: np.ndarray


def find(request: Request, folder: Path, count: int = COUNT) -> dict[Feature, tuple[Example, ...]]:
    """The pictures that excite each channel or direction most; loads TensorFlow.

    Args:
        request: its features that are compared with another picture are left out.
        folder: of pictures; those too small for a layer are passed over.
        count: of examples at most.

    Raises:
        SelectionError, ImageError: as `check`.
    """
    from deepdream.runtime import tf

    files, features = check(request, folder)
    targets = aimed(request, features)
    layers = {feature.layer.name: feature.layer for feature in features}
    activations = request.network.activations(tuple(layers))
    found: dict[Feature, list[Example]] = {feature: [] for feature in features}
    for file in files:
        pixels = images.read(file, max_side=SIDE).pixels
        maps = {name: part[0].numpy() for name, part in activations(tf.constant(pixels[None])).items()}
        for feature in features:
            one = _map(maps[feature.layer.name], feature, targets.get(feature))
            example = Example(file, float(one.mean()), _part(pixels, one, feature.layer))
            found[feature] = sorted([*found[feature], example], key=lambda example: -example.response)[:count]
    return {feature: tuple(examples) for feature, examples in found.items()}


def check(request: Request, folder: Path) -> tuple[list[Path], list[Feature]]:
    """The pictures that are large enough for every layer, and the features that are measured on them.

    Raises:
        SelectionError: all features are compared with another picture.
        ImageError: there is no such folder, no picture in it, none large enough, or a file that is none.
    """
    features = [feature for feature in request.features if not feature.drawn and feature.copy == 0]
    if not features:
        raise SelectionError(
            f"There are no examples of {request.features[0].term}: it compares two whole pictures.",
            "Leave out --examples.",
        )
    side = max(feature.layer.min_size for feature in features)
    files = some(folder)
    fitting = [file for file in files if min(scale.target(images.read_size(file), None, SIDE)) >= side]
    if not fitting:
        raise ImageError(f"No picture in {folder} is large enough: {side} pixels on each side are needed.")
    return fitting, features


def sheet(drawn: Mapping[Feature, np.ndarray], found: Mapping[Feature, Sequence[Example]]) -> np.ndarray:
    """A row for each feature: the picture drawn of it, then its examples, strongest first.

    Args:
        drawn: the picture of each feature, [H, W, 3].
        found: from `find`.
    """
    rows = [
        [(feature.label, drawn[feature])]
        + [(contact_sheet.valued(example.file.stem[:18], example.response), example.pixels) for example in examples]
        for feature, examples in found.items()
    ]
    return contact_sheet.sheet(rows, cell=CELL)


def _map(activations: np.ndarray, feature: Feature, target: Choice | None) -> np.ndarray:
    """How strongly each position excites a feature, [h, w]."""
    if feature.channel is not None:
        return activations[..., feature.channel]
    assert target is not None
    return activations @ np.asarray(target.vector, np.float32)


def _part(pixels: np.ndarray, strengths: np.ndarray, layer: Layer) -> np.ndarray:
    """The square that the strongest position sees, within the picture."""
    at = np.unravel_index(np.argmax(strengths), strengths.shape)
    sides = zip(at, strengths.shape, pixels.shape[:2], strict=True)
    middle = [float((index + 0.5) / count * length) for index, count, length in sides]
    return square(pixels, middle, max(SMALLEST, layer.receptive_field or SEES_MUCH))
