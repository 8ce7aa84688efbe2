"""Gradients on a sphere: rows near the poles keep only the waves that exist there.

limit(gradient) -> gradient     [H, W, 3] float32, equirectangular, changed in place and returned; pure NumPy

An equirectangular picture has the same number of pixels at every latitude, though the circle of latitude shrinks with
its cosine. A fine wave along a row near a pole is finer on the sphere than anything at the equator, and shows as rays
around the pole when one looks up.
"""

import numpy as np

from deepdream.images.strips import strips

EDGE = 0.25
"""Width of the roll-off above the cut-off, as a fraction of it: a sharp edge would ring."""


def limit(gradient: np.ndarray) -> np.ndarray:
    """The gradient with each row low-passed to the resolution that the sphere has at its latitude.

    Rows are filtered along the longitude, where they wrap. At latitude phi, of the row's pixel centres, waves up to
    cos(phi) of the finest (one in two pixels) are kept, those above 1 + EDGE times that are removed, with a raised
    cosine in between. The row's mean is kept; no wave is amplified.

    Args:
        gradient: [H, W, 3] float32 of a whole sphere: the first row ends at the north pole, the last at the south pole,
            and the columns wrap around. Changed in place.

    Source: polar filtering of latitude-longitude grids in atmospheric models (Arakawa and Lamb 1977,
        "Computational design of the basic dynamical processes of the UCLA general circulation model"); follows in
        Fourier-filtering each row to the equator's resolution. Differs: the gain is the one above.
    """
    height, width, _ = gradient.shape
    for rows in strips(height, width):
        waves = np.fft.rfft(gradient[rows], axis=1)  # [rows, W // 2 + 1, 3]
        waves *= _gain(np.arange(rows.start, rows.stop), height, width)[..., None]
        gradient[rows] = np.fft.irfft(waves, n=width, axis=1)
    return gradient


def _gain(rows: np.ndarray, height: int, width: int) -> np.ndarray:
    """The gain of each wave of these rows, [rows, W // 2 + 1] float32 in 0..1."""
    latitude = np.pi * (0.5 - (rows + 0.5) / height)
    cut = np.cos(latitude)[:, None] * (width / 2)  # in waves around the circle
    beyond = (np.arange(width // 2 + 1) - cut) / (EDGE * cut)
    return (0.5 + 0.5 * np.cos(np.pi * np.clip(beyond, 0.0, 1.0))).astype(np.float32)
