"""What a picture should not become: noisy, or too bright and too dark. Taken off the direction of a step.

chain(settings, picture) -> transforms                   those that the settings ask for
total_variation(slope, picture, weight=...) -> slope     away from noise, edges kept
l2(slope, picture, weight=...) -> slope                  toward the middle grey

Both take [H, W, 3] float32 arrays, change the slope in place by strips of rows and return it; the picture is RGB 0..1.
What is taken off at a pixel is the slope of the penalty's sum over all pixels, in numbers of the order of 1 that don't
depend on the picture's size: a weight means the same at each size if the direction itself has been normalised.
"""

from functools import partial

import numpy as np

from deepdream.ascent.transforms import Transform
from deepdream.images.strips import strips
from deepdream.settings import Settings

FLAT = 1 / 255
"""Differences well below this, one level of an 8-bit picture, count by their square: a flat place has no slope."""


def chain(settings: Settings, picture: np.ndarray) -> list[Transform]:
    """The penalties of a picture [H, W, 3] that changes in place from step to step."""
    found: list[Transform] = []
    if settings.tv:
        found.append(partial(total_variation, picture=picture, weight=settings.tv, wraps=settings.wraps))
    if settings.l2:
        found.append(partial(l2, picture=picture, weight=settings.l2))
    return found


def total_variation(
    slope: np.ndarray, picture: np.ndarray, *, weight: float, wraps: tuple[bool, bool] = (False, False)
) -> np.ndarray:
    """The slope less weight times that of the picture's total variation, the length of the differences to the pixels
    below and to the right, each channel for itself.

    Args:
        slope: [H, W, 3] float32, where to go; changed in place.
        picture: [H, W, 3] float32 RGB in 0..1.
        weight: of a sum over pixels whose slope is at most 2 + sqrt(2) anywhere.
        wraps: whether the lower border meets the upper one, and the right border the left one; where they don't,
            differences across them don't count.

    Source: Rudin, Osher and Fatemi 1992, isotropic: no direction is favoured. Differs: the length is
        sqrt(dx^2 + dy^2 + FLAT^2), which has a slope everywhere; the fidelity term is the dream's own objective.
    """
    height, width = picture.shape[:2]
    for rows in strips(height, width):
        around = np.arange(rows.start - 1, rows.stop + 1) % height  # with the row above the strip and the row below it
        strip = picture[around]
        down = strip[1:] - strip[:-1]  # [h + 1, W, 3], from the row above on
        right = np.roll(strip[:-1], -1, axis=1) - strip[:-1]
        if not wraps[0]:
            down[around[1:] == 0] = 0
        if not wraps[1]:
            right[:, -1] = 0
        length = np.sqrt(np.square(down) + np.square(right) + np.float32(FLAT**2))
        down /= length
        right /= length
        flow = down[1:] - down[:-1] + right[1:] - np.roll(right[1:], 1, axis=1)
        slope[rows] += np.float32(weight) * flow
    return slope


def l2(slope: np.ndarray, picture: np.ndarray, *, weight: float) -> np.ndarray:
    """The slope less weight times that of the squared distance from middle grey.

    Args:
        slope: [H, W, 3] float32, where to go; changed in place.
        picture: [H, W, 3] float32 RGB in 0..1.
        weight: of a sum over pixels whose slope is 2 (picture - 0.5), within -1..1.

    Source: Simonyan, Vedaldi and Zisserman 2014 (arXiv:1312.6034), L2 regularisation of a zero-centred picture;
        follows, with the middle grey of 0..1 as the centre.
    """
    for rows in strips(*picture.shape[:2]):
        slope[rows] -= np.float32(2 * weight) * (picture[rows] - np.float32(0.5))
    return slope
