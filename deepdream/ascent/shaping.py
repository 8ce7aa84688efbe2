"""Shaping of the assembled gradient, before it is normalised.

SHAPINGS: the setting `shape` -> the transforms of a gradient; a new shaping is one row
natural(gradient, ...) -> gradient     in the spectrum and colours of natural images
coloured(gradient, ...) -> gradient    in their colours only
cascade(gradient, ...) -> gradient     the mean of three Gaussian blurs; `laplacian` is in its own file

All take [H, W, 3] float32, change it in place and return it; pure NumPy, the whole picture, one channel at a time.
Borders wrap around, so that shaping commutes with the climb's rolling of the picture.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from deepdream.ascent.laplacian import laplacian
from deepdream.ascent.transforms import Transform
from deepdream.images.fourier import filtered, frequencies, from_waves, to_waves
from deepdream.settings import Settings

WIDEST = 64
"""Pixels: the spectrum is flat for longer waves, so that none spans the picture."""

FIELDS = 2
"""Receptive fields: the spectrum is also flat for waves longer than this many. A layer that sees six pixels carries no
information about a wave of sixty, and amplifying it only makes bright areas brighter. Chosen by eye from 1 to 4."""

CASCADE = (0.5, 1.0, 2.0)
"""Widths of the cascade's blurs, as multiples of its sigma."""

COLOUR_ROOT = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
"""Square root of the colour covariance of natural images, RGB by component; Olah, Mordvintsev and Schubert 2017 (the
matrix color_correlation_svd_sqrt in their code)."""


def natural(gradient: np.ndarray, *, exponent: float = 1.0, colour: float = 1.0, sees: int | None = None) -> np.ndarray:
    """The gradient in the basis of natural images: low frequencies and correlated colours are amplified.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        exponent: the spectrum is divided by frequency to this power; 0 leaves it unchanged.
        colour: share of the natural colour covariance, 0..1; 0 leaves the colours unchanged.
        sees: receptive field, in pixels, of the deepest layer in the objective; None if unknown. The spectrum is flat
            for waves longer than FIELDS times it, or than WIDEST.

    Source: Olah, Mordvintsev and Schubert 2017 (distill.pub/2017/feature-visualization): steepest ascent in a
        decorrelated Fourier basis. Differs: they optimise in that basis with Adam; here the plain gradient is
        multiplied by the basis' spectrum and covariance, so any picture, size and step rule works. Their spectrum
        rises up to the picture's longest wave, whatever the layer.
    """
    height, width, _ = gradient.shape
    spectrum = _spectrum(height, width, exponent, 1 / (WIDEST if sees is None else min(WIDEST, FIELDS * sees)))
    coloured(gradient, share=colour)
    for channel in range(3):  # one at a time: a third of the memory
        waves = to_waves(gradient[..., channel])  # [H, W // 2 + 1]
        waves *= spectrum
        gradient[..., channel] = from_waves(waves, width)
    return gradient


def coloured(gradient: np.ndarray, *, share: float = 1.0) -> np.ndarray:
    """The gradient with the colour correlations of natural images: the colour half of `natural`, for use after a
    shaping that leaves colours unchanged.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        share: of the natural colour covariance, 0..1; 0 leaves the colours unchanged.

    Source: see `natural`.
    """
    covariance = _covariance(share)
    for row in gradient:  # [W, 3]
        row[:] = row @ covariance
    return gradient


def cascade(gradient: np.ndarray, *, sigma: float = 1.5) -> np.ndarray:
    """The mean of three blurs of the gradient, which attenuates fine grain and keeps large shapes.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        sigma: standard deviation of the middle blur, in pixels; the others are half and twice as wide.

    Source: Gordić 2020 (github.com/gordicaleksa/pytorch-deepdream, CascadeGaussianSmoothing); follows in the blurs
        and their mean. Differs: kernels extend to four deviations instead of four pixels, so that a wide one stays a
        Gaussian; borders wrap instead of mirroring; sigma is constant, by default the middle of the range 0.5 to 2.5
        through which theirs rises over the steps of an octave.
    """
    height, width, _ = gradient.shape
    blurs = [sigma * multiple for multiple in CASCADE]
    tall = np.stack([_gaussian(np.fft.fftfreq(height), blur) for blur in blurs])
    wide = np.stack([_gaussian(np.fft.rfftfreq(width), blur) for blur in blurs])
    return filtered(gradient, tall / len(blurs), wide)


Shaping = Callable[[Settings, int | None], list[Transform]]
"""(settings, receptive field of the objective's deepest layer in pixels, None if unknown) -> transforms."""

SHAPINGS: dict[str, Shaping] = {
    "natural": lambda settings, sees: [
        partial(natural, exponent=settings.shape_exponent, colour=settings.shape_colour, sees=sees)
    ],
    "laplacian": lambda settings, sees: [
        partial(laplacian, levels=settings.shape_levels),
        partial(coloured, share=settings.shape_colour),
    ],
    "cascade": lambda settings, sees: [
        partial(cascade, sigma=settings.shape_sigma),
        partial(coloured, share=settings.shape_colour),
    ],
    "plain": lambda settings, sees: [],
}


def _spectrum(height: int, width: int, exponent: float, lowest: float) -> np.ndarray:
    """1 / f ** exponent with f at least `lowest` cycles per pixel, [H, W // 2 + 1] float32, largest value 1."""
    frequency = np.maximum(frequencies(height, width, dtype=np.float32), np.float32(lowest))
    return (lowest / frequency) ** np.float32(exponent)


def _covariance(share: float) -> np.ndarray:
    """Blend of the identity and the natural colour covariance, [3, 3] float32; trace 3, so the mean gain is 1."""
    covariance = COLOUR_ROOT @ COLOUR_ROOT.T
    covariance *= 3 / np.trace(covariance)
    return ((1 - share) * np.eye(3) + share * covariance).astype(np.float32)


def _gaussian(frequencies: np.ndarray, sigma: float) -> np.ndarray:
    """Frequency response of a Gaussian kernel sampled at whole pixels out to four deviations; like frequencies."""
    offsets = np.arange(1, int(4 * sigma + 0.5) + 1)
    weights = np.exp(-0.5 * np.square(offsets / sigma))
    cosines = np.cos(2 * np.pi * frequencies[:, None] * offsets)
    return (1 + 2 * cosines @ weights) / (1 + 2 * weights.sum())
