"""Measures of a film: flicker, strength and speed.

change(shown, moved, seen) -> mean change in levels of 255, along the motion
"""

from dataclasses import dataclass, fields

import numpy as np


def change(shown: np.ndarray, moved: np.ndarray, seen: np.ndarray) -> float:
    """How much a picture changes from frame to frame where it shows the same.

    Args:
        shown: [H, W, 3] float32 in 0..1.
        moved: the picture of the frame before, warped along the flow from this frame to it.
        seen: [H, W] bool, where both show the same.

    Returns: the mean absolute difference along the flow, in levels of 255; 0 where nothing is seen in both.

    Source: Lai et al. 2018, "Learning blind video temporal consistency" (doi:10.1007/978-3-030-01267-0_11), the warping
        error; follows. Differs: the absolute difference, so that levels can be read off, and see `Tally.flicker`.
    """
    if not seen.any():
        return 0.0
    return float(np.abs(shown - moved)[seen].mean(dtype=np.float64) * 255)


@dataclass
class Tally:
    """Sums over a film's frames; the journal holds them, so that a resumed film has the same ones.

    Attributes:
        frames, shots: dreamt so far.
        strength: sum of the root mean square differences between dream and frame, in levels of 255.
        pairs: frames whose change was measured.
        dream, footage: sums of `change` of the dreams and of the frames.
        alone, together: sums of the flicker of frames dreamt one by one and of this film, where they were compared.
        seconds: spent on dreaming.
        calmed: frames that were calmed.
    """

    frames: int = 0
    shots: int = 0
    strength: float = 0.0
    pairs: int = 0
    dream: float = 0.0
    footage: float = 0.0
    alone: float = 0.0
    together: float = 0.0
    seconds: float = 0.0
    calmed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """The sums over the frames of both."""
        return Tally(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    @property
    def flicker(self) -> float:
        """The mean change that is the dream's alone: the film's less the footage's, in levels of 255."""
        return (self.dream - self.footage) / self.pairs if self.pairs else 0.0

    @property
    def plain(self) -> float:
        """The mean change of the footage."""
        return self.footage / self.pairs if self.pairs else 0.0

    @property
    def mean_strength(self) -> float:
        """The mean strength, in levels of 255."""
        return self.strength / self.frames if self.frames else 0.0

    @property
    def rate(self) -> float:
        """Frames dreamt in a second."""
        return self.frames / self.seconds if self.seconds else 0.0
