"""Dreams of one picture with every combination of some settings' values.

plan(source, varied, given, folder) -> Plan    everything checked, nothing written
run(plan) -> iterator                          for each cell Turn, the pipeline's records, then Result or Failed

Every cell is the dream that its settings alone would give, to the bit. Shared are TensorFlow, the picture wherever no
varied setting touches it, the weights of each network, and the compiled gradient while cells differ in nothing that it
depends on; cells are taken in an order that makes the most of this. A picture that is there already with the same
recipe is not dreamt again.
"""

import itertools
import json
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deepdream import images, pipeline, recipes
from deepdream.errors import DreamError, GradientError, ImageError, OutOfMemoryError
from deepdream.gradient import cost
from deepdream.images import Picture
from deepdream.network.weights import Weights
from deepdream.report import sweep_names, tables
from deepdream.request import Request, understand
from deepdream.settings import Settings
from deepdream.steps import Done

Place = Callable[[Path], dict[str, Any]]
"""From the path of an output to what its recipe remembers of where the input lies."""

OF_THE_STEP = frozenset(
    {"steps", "step_size", "jitter", "normalize", "shape", "shape_exponent", "shape_colour", "clip", "strength"}
    | {"distance", "seed"}
)
"""Settings known not to touch the compiled gradient. One that is not on the list is taken to."""

OF_THE_DREAM = (OF_THE_STEP - {"seed"}) | {
    "layers", "objective", "input", "network", "weights", "tile", "octaves", "octave_ratio", "octave_mode",
}  # fmt: skip
"""Settings known not to touch the picture to start from. One that is not on the list is taken to."""


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
        source: the picture.
        folder: where everything goes.
        varied: by setting, its values.
        cells: of all combinations, the last setting changing fastest.
        request: of the first cell.
        shared: what cells have in common.
        place: what a recipe remembers of the input.
    """

    source: Path
    folder: Path
    varied: Mapping[str, tuple[Any, ...]]
    cells: tuple[Cell, ...]
    request: Request
    shared: "Shared"
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


class Shared:
    """The picture and the weights, read once for all cells that start from the same; it holds them."""

    def __init__(self, source: Path, reading: Mapping[str, Any]) -> None:
        self._source, self._reading = source, reading
        self._pictures: dict[Any, Picture] = {}
        self._weights: dict[Any, Weights] = {}

    def request(self, given: Mapping[str, Any]) -> Request:
        """A cell's request, checked in full.

        Raises:
            RequestError: whatever is wrong with it.
        """
        first = recipes.resolve(given)
        start, network = _key(first, OF_THE_DREAM), (first.network, first.weights)
        request = understand(
            self._pictures.get(start, self._source), given, weights=self._weights.get(network), **self._reading
        )
        self._pictures[start], self._weights[network] = request.picture, request.weights
        return request


def plan(
    source: Path,
    varied: Mapping[str, tuple[Any, ...]],
    given: Mapping[str, Any],
    folder: Path,
    *,
    place: Place,
    **reading: Any,
) -> Plan:
    """Check a sweep in full.

    Args:
        source: the picture.
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
    check_folder(folder)
    shared = Shared(source, reading)
    cells, first = [], None
    for values, stem in zip(combinations, sweep_names.stems(combinations), strict=True):
        request = shared.request({**given, **values})
        first = first or request
        own = {name: getattr(request.settings, name) for name in varied}
        cells.append(Cell(own, {**given, **values}, request.settings, folder / f"{stem}.png", _work(request)))
    assert first is not None, "a sweep has at least one cell"
    return Plan(source, folder, varied, tuple(cells), first, shared, place)


def check_folder(folder: Path) -> None:
    """Refuse a folder that can't be made or that is a file.

    Raises:
        ImageError: its parent does not exist, or something else has its name.
    """
    if not folder.parent.is_dir():
        raise ImageError(f"The folder {folder.parent} of {folder.name} does not exist.", "Create it first.")
    if folder.exists() and not folder.is_dir():
        raise ImageError(f"{folder} is a file; a sweep is written into a folder.", "Give another name to --output.")
    tables.check_writable(folder if folder.exists() else folder.parent)


def run(plan: Plan) -> Iterator[Any]:
    """Carry out a checked sweep; the folder is made when the first picture is done.

    Yields: for each cell a Turn, then what `pipeline.run` yields but Done, then its Result or Failed.

    Raises:
        RunError: a dream failed in a way that the others would meet as well; the pictures that are done stay.
    """
    done, key = 0.0, ""
    gradients: dict[Any, Any] = {}
    for number, cell in enumerate(_order(plan.cells), start=1):
        request = plan.shared.request(cell.given)
        if key != (key := _key(cell.settings, OF_THE_STEP)):
            gradients = {}  # those of the cells before are no longer held in memory
        recipe = _recipe(request, cell.path, plan.place)
        ready = _carries(cell.path, recipe)
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
        images.write(cell.path, dreamt.picture, like=request.picture, recipe=recipe)
        yield Result(cell, ready, dreamt.losses, dreamt.seconds)


def _dream(request: Request, gradients: dict[Any, Any]) -> Generator[Any, None, Done]:
    """One dream; returns its end."""
    for record in pipeline.run(request, gradients=gradients):
        if isinstance(record, Done):
            return record
        yield record
    raise DreamError("The dream ended without a picture.")


def _order(cells: tuple[Cell, ...]) -> list[Cell]:
    """The cells, those of one gradient after one another."""
    keys = [_key(cell.settings, OF_THE_STEP) for cell in cells]
    return [cells[n] for n in sorted(range(len(cells)), key=lambda n: keys.index(keys[n]))]


def _key(settings: Settings, without: frozenset[str]) -> str:
    """The settings but for some: equal for cells that can share."""
    return repr({name: value for name, value in asdict(settings).items() if name not in without})


def _work(request: Request) -> float:
    """Operations of all steps."""
    return sum(
        octave.steps * cost.operations(aim.table, octave.size) for octave in request.octaves for aim in octave.aims
    )


def _recipe(request: Request, path: Path, place: Place) -> dict[str, Any]:
    """The pipeline's recipe and where the input lies, as JSON gives it back."""
    recipe = pipeline.recipe(request)
    recipe["input"] = {**recipe["input"], **place(path)}
    return json.loads(json.dumps(recipe))


def _carries(path: Path, recipe: Mapping[str, Any]) -> bool:
    """Whether the picture is there with this recipe; its notes may tell other things, which move no bit."""
    try:
        there = images.read_recipe(path)
    except ImageError:
        return False
    return {**there, "notes": None} == {**recipe, "notes": None}
