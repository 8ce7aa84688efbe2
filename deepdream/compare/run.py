"""One picture, dreamt once per group of layers with the same seed and steps.

plan(source, groups, given, folder) -> Plan    everything checked, nothing written
run(plan) -> iterator                          as `series.run` with one job per group, and a Result per group

Every group dreams at the octaves that are large enough for the deepest group, until it is as far from the original as
all of them get. A picture that exists with the same record is measured again but not dreamt again.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.compare import measures, reach, similarity, tables
from deepdream.compare.groups import Group
from deepdream.compare.tables import Moment, Result
from deepdream.errors import ImageError, SettingError
from deepdream.images import outputs
from deepdream.network.layers import check_size, neediest
from deepdream.pipeline import existing, job, provenance, series
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.events import Done, Step
from deepdream.pipeline.job import Job
from deepdream.pipeline.request import Request, retargeted, understand
from deepdream.pipeline.session import Session
from deepdream.settings.fields import drawn

EQUAL = ("distance", "steps")
"""What the groups of a comparison can have in common."""


@dataclass(frozen=True)
class Plan:
    """A checked comparison.

    Attributes:
        folder: the output folder.
        source: the picture.
        turns: each group with its checked request.
        session: shared by the groups.
        force: replace pictures that carry another record.
        reached: the distance that was found for all groups; None where it was given, or they take all steps.
    """

    folder: Path
    source: Path
    turns: tuple[tuple[Group, Request], ...]
    session: Session
    force: bool = False
    reached: float | None = None

    @property
    def original(self) -> np.ndarray:
        """[H, W, 3] the picture that all groups start from."""
        return self.turns[0][1].picture.pixels

    @property
    def operations(self) -> float:
        """Multiplications and additions of all dreams."""
        return sum(request.operations for _, request in self.turns)


def plan(
    source: Path,
    groups: Sequence[Group],
    given: Mapping[str, Any],
    folder: Path,
    *,
    session: Session,
    equal: str = "distance",
    force: bool = False,
    limit_megapixels: float = 300,
    tell: Callable[[int], None] = lambda number: None,
) -> Plan:
    """Check a comparison in full, and find the distance that its groups will have.

    Args:
        source: the picture.
        groups: what to dream, in this order.
        given: settings by name, without layers.
        folder: the output folder; its parent must exist. If it holds another comparison, its name gets a number.
        session: shared by the groups.
        equal: what all groups have in common, "distance" or "steps": each stops at the distance from the original that
            all of them reach, unless the settings have another; or takes all its steps.
        force: replace another comparison.
        limit_megapixels: larger pictures are rejected.
        tell: called with each group's number from 1 while that distance is sought.

    Raises:
        RequestError: an invalid picture, group, setting or folder.
    """
    for name in ("layers", "regions"):
        if given.get(name) is not None:
            raise SettingError(
                f"{name} is for one dream; a comparison dreams groups of layers.", "Give them as --groups."
            )
    outputs.check_folder(folder, "a comparison")
    names = ["sheet.png", *(f"{group.stem}.png" for group in groups)]
    outputs.check_inputs((folder / name for name in names), (source,))
    if equal not in EQUAL:
        raise SettingError(f"equal {equal!r} is not one of {', '.join(EQUAL)}.")
    typed = drawn({**given, "layers": ",".join(group.selection for group in groups)})

    def wanted(distance: float | None = None) -> Request:
        there = typed if distance is None else {**typed, "distance": distance}
        return understand(source, there, limit_megapixels=limit_megapixels, session=session)

    whole, reached = wanted(), None
    _check_size(whole)
    if equal == "distance" and whole.settings.distance is None:
        selections = [group.selection for group in groups]
        reached = _reached(folder, lambda distance: _turns(wanted(distance), groups), session)
        reached = reached or reach.common(whole, selections, typed, session=session, tell=tell)
        whole = wanted(reached)
    turns = _turns(whole, groups)
    if not force and folder.exists():
        pipeline.prepare(whole, session)
        folder = _free(folder, turns)
    return Plan(folder, source, turns, session, force, reached)


def _turns(whole: Request, groups: Sequence[Group]) -> tuple[tuple[Group, Request], ...]:
    """Each group with its request, made of the one for all of them."""
    if whole.settings.octave_mode == "detail":
        whole = replace(whole, settings=replace(whole.settings, octaves=len(whole.sizes)))
    return tuple((group, retargeted(whole, group.selection)) for group in groups)


def _reached(
    folder: Path, turns: Callable[[float], tuple[tuple[Group, Request], ...]], session: Session
) -> float | None:
    """The distance that an earlier run of the same comparison found, from its sheet; None where there was none."""
    for name in takewhile(Path.exists, existing.numbered_folders(folder)):
        try:
            found = provenance.read_any(name / "sheet.png").get("reached")
        except ImageError:
            continue
        if isinstance(found, float):
            there = turns(found)
            pipeline.prepare(there[0][1], session)
            sheet = sheet_record(there)
            if provenance.carries(name / "sheet.png", sheet, keys=tuple(sheet)):
                return found
    return None


def run(plan: Plan) -> Iterator[Any]:
    """Run a checked comparison; the folder is created with the first picture.

    Yields: as `series.run`, and a `tables.Result` after each group's picture.
    """
    moments = tables.read_moments(plan.folder)
    keys = [(group.name, _digest(request)) for group, request in plan.turns]
    jobs = [
        Job(
            source=plan.source,
            output=plan.folder / f"{group.stem}.png",
            request=request,
            skip=key in moments,
            force=plan.force,
            keep_partial=False,
            make_folder=True,
        )
        for key, (group, request) in zip(keys, plan.turns, strict=True)
    ]
    number, taken, measuring = 0, list[Moment](), 0.0
    for event in series.run(jobs, plan.session):
        if isinstance(event, series.Turn):
            number, taken, measuring = event.number - 1, [], 0.0
        elif isinstance(event, Step):
            start = time.perf_counter()
            kept = measures.kept(plan.original, event.picture)
            taken.append(Moment(event.octave, event.step, float(event.loss), *kept, event.seconds - measuring))
            measuring += time.perf_counter() - start
        elif isinstance(event, Done):
            moments = {key: rows for key, rows in moments.items() if key[0] != keys[number][0]}
            moments[keys[number]] = tuple(taken)
            plan.folder.mkdir(exist_ok=True)
            tables.write_moments(plan.folder, moments)  # before the picture, so that a picture always has its moments
        yield event
        if isinstance(event, job.Result) and not event.stopped:
            yield _measured(plan, number, moments[keys[number]], ready=event.ready)


def _measured(plan: Plan, number: int, moments: tuple[Moment, ...], *, ready: bool) -> Result:
    """The measures of a group's picture, read back from its file."""
    group, request = plan.turns[number]
    path = plan.folder / f"{group.stem}.png"
    found = images.read(path, profile=request.settings.profile).pixels
    values, noise = measures.take(plan.original, found)
    return Result(
        group=group,
        layers=tuple(choice.layer for choice in request.choices),
        path=path,
        moments=moments,
        measures=values,
        noise=noise,
        added=measures.spectrum_of(plan.original, found),
        ready=ready,
    )


def _check_size(request: Request) -> None:
    """Check that the picture is large enough for the measures and for every group at the same octaves.

    Raises:
        ImageError: it is not; the message has the smallest size that works.
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


def sheet_record(turns: Sequence[tuple[Group, Request]]) -> provenance.Record:
    """The record of the contact sheet, equal for comparisons of the same groups and dreams."""
    network = turns[0][1].network
    groups = {group.name: _digest(request) for group, request in turns}
    return provenance.stamp("comparison sheet", network.name, network.digest) | {"groups": groups}


def _free(folder: Path, turns: Sequence[tuple[Group, Request]]) -> Path:
    """The folder, with a number if it holds a picture of another comparison."""
    sheet = sheet_record(turns)
    records = {f"{group.stem}.png": (provenance.of_dream(request), None) for group, request in turns}
    return existing.free_folder(folder, {**records, "sheet.png": (sheet, tuple(sheet))})


def _digest(request: Request) -> str:
    """A digest that is equal for requests of the same dream."""
    made = provenance.lasting(provenance.of_dream(request))
    return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:16]
