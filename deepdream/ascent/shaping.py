"""Shaping of the assembled gradient, before it is normalised.

SHAPINGS: the setting `shape` -> the transforms of a gradient; a new shaping is one row
natural(gradient, ...) -> gradient     in the spectrum and colours of natural images
coloured(gradient, ...) -> gradient    in their colours only
cascade(gradient, ...) -> gradient     the mean of three Gaussian blurs; `laplacian` is in its own file

All take [H, W, 3] float32, change it in place and return it; pure NumPy, the whole picture, one channel at a time.
Borders wrap around, in natural shaping only where they are not said to be open.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from deepdream.ascent.laplacian import laplacian
from deepdream.ascent.transforms import Transform
from deepdream.images.fourier import filtered, frequencies, from_waves, to_waves
from deepdream.images.natural import COLOUR_ROOT
from deepdream.settings import Settings

FIELDS = 2
"""Receptive fields: waves longer than this many are not amplified. A layer that sees six pixels carries no information
about a wave of sixty, and amplifying it only makes bright areas brighter. Chosen by eye from 1 to 4."""


class Band(NamedTuple):
    """What natural shaping does for layers that see about equally far.

    Attributes:
        longest: the wave, in pixels, that is amplified most.
        exponent: the usual one.
    """

    longest: int
    exponent: float


BANDS = (Band(16, 0.5), Band(32, 0.75), Band(64, 1.0))
"""From layers that see little to those that see much: of VGG's, those of block1, of block2, and of later blocks."""

WIDEST = BANDS[-1].longest
"""Pixels: longer waves are never amplified, so that none spans the picture."""


def band(sees: int | None) -> Band:
    """The band of a layer with this receptive field in pixels: the first that holds FIELDS of it; the last if None."""
    return next((one for one in BANDS if sees and FIELDS * sees <= one.longest), BANDS[-1])


CASCADE = (0.5, 1.0, 2.0)
"""Widths of the cascade's blurs, as multiples of its sigma."""


def natural(
    gradient: np.ndarray,
    *,
    exponent: float = 1.0,
    colour: float = 1.0,
    longest: int = WIDEST,
    fades: bool = False,
    opens: tuple[bool, bool] = (False, False),
    mirrored: bool = False,
) -> np.ndarray:
    """The gradient in the basis of natural images: low frequencies and correlated colours are amplified.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        exponent: the spectrum is divided by frequency to this power; 0 leaves it unchanged.
        colour: share of the natural colour covariance, 0..1; 0 leaves the colours unchanged.
        longest: wave, in pixels, up to which the spectrum rises.
        fades: whether it falls beyond, in proportion to frequency, to nothing for the mean; otherwise it is flat there.
            Where it is flat, squares of activations make whole areas brighter and brighter.
        opens: whether, vertically and horizontally, opposite borders don't meet; otherwise the picture wraps.
        mirrored: whether the gradient goes on beyond open borders as its mirror image, which makes it 1.4 times as
            strong there. Otherwise it ends, and is amplified by what it loses: if it is white noise, it stays equally
            strong everywhere.

    Source: Olah, Mordvintsev and Schubert 2017 (distill.pub/2017/feature-visualization): steepest ascent in a
        decorrelated Fourier basis. Differs: they optimise in that basis with Adam; here the plain gradient is
        multiplied by the basis' spectrum and covariance, so any picture, size and step rule works. Their spectrum
        rises up to the picture's longest wave, whatever the layer.
    """
    height, width, _ = gradient.shape
    (top, bottom), (left, right) = (
        _continued(length, longest) if open_ else (0, 0) for length, open_ in zip((height, width), opens, strict=True)
    )
    spectrum = _spectrum(top + height + bottom, left + width + right, exponent, 1 / longest, fades=fades)
    tall, wide = (
        _amplified(length, exponent, longest, fades=fades) if open_ and not mirrored else np.ones(length, np.float32)
        for length, open_ in zip((height, width), opens, strict=True)
    )
    coloured(gradient, share=colour)
    for channel in range(3):  # one at a time: a third of the memory
        plane = gradient[..., channel]
        if any(opens):
            plane = np.pad(plane, ((top, bottom), (left, right)), mode="symmetric" if mirrored else "constant")
        waves = to_waves(plane)  # [H, W // 2 + 1], of the sides with what continues them
        waves *= spectrum
        gradient[..., channel] = from_waves(waves, left + width + right)[top : top + height, left : left + width]
        if any(opens) and not mirrored:
            gradient[..., channel] *= tall[:, None] * wide
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


def _natural(settings: Settings, sees: int | None) -> list[Transform]:
    """Natural shaping as the settings have it."""
    own, (longest, exponent) = settings.shape_field == "own", band(sees)
    if not own and sees is not None:
        longest = min(WIDEST, FIELDS * sees)
    if settings.shape_exponent is not None:
        exponent = settings.shape_exponent
    return [
        partial(
            natural,
            exponent=exponent,
            colour=settings.shape_colour,
            longest=longest,
            fades=own,
            opens=settings.mirrors,
            mirrored=settings.border == "mirror",
        )
    ]


Shaping = Callable[[Settings, int | None], list[Transform]]
"""(settings, receptive field of the objective's deepest layer in pixels, None if unknown) -> transforms."""

SHAPINGS: dict[str, Shaping] = {
    "natural": _natural,
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


def _spectrum(height: int, width: int, exponent: float, lowest: float, *, fades: bool) -> np.ndarray:
    """1 / f ** exponent down to `lowest` cycles per pixel, below it 1 or f; [H, W // 2 + 1] float32, at most 1."""
    frequency = frequencies(height, width, dtype=np.float32)
    gain = (lowest / np.maximum(frequency, np.float32(lowest))) ** np.float32(exponent)
    return gain * np.minimum(frequency / np.float32(lowest), 1) if fades else gain


def _amplified(length: int, exponent: float, longest: int, *, fades: bool) -> np.ndarray:
    """One over the root of the share of the kernel's energy that lies within a side, at each of its pixels, [N]."""
    inside = _energy(exponent, longest, fades=fades)
    before = np.minimum(np.arange(length), len(inside) - 1)
    return (1 / np.sqrt(inside[before] + inside[before[::-1]] - 1)).astype(np.float32)


@cache
def _energy(exponent: float, longest: int, *, fades: bool) -> np.ndarray:
    """Share of the kernel's energy on one side of a line and up to 0, 1, ... pixels beyond it, [2 * longest]."""
    side = 4 * longest
    spectrum = _spectrum(side, side, exponent, 1 / longest, fades=fades)
    kernel = np.fft.irfft2(spectrum, s=(side, side))
    profile = np.fft.fftshift(np.square(kernel).sum(axis=0))
    return (np.cumsum(profile) / profile.sum())[side // 2 :]


def _continued(length: int, margin: int) -> tuple[int, int]:
    """Pixels to add before and after a side: at least a margin, up to a length of small prime factors."""
    whole = length + 2 * margin
    while _rest(whole) > 1:
        whole += 1
    return margin, whole - length - margin


def _rest(number: int) -> int:
    """What is left of a number without its factors 2, 3 and 5, by which Fourier transforms are fast."""
    for factor in (2, 3, 5):
        while number % factor == 0:
            number //= factor
    return number


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
