"""The time-lapse of a live dream: pictures taken while it is dreamt, so that keeping them costs little at any length.

Reel().take(picture) · write(path, frames, record)
"""

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from deepdream.film import outputs
from deepdream.film.source import Source
from deepdream.studio.worker.preview import jpeg

FRAMES, MILLISECONDS, LINGER = 120, 80, 2000
"""Most frames of a time-lapse, how long each is shown, and the last."""


class Reel:
    """Frames at even distances: when there are too many, every second one goes, and half as many are taken."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._every, self._taken = 1, 0

    def take(self, picture: np.ndarray) -> None:
        """Take note of a step's picture, [H, W, 3] in 0..1."""
        if self._taken % self._every == 0:
            self._frames.append(jpeg(picture, quality=92, side=None))
        self._taken += 1
        if len(self._frames) > FRAMES:
            self._frames, self._every = self._frames[::2], 2 * self._every

    def frames(self) -> list[np.ndarray]:
        """The pictures so far, [H, W, 3] float32 in 0..1."""
        opened = (np.asarray(Image.open(io.BytesIO(frame)), np.float32) for frame in self._frames)
        return [frame / np.float32(255) for frame in opened]


def write(path: Path, frames: list[np.ndarray], record: dict[str, Any]) -> None:
    """A time-lapse as a film that lingers on its end; as a GIF it runs for ever.

    Args:
        path: of the file, by whose suffix it is written.
        frames: one at least, [H, W, 3] in 0..1.
        record: what it carries.
    """
    height, width = frames[0].shape[:2]
    tick, rate = Fraction(1, 1000), Fraction(1000, MILLISECONDS)
    source = Source(path, "live", (height, width), tick, rate, len(frames), lambda source: iter(()))
    count = len(frames) - 1 + LINGER // MILLISECONDS  # the end is repeated: a video has one rate
    output = outputs.check(path, None, None, force=True)
    outputs.write(
        output,
        lambda number: frames[min(number, len(frames) - 1)],
        [MILLISECONDS * number for number in range(count)],
        [MILLISECONDS] * count,
        source=source,
        record=record,
    )
