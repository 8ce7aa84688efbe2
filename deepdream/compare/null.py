"""The null distribution of a measure: its values on isotropic noise with the spectrum and colours of what was added.

noises(added, count) -> iterator of noises [H, W, 3]        with the same radial spectrum; deterministic
chance(added, measures) -> {name: Chance}                   mean and spread of each measure over the noises

A texture has structure beyond its spectrum if it differs from these noises by more than they differ from each other.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from deepdream.images import fourier

NOISES = 8
"""Noises per texture: the mean is then known to a third of the spread, and the spread to a quarter."""

TWICE = 2.0
"""A difference below this many spreads may be chance."""


class Chance(NamedTuple):
    """A measure over noises: its mean, and its standard deviation."""

    mean: float
    spread: float


def noises(added: np.ndarray, count: int = NOISES) -> Iterator[np.ndarray]:
    """Gaussian noises with a texture's colours and radial spectrum, but without its directions and positions.

    The texture is split into its three principal colours, which are uncorrelated; each becomes noise of the same power
    at each frequency, averaged over all directions. The fine parts are as strong as the texture's to a percent, even
    if coarse ones hold most of the power; the whole varies as a few coarse waves do.

    Args:
        added: [H, W, 3] float.
        count: number of noises; the same texture gives the same ones.

    Yields: [H, W, 3] float64.

    Source: Galerne, Gousseau and Morel 2011 (doi:10.1109/TIP.2010.2052822) for noise of a texture's spectrum, that of
        its periodic part; differs: the spectrum is averaged over directions.
    """
    height, width = added.shape[:2]
    centred = added - added.mean(axis=(0, 1))
    _, colours = np.linalg.eigh(np.einsum("hwc,hwd->cd", centred, centred))
    amplitudes = [_amplitude(plane) for plane in np.moveaxis(centred @ colours, 2, 0)]
    rng = np.random.default_rng(0)
    for _ in range(count):
        planes = [
            np.fft.irfft2(np.fft.rfft2(rng.normal(size=(height, width))) * amplitude, s=(height, width))
            for amplitude in amplitudes
        ]
        yield np.stack(planes, axis=2) @ colours.T


def chance(added: np.ndarray, measures: Mapping[str, Callable[[np.ndarray], float]]) -> dict[str, Chance]:
    """Mean and spread of measures over the noises of a texture; NaN if nothing was added.

    Args:
        added: [H, W, 3] float.
        measures: name -> function of a texture.
    """
    if not np.ptp(added, axis=(0, 1)).any():
        return dict.fromkeys(measures, Chance(float("nan"), float("nan")))
    found = [[measure(noise) for measure in measures.values()] for noise in noises(added)]
    means, spreads = np.mean(found, axis=0), np.std(found, axis=0, ddof=1)
    return {name: Chance(float(m), float(s)) for name, m, s in zip(measures, means, spreads, strict=True)}


def _amplitude(plane: np.ndarray) -> np.ndarray:
    """Factors that give white noise a plane's radial spectrum, [H, W // 2 + 1]."""
    height, width = plane.shape
    frequencies = fourier.frequencies(height, width)
    ring = np.rint(frequencies * min(height, width)).astype(int)  # as wide as the coarsest wave
    counts = np.broadcast_to(fourier.counts(width), ring.shape)
    power = np.bincount(ring.ravel(), (counts * np.abs(_periodic(plane)) ** 2).ravel())
    mean = power / np.bincount(ring.ravel(), counts.ravel())
    spectrum = np.interp(frequencies * min(height, width), np.arange(len(mean)), mean)
    spectrum[0, 0] = 0
    return np.sqrt(spectrum / (height * width))


def _periodic(plane: np.ndarray) -> np.ndarray:
    """The waves of a plane's periodic part, without those of the discontinuity at its borders, [H, W // 2 + 1].

    Source: Moisan 2011 (doi:10.1007/s10851-010-0227-1), follows.
    """
    height, width = plane.shape
    jump = np.zeros_like(plane)
    jump[0] = plane[-1] - plane[0]
    jump[-1] = -jump[0]
    across = plane[:, -1] - plane[:, 0]
    jump[:, 0] += across
    jump[:, -1] -= across
    down, right = np.arange(height)[:, None] / height, np.arange(width // 2 + 1) / width
    smooth = 2 * np.cos(2 * np.pi * down) + 2 * np.cos(2 * np.pi * right) - 4
    smooth[0, 0] = 1
    return np.fft.rfft2(plane) - np.fft.rfft2(jump) / smooth
