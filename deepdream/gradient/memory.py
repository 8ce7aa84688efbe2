"""The memory budget of a dream, and the tile that keeps within it.

budget() -> bytes                                          the default
free() -> bytes                                            what the machine leaves
tile(table, names, size, ...) -> side of the cores, or None for the whole picture at once
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from deepdream.errors import SettingError
from deepdream.gradient import cost, tiles
from deepdream.network.layers import Layer
from deepdream.settings import Size, format_bytes

if TYPE_CHECKING:
    pass

Tiled = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""A gradient that needs no word about tiles: images -> (value, gradient)."""

CEILING = 3 * 2**30
"""Bytes that are never exceeded by default."""

SHARE = 0.7
"""Fraction of the memory that the machine and its control group leave free."""


def budget() -> int:
    """The smaller of 3 GiB and 70 % of what is free for this process, in bytes."""
    return int(min(CEILING, SHARE * free()))


def free() -> float:
    """Free bytes in the machine and in this process's control group."""
    return min(psutil.virtual_memory().available, _group_leaves())


def tile(
    table: tuple[Layer, ...],
    names: tuple[str, ...],
    size: Size,
    *,
    allowed: int,
    weights: int,
    wraps: tiles.Wraps,
    mirrored: Size = (0, 0),
    algorithm: str = "direct",
) -> int | None:
    """The side of the largest cores with which a dream stays within the memory allowed.

    Args:
        table: the layers that are computed, first to deepest.
        names: the layers in the objective.
        size: (height, width) of the largest octave.
        allowed: bytes for the whole process.
        weights: bytes of the network's weights.
        wraps: axes along which the picture wraps around.
        mirrored: rows and columns of mirror image that the network is shown beside the picture.
        algorithm: the one of `cost.COSTS` that takes most memory of those that octaves are computed by.

    Returns:
        pixels, a multiple of the deepest stride; None if the whole picture fits at once.

    Raises:
        SettingError: not even the smallest core fits.
    """
    margin, stride = tiles.margin(table, names), table[-1].stride
    shown = size[0] + mirrored[0], size[1] + mirrored[1]

    def needed(core: int) -> int:
        window = tiles.window(shown, core=core, margin=margin, wraps=wraps)
        return cost.process(table, shown, window, weights=weights, algorithm=algorithm)

    longest = tiles.rounded_up(max(shown), stride)
    if needed(longest) <= allowed:
        return None if not any(wraps) else longest
    fitting = [core for core in range(stride, longest, stride) if core >= tiles.SMALLEST and needed(core) <= allowed]
    if not fitting:
        least = needed(tiles.rounded_up(tiles.SMALLEST, stride))
        raise SettingError(
            f"memory {format_bytes(allowed)} is too little: {size[1]}x{size[0]} pixels to {table[-1].name} need "
            f"{format_bytes(least)} in the smallest tiles.",
            "Allow more with --memory, or choose a smaller --size or earlier layers.",
        )
    return fitting[-1]


def _group_leaves() -> float:
    """Bytes that this process's control group leaves free, on Linux; infinity if there is no limit."""
    folder = Path("/sys/fs/cgroup")
    try:
        return int((folder / "memory.max").read_text()) - int((folder / "memory.current").read_text())
    except (OSError, ValueError):
        return float("inf")
