"""Random shifts, rotations and scalings of the pictures; what survives them does not depend on single pixels.

draw(rng, size, ...) -> View                  one random view, shared by all pictures of a batch
see(images [N, H, W, 3], view) -> the same shape

Source: Olah, Mordvintsev and Schubert 2017 (distill.pub/2017/feature-visualization), "Transformation Robustness".
    Differs: they pad with grey, jitter, scale, rotate and jitter again, each with its own resampling. Here the picture
    is periodic, as its waves are; the shift is a roll by whole pixels, and rotation and scale are one resampling.
"""

from dataclasses import dataclass

import numpy as np

from deepdream.runtime import tf
from deepdream.settings import Size


@dataclass(frozen=True)
class View:
    """One transformation.

    Attributes:
        shift: (rows, columns) that the picture is rolled by.
        affine: [8] float32, from output to input coordinates, as ImageProjectiveTransformV3 takes it.
    """

    shift: tuple[int, int]
    affine: np.ndarray


def draw(rng: np.random.Generator, size: Size, *, jitter: int | None, scale: float, turn: float) -> View:
    """A random view.

    Args:
        rng: the source; every view draws the same number of values from it.
        size: (height, width) of the pictures.
        jitter: largest shift in pixels; None for any.
        scale: largest relative change of size, 0.1 for 0.9 to 1.1.
        turn: largest angle in degrees, in either direction.
    """
    reach = [length // 2 if jitter is None else min(jitter, length // 2) for length in size]
    shift = tuple(int(rng.integers(-most, most + 1)) for most in reach)
    factor = 1 + scale * rng.uniform(-1, 1)
    angle = np.deg2rad(turn * rng.uniform(-1, 1))
    return View((shift[0], shift[1]), affine(size, factor, angle))


def affine(size: Size, factor: float, angle: float) -> np.ndarray:
    """Rotated by `angle` (radians, counterclockwise on the screen) and enlarged by `factor` about the centre, [8]."""
    middle = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])  # x, y
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / factor
    moved = middle - turned @ middle
    return np.array([*turned[0], moved[0], *turned[1], moved[1], 0, 0], np.float32)


def see(images: tf.Tensor, shift: tf.Tensor, affine: tf.Tensor) -> tf.Tensor:
    """Transform images, [N, H, W, 3] in and out.

    TensorFlow's gradient of the resampling resamples by the inverse: the adjoint up to interpolation and a constant
    factor, to which Adam is invariant.
    """
    rolled = tf.roll(images, shift, axis=[1, 2])
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=rolled,
        transforms=affine[None],
        output_shape=tf.shape(images)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="WRAP",
    )
