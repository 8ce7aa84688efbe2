"""The spectrum of what a dream added: how coarse or fine it is.

cells(added) -> (frequencies, powers)       every wave of the picture, the finest last
curve(added) -> (frequencies, densities)    the radially averaged spectrum
wavelength(added) -> pixels                 the dominant one
slope(added) -> exponent                    of the radially averaged power

`added` is [H, W, 3] float: dream minus original, in the range -1..1. Frequencies are in cycles per pixel, powers are
summed over the three channels. Where nothing was added the result is NaN.
"""

import numpy as np

from deepdream.images import fourier

LONGEST = 4
"""A wave counts if this many periods fit into the shorter side; longer ones are changes of light, not detail."""

FINEST = 0.5
"""Cycles per pixel of the finest wave along an axis; the slope is fitted below it."""

BAND = 0.5
"""Width of the dominant band in octaves."""


def cells(added: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequency and power of every wave, by the Fourier transform under a Hann window, sorted by frequency.

    The window keeps the picture's borders from showing up as waves. Waves longer than `LONGEST` allows are left out.
    """
    height, width = added.shape[:2]
    window = np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1])[..., None]
    centred = added - np.average(added, axis=(0, 1), weights=np.broadcast_to(window, added.shape))
    power = (np.abs(np.fft.rfft2(centred * window, axes=(0, 1))) ** 2).sum(axis=2)
    power *= fourier.counts(width)
    frequencies = fourier.frequencies(height, width).ravel()
    order = np.argsort(frequencies, kind="stable")
    kept = order[frequencies[order] >= LONGEST / min(height, width)]
    return frequencies[kept], power.ravel()[kept]


def curve(added: np.ndarray, *, per_octave: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """The radially averaged power spectral density, averaged in rings of equal width in octaves.

    Args:
        added: [H, W, 3].
        per_octave: rings in an octave.

    Returns: frequency of each ring in cycles per pixel, and the mean power of its waves.
    """
    frequencies, powers = cells(added)
    if not frequencies.size:
        return np.empty(0), np.empty(0)
    ring = np.floor(np.log2(frequencies / frequencies[0]) * per_octave).astype(int)
    count = np.bincount(ring)
    filled = count > 0
    mean = np.bincount(ring, powers)[filled] / count[filled]
    centre = np.exp(np.bincount(ring, np.log(frequencies))[filled] / count[filled])
    return centre, mean


def wavelength(added: np.ndarray) -> float:
    """Dominant wavelength in pixels: the inverse mean frequency of the half octave with the most added power.

    Bands are equal in octaves, not in cycles per pixel, so that 1/f noise, which looks the same at every scale, has no
    dominant wavelength of its own, and white noise has the finest.
    """
    frequencies, powers = cells(added)
    if not powers.sum() > 0:
        return float("nan")
    below = np.concatenate([[0.0], np.cumsum(powers)])
    centres = np.geomspace(frequencies[0], frequencies[-1], 16 * int(np.log2(frequencies[-1] / frequencies[0]) + 1))
    first = np.searchsorted(frequencies, centres * 2 ** (-BAND / 2), side="left")
    last = np.searchsorted(frequencies, centres * 2 ** (BAND / 2), side="right")
    best = int(np.argmax(below[last] - below[first]))
    band = slice(first[best], last[best])
    return float(powers[band].sum() / (frequencies[band] * powers[band]).sum())


def slope(added: np.ndarray) -> float:
    """Exponent a of the power law f^a, from a straight line fitted to the radially averaged spectrum in log-log.

    White noise has 0, noise of amplitude 1/f has -2, close to natural pictures; more negative is coarser.

    Source: Field 1987, "Relations between the statistics of natural images and the response properties of cortical
        cells", for radially averaged spectra of pictures.
    """
    frequencies, densities = curve(added)
    fitted = (frequencies < FINEST) & (densities > 0)
    if fitted.sum() < 3:
        return float("nan")
    return float(np.polyfit(np.log(frequencies[fitted]), np.log(densities[fitted]), 1)[0])
