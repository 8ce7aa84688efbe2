"""The events of a running dream; progress bar, snapshots and recipe all read the same stream.

An Estimate, then a Step after each gradient step (with Notes in between), then Done.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from deepdream.settings import Size

if TYPE_CHECKING:
    from deepdream.pipeline.plan import Octave


@dataclass(frozen=True)
class Estimate:
    """An estimate of the run, before the first step.

    Attributes:
        device: the device, for people, for example "CPU with 2 threads".
        network: its name.
        sizes: (height, width) of each octave, coarse to fine.
        steps: gradient steps of all octaves.
        seconds: estimated time of all steps.
        memory: estimated peak memory of the whole process, in bytes.
    """

    device: str
    network: str
    sizes: tuple[Size, ...]
    steps: int
    seconds: float
    memory: int


@dataclass(frozen=True)
class Note:
    """Something the user should know; the dream continues.

    Attributes:
        message: one sentence.
    """

    message: str


@dataclass(frozen=True)
class Step:
    """A gradient step just taken.

    Attributes:
        octave, octaves: the scale's number from 1, and how many there are.
        step, steps: the step's number in this octave from 1, and how many there are; equal at the octave's end, which
            comes early if the picture reaches the setting `distance`.
        size: (height, width) of this octave.
        loss: the objective before the step (it is maximised, but usually called loss nevertheless).
        picture: [H, W, 3] float32 RGB, the picture after the step; the next step changes it in place.
        fraction: share of the whole run's work that is done, 0..1, in pixel-steps.
        seconds: since the start of the first step.
        seconds_left: estimate.
        tile: side of the tiles' cores in pixels; None for the whole picture at once.
    """

    octave: int
    octaves: int
    step: int
    steps: int
    size: Size
    loss: float
    picture: np.ndarray
    fraction: float
    seconds: float
    seconds_left: float
    tile: int | None = None


@dataclass(frozen=True)
class Done:
    """The end of a dream.

    Attributes:
        picture: [H, W, 3] float32 RGB in 0..1.
        losses: one tuple per octave of the objective before each of its steps.
        recipe: everything needed to make the same picture again, ready for JSON.
        seconds: time from the first step to the last.
    """

    picture: np.ndarray
    losses: tuple[tuple[float, ...], ...]
    recipe: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Written:
    """A file that a job has written."""

    path: Path


@dataclass(frozen=True)
class Stopped:
    """A job was stopped before its end.

    Attributes:
        path: the picture so far; None if no step had been taken and nothing was written.
        last: the last step taken, or None.
    """

    path: Path | None
    last: Step | None = None


class Clock:
    """Estimates the time left from pixel-steps and seconds.

    The first step of an octave may trace and compile its gradient. The rate is therefore measured on the other steps,
    and the excess of the first one is added for each octave still to begin.

    Args:
        octaves: of the whole run; their work is in the pixels that the network is shown.
        expected: estimated seconds of all its steps; gives the rate until one has been measured.
    """

    def __init__(self, octaves: "Sequence[Octave]", expected: float) -> None:
        self._octaves = octaves
        self._work = [octave.steps * prod(octave.shown) for octave in octaves]
        self._start = self._last = time.perf_counter()
        self._rate = expected / sum(self._work)
        self._octave, self._pixels, self._plain = 0, 0, 0.0
        self._began = 0.0

    def seconds(self) -> float:
        """Seconds since the clock was created."""
        return time.perf_counter() - self._start

    def step(self, octave: int, step: int, value: float, picture: np.ndarray, *, last: bool, tile: int | None) -> Step:
        """The event of a step just taken; octave and step count from 1; `last`: whether it ends its octave."""
        now, seconds = self._octaves[octave - 1], self.seconds()
        self._measure(octave, prod(now.shown), time.perf_counter())
        taken = sum(self._work[: octave - 1]) + self._work[octave - 1] * step / now.steps
        fraction = taken / sum(self._work)
        return Step(
            octave=octave,
            octaves=len(self._octaves),
            step=step,
            steps=step if last else now.steps,
            size=now.size,
            loss=value,
            picture=picture,
            fraction=fraction,
            seconds=seconds,
            seconds_left=(1 - fraction) * sum(self._work) * self._rate + self._to_begin(octave),
            tile=tile,
        )

    def _measure(self, octave: int, pixels: int, now: float) -> None:
        """Record the time since the last step, separately for an octave's first step."""
        spent, self._last = now - self._last, now
        if octave != self._octave:
            self._octave, self._pixels, self._plain, self._began = octave, 0, 0.0, spent
            return
        self._pixels, self._plain = self._pixels + pixels, self._plain + spent
        self._rate = self._plain / self._pixels

    def _to_begin(self, octave: int) -> float:
        """Seconds for tracing in the octaves ahead; not known in octave 1, where TensorFlow's start-up is included."""
        if octave == 1:
            return 0.0
        pixels = prod(self._octaves[octave - 1].shown)
        return max(self._began - pixels * self._rate, 0.0) * (len(self._octaves) - octave)
