"""One picture dreamt once per group of layers, the same seed and steps each time.

plan(source, groups, given, folder) -> Plan    everything checked, nothing written
run(plan) -> iterator                          as `series.run`, one job for each group, and a Result for each measured

Every group dreams at the octaves that the deepest group can see, so that all take the same steps. A picture that is
there already with the same record is measured again but not dreamt again.
"""

import hashlib
import itertools
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.compare import measures, similarity, tables
from deepdream.compare.groups import Group
from deepdream.compare.tables import Moment, Result
from deepdream.errors import ImageError, SettingError
from deepdream.network.layers import check_size, neediest
from deepdream.pipeline import job, provenance, series
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.events import Done, Step
from deepdream.pipeline.job import Job
from deepdream.pipeline.request import Request, retargeted, understand
from deepdream.pipeline.session import Session


@dataclass(frozen=True)
class Plan:
    """A checked comparison.

    Attributes:
        folder: where everything goes.
        source: the picture.
        turns: each group with its checked request.
        session: what the groups share.
        force: replace pictures that carry another record.
    """

    folder: Path
    source: Path
    turns: tuple[tuple[Group, Request], ...]
    session: Session
    force: bool = False

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
    force: bool = False,
    limit_megapixels: float = 300,
) -> Plan:
    """Check a comparison in full.

    Args:
        source: the picture.
        groups: what to dream, in this order.
        given: settings by name, without layers.
        folder: where to; its parent has to exist. Where it holds another comparison a number is added to its name.
        force: replace another comparison.
        session: what the groups share.
        limit_megapixels: refuse larger pictures.

    Raises:
        RequestError: whatever is wrong with it.
    """
    for name in ("layers", "regions"):
        if given.get(name) is not None:
            raise SettingError(
                f"{name} is for one dream; a comparison dreams groups of layers.", "Give them as --groups."
            )
    series.check_folder(folder, "a comparison")
    everything = ",".join(group.selection for group in groups)
    whole = understand(source, {**given, "layers": everything}, limit_megapixels=limit_megapixels, session=session)
    _check_size(whole)
    if whole.settings.octave_mode == "detail":
        whole = replace(whole, settings=replace(whole.settings, octaves=len(whole.sizes)))
    turns = tuple((group, retargeted(whole, group.selection)) for group in groups)
    if not force and folder.exists():
        pipeline.prepare(whole, session)
        folder = _free(folder, turns)
    return Plan(folder, source, turns, session, force)


def run(plan: Plan) -> Iterator[Any]:
    """Carry out a checked comparison; the folder is made with the first picture.

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
            tables.write_moments(plan.folder, moments)  # before the picture: with it, both are there
        yield event
        if isinstance(event, job.Result) and not event.stopped:
            yield _measured(plan, number, moments[keys[number]], ready=event.ready)


def _measured(plan: Plan, number: int, moments: tuple[Moment, ...], *, ready: bool) -> Result:
    """A group's picture, measured as it was written."""
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


def sheet_record(turns: Sequence[tuple[Group, Request]]) -> provenance.Record:
    """What the sheet carries: equal for comparisons of the same groups and dreams."""
    network = turns[0][1].network
    groups = {group.name: _digest(request) for group, request in turns}
    return provenance.stamp("comparison sheet", network.name, network.digest) | {"groups": groups}


def _free(folder: Path, turns: Sequence[tuple[Group, Request]]) -> Path:
    """The folder, or with a number: the first that holds no picture of another comparison."""
    records = {f"{group.stem}.png": provenance.of_dream(request) for group, request in turns}
    sheet = sheet_record(turns)
    for number in itertools.count(1):
        name = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        alike = all(provenance.free(name / file, record) == name / file for file, record in records.items())
        if alike and provenance.free(name / "sheet.png", sheet, keys=tuple(sheet)) == name / "sheet.png":
            return name
    raise AssertionError("numbers don't end")


def _digest(request: Request) -> str:
    """Equal for requests that dream the same picture."""
    made = provenance.lasting(provenance.of_dream(request))
    return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:16]
