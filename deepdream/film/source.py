"""The class Source: a film to read, with its facts; notes about damage are added while it is read.

source.frames() -> Frames, upright, RGB
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from deepdream.film.yuv import PICTURES, Colours
from deepdream.settings import Size

Stream = Iterator[tuple[int, int | None, Callable[[], np.ndarray]]]
"""When a frame is shown and for how long, in ticks, and what converts its pixels."""


@dataclass(frozen=True)
class Frame:
    """One frame of a film.

    Attributes:
        number: from 0, in the part of the film that is read.
        pts: when it is shown, in the source's time base, from the film's start.
        duration: for how long, where the file has it; it counts for the last frame, others last until the next.
        pixels: [H, W, 3] float32 RGB in 0..1.
    """

    number: int
    pts: int
    duration: int | None
    pixels: np.ndarray


@dataclass(eq=False)
class Source:
    """A film to read.

    Attributes:
        path: of the file or folder.
        kind: "video", "animation" or "folder".
        size: (height, width) of the upright frames.
        time_base: seconds per tick of `pts`.
        rate: frames per second, as announced or guessed.
        count: how many frames there will be, as announced; None where it isn't known.
        announced: seconds that it lasts, as announced, where that can be relied on.
        read: yields the frames' pts, duration and pixels.
        bits: per channel, 8 or 10 and more.
        colours: of a video.
        aspect: width of a pixel over its height.
        span: the seconds that are read, from and to; None for the end.
        every: only every n-th frame is read.
        numbers: of the frames to read, counted after all this: the first, and the one after the last, None for all.
        loops: how often an animation repeats; 0 for ever, 1 once.
        notes: sentences for the user; reading adds to them.
        extra: what encoders need to keep HDR, by the encoder's name.
        tone: maps a frame's pixels, as from HDR to sRGB.
    """

    path: Path
    kind: str
    size: Size
    time_base: Fraction
    rate: Fraction
    count: int | None
    read: Callable[["Source"], Stream]
    announced: float | None = None
    bits: int = 8
    colours: Colours = PICTURES
    aspect: Fraction = Fraction(1)
    span: tuple[float, float | None] = (0.0, None)
    every: int = 1
    numbers: tuple[int, int | None] = (0, None)
    loops: int = 0
    notes: list[str] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)
    tone: Callable[[np.ndarray], np.ndarray] = lambda pixels: pixels

    def frames(self, skip: int = 0) -> Iterator[Frame]:
        """The frames, or those after the first `skip`; the ones before are decoded but not converted."""
        begin, end = self.span
        first, last = self.numbers
        number = -1
        for index, (pts, duration, pixels) in enumerate(self._inside(begin, end)):
            if index % self.every:
                continue
            number += 1
            if number == last:
                return
            if number >= first + skip:
                yield Frame(number, pts, duration, self.tone(pixels()))

    def _inside(self, begin: float, end: float | None) -> Stream:
        for pts, duration, pixels in self.read(self):
            seconds = float(pts * self.time_base)
            if end is not None and seconds >= end:
                return
            if seconds >= begin:
                yield pts, duration, pixels

    @property
    def expected(self) -> int | None:
        """About how many frames `frames` will yield."""
        if self.count is None:
            return None
        begin, end = self.span
        first, last = (math.ceil(round(float(at * self.rate), 6)) for at in (begin, end or 0))
        inside = min(self.count, last if end else self.count) - first
        return max(math.ceil(inside / self.every), 1)
