"""Laplacian-pyramid normalisation: every scale of the gradient gets the same strength.

laplacian(gradient, ...) -> gradient       levels split, each divided by its root mean square, merged
weighted(gradient, weights) -> gradient    levels split, each multiplied by a weight, merged; all 1 changes nothing

Both take [H, W, 3] float32, change it in place and return it; pure NumPy, any size, borders wrap around.

A pyramid that keeps every other pixel treats a picture and the same picture shifted by one pixel differently, and an
odd size fits it badly. The climb shifts the picture at random, so what counts is the pyramid's mean over all shifts,
and that is a plain filter. With c = cos^4(pi f), the effect of the binomial kernel (1, 4, 6, 4, 1) / 16 on a wave of
f cycles per pixel, level k of the pyramid sees a wave through the product of c(f), c(2f) .. c(2^(k-1) f) on its way
down and again on its way up; with R_k the square of that product, the level contributes R_k - R_(k+1), the last, coarse
one R_n, and their sum is 1: reconstruction is exact.
"""

from collections.abc import Sequence

import numpy as np

from deepdream.images.fourier import counts, filtered, to_waves
from deepdream.images.strips import strips

EMPTY = 1e-6
"""A level weaker than this share of the strongest one holds rounding errors only, and is left as weak as it is."""


def laplacian(gradient: np.ndarray, *, levels: int = 4) -> np.ndarray:
    """The gradient with every level of its Laplacian pyramid brought to a root mean square of 1, all channels together.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        levels: how often the picture is halved; the coarse rest is one level more.

    Source: Mordvintsev 2015 (TensorFlow's tutorial "DeepDreaming with TensorFlow", Laplacian Pyramid Gradient
        Normalization); follows in kernel, levels and root mean square. Differs: the mean over all shifts of the
        picture (Coifman and Donoho 1995, "Translation-invariant de-noising") with borders that wrap, so that it
        commutes with rolling and takes odd sizes; a level counts as empty relative to the others, not below 1e-10.
    """
    strengths = _strengths(gradient, levels)
    strongest = strengths.max()
    if not 0 < strongest < np.inf:
        return gradient  # the climb says what is wrong with it
    return weighted(gradient, 1 / np.where(strengths > EMPTY * strongest, strengths, strongest))


def weighted(gradient: np.ndarray, weights: Sequence[float] | np.ndarray) -> np.ndarray:
    """The gradient with the levels of its Laplacian pyramid multiplied by these weights.

    Args:
        gradient: [H, W, 3] float32; changed in place.
        weights: one per level, fine to coarse; the last is that of the coarse rest.
    """
    height, width, _ = gradient.shape
    tall = _reach(np.fft.fftfreq(height), len(weights) - 1)
    wide = _reach(np.fft.rfftfreq(width), len(weights) - 1)
    steps = np.diff(weights, prepend=0)  # the sum of w_k (R_k - R_(k+1)) is the sum of (w_k - w_(k-1)) R_k
    return filtered(gradient, steps[:, None] * tall, wide)


def _strengths(gradient: np.ndarray, levels: int) -> np.ndarray:
    """Root mean square of each level's own coefficients over all channels, positions and shifts, [levels + 1].

    A level is what is left of the picture above it after halving it and doubling it again. Halving folds waves onto
    one another; over all shifts the folded parts add their power, which gives R_k - (2 - s) R_(k+1) with
    s = cos^8 + sin^8 of pi 2^k f along each axis.
    """
    height, width, _ = gradient.shape
    vertical, horizontal = np.fft.fftfreq(height), np.fft.rfftfreq(width)
    tall, wide = _reach(vertical, levels), _reach(horizontal, levels)
    folded_tall, folded_wide = _folded(vertical, levels), _folded(horizontal, levels)
    power = np.zeros(levels + 1)
    for channel in range(3):
        waves = to_waves(gradient[..., channel])  # [H, W // 2 + 1]
        for rows in strips(height, width):
            present = np.square(np.abs(waves[rows]), dtype=np.float64) * counts(width)
            for level in range(levels):
                above, below = (np.outer(tall[k, rows], wide[k]) for k in (level, level + 1))
                folded = np.outer(folded_tall[level, rows], folded_wide[level])
                power[level] += np.sum(present * (above - (2 - folded) * below))
            power[levels] += tall[levels, rows] @ present @ wide[levels]
    return np.sqrt(np.maximum(power, 0) / gradient.size)


def _reach(frequencies: np.ndarray, levels: int) -> np.ndarray:
    """R_0 .. R_levels along one axis: how much of a wave gets down to each level and up again, [levels + 1, F]."""
    kept = [np.ones_like(frequencies)]
    for level in range(levels):
        kept.append(kept[-1] * np.cos(np.pi * 2**level * frequencies) ** 8)
    return np.stack(kept)


def _folded(frequencies: np.ndarray, levels: int) -> np.ndarray:
    """The s of each level along one axis: the power of a wave and of the one it is folded onto, [levels, F]."""
    angles = np.pi * np.multiply.outer(2.0 ** np.arange(levels), frequencies)
    return np.cos(angles) ** 8 + np.sin(angles) ** 8
