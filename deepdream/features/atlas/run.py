"""From a checked request to an atlas, with progress.

run(request) -> iterator of Progress, and at the end the Atlas

Source: Carter, Armstrong, Schubert, Johnson and Olah 2019, Exploring Neural Networks with Activation Atlases
    (distill.pub/2019/activation-atlas). Differs: a few thousand positions of the pictures at hand, several of each, in
    place of a million; t-SNE in place of UMAP; and no whitening, whose estimate so few positions don't support.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepdream.errors import ImageError, plural
from deepdream.features.atlas import icons, layout
from deepdream.features.atlas.request import Request
from deepdream.features.atlas.samples import Samples, gather

FEWEST = 10
"""Positions below which there is nothing to lay out."""

STRONGEST = 6
"""Channels that a cell is described by."""


@dataclass(frozen=True)
class Progress:
    """The share of the work that is done, 0..1, and what it is doing."""

    doing: str
    fraction: float


@dataclass(frozen=True, eq=False)
class Cell:
    """One cell of the map.

    Attributes:
        row, column: its place, from 0.
        members: the numbers of its samples, the one closest to their mean first.
        channels: the strongest of the mean activation, strongest first.
        icon: [H, W, 3] float32 RGB in 0..1, what the mean activation looks for.
    """

    row: int
    column: int
    members: np.ndarray
    channels: tuple[int, ...]
    icon: np.ndarray


@dataclass(frozen=True, eq=False)
class Atlas:
    """A layer's activations on pictures, laid out.

    Attributes:
        layer: its name.
        grid: cells along each side.
        cells: those with enough samples, in reading order.
        paths: the pictures.
        sources: the number of each sample's picture, [M].
        points: (row, column) in pixels of each sample's centre in its picture, [M, 2].
        places: (down, across) of each sample on the map, in 0..1, [M, 2].
    """

    layer: str
    grid: int
    cells: tuple[Cell, ...]
    paths: tuple[Path, ...]
    sources: np.ndarray
    points: np.ndarray
    places: np.ndarray


def run(request: Request) -> Iterator[Progress | Atlas]:
    """Make an atlas: gather, lay out, and draw an icon for every cell.

    Raises:
        ImageError: the pictures have too few positions at which the layer is active.
    """
    settings = request.settings
    pictures = (request.read(number).pixels for number in range(len(request.paths)))
    yield Progress("looking at the pictures", 0.0)
    samples = gather(request.network, request.layer, pictures, request.per_picture, settings.seed)
    if len(samples.sources) < FEWEST:
        raise ImageError(
            f"{request.layer.name} is active at {plural(len(samples.sources), 'position')} of these pictures; an atlas "
            f"needs {FEWEST}.",
            "Give larger pictures, or more of them.",
        )
    yield Progress("laying them out", 0.1)
    places = layout.place(samples.activations, settings.seed)
    found = layout.cells(places, settings.grid)
    means = np.stack([samples.activations[members].mean(axis=0) for members in found.values()])
    pictured = list[np.ndarray]()
    for icon in icons.draw(request.network, request.layer, means, settings):
        if isinstance(icon, float):
            yield Progress("drawing icons", 0.2 + 0.8 * icon)
        else:
            pictured.append(icon)
    cells = tuple(
        _cell(place, members, mean, samples, icon)
        for (place, members), mean, icon in zip(found.items(), means, pictured, strict=True)
    )
    yield Atlas(request.layer.name, settings.grid, cells, request.paths, samples.sources, samples.points, places)


def _cell(place: tuple[int, int], members: np.ndarray, mean: np.ndarray, samples: Samples, icon: np.ndarray) -> Cell:
    """A cell, with its members by their angle to the mean."""
    own = samples.activations[members]
    cosines = own @ mean / np.maximum(np.linalg.norm(own, axis=1) * np.linalg.norm(mean), 1e-12)
    strongest = np.argsort(-mean, kind="stable")[:STRONGEST]
    channels = tuple(int(channel) for channel in strongest if mean[channel] > 0)
    return Cell(*place, members[np.argsort(-cosines, kind="stable")], channels, icon)
