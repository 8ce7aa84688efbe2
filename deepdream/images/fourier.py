"""Real Fourier transforms of pictures; only half of the coefficients is kept, the rest are complex conjugates.

frequencies(height, width) -> [H, W // 2 + 1]         of each wave, in cycles per pixel
counts(width) -> [W // 2 + 1]                         how many waves each coefficient stands for
to_waves(channel) -> waves                            orthonormal: the energy is kept
from_waves(waves, width) -> channel                   the inverse
filtered(picture, tall, wide) -> picture              each wave multiplied by its gain, in place

All use np.fft.rfft2's order, for any height and width, even or odd; borders wrap around.
"""

from typing import Any

import numpy as np

from deepdream.images.strips import strips


def frequencies(height: int, width: int, *, columns: slice = slice(None), dtype: Any = np.float64) -> np.ndarray:
    """Frequency of each wave in cycles per pixel, [H, W // 2 + 1], or of some of the columns."""
    rows = np.fft.fftfreq(height).astype(dtype)[:, None]
    return np.hypot(rows, np.fft.rfftfreq(width).astype(dtype)[None, columns])


def counts(width: int) -> np.ndarray:
    """How many waves each column of coefficients stands for, [W // 2 + 1]: two, f and -f.

    At 0, and at half a cycle per pixel if the width is even, the two coincide.
    """
    waves = np.full(width // 2 + 1, 2.0)
    waves[0] = 1.0
    if width % 2 == 0:
        waves[-1] = 1.0
    return waves


def to_waves(channel: np.ndarray) -> np.ndarray:
    """The channel's waves, with the same energy; [H, W] float32 -> [H, W // 2 + 1] complex64.

    As np.fft.rfft2, but in a sixth of its memory: the second axis is transformed in place, and with this normalisation
    NumPy stays in single precision (with its default it does not).
    """
    waves = np.fft.rfft(channel, axis=1, norm="ortho")
    return np.fft.fft(waves, axis=0, norm="ortho", out=waves)


def from_waves(waves: np.ndarray, width: int) -> np.ndarray:
    """The channel of these waves, [H, W // 2 + 1] complex64 -> [H, W] float32; the waves are overwritten."""
    np.fft.ifft(waves, axis=0, norm="ortho", out=waves)
    return np.fft.irfft(waves, n=width, axis=1, norm="ortho")


def filtered(picture: np.ndarray, tall: np.ndarray, wide: np.ndarray) -> np.ndarray:
    """The picture with each of its waves multiplied by a sum of separable gains.

    Args:
        picture: [H, W, 3] float32; changed in place.
        tall: [K, H], gains by vertical frequency, in the order of np.fft.fftfreq.
        wide: [K, W // 2 + 1], gains by horizontal frequency, in the order of np.fft.rfftfreq; a wave's gain is the sum
            over K of the products of the two.
    """
    height, width, _ = picture.shape
    for channel in range(3):
        waves = to_waves(picture[..., channel])  # [H, W // 2 + 1]
        for rows in strips(height, width):
            waves[rows] *= (tall[:, rows].T @ wide).astype(np.float32)
        picture[..., channel] = from_waves(waves, width)
    return picture
