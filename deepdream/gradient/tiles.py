"""The geometry of tiles: integers only, no TensorFlow.

plan(size, ...) -> Tiling     cores that partition the objective's positions, windows that cover their receptive fields

The cores partition the objective's positions; a core's contribution depends on no pixel further than `margin` from it,
so its value and gradient can be computed on a window. The windows' gradients add up to the whole gradient.

    window  ┌───────────────┐
            │  margin       │
    core    │   ┌───────┐   │     cores tile the picture; windows overlap, and may reach outside it
            │   └───────┘   │
            └───────────────┘
"""

from dataclasses import dataclass

from deepdream.network.layers import Layer
from deepdream.settings import Size


@dataclass(frozen=True)
class Tile:
    """One tile, in pixels of the picture.

    Attributes:
        origin: (top, left) of its window; negative if the window extends outside the picture.
        core: (top, left, bottom, right) of its core, bottom and right exclusive.
    """

    origin: tuple[int, int]
    core: tuple[int, int, int, int]


@dataclass(frozen=True)
class Tiling:
    """The tiles of one picture; all windows have the same (height, width)."""

    window: Size
    tiles: tuple[Tile, ...]


def margin(table: tuple[Layer, ...], names: tuple[str, ...]) -> int:
    """How far a window must extend beyond its core, in pixels: a multiple of the deepest stride.

    A position p of a layer with stride s and receptive field r sees r pixels from p s - (r - s) / 2.

    Args:
        table: the layers that are computed, first to deepest.
        names: the layers in the objective.
    """
    reach = max((layer.receptive_field - layer.stride) // 2 for layer in table if layer.name in names)
    return rounded_up(reach, table[-1].stride)


def rounded_up(length: int, stride: int) -> int:
    """The smallest multiple of the stride that is at least the length."""
    return -(-length // stride) * stride


SMALLEST = 32
"""Side of the smallest core that is worth its margin, in pixels."""

Wraps = tuple[bool, bool]
"""Whether the picture wraps around vertically and horizontally."""

FLAT: Wraps = (False, False)


def plan(size: Size, *, core: int, margin: int, stride: int, wraps: Wraps = FLAT) -> Tiling:
    """The tiles of a picture.

    Args:
        size: (height, width) of the picture.
        core: side of a core in pixels; rounded up to the stride.
        margin: see `margin`.
        stride: of the deepest layer computed; cores and windows are aligned to its grid, so that pools are too.
        wraps: axes along which the picture wraps around; their lengths are multiples of the stride.

    Returns:
        the tiling; an axis covered by one core and without wrap-around needs no margin: the window has its length.
    """
    height, rows = _spans(size[0], rounded_up(core, stride), margin, wraps[0])
    width, columns = _spans(size[1], rounded_up(core, stride), margin, wraps[1])
    tiles = tuple(
        Tile(origin=(top, left), core=(row[0], column[0], row[1], column[1]))
        for top, row in rows
        for left, column in columns
    )
    return Tiling((height, width), tiles)


def window(size: Size, *, core: int, margin: int, wraps: Wraps = FLAT) -> Size:
    """(height, width) of the windows of such tiles."""
    return _spans(size[0], core, margin, wraps[0])[0], _spans(size[1], core, margin, wraps[1])[0]


def segments(length: int, start: int, side: int, wraps: bool) -> list[tuple[slice, slice]]:
    """The overlap of a window with the picture along one axis: pairs of slices, of the picture and of the window.

    Args:
        length: of the picture.
        start: of the window, on the picture; may be negative.
        side: of the window.
        wraps: whether the axis wraps around; a window may then cover the same pixels more than once.
    """
    periods = range(start // length, (start + side - 1) // length + 1) if wraps else (0,)
    found = []
    for period in periods:
        first, last = max(start, period * length), min(start + side, (period + 1) * length)
        found.append((slice(first - period * length, last - period * length), slice(first - start, last - start)))
    return found


def _spans(length: int, core: int, margin: int, wraps: bool) -> tuple[int, list[tuple[int, tuple[int, int]]]]:
    """Along one axis: the window's length, and for each core the start of its window and its own start and end."""
    if core >= length and not wraps:
        return length, [(0, (0, length))]
    core = min(core, length)
    starts = range(0, length, core)
    return core + 2 * margin, [(start - margin, (start, min(start + core, length))) for start in starts]
