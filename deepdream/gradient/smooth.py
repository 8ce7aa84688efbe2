"""Shaping of the assembled gradient, before it is normalised and walked along.

natural(gradient, ...) -> gradient     [H, W, 3] float32, changed in place and returned; pure NumPy, the whole picture
"""

import numpy as np

LOWEST_FREQUENCY = 1 / 64
"""Cycles per pixel below which the natural spectrum rises no further, so that no wave is as wide as the picture."""

# Square root of the covariance of colours in natural images, RGB by component; Olah, Mordvintsev and Schubert 2017
# (the matrix that their code publishes as color_correlation_svd_sqrt).
_COLOUR_ROOT = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])


def natural(gradient: np.ndarray, *, exponent: float = 1.0, colour: float = 1.0) -> np.ndarray:
    """The gradient in the basis of natural images: coarse waves and the colours that occur together come first.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        exponent: the spectrum is divided by frequency to this power; 0 leaves it.
        colour: share of the natural colour covariance, 0..1; 0 leaves the colours.

    Source: Olah, Mordvintsev and Schubert 2017 (distill.pub/2017/feature-visualization): steepest ascent in a
        decorrelated Fourier basis. Differs: they optimise in that basis with Adam; here the plain gradient is
        multiplied by the basis' spectrum and covariance, so any picture, size and step rule serves.
    """
    height, width, _ = gradient.shape
    spectrum = _spectrum(height, width, exponent)
    covariance = _covariance(colour)
    for row in gradient:  # [W, 3]
        row[:] = row @ covariance
    for channel in range(3):  # one at a time: a third of the memory
        waves = np.fft.rfft2(gradient[..., channel])  # [H, W // 2 + 1]
        waves *= spectrum
        gradient[..., channel] = np.fft.irfft2(waves, s=(height, width))
    return gradient


def _spectrum(height: int, width: int, exponent: float) -> np.ndarray:
    """1 / f ** exponent with f clamped below, [H, W // 2 + 1] float32, largest value 1."""
    rows = np.fft.fftfreq(height).astype(np.float32)[:, None]
    columns = np.fft.rfftfreq(width).astype(np.float32)[None, :]
    frequency = np.maximum(np.hypot(rows, columns), np.float32(LOWEST_FREQUENCY))
    return (LOWEST_FREQUENCY / frequency) ** np.float32(exponent)


def _covariance(share: float) -> np.ndarray:
    """Between no mixing and the natural colour covariance, [3, 3] float32; its trace is 3, so no colour is weakened."""
    covariance = _COLOUR_ROOT @ _COLOUR_ROOT.T
    covariance *= 3 / np.trace(covariance)
    return ((1 - share) * np.eye(3) + share * covariance).astype(np.float32)
