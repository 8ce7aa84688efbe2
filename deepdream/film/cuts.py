"""Where one shot ends and the next begins, decided by the frames alone.

Shots().begins(frame, cover) -> bool      frame after frame
is_cut(before, frame) -> bool
"""

from dataclasses import dataclass

import numpy as np

from deepdream.film.flow import agree, flow
from deepdream.images import scale

GRID = 96
"""Pixels of the longer side on which cuts are looked for."""

HIDDEN = 0.75
"""A cut: in more than this share of the frame the flows to and from the frame before disagree. On made clips a shot is
below 0.1, a dissolve below 0.05, a camera's flash below 0.65; cuts are above 0.85."""

FLAT, JUMP = 0.04, 0.1
"""In a frame whose deviation is below FLAT (black, white, fog) flow finds nothing to follow, and takes it for anything;
there a mean change above JUMP is a cut. A fade changes less from frame to frame."""


def is_flat(frame: np.ndarray) -> bool:
    """Whether a frame [H, W, 3] holds next to nothing."""
    return float(frame.mean(axis=2).std()) < FLAT


@dataclass(eq=False)
class Shots:
    """Which frames begin a shot.

    Attributes:
        last: [H, W, 3] float32, the frame before; None before the first.
        empty: whether its shot began with nothing to dream on: a flat frame, or a black mask.
    """

    last: np.ndarray | None = None
    empty: bool = False

    def begins(self, frame: np.ndarray, cover: np.ndarray | None = None) -> bool:
        """Whether the next frame begins a shot; one that began empty ends where something shows.

        Args:
            frame: [H, W, 3] float32.
            cover: [H, W, 1], where the frame is dreamt; None for everywhere.
        """
        empty = is_flat(frame) or (cover is not None and not cover.any())
        begins = self.last is None or (self.empty and not empty) or is_cut(self.last, frame)
        self.last, self.empty = frame, empty if begins else self.empty
        return begins


def is_cut(before: np.ndarray, frame: np.ndarray) -> bool:
    """Whether a new shot begins with this frame.

    Args:
        before: [H, W, 3] float32, the frame before.
        frame: like before.
    """
    if (is_flat(before) or is_flat(frame)) and float(np.abs(frame - before).mean()) > JUMP:
        return True
    size = frame.shape[:2]
    grid = scale.scaled(size, min(1.0, GRID / max(size)))
    there, here = (scale.resize(picture, grid) for picture in (before, frame)) if grid != size else (before, frame)
    return float(np.mean(~agree(flow(here, there), flow(there, here)))) > HIDDEN
