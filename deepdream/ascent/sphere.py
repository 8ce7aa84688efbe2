"""Gradients on a sphere: rows near the poles keep only the waves that exist there.

limit(gradient) -> gradient     [H, W, 3] float32, equirectangular, changed in place and returned; pure NumPy

An equirectangular picture gives every latitude the same number of pixels, though a circle of latitude shrinks with the
cosine of the latitude. A wave that is fine along a row near a pole is finer on the sphere than anything at the equator,
and what is dreamt with it turns into rays around the pole when one looks up.
"""

import numpy as np

from deepdream.images.strips import strips

EDGE = 0.25
"""How far above the cut-off the last wave is gone, as a share of the cut-off: a sharp edge would ring."""


def limit(gradient: np.ndarray) -> np.ndarray:
    """The gradient with each row's waves no finer than the sphere has them at that latitude.

    Every row is low-passed along the longitude, where it wraps. At latitude phi, the middle of the row's pixels, waves
    up to cos(phi) of the finest (one in two pixels) are kept as they are, those above 1 + EDGE times that are removed,
    and a raised cosine leads from one to the other. The row's mean always stays; no wave is ever made stronger.

    Args:
        gradient: [H, W, 3] float32 of a whole sphere: the first row ends at the north pole, the last at the south pole,
            and the last column meets the first. Changed in place.

    Source: polar filtering of latitude-longitude grids in atmospheric models (Arakawa and Lamb 1977,
        "Computational design of the basic dynamical processes of the UCLA general circulation model"); follows the
        idea that each row is Fourier-filtered to the equator's resolution. Differs: the gain is the one said above.
    """
    height, width, _ = gradient.shape
    for rows in strips(height, width):
        waves = np.fft.rfft(gradient[rows], axis=1)  # [rows, W // 2 + 1, 3]
        waves *= _gain(np.arange(rows.start, rows.stop), height, width)[..., None]
        gradient[rows] = np.fft.irfft(waves, n=width, axis=1)
    return gradient


def _gain(rows: np.ndarray, height: int, width: int) -> np.ndarray:
    """What each wave of these rows is multiplied by, [rows, W // 2 + 1] float32 in 0..1."""
    latitude = np.pi * (0.5 - (rows + 0.5) / height)
    cut = np.cos(latitude)[:, None] * (width / 2)  # in waves around the circle
    beyond = (np.arange(width // 2 + 1) - cut) / (EDGE * cut)
    return (0.5 + 0.5 * np.cos(np.pi * np.clip(beyond, 0.0, 1.0))).astype(np.float32)
