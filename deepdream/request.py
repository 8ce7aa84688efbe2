"""What is asked for, understood and checked in full before TensorFlow loads.

understand(image, given) -> Request    the picture, the settings, the network's weights, the layers, the sizes

A bad request is refused here, within a second and with nothing written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images, octaves, recipes, selection
from deepdream.errors import ImageError
from deepdream.gradient import tiles
from deepdream.images import Picture
from deepdream.network import architecture
from deepdream.network import weights as weight_files
from deepdream.network.architecture import Layer
from deepdream.network.weights import Weights
from deepdream.selection import Choice
from deepdream.settings import Settings, Size


@dataclass(frozen=True)
class Request:
    """A checked request.

    Attributes:
        picture: the picture to start from, at the size asked for.
        settings: every setting, resolved for the network.
        weights: the network's weights.
        table: the network's layers down to the deepest chosen one.
        choices: the chosen layers, with channels and weights.
        sizes: (height, width) of each octave, coarse to fine.
        notes: sentences that the user should read.
    """

    picture: Picture
    settings: Settings
    weights: Weights
    table: tuple[Layer, ...]
    choices: tuple[Choice, ...]
    sizes: tuple[Size, ...]
    notes: tuple[str, ...]


def understand(
    image: str | Path | np.ndarray | Picture,
    given: Mapping[str, Any],
    *,
    limit_megapixels: float = 300,
    progress: Any = None,
) -> Request:
    """Check a request as far as it can be checked without computing.

    Args:
        image: a file, an array ([H, W], [H, W, 3] or [H, W, 4]; whole numbers, or float in 0..1), or a Picture.
        given: settings by name; None means not said.
        limit_megapixels: refuse larger files.
        progress: shows the download of weights, should one be needed; see `network.weights`.

    Raises:
        RequestError: a setting, layer, file or weight file that can't serve.
        DownloadError: weights that were asked for by name could not be fetched.
    """
    first = recipes.resolve(given)
    if first.layers is not None:
        selection.parse(first.layers)
    picture = _picture(image, first, limit_megapixels)
    weights = weight_files.load(first.network, Path(first.weights) if first.weights else None, progress=progress)
    settings = recipes.resolve(given, weights.network)
    table = architecture.layers(weights.widths)
    channels = {layer.name: layer.channels for layer in table}
    choices = selection.choose(settings.layers or "", channels, weights.network)
    table = architecture.until(table, {choice.layer for choice in choices})
    sizes, dropped = _sizes(picture, settings, table)
    notes = tuple(note for note in (picture.note, weights.note, dropped, _tile_note(settings, table)) if note)
    return Request(picture, settings, weights, table, choices, sizes, notes)


def _picture(image: Any, settings: Settings, limit_megapixels: float) -> Picture:
    """The picture to start from, read or taken as it is, at the size asked for."""
    if isinstance(image, Picture):
        return image
    if isinstance(image, np.ndarray):
        return images.from_array(image, size=settings.size, max_side=settings.max_side)
    return images.read(
        image,
        size=settings.size,
        max_side=settings.max_side,
        profile=settings.profile,
        limit_megapixels=limit_megapixels,
    )


def _sizes(picture: Picture, settings: Settings, table: tuple[Layer, ...]) -> tuple[tuple[Size, ...], str]:
    """The octaves that the chosen layers can see, and a sentence about those left out.

    Raises:
        ImageError: none is left.
    """
    deepest = table[-1]
    height, width = picture.pixels.shape[:2]
    sizes = octaves.SCHEDULES[settings.octave_mode](
        height, width, count=settings.octaves, ratio=settings.octave_ratio, smallest=deepest.stride
    )
    if not sizes:
        raise ImageError(
            f"The picture is {width}x{height}; {deepest.name} needs {deepest.stride} pixels on each side.",
            "Choose an earlier layer or a larger --size.",
        )
    dropped = settings.octaves - len(sizes)
    if not dropped:
        return sizes, ""
    verb = "octave was" if dropped == 1 else "octaves were"
    return sizes, f"{dropped} {verb} left out: {deepest.name} needs {deepest.stride} pixels on each side."


def _tile_note(settings: Settings, table: tuple[Layer, ...]) -> str:
    """A sentence when the tile asked for is not a multiple of the deepest stride."""
    stride = table[-1].stride
    if settings.tile is None or settings.tile % stride == 0:
        return ""
    core = tiles.rounded_up(settings.tile, stride)
    return f"tile {settings.tile} was rounded up to {core}, a multiple of the stride {stride} of {table[-1].name}."
