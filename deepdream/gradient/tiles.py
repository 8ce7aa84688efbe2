"""Where the tiles of a picture lie: integers only, no TensorFlow.

plan(size, ...) -> Tiling     cores that share out the objective's positions, windows that see all those positions see

The objective's positions are shared out among cores; the share of one core depends on no pixel further than `margin`
from it, so its value and gradient can be computed on a window. The windows' gradients, added, are the whole gradient.

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
        origin: (top, left) of its window; negative where the window reaches outside the picture.
        core: (top, left, bottom, right) of its core, bottom and right excluded.
    """

    origin: tuple[int, int]
    core: tuple[int, int, int, int]


@dataclass(frozen=True)
class Tiling:
    """The tiles of one picture; all windows have the same (height, width)."""

    window: Size
    tiles: tuple[Tile, ...]


def margin(table: tuple[Layer, ...], names: tuple[str, ...]) -> int:
    """How far a window must reach beyond its core, in pixels: a multiple of the deepest stride.

    A position p of a layer with stride s and receptive field r sees the pixels from p s - (r - s) / 2 on.

    Args:
        table: the layers that are computed, first to deepest.
        names: the layers that the objective looks at.
    """
    reach = max((layer.receptive_field - layer.stride) // 2 for layer in table if layer.name in names)
    return rounded_up(reach, table[-1].stride)


def rounded_up(length: int, stride: int) -> int:
    """The smallest multiple of the stride that is not below the length."""
    return -(-length // stride) * stride


SMALLEST = 32
"""Side of the smallest core that is worth its margin, in pixels."""

Wraps = tuple[bool, bool]
"""Whether the lower border meets the upper one, and the right border the left one."""

FLAT: Wraps = (False, False)


def plan(size: Size, *, core: int, margin: int, stride: int, wraps: Wraps = FLAT) -> Tiling:
    """The tiles of a picture.

    Args:
        size: (height, width) of the picture.
        core: side of a core in pixels; rounded up to the stride.
        margin: see `margin`.
        stride: of the deepest layer computed; cores and windows begin on its grid, so that pools do too.
        wraps: axes along which the picture goes round; their lengths are multiples of the stride.

    Returns:
        the tiling; an axis that one core covers and that doesn't wrap needs no margin: its window is its own length.
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
    """Where a window lies on an axis of the picture: pairs of slices, of the picture and of the window.

    Args:
        length: of the picture.
        start: of the window, on the picture; may be negative.
        side: of the window.
        wraps: whether the axis goes round; then a window may meet the same place of the picture more than once.
    """
    turns = range(start // length, (start + side - 1) // length + 1) if wraps else (0,)
    found = []
    for turn in turns:
        first, last = max(start, turn * length), min(start + side, (turn + 1) * length)
        found.append((slice(first - turn * length, last - turn * length), slice(first - start, last - start)))
    return found


def _spans(length: int, core: int, margin: int, wraps: bool) -> tuple[int, list[tuple[int, tuple[int, int]]]]:
    """Along one axis: the window's length, and for each core the window's start and the core's start and end."""
    if core >= length and not wraps:
        return length, [(0, (0, length))]
    core = min(core, length)
    starts = range(0, length, core)
    return core + 2 * margin, [(start - margin, (start, min(start + core, length))) for start in starts]
