"""The results of a comparison, as records and as CSV files.

write_measures(folder, results)                measures.csv: one row per group
write_moments, read_moments                    steps.csv: one row per group and step
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np

from deepdream.compare.groups import Group
from deepdream.compare.measures import MEASURES
from deepdream.compare.null import Chance
from deepdream.pages.page import write_csv

Key = tuple[str, str]
"""A group's name and the digest of its record."""


UNKNOWN = Chance(float("nan"), float("nan"))
"""Of a measure whose chance was not taken."""


@dataclass(frozen=True)
class Moment:
    """A dream after one of its steps.

    Attributes:
        octave, step: counted from 1.
        loss: before the step.
        distance, ssim, outlines: from the original, see `measures.kept`.
        seconds: dreaming time since the first step began, without the measuring.
    """

    octave: int
    step: int
    loss: float
    distance: float
    ssim: float
    outlines: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Result:
    """One group's dream, measured.

    Attributes:
        group: that was dreamt; layers: its layers on this network.
        path: its picture.
        moments: one per step.
        measures: by name, see `measures.MEASURES`.
        added: frequencies and densities of the radially averaged spectrum of what was added.
        noise: of the measures that noise has as well, mean and spread over noises of the same spectrum.
        ready: whether the picture was there already.
    """

    group: Group
    layers: tuple[str, ...]
    path: Path
    moments: tuple[Moment, ...]
    measures: Mapping[str, float]
    added: tuple[np.ndarray, np.ndarray]
    noise: Mapping[str, Chance] = field(default_factory=dict)
    ready: bool = False

    @property
    def seconds(self) -> float:
        """Dreaming time."""
        return self.moments[-1].seconds


def write_measures(folder: Path, results: Sequence[Result]) -> Path:
    """measures.csv: a row per group, numbers with six digits, empty where there is nothing to measure."""
    heading = ["group", "layers", "picture", "steps", "seconds", "loss_first", "loss_last", *map(_column, MEASURES)]
    noise = [name for name, measure in MEASURES.items() if measure.by_chance]
    heading += [f"{name}_noise{end}" for name in noise for end in ("", "_spread")]
    rows = [
        [
            result.group.name,
            " ".join(result.layers),
            result.path.name,
            len(result.moments),
            f"{result.seconds:.2f}",
            f"{result.moments[0].loss:.6g}",
            f"{result.moments[-1].loss:.6g}",
            *(_number(result.measures[name]) for name in MEASURES),
            *(_number(value) for name in noise for value in result.noise.get(name, UNKNOWN)),
        ]
        for result in results
    ]
    return write_csv(folder / "measures.csv", [heading, *rows])


def write_moments(folder: Path, moments: Mapping[Key, Iterable[Moment]]) -> Path:
    """steps.csv: a row per group and step, with the digest of the dream's record."""
    heading = ["group", "recipe", *(own.name for own in fields(Moment))]
    rows = [[*key, *map(repr, asdict(moment).values())] for key, taken in moments.items() for moment in taken]
    return write_csv(folder / "steps.csv", [heading, *rows])


def read_moments(folder: Path) -> dict[Key, tuple[Moment, ...]]:
    """What `write_moments` wrote there; empty if the file is missing or incomplete."""
    found: dict[Key, list[Moment]] = {}
    try:
        with (folder / "steps.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                numbers = [float(row[own.name]) for own in fields(Moment)]
                moment = Moment(int(numbers[0]), int(numbers[1]), *numbers[2:])
                found.setdefault((row["group"], row["recipe"]), []).append(moment)
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {key: tuple(taken) for key, taken in found.items()}


def _column(name: str) -> str:
    """A measure's column: its name, and its unit where it has one."""
    unit = {"px": "_px", "°": "_degrees"}.get(MEASURES[name].unit, "")
    return name + unit


def _number(value: float) -> str:
    return f"{value:.6g}" if np.isfinite(value) else ""
