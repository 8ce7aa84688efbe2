"""Laplacian-pyramid normalisation: every scale of the gradient gets the same strength.

laplacian(gradient, ...) -> gradient       levels split, each divided by its root mean square, merged
weighted(gradient, weights) -> gradient    levels split, each multiplied by a weight, merged; all 1 changes nothing

Both take [H, W, 3] float32, change it in place and return it; pure NumPy, any size, borders wrap around.

A decimated pyramid is not shift-invariant, and odd sizes fit it badly. The climb shifts the picture at random, so what
matters is the pyramid's mean over all shifts, and that is a linear filter. With c = cos^4(pi f), the response of the
binomial kernel (1, 4, 6, 4, 1) / 16 to a wave of f cycles per pixel, a wave reaches level k of the pyramid attenuated
by the product of c(f), c(2f) .. c(2^(k-1) f), once when reduced and again when expanded; with R_k the square of that
product, level k contributes R_k - R_(k+1), the coarsest R_n, and their sum is 1: reconstruction is exact.
"""

from collections.abc import Sequence

import numpy as np

from deepdream.images.fourier import counts, filtered, to_waves
from deepdream.images.strips import strips

EMPTY = 1e-6
"""A level weaker than this fraction of the strongest holds rounding errors only, and is not amplified."""


def laplacian(gradient: np.ndarray, *, levels: int = 4) -> np.ndarray:
    """The gradient with every level of its Laplacian pyramid scaled to a root mean square of 1 over all channels.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        levels: how often the picture is halved; the coarse residual is one level more.

    Source: Mordvintsev 2015 (TensorFlow's tutorial "DeepDreaming with TensorFlow", Laplacian Pyramid Gradient
        Normalization); follows in kernel, levels and root mean square. Differs: the mean over all shifts of the
        picture (Coifman and Donoho 1995, "Translation-invariant de-noising") with borders that wrap, so that it
        commutes with rolling and accepts odd sizes; a level is empty relative to the others, not below 1e-10.
    """
    strengths = _strengths(gradient, levels)
    strongest = strengths.max()
    if not 0 < strongest < np.inf:
        return gradient  # `normalized` raises with the reason
    return weighted(gradient, 1 / np.where(strengths > EMPTY * strongest, strengths, strongest))


def weighted(gradient: np.ndarray, weights: Sequence[float] | np.ndarray) -> np.ndarray:
    """The gradient with the levels of its Laplacian pyramid multiplied by these weights.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        weights: one per level, fine to coarse; the last is the coarse residual's.
    """
    height, width, _ = gradient.shape
    tall = _responses(np.fft.fftfreq(height), len(weights) - 1)
    wide = _responses(np.fft.rfftfreq(width), len(weights) - 1)
    steps = np.diff(weights, prepend=0)  # the sum of w_k (R_k - R_(k+1)) is the sum of (w_k - w_(k-1)) R_k
    return filtered(gradient, steps[:, None] * tall, wide)


def _strengths(gradient: np.ndarray, levels: int) -> np.ndarray:
    """Root mean square of each level's own coefficients over all channels, positions and shifts, [levels + 1].

    A level is the difference between the level above and its reduced and expanded copy. Reducing aliases waves onto
    one another; averaged over all shifts, aliases add in power, which gives R_k - (2 - s) R_(k+1) with
    s = cos^8 + sin^8 of pi 2^k f along each axis.
    """
    height, width, _ = gradient.shape
    vertical, horizontal = np.fft.fftfreq(height), np.fft.rfftfreq(width)
    tall, wide = _responses(vertical, levels), _responses(horizontal, levels)
    alias_tall, alias_wide = _aliased(vertical, levels), _aliased(horizontal, levels)
    power = np.zeros(levels + 1)
    for channel in range(3):
        waves = to_waves(gradient[..., channel])  # [H, W // 2 + 1]
        for rows in strips(height, width):
            energy = np.square(np.abs(waves[rows]), dtype=np.float64) * counts(width)
            for level in range(levels):
                above, below = (np.outer(tall[k, rows], wide[k]) for k in (level, level + 1))
                aliased = np.outer(alias_tall[level, rows], alias_wide[level])
                power[level] += np.sum(energy * (above - (2 - aliased) * below))
            power[levels] += tall[levels, rows] @ energy @ wide[levels]
    return np.sqrt(np.maximum(power, 0) / gradient.size)


def _responses(frequencies: np.ndarray, levels: int) -> np.ndarray:
    """R_0 .. R_levels along one axis: gain of a wave reduced to each level and expanded again, [levels + 1, F]."""
    gains = [np.ones_like(frequencies)]
    for level in range(levels):
        gains.append(gains[-1] * np.cos(np.pi * 2**level * frequencies) ** 8)
    return np.stack(gains)


def _aliased(frequencies: np.ndarray, levels: int) -> np.ndarray:
    """The s of each level along one axis: the power of a wave and of its alias, [levels, F]."""
    angles = np.pi * np.multiply.outer(2.0 ** np.arange(levels), frequencies)
    return np.cos(angles) ** 8 + np.sin(angles) ** 8
