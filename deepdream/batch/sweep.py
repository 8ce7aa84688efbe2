"""Dreams of one picture with every combination of some settings' values.

plan(name, source, varied, given, folder) -> Plan    everything checked, nothing written
run(plan) -> iterator                                as `series.run`, one job per cell

Every cell has the same bits as a single dream with its settings. Cells share a session, and those with the same
compiled gradient follow one another, so that it is compiled once for them. A picture that exists with the same record
is not dreamt again.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepdream.batch import names
from deepdream.images import outputs
from deepdream.pipeline import series
from deepdream.pipeline.job import Job
from deepdream.pipeline.request import Request, understand
from deepdream.pipeline.session import Session
from deepdream.settings import Settings, recipes
from deepdream.settings.fields import sharing

Source = Callable[[Settings], Path | None]
"""From a cell's settings to its picture; None for a canvas."""


@dataclass(frozen=True)
class Cell:
    """One dream of a sweep.

    Attributes:
        values: the varied settings, as in the record.
        job: the dream and its file.
        work: operations of all its steps.
        settings: all of them, resolved.
    """

    values: Mapping[str, Any]
    job: Job
    work: float
    settings: Settings

    @property
    def path(self) -> Path:
        """The file of its picture."""
        return self.job.output


@dataclass(frozen=True)
class Plan:
    """A checked sweep.

    Attributes:
        name: of the picture, for people.
        folder: the output folder.
        varied: setting -> its values.
        cells: of all combinations, the last setting changing fastest.
        request: of the first cell.
        session: shared by the cells.
        force: replace pictures that carry another record.
    """

    name: str
    folder: Path
    varied: Mapping[str, tuple[Any, ...]]
    cells: tuple[Cell, ...]
    request: Request
    session: Session
    force: bool = False

    @property
    def work(self) -> float:
        """Operations of all dreams."""
        return sum(cell.work for cell in self.cells)

    @property
    def order(self) -> tuple[Cell, ...]:
        """The cells in the order they are dreamt: those that share their gradients follow one another."""
        alike = [sharing(cell.settings) for cell in self.cells]
        return tuple(sorted(self.cells, key=lambda cell: alike.index(sharing(cell.settings))))


def plan(
    name: str,
    source: Source,
    varied: Mapping[str, tuple[Any, ...]],
    given: Mapping[str, Any],
    folder: Path,
    *,
    force: bool = False,
    limit_megapixels: float = 300,
    progress: Any = None,
) -> Plan:
    """Check a sweep in full.

    Args:
        name: of the picture, for people.
        source: see `Source`.
        varied: setting -> its values; the value None means not given.
        given: settings of every cell.
        folder: the output folder; its parent must exist.
        force: replace pictures that carry another record.
        limit_megapixels: larger pictures are rejected.
        progress: shows the download of weights, if one is needed.

    Raises:
        RequestError: an invalid picture, setting or folder.
    """
    combinations = [dict(zip(varied, values, strict=True)) for values in itertools.product(*varied.values())]
    for values in combinations:
        recipes.resolve({**given, **values})  # before any file is opened
    outputs.check_folder(folder, "a sweep")
    session = Session(progress=progress)
    cells, first = [], None
    for values, stem in zip(combinations, names.stems(combinations), strict=True):
        job = Job(
            source=source(recipes.resolve({**given, **values})),
            output=folder / f"{stem}.png",
            given={**given, **values},
            limit_megapixels=limit_megapixels,
            skip=True,
            force=force,
            keep_partial=False,
            make_folder=True,
        )
        request = understand(job.source, job.given, limit_megapixels=limit_megapixels, session=session)
        outputs.check_inputs((job.output, folder / "sheet.png"), (job.source, *request.files))
        first = first or request
        shown = {setting: getattr(request.settings, setting) for setting in varied}
        cells.append(Cell(shown, job, request.operations, request.settings))
    assert first is not None, "a sweep has at least one cell"
    return Plan(name, folder, varied, tuple(cells), first, session, force)


def run(plan: Plan) -> Iterator[Any]:
    """Run a checked sweep; the folder is created with the first picture.

    Yields: as `series.run`.
    """
    yield from series.run([cell.job for cell in plan.order], plan.session)
