"""The labelled contact sheets of a sweep, from the finished pictures.

write(plan, done) -> files, sentences

One varied setting makes a row, wrapped if it is long; of two the first makes rows and the second columns; each
combination of further ones makes a sheet of its own.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.batch.names import caption, format_value, stems
from deepdream.batch.sweep import Cell, Plan
from deepdream.images.contact_sheet import grid
from deepdream.images.scale import scaled
from deepdream.pipeline import existing, provenance
from deepdream.settings import Size
from deepdream.settings.declaration import COMPUTING
from deepdream.settings.fields import FIELDS

COLUMNS = 6
"""Pictures per row if one setting is varied."""

WIDEST, LARGEST, SMALLEST = 2400, 320, 120
"""In pixels: the width of a sheet, and the bounds of a cell's side, which take precedence."""


SAME = ("kind", "version", "input", "settings", "varied")
"""Keys of a sheet's record that identify its sweep, however many pictures are finished."""


def write(plan: Plan, done: Mapping[Path, Path]) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Write the sheets; unfinished pictures are grey.

    Args:
        plan: the sweep.
        done: a cell's path -> the path it was written to.

    Returns: the sheets, and a sentence for each that got a number because another sweep's sheet has its name.

    Raises:
        StorageError: a sheet can't be written.
    """
    names = list(plan.varied)
    further = [
        dict(zip(names[2:], values, strict=True)) for values in itertools.product(*list(plan.varied.values())[2:])
    ]
    written, notes = [], []
    for number, words in enumerate(stems(further)):
        cells = list(plan.cells[number :: len(further)])
        path = plan.folder / (f"sheet-{words}.png" if words else "sheet.png")
        network = [] if "network" in names else [plan.request.network.name]
        title = ", ".join([plan.name, *network, *(caption(name, cells[0].values[name]) for name in names[2:])])
        record = _recipe(plan, cells, done)
        if not plan.force and (new := existing.free_path(path, record, keys=SAME)) != path:
            notes.append(existing.kept(path, new))
            path = new
        images.write(path, _sheet(plan, cells, done, title), recipe=record)
        written.append(path)
    return tuple(written), tuple(notes)


def _sheet(plan: Plan, cells: Sequence[Cell], done: Mapping[Path, Path], title: str) -> np.ndarray:
    """One sheet: the cells of one combination of further settings, in the plan's order."""
    columns = len(list(plan.varied.values())[1]) if len(plan.varied) > 1 else min(COLUMNS, len(cells))
    size = _cell(plan, columns)
    pictures = [_thumbnail(done[cell.path], size) if cell.path in done else None for cell in cells]
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    return grid(
        [
            (side, list(zip(heads, pictures[columns * n :], strict=False)))
            for n, (side, heads) in enumerate(captions(list(plan.varied), rows))
        ],
        title=title,
        cell=size,
    )


def captions(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[tuple[str, list[str]]]:
    """For each row the caption at its left, and those above its cells: the values in the cells' records."""
    if len(names) == 1:
        return [("", [caption(names[0], cell.values[names[0]]) for cell in row]) for row in rows]
    heads = [_common(names[1], column) for column in zip(*rows, strict=True)]
    return [(_common(names[0], row), heads if number == 0 else [""] * len(row)) for number, row in enumerate(rows)]


def _common(name: str, cells: Sequence[Cell]) -> str:
    """The caption common to the cells; for the value "none", each may have its own recipe's default."""
    values = {format_value(cell.values[name]) for cell in cells}
    return caption(name, cells[0].values[name] if len(values) == 1 else None)


def _cell(plan: Plan, columns: int) -> Size:
    """(height, width) of a cell: the first picture's aspect ratio, never enlarged."""
    size = plan.request.sizes[-1]
    side = min(max(size), max(SMALLEST, min(LARGEST, WIDEST // columns)))
    return scaled(size, side / max(size))


def _thumbnail(path: Path, size: Size) -> np.ndarray:
    return images.read(path, max_side=2 * max(size)).pixels


def _recipe(plan: Plan, cells: Sequence[Cell], done: Mapping[Path, Path]) -> dict[str, Any]:
    """The sheet's record: its pictures with their values, and the settings that all share."""
    alike = asdict(plan.request.settings)
    computing = {name for name, field in FIELDS.items() if field.metadata["affects"] == COMPUTING}
    return {
        **provenance.stamp("sweep sheet"),
        "input": {"digest": plan.request.picture.digest},
        "settings": {name: alike[name] for name in alike if name not in {*plan.varied, *computing}},
        "varied": dict(plan.varied),
        "pictures": [{"file": done.get(cell.path, cell.path).name, **cell.values} for cell in cells],
    }
