"""How far a dream has come: pixel-steps and seconds, counted.

Clock(octaves).step(...) -> Step
"""

import time
from collections.abc import Sequence

import numpy as np

from deepdream.pipeline.events import Step
from deepdream.pipeline.plan import Octave


class Clock:
    """Counts pixel-steps and seconds, so that each Step can say what is left."""

    def __init__(self, octaves: Sequence[Octave]) -> None:
        self._octaves = octaves
        self._work = [octave.steps * octave.size[0] * octave.size[1] for octave in octaves]
        self._start = time.perf_counter()

    def seconds(self) -> float:
        """Since the clock was made."""
        return time.perf_counter() - self._start

    def step(self, octave: int, step: int, value: float, picture: np.ndarray, *, last: bool, tile: int | None) -> Step:
        """The record of a step that has just been taken; octave and step count from 1; `last` of its octave or not."""
        now, seconds = self._octaves[octave - 1], self.seconds()
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
            seconds_left=seconds * (1 - fraction) / fraction,
            tile=tile,
        )
