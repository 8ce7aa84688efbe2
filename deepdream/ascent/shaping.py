"""Shaping of the assembled gradient, before it is normalised and walked along.

SHAPINGS: the setting `shape` -> the transforms of a gradient; a new shaping is one row
natural(gradient, ...) -> gradient     in the spectrum and colours of natural pictures
coloured(gradient, ...) -> gradient    in their colours alone
cascade(gradient, ...) -> gradient     the mean of three Gaussian blurs; `laplacian` has a file of its own

All take [H, W, 3] float32, change it in place and return it; pure NumPy, the whole picture, one channel at a time.
Borders wrap around: the climb rolls the picture, and shaping has to give the same whether it comes before or after.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from deepdream.ascent.laplacian import laplacian
from deepdream.ascent.transforms import Transform
from deepdream.images.fourier import filtered, frequencies, from_waves, to_waves
from deepdream.settings import Settings

WIDEST = 64
"""Pixels: the natural spectrum rises no further for longer waves, so that none is as wide as the picture."""

FIELDS = 2
"""Receptive fields per wave beyond which it rises no further either: a layer that sees six pixels has nothing to say
about a wave of sixty, and raising that one only makes bright places brighter. Chosen by looking, of 1, 2, 3 and 4."""

CASCADE = (0.5, 1.0, 2.0)
"""Widths of the cascade's blurs, as multiples of its sigma."""

COLOUR_ROOT = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
"""Square root of the covariance of colours in natural pictures, RGB by component; Olah, Mordvintsev and Schubert 2017
(the matrix that their code publishes as color_correlation_svd_sqrt)."""


def natural(gradient: np.ndarray, *, exponent: float = 1.0, colour: float = 1.0, sees: int | None = None) -> np.ndarray:
    """The gradient in the basis of natural images: coarse waves and the colours that occur together come first.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        exponent: the spectrum is divided by frequency to this power; 0 leaves it.
        colour: share of the natural colour covariance, 0..1; 0 leaves the colours.
        sees: receptive field in pixels of the deepest layer that the gradient is of; None where it is not known. Waves
            longer than FIELDS of it, or than WIDEST, are raised no further.

    Source: Olah, Mordvintsev and Schubert 2017 (distill.pub/2017/feature-visualization): steepest ascent in a
        decorrelated Fourier basis. Differs: they optimise in that basis with Adam; here the plain gradient is
        multiplied by the basis' spectrum and covariance, so any picture, size and step rule serves. Their spectrum
        rises to the picture's longest wave, whatever the layer.
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
    """The gradient with the colours that occur together in natural images: the half of `natural` that is no blur, for
    use after a shaping that leaves colours alone.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        share: of the natural colour covariance, 0..1; 0 leaves the colours.

    Source: see `natural`.
    """
    covariance = _covariance(share)
    for row in gradient:  # [W, 3]
        row[:] = row @ covariance
    return gradient


def cascade(gradient: np.ndarray, *, sigma: float = 1.5) -> np.ndarray:
    """The mean of three blurs of the gradient, so that fine grain is weakened and broad forms are kept.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        sigma: deviation of the middle blur, in pixels; the others are half and twice as wide.

    Source: Gordić 2020 (github.com/gordicaleksa/pytorch-deepdream, CascadeGaussianSmoothing); follows in the blurs
        and their mean. Differs: kernels reach four deviations instead of four pixels, so that a wide one stays a
        Gaussian; borders wrap instead of mirroring; sigma stays, and its default is the middle of the range from 0.5
        to 2.5 through which it rises there over the steps of an octave.
    """
    height, width, _ = gradient.shape
    blurs = [sigma * multiple for multiple in CASCADE]
    tall = np.stack([_gaussian(np.fft.fftfreq(height), blur) for blur in blurs])
    wide = np.stack([_gaussian(np.fft.rfftfreq(width), blur) for blur in blurs])
    return filtered(gradient, tall / len(blurs), wide)


Shaping = Callable[[Settings, int | None], list[Transform]]
"""From the settings and the pixels that the gradient's deepest layer sees (None where unknown) to a chain."""

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
    """1 / f ** exponent with f at least the lowest cycles per pixel, [H, W // 2 + 1] float32, largest value 1."""
    frequency = np.maximum(frequencies(height, width, dtype=np.float32), np.float32(lowest))
    return (lowest / frequency) ** np.float32(exponent)


def _covariance(share: float) -> np.ndarray:
    """Between no mixing and the natural colour covariance, [3, 3] float32; its trace is 3, so no colour is weakened."""
    covariance = COLOUR_ROOT @ COLOUR_ROOT.T
    covariance *= 3 / np.trace(covariance)
    return ((1 - share) * np.eye(3) + share * covariance).astype(np.float32)


def _gaussian(frequencies: np.ndarray, sigma: float) -> np.ndarray:
    """What a Gaussian kernel, sampled at whole pixels out to four deviations, leaves of waves; like frequencies."""
    places = np.arange(1, int(4 * sigma + 0.5) + 1)
    weights = np.exp(-0.5 * np.square(places / sigma))
    cosines = np.cos(2 * np.pi * frequencies[:, None] * places)
    return (1 + 2 * cosines @ weights) / (1 + 2 * weights.sum())
