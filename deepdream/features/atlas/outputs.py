"""The files of an atlas: atlas.png, the map as one picture, and index.html.

folder(goal, request) -> where they go          write(goal, request, atlas, name) -> the files
"""

from itertools import groupby
from pathlib import Path

import numpy as np

from deepdream import images
from deepdream._version import __version__
from deepdream.errors import plural
from deepdream.features.atlas.request import Request
from deepdream.features.atlas.run import Atlas
from deepdream.features.seen import square
from deepdream.features.settings import SEES_MUCH
from deepdream.network.layers import Layer
from deepdream.pages import page
from deepdream.pipeline import existing

ICON, CROP, CROPS = 96, 96, 6
"""Sides in pixels of an icon on the map and of an example, and examples of a cell."""

SMALLEST = 0.5
"""Side of the icon of the emptiest cell, as a share of the fullest one's."""


def folder(goal: Path, request: Request, *, force: bool = False) -> Path:
    """The folder, with a number if it holds another atlas."""
    record = request.recipe()
    return goal if force else existing.free_folder(goal, {"atlas.png": (record, tuple(record))})


def write(goal: Path, request: Request, atlas: Atlas, name: str) -> tuple[Path, ...]:
    """Write the files into the folder, which is created if missing.

    Args:
        goal: the folder; its parent exists.
        request: what was asked.
        atlas: the result.
        name: of the pictures, for people.

    Raises:
        StorageError: a file can't be written.
    """
    goal.mkdir(exist_ok=True)
    images.write(goal / "atlas.png", map_of(atlas), recipe=request.recipe())
    text = page.html(
        "features/atlas/page.html",
        title=f"What {request.network.name}'s {atlas.layer} sees in {name}",
        made=_made(request, atlas),
        atlas=atlas,
        name=name,
        network=request.network.name,
        icons={(cell.row, cell.column): page.data_uri(cell.icon, ICON) for cell in atlas.cells},
        shares={(cell.row, cell.column): share for cell, share in zip(atlas.cells, shares(atlas), strict=True)},
        crops=_crops(request, atlas),
    )
    return goal / "atlas.png", page.write_text(goal / "index.html", text)


def map_of(atlas: Atlas) -> np.ndarray:
    """The map as one picture, [H, W, 3] float32: icons on white, larger where there are more samples."""
    canvas = np.ones((atlas.grid * ICON, atlas.grid * ICON, 3), np.float32)
    for cell, share in zip(atlas.cells, shares(atlas), strict=True):
        side = max(1, round(ICON * share))
        top, left = (ICON * place + (ICON - side) // 2 for place in (cell.row, cell.column))
        canvas[top : top + side, left : left + side] = images.resize(cell.icon, (side, side)).clip(0, 1)
    return canvas


def shares(atlas: Atlas) -> list[float]:
    """Each icon's side as a share of a cell's: its area follows the number of samples."""
    most = max(len(cell.members) for cell in atlas.cells)
    return [max(SMALLEST, (len(cell.members) / most) ** 0.5) for cell in atlas.cells]


def _crops(request: Request, atlas: Atlas) -> dict[tuple[int, int], list[tuple[str, str]]]:
    """Examples of each cell: (file name, the part of the picture that was seen), each picture read once."""
    wanted = sorted(
        (int(atlas.sources[member]), rank, (cell.row, cell.column), int(member))
        for cell in atlas.cells
        for rank, member in enumerate(cell.members[:CROPS])
    )
    found: dict[tuple[int, int], dict[int, tuple[str, str]]] = {(cell.row, cell.column): {} for cell in atlas.cells}
    for source, rows in groupby(wanted, key=lambda row: row[0]):
        pixels = request.read(source).pixels
        for _, rank, place, member in rows:
            crop = seen(pixels, atlas.points[member], request.layer)
            found[place][rank] = atlas.paths[source].name, page.data_uri(crop, CROP)
    return {place: [crops[rank] for rank in sorted(crops)] for place, crops in found.items()}


def seen(pixels: np.ndarray, point: np.ndarray, layer: Layer) -> np.ndarray:
    """The square of a picture that a position mostly sees: half its receptive field, moved inside the picture."""
    return square(pixels, point.tolist(), max(8, min(layer.receptive_field or SEES_MUCH, SEES_MUCH) // 2))


def _made(request: Request, atlas: Atlas) -> list[tuple[str, str]]:
    """How it was made, as rows for the page."""
    settings = request.settings
    return [
        ("layer", atlas.layer),
        ("pictures", f"{len(atlas.paths)}, {plural(len(atlas.sources), 'position')}"),
        ("layout", f"t-SNE by the angle between activations, a grid of {settings.grid} x {settings.grid}"),
        ("icons", plural(settings.steps, "step")),
        ("seed", str(settings.seed)),
        ("network", f"{request.network.name}, weights {request.network.digest}"),
        ("deepdream", f"{__version__}; atlas.png carries these settings: deepdream show atlas.png"),
    ]
