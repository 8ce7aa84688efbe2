"""Where one shot ends and the next begins.

is_cut(before, frame, seen) -> bool
"""

import numpy as np

HIDDEN = 0.75
"""A cut: more than this share of the frame is not found in the frame before. On made clips a shot stays below 0.1, a
dissolve below 0.05, a camera's flash below 0.65; cuts are above 0.85."""

FLAT, JUMP = 0.04, 0.1
"""In a frame whose deviation is below FLAT (black, white, fog) flow finds nothing to follow, and takes it for anything;
there a mean change above JUMP is a cut. A fade changes less from frame to frame."""


def is_flat(frame: np.ndarray) -> bool:
    """Whether a frame [H, W, 3] holds next to nothing."""
    return float(frame.mean(axis=2).std()) < FLAT


def is_cut(before: np.ndarray, frame: np.ndarray, seen: np.ndarray) -> bool:
    """Whether a new shot begins with this frame.

    Args:
        before: [H, W, 3] float32, the frame before.
        frame: like before.
        seen: [H, W] bool, where the frame before shows the same, see `flow.visible`.
    """
    if float(np.mean(~seen)) > HIDDEN:
        return True
    flat = is_flat(before) or is_flat(frame)
    return flat and float(np.abs(frame - before).mean()) > JUMP
