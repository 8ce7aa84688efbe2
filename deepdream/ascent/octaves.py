"""Coarse to fine: the sizes, and the two loops over them.

LOOPS: the setting `octave_mode` -> its sizes, its loop and its resizing; a new mode is one row
shrinking, growing(height, width, ...) -> ((h, w), ...)     pure integers
detail(picture, sizes, climb, resize=...)      up to the picture's size; only the added detail is carried up
grow(picture, sizes, climb, resize=...)        from the picture's size upward; the dream itself is enlarged

Both loops take the climb and the resizing as callables and yield (octave, picture, value) after every step; they
depend on neither the ascent nor the network.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from deepdream.images import scale
from deepdream.settings import Size

Climb = Callable[[np.ndarray, np.ndarray, int], Iterator[float]]
"""(picture to change in place, the original at this size, octave counted from 1) -> a value per step."""

Resize = Callable[[np.ndarray, Size], np.ndarray]
Stream = Iterator[tuple[int, np.ndarray, float]]


def shrinking(height: int, width: int, *, count: int, ratio: float) -> tuple[Size, ...]:
    """Sizes for `detail`, coarse to fine; the last is the picture's own.

    Args:
        height: of the picture.
        width: of the picture.
        count: number of octaves.
        ratio: of each size to the one before it.
    """
    return tuple((round(height / ratio**n), round(width / ratio**n)) for n in reversed(range(count)))


def growing(height: int, width: int, *, count: int, ratio: float) -> tuple[Size, ...]:
    """Sizes for `grow`, coarse to fine; the first is the picture's own, each next one int(size * ratio).

    int() at each step, so 224 grows by 1.3 to 291, 378, 491.
    """
    sizes = [(height, width)]
    for _ in range(count - 1):
        sizes.append((int(sizes[-1][0] * ratio), int(sizes[-1][1] * ratio)))
    return tuple(sizes)


def detail(
    picture: np.ndarray,
    sizes: tuple[Size, ...],
    climb: Climb,
    *,
    resize: Resize,
    added: np.ndarray | None = None,
) -> Stream:
    """Dream at each size on the downscaled original plus the detail added so far.

    Args:
        picture: [H, W, 3] float32; not changed.
        sizes: coarse to fine; the last is the picture's own.
        climb: see `Climb`.
        resize: [h, w, 3] and a size -> [h', w', 3].
        added: [H, W, 3] float32, detail of an earlier dream that each octave begins with, resized to it: of a film's
            last frame, for example. None for none; zeros give the same bits.

    Yields:
        octave counted from 1, the picture at that octave (the next step changes it in place), the value.

    Source: Mordvintsev, Olah and Tyka 2015; follows. Differs: each size is downscaled from the original itself rather
        than from the next larger one, and with an antialiasing filter.
    """
    carried = np.zeros_like(picture[:1, :1])
    for octave, size in enumerate(sizes, start=1):
        base = resize(picture, size) if picture.shape[:2] != size else picture
        begun = base if added is None else base + (resize(added, size) if added.shape[:2] != size else added)
        dreamt = begun + (resize(carried, size) if octave > 1 else 0)
        for value in climb(dreamt, base, octave):
            yield octave, dreamt, value
        if octave < len(sizes):
            carried = dreamt - begun


def grow(picture: np.ndarray, sizes: tuple[Size, ...], climb: Climb, *, resize: Resize) -> Stream:
    """Dream at the first size, then enlarge the dream to each next size and continue.

    Arguments and yields as in `detail`; the first size is the picture's own.

    Source: the original student project; follows.
    """
    dreamt = picture.copy()
    for octave, size in enumerate(sizes, start=1):
        base = picture
        if dreamt.shape[:2] != size:
            dreamt, base = resize(dreamt, size), resize(picture, size)
        for value in climb(dreamt, base, octave):
            yield octave, dreamt, value


@dataclass(frozen=True)
class Loop:
    """One coarse-to-fine scheme.

    Attributes:
        sizes: of the octaves, see `shrinking` and `growing`.
        run: the loop, see `detail` and `grow`.
        resize: its resizing filter.
    """

    sizes: Callable[..., tuple[Size, ...]]
    run: Callable[..., Stream]
    resize: Resize


LOOPS = {
    "detail": Loop(shrinking, detail, scale.resize),
    "grow": Loop(growing, grow, scale.bilinear),  # as the student project enlarges its scales
}
