"""Penalties against noise and against extreme values; their gradients are subtracted from the direction of a step.

chain(settings, picture) -> transforms                           those that the settings ask for
total_variation(direction, picture, weight=...) -> direction     against noise, edges kept
l2(direction, picture, weight=...) -> direction                  toward middle grey

Both take [H, W, 3] float32 arrays, change the direction in place by strips of rows and return it; the picture is RGB
0..1. The penalty is a sum over pixels, so its gradient at a pixel is of the order of 1 whatever the picture's size: a
weight means the same at each size as long as the direction is normalised.
"""

from functools import partial

import numpy as np

from deepdream.ascent.transforms import Transform
from deepdream.images.strips import strips
from deepdream.settings import Settings

FLAT = 1 / 255
"""Below this difference, one level of an 8-bit picture, the penalty is quadratic: flat areas have no gradient."""


def chain(settings: Settings, picture: np.ndarray) -> list[Transform]:
    """The penalties on a picture [H, W, 3] that changes in place from step to step."""
    found: list[Transform] = []
    if settings.tv:
        found.append(partial(total_variation, picture=picture, weight=settings.tv, wraps=settings.wraps))
    if settings.l2:
        found.append(partial(l2, picture=picture, weight=settings.l2))
    return found


def total_variation(
    direction: np.ndarray, picture: np.ndarray, *, weight: float, wraps: tuple[bool, bool] = (False, False)
) -> np.ndarray:
    """The direction minus weight times the gradient of the picture's total variation: per channel, the length of the
    differences to the pixels below and to the right.

    Args:
        direction: [H, W, 3] float32; changed in place.
        picture: [H, W, 3] float32 RGB in 0..1.
        weight: of a sum over pixels whose gradient is at most 2 + sqrt(2) anywhere.
        wraps: whether the picture wraps around vertically and horizontally; otherwise differences across its border
            are not counted.

    Source: Rudin, Osher and Fatemi 1992, isotropic: no direction is favoured. Differs: the length is
        sqrt(dx^2 + dy^2 + FLAT^2), which is differentiable everywhere; the fidelity term is the dream's own objective.
    """
    height, width = picture.shape[:2]
    for rows in strips(height, width):
        around = np.arange(rows.start - 1, rows.stop + 1) % height  # with the row above the strip and the row below it
        strip = picture[around]
        down = strip[1:] - strip[:-1]  # [h + 1, W, 3], starting at the row above
        right = np.roll(strip[:-1], -1, axis=1) - strip[:-1]
        if not wraps[0]:
            down[around[1:] == 0] = 0
        if not wraps[1]:
            right[:, -1] = 0
        length = np.sqrt(np.square(down) + np.square(right) + np.float32(FLAT**2))
        down /= length
        right /= length
        flow = down[1:] - down[:-1] + right[1:] - np.roll(right[1:], 1, axis=1)
        direction[rows] += np.float32(weight) * flow
    return direction


def l2(direction: np.ndarray, picture: np.ndarray, *, weight: float) -> np.ndarray:
    """The direction minus weight times the gradient of the squared distance from middle grey.

    Args:
        direction: [H, W, 3] float32; changed in place.
        picture: [H, W, 3] float32 RGB in 0..1.
        weight: of a sum over pixels whose gradient is 2 (picture - 0.5), within -1..1.

    Source: Simonyan, Vedaldi and Zisserman 2014 (arXiv:1312.6034), L2 regularisation of a zero-centred picture;
        follows, with the middle grey of 0..1 as the centre.
    """
    for rows in strips(*picture.shape[:2]):
        direction[rows] -= np.float32(2 * weight) * (picture[rows] - np.float32(0.5))
    return direction
