"""One picture dreamt once per group of layers, the same seed and steps each time.

plan(source, groups, given, folder) -> Plan    everything checked, nothing written
run(plan) -> iterator                          for each group Turn, the pipeline's records, then Result or Failed

Every group dreams at the octaves that the deepest group can see, so that all take the same steps. A picture that is
there already with the same recipe is measured again but not dreamt again.
"""

import hashlib
import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.compare import measures, similarity, tables
from deepdream.compare.groups import Group
from deepdream.compare.tables import Moment, Result
from deepdream.errors import DreamError, GradientError, ImageError, SettingError
from deepdream.gradient import cost
from deepdream.network.layers import check_size, neediest
from deepdream.pipeline import provenance
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.events import Done, Step
from deepdream.pipeline.request import Request, aimed, understand

Place = Callable[[Path], dict[str, Any]]
"""From the path of an output to what its recipe remembers of where the input lies."""


@dataclass(frozen=True)
class Plan:
    """A checked comparison.

    Attributes:
        folder: where everything goes.
        turns: each group with its checked request.
        place: what a recipe remembers of the input.
    """

    folder: Path
    turns: tuple[tuple[Group, Request], ...]
    place: Place

    @property
    def original(self) -> np.ndarray:
        """[H, W, 3] the picture that all groups start from."""
        return self.turns[0][1].picture.pixels

    def operations(self) -> float:
        """Multiplications and additions of all dreams."""
        return sum(
            octave.steps * cost.operations(request.table, octave.size)
            for _, request in self.turns
            for octave in request.octaves
        )


@dataclass(frozen=True)
class Turn:
    """A group's turn begins: its number from 1, how many there are, and whether its picture is there already."""

    group: Group
    number: int
    count: int
    ready: bool


@dataclass(frozen=True)
class Failed:
    """A group could not be dreamt on this picture; the others still get their turn."""

    group: Group
    error: DreamError


def plan(
    source: Path, groups: Sequence[Group], given: Mapping[str, Any], folder: Path, *, place: Place, **reading: Any
) -> Plan:
    """Check a comparison in full.

    Args:
        source: the picture.
        groups: what to dream, in this order.
        given: settings by name, without layers.
        folder: where to; its parent has to exist.
        place: see `Place`.
        reading: `limit_megapixels` and `progress`, as `request.understand` takes them.

    Raises:
        RequestError: whatever is wrong with it.
    """
    for name in ("layers", "regions"):
        if given.get(name) is not None:
            raise SettingError(
                f"{name} is for one dream; a comparison dreams groups of layers.", "Give them as --groups."
            )
    provenance.check(folder, "a comparison")
    everything = ",".join(group.selection for group in groups)
    whole = understand(source, {**given, "layers": everything}, **reading)
    _check_size(whole)
    if whole.settings.octave_mode == "detail":
        whole = replace(whole, settings=replace(whole.settings, octaves=len(whole.sizes)))
    turns = [(group, aimed(whole, group.selection)) for group in groups]
    return Plan(folder, tuple(turns), place)


def run(plan: Plan) -> Iterator[Any]:
    """Carry out a checked comparison; the folder is made when the first picture is done.

    Yields: for each group a Turn, then what `pipeline.run` yields but Done, then its Result or Failed.

    Raises:
        RunError: a dream failed; the pictures that are done stay.
    """
    moments = tables.read_moments(plan.folder)
    for number, (group, request) in enumerate(plan.turns, start=1):
        path = plan.folder / f"{group.stem}.png"
        recipe = provenance.recipe(request, plan.place(path))
        key = _digest(recipe)
        ready = provenance.carries(path, recipe) and (group.name, key) in moments
        yield Turn(group, number, len(plan.turns), ready)
        if not ready:
            taken: list[Moment] = []
            try:
                done = yield from _dream(request, taken)
            except GradientError as error:
                yield Failed(group, error)
                continue
            plan.folder.mkdir(exist_ok=True)
            moments = {known: rows for known, rows in moments.items() if known[0] != group.name}
            moments[group.name, key] = tuple(taken)
            tables.write_moments(plan.folder, moments)  # before the picture: with it, both are there
            images.write(path, done.picture, like=request.picture, recipe=provenance.with_tile(recipe, done.recipe))
        layers = tuple(choice.layer for choice in request.choices)
        found = images.read(path, profile=request.settings.profile).pixels
        yield Result(
            group=group,
            layers=layers,
            path=path,
            moments=moments[group.name, key],
            measures=measures.take(plan.original, found),
            added=measures.spectrum_of(plan.original, found),
            ready=ready,
        )


def _dream(request: Request, taken: list[Moment]) -> Generator[Any, None, Done]:
    """One dream, measured after every step; returns its end."""
    measuring = 0.0
    for record in pipeline.run(request):
        if isinstance(record, Done):
            return record
        if isinstance(record, Step):
            seconds, start = record.seconds - measuring, time.perf_counter()
            kept = measures.kept(request.picture.pixels, record.picture)
            taken.append(Moment(record.octave, record.step, float(record.loss), *kept, seconds))
            yield record
            measuring += time.perf_counter() - start
        else:
            yield record
    raise DreamError("The dream ended without a picture.")


def _check_size(request: Request) -> None:
    """Refuse what is too small to be measured, or to give every group the same octaves.

    Raises:
        ImageError: with the smallest size that works.
    """
    height, width = request.picture.pixels.shape[:2]
    if min(height, width) < similarity.SMALLEST:
        raise ImageError(
            f"The picture is {width}x{height}; the measures need {similarity.SMALLEST} pixels on each side.",
            "Choose a larger --size.",
        )
    if request.settings.octave_mode == "grow":
        advice = "Choose an earlier layer or a larger --size."
        check_size("The picture is", (height, width), neediest(request.table), advice)


def _digest(recipe: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(provenance.lasting(recipe), sort_keys=True).encode()).hexdigest()[:16]
