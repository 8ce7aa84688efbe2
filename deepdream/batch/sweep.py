"""Dreams of one picture with every combination of some settings' values.

plan(name, source, varied, given, folder) -> Plan    everything checked, nothing written
run(plan) -> iterator                          for each cell Turn, the pipeline's records, then Result or Failed

Every cell is the dream that its settings alone would give, to the bit. Shared are TensorFlow, the picture wherever no
varied setting touches it, the weights of each network, and the compiled gradient while cells differ in nothing that it
depends on; cells are taken in an order that makes the most of this. A picture that is there already with the same
recipe is not dreamt again.
"""

import itertools
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepdream import images
from deepdream.batch import names
from deepdream.errors import DreamError, GradientError, OutOfMemoryError
from deepdream.gradient import cost
from deepdream.gradient.memory import Gradients
from deepdream.pipeline import provenance
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.events import Done
from deepdream.pipeline.request import Request
from deepdream.pipeline.session import Shared, Source
from deepdream.settings import Settings, recipes
from deepdream.settings.fields import sharing

Place = Callable[[Path | None, Path], dict[str, Any]]
"""From a picture and the path of an output to what its recipe remembers of where the input lies."""


@dataclass(frozen=True)
class Cell:
    """One dream of a sweep.

    Attributes:
        values: the varied settings, as they are in the recipe.
        given: what to dream with.
        settings: all of them, resolved.
        path: of its picture.
        work: operations of all its steps.
    """

    values: Mapping[str, Any]
    given: Mapping[str, Any]
    settings: Settings
    path: Path
    work: float


@dataclass(frozen=True)
class Plan:
    """A checked sweep.

    Attributes:
        name: of the picture, for people.
        folder: where everything goes.
        varied: by setting, its values.
        cells: of all combinations, the last setting changing fastest.
        request: of the first cell.
        shared: what cells have in common.
        place: what a recipe remembers of the input.
    """

    name: str
    folder: Path
    varied: Mapping[str, tuple[Any, ...]]
    cells: tuple[Cell, ...]
    request: Request
    shared: Shared
    place: Place

    @property
    def work(self) -> float:
        """Operations of all dreams."""
        return sum(cell.work for cell in self.cells)


@dataclass(frozen=True)
class Turn:
    """A cell's turn begins: its number from 1, the share of the sweep's work before it, and whether it is there."""

    cell: Cell
    number: int
    before: float
    ready: bool


@dataclass(frozen=True)
class Result:
    """A cell is there: its losses by octave (none when it was there already) and the time it took."""

    cell: Cell
    ready: bool
    losses: tuple[tuple[float, ...], ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Failed:
    """A cell's dream failed; the others still get their turn."""

    cell: Cell
    error: DreamError


def plan(
    name: str,
    source: Source,
    varied: Mapping[str, tuple[Any, ...]],
    given: Mapping[str, Any],
    folder: Path,
    *,
    place: Place,
    **reading: Any,
) -> Plan:
    """Check a sweep in full.

    Args:
        name: of the picture, for people.
        source: see `Source`.
        varied: by setting, its values; None for not given.
        given: settings of every cell.
        folder: where to; its parent has to exist.
        place: see `Place`.
        reading: `limit_megapixels` and `progress`, as `request.understand` takes them.

    Raises:
        RequestError: whatever is wrong with it.
    """
    combinations = [dict(zip(varied, values, strict=True)) for values in itertools.product(*varied.values())]
    for values in combinations:
        recipes.resolve({**given, **values})  # before any file is opened
    provenance.check(folder, "a sweep")
    shared = Shared(source, reading)
    cells, first = [], None
    for values, stem in zip(combinations, names.stems(combinations), strict=True):
        request = shared.request({**given, **values})
        first = first or request
        own = {setting: getattr(request.settings, setting) for setting in varied}
        cells.append(Cell(own, {**given, **values}, request.settings, folder / f"{stem}.png", _work(request)))
    assert first is not None, "a sweep has at least one cell"
    return Plan(name, folder, varied, tuple(cells), first, shared, place)


def run(plan: Plan) -> Iterator[Any]:
    """Carry out a checked sweep; the folder is made when the first picture is done.

    Yields: for each cell a Turn, then what `pipeline.run` yields but Done, then its Result or Failed.

    Raises:
        RunError: a dream failed in a way that the others would meet as well; the pictures that are done stay.
    """
    done, last = 0.0, None
    gradients: Gradients | None = None
    for number, cell in enumerate(_order(plan.cells), start=1):
        request = plan.shared.request(cell.given)
        if (now := sharing(cell.settings)) != last:
            last, gradients = now, Gradients(cell.settings.tile)  # those before are no longer held in memory
        recipe = provenance.recipe(request, plan.place(plan.shared.source(request.settings), cell.path))
        ready = provenance.carries(cell.path, recipe)
        yield Turn(cell, number, done / plan.work, ready)
        done += cell.work
        if ready:
            yield Result(cell, ready)
            continue
        try:
            dreamt = yield from _dream(request, gradients)
        except (GradientError, OutOfMemoryError) as error:
            yield Failed(cell, error)
            continue
        plan.folder.mkdir(exist_ok=True)
        images.write(
            cell.path, dreamt.picture, like=request.picture, recipe=provenance.with_tile(recipe, dreamt.recipe)
        )
        yield Result(cell, ready, dreamt.losses, dreamt.seconds)


def _dream(request: Request, gradients: Gradients | None) -> Generator[Any, None, Done]:
    """One dream; returns its end."""
    for record in pipeline.run(request, gradients=gradients):
        if isinstance(record, Done):
            return record
        yield record
    raise DreamError("The dream ended without a picture.")


def _order(cells: tuple[Cell, ...]) -> list[Cell]:
    """The cells, those of one gradient after one another."""
    keys = [sharing(cell.settings) for cell in cells]
    return [cells[n] for n in sorted(range(len(cells)), key=lambda n: keys.index(keys[n]))]


def _work(request: Request) -> float:
    """Operations of all steps."""
    return sum(
        octave.steps * cost.operations(aim.table, octave.size) for octave in request.octaves for aim in octave.aims
    )
