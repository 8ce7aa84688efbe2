"""Pictures of features in a folder: their names, which of them are finished, and contact sheets.

folder(chosen, network) -> Path          checked
path(folder, feature, request) -> Path   block4_conv2-012.png, block4_conv2-012-negative.png, ...
write(path, made)
finished(request, folder) -> (Feature, ...)
sheets(request, folder) -> (Path, ...)   written, one per layer
"""

import re
from collections.abc import Sequence
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.errors import StorageError
from deepdream.features import examples
from deepdream.features.feature import Feature
from deepdream.features.render import Made
from deepdream.features.request import Request
from deepdream.features.settings import FeatureSettings
from deepdream.images import Picture, outputs
from deepdream.images.contact_sheet import sheet, valued
from deepdream.pipeline import existing, provenance

LARGEST_CELL = 192
"""Largest side of a picture on a sheet, in pixels."""


def folder(chosen: Path | None, network: str) -> Path:
    """The folder for the pictures; the first of them creates it.

    Args:
        chosen: as typed; None for features-NETWORK in the current folder.
        network: its name.

    Raises:
        ImageError: a file has that name, its parent does not exist, or it can't be written.
    """
    goal = chosen or Path(f"features-{network}")
    outputs.check_folder(goal, "a set of pictures")
    return goal


def plain(folder: Path, feature: Feature, settings: FeatureSettings) -> Path:
    """The path of a feature's picture if no other picture has that name."""
    copy = [f"different{feature.copy + 1}"] if settings.diversity > 1 else []
    short = re.sub(r"[^(),]*[/\\]|\.\w+(?=[,)])", "", feature.term)  # of files, their names alone
    named = re.sub(r"[^\w.+-]+", "-", short).strip("-")  # letters, figures and . _ + -
    name = [named] if feature.channel is None else [feature.layer.name, f"{feature.channel:03d}"]
    words = [*name, *_kinds(settings), *copy]
    return folder / f"{'-'.join(words)}.png"


def path(folder: Path, feature: Feature, request: Request) -> Path:
    """The path of a feature's picture; it gets a number if a picture with other settings has its name, unless those
    are to be replaced.
    """
    name = plain(folder, feature, request.settings)
    if not request.force:
        return existing.free_path(name, request.recipe(feature), keys=keys(feature, request))
    if feature.channel is not None:
        return name
    others = request.features[: request.features.index(feature)]  # a/x.png and b/x.png have one name
    taken = sum(other.channel is None and plain(folder, other, request.settings) == name for other in others)
    return next(islice(chain([name], existing.numbered(name)), taken, None))


def write(path: Path, made: Made) -> None:
    """Write a finished picture with its record, and its opacity if it has one; its folder is created if missing.

    Raises:
        StorageError: the folder can't be created, or the picture not written.
    """
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise StorageError(f"The folder {path.parent} can't be created: {error.strerror}.") from error
    like = None if made.alpha is None else images.from_array(np.dstack([made.pixels, made.alpha]))
    images.write(path, made.pixels, like=like, recipe=made.recipe)


def finished(request: Request, folder: Path) -> tuple[Feature, ...]:
    """The features whose pictures exist with the same recipe; the pictures of one channel count together."""
    found: list[Feature] = []
    for _, group in groupby(request.features, key=lambda feature: feature.term):
        copies = list(group)
        if all(
            provenance.carries(path(folder, feature, request), request.recipe(feature), keys=keys(feature, request))
            for feature in copies
        ):
            found += copies
    return tuple(found)


def sheets(request: Request, folder: Path) -> tuple[Path, ...]:
    """Write a labelled sheet of each layer's pictures beside them.

    Returns: the sheets' paths.
    """
    written = []
    for (layer, targets), group in groupby(request.features, key=lambda one: (one.layer, one.channel is None)):
        features = list(group)
        cells = [_cell(folder, feature, request) for feature in features]
        columns = request.settings.diversity if request.settings.diversity > 1 else _columns(len(cells))
        rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
        kinds = ["targets", *_kinds(request.settings)] if targets else _kinds(request.settings)
        target = folder / f"{'-'.join([layer.name, *kinds, 'sheet'])}.png"
        own = ("channel", "copy", "target")
        recipe = {key: value for key, value in request.recipe(features[0]).items() if key not in own}
        recipe |= {"kind": "feature sheet", **_shown(features)}
        if not request.force:
            target = existing.free_path(target, recipe, keys=tuple(recipe))
        images.write(target, sheet(rows, cell=min(LARGEST_CELL, max(features[0].size))), recipe=recipe)
        written.append(target)
    return tuple(written)


def examples_sheet(request: Request, folder: Path, of: Path) -> Path:
    """Write a sheet of finished pictures and the pictures of another folder that excite the same most.

    Returns: its path.

    Raises:
        ImageError: that folder can't be read, or has no picture.
    """
    found = examples.find(request, of.expanduser())
    drawn = {feature: on_white(images.read(path(folder, feature, request))) for feature in found}
    target = folder / f"{'-'.join(['examples', *_kinds(request.settings)])}.png"
    shown = {feature.term: [example.file.name for example in them] for feature, them in found.items()}
    recipe = {**provenance.stamp("examples", request.network.name, request.network.digest), "examples": shown}
    if not request.force:
        target = existing.free_path(target, recipe, keys=tuple(recipe))
    images.write(target, examples.sheet(drawn, found), recipe=recipe)
    return target


def on_white(picture: Picture) -> np.ndarray:
    """A picture's pixels as a sheet shows them."""
    if picture.alpha is None:
        return picture.pixels
    return picture.pixels * picture.alpha[..., None] + (1 - picture.alpha[..., None])


def keys(feature: Feature, request: Request) -> tuple[str, ...]:
    """The keys of a record that determine the picture; the machine and the version may differ."""
    same = ("kind", "method", "network", "weights", "layer", "channel", "copy", "settings")
    return (*same, *(("target",) if feature.target else ()), *(("files",) if request.files else ()))


def _shown(features: Sequence[Feature]) -> dict[str, Any]:
    """What a sheet shows, for its record."""
    if features[0].channel is None:
        return {"targets": list(dict.fromkeys(feature.term for feature in features))}
    return {"channels": sorted({feature.channel for feature in features if feature.channel is not None})}


def _kinds(settings: FeatureSettings) -> list[str]:
    """The words in a name that distinguish kinds of pictures."""
    source = [] if settings.accentuate is None else [Path(settings.accentuate).stem]
    return [name for name in ("neuron", "negative", "plain", "maco", "accentuate") if getattr(settings, name)] + source


def _cell(folder: Path, feature: Feature, request: Request) -> tuple[str, np.ndarray]:
    pixels = on_white(images.read(path(folder, feature, request)))
    return valued(feature.label, response(folder, feature, request)), pixels


def response(folder: Path, feature: Feature, request: Request) -> float:
    """How strongly a finished picture excites its channel, from its record."""
    return images.read_recipe(path(folder, feature, request))["response"]


def _columns(count: int) -> int:
    """Pictures per row: a power of two, as layers' channel counts are; 8, or 16 for a large layer."""
    return min(count, 8 if count <= 64 else 16)


def unfinished(request: Request, done: Sequence[Feature]) -> tuple[Feature, ...]:
    """The features whose pictures are still to be made."""
    return tuple(feature for feature in request.features if feature not in set(done))
