"""How far a dream is from its original, and how colourful it is.

distance(original, picture)      ssim(original, picture)      outlines(original, picture)      colourfulness(picture)

Pictures are [H, W, 3] float RGB in 0..1, both of the same size. A picture that is unchanged gives exactly 0, 1 and 1.
"""

import numpy as np
from skimage import color, filters, metrics

SMALLEST = 16
"""Pixels on each side that these measures need: structural similarity uses a window of 11."""

BLUR = 2.0
"""Standard deviation in pixels of the blur before outlines are compared, so that grain does not count as outline."""


def distance(original: np.ndarray, picture: np.ndarray) -> float:
    """Root mean square difference over all pixels and channels, 0..1."""
    return float(np.sqrt(metrics.mean_squared_error(original.astype(float), picture.astype(float))))


def ssim(original: np.ndarray, picture: np.ndarray) -> float:
    """Structural similarity of the grey pictures: 1 for the same, near 0 for unrelated ones.

    Source: Wang, Bovik, Sheikh and Simoncelli 2004 (doi:10.1109/TIP.2003.819861); follows, with its Gaussian window
        of deviation 1.5.
    """
    return float(
        metrics.structural_similarity(
            color.rgb2gray(original.astype(float)),
            color.rgb2gray(picture.astype(float)),
            data_range=1.0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def outlines(original: np.ndarray, picture: np.ndarray) -> float:
    """Correlation of the original's edges with the picture's: 1 when all are kept, near 0 when none is.

    Edges are the magnitude of the Sobel gradient of the grey picture after a blur of `BLUR` pixels; the result is
    Pearson's correlation coefficient over all pixels, NaN if the original has no edges.
    """
    before, after = (_edges(image) for image in (original, picture))
    before, after = before - before.mean(), after - after.mean()
    norm = np.sqrt((before * before).sum() * (after * after).sum())
    if not (before * before).sum() > 0:
        return float("nan")
    return float((before * after).sum() / norm) if norm > 0 else 0.0


def colourfulness(picture: np.ndarray) -> float:
    """Colourfulness on the scale where 15 is slight and 109 extreme; 0 for grey.

    Source: Hasler and Süsstrunk 2003 (doi:10.1117/12.477378), the measure M3 of RGB in 0..255; follows.
    """
    red, green, blue = np.moveaxis(picture.astype(float) * 255, -1, 0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    deviation = np.hypot(red_green.std(), yellow_blue.std())
    return float(deviation + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def _edges(picture: np.ndarray) -> np.ndarray:
    """Edge strength of the grey, slightly blurred picture, [H, W]."""
    return filters.sobel(filters.gaussian(color.rgb2gray(picture.astype(float)), BLUR))
