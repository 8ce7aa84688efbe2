"""MaCo: pictures whose waves have the magnitudes of photographs; only their phases are free.

start(size, rng) -> [3, H, W // 2 + 1]                  random phases
picture(phases, magnitude, size) -> [N, H, W, 3]        components, to be mixed by `parameterization.to_rgb`
draw(rng, side) -> Crops                                random parts of the pictures, and noise, for one step
see(pictures, boxes, noise) -> [N * PARTS, side, side, 3]
opacity(moved) -> [H, W]                                where a finished picture shows something

Source: Fel et al. 2023 ("Unlocking Feature Visualization for Deeper Networks with MAgnitude Constrained Optimization",
    arXiv:2306.06805). Follows: the magnitudes are the mean of photographs' in decorrelated colours, before the sigmoid;
    random crops, normal around the middle, with noise; the transparency is the sum of the picture's absolute gradients.
    Differs: the phases of waves that are each other's mirror image are tied, so that the magnitudes are kept exactly;
    Adam in place of NAdam; PARTS crops at a step in place of 32.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from deepdream.features.settings import PARTS
from deepdream.runtime import tf
from deepdream.settings import Size

SMALLEST, LARGEST = 0.25, 0.55
"""Side of a part, as a share of the picture's."""

SPREAD = 0.18
"""Standard deviation of a part's middle, as a share of the picture's side."""

NOISE = 0.08
"""Standard deviation of the noise, of the range 0..1."""


SOFTEST, FULL = 0.03, 70
"""Blur of a picture's opacity, as a share of its shorter side, and the percentile from which it is opaque."""


class Crops(NamedTuple):
    """What is seen of all pictures at one step.

    Attributes:
        boxes: [PARTS, 4] float32: top, left, bottom, right as shares of the picture's sides.
        noise: [PARTS, side, side, 3] float32, added to the parts.
    """

    boxes: np.ndarray
    noise: np.ndarray


def start(size: Size, rng: np.random.Generator) -> np.ndarray:
    """Random phases in radians, [3, H, W // 2 + 1] float32."""
    return rng.uniform(-np.pi, np.pi, (3, size[0], size[1] // 2 + 1)).astype(np.float32)


def picture(phases: tf.Tensor, magnitude: tf.Tensor, size: Size) -> tf.Tensor:
    """The picture of these phases, [N, H, W, 3] float32, unbounded.

    Args:
        phases: [N, 3, H, W // 2 + 1] in radians.
        magnitude: [3, H, W // 2 + 1], of each coefficient.
        size: (H, W), because W does not follow from W // 2 + 1.
    """
    turned = _tied(phases, size[1])
    waves = tf.complex(magnitude * tf.cos(turned), magnitude * tf.sin(turned))
    planes = tf.signal.irfft2d(waves, fft_length=tf.constant(size))  # [N, 3, H, W]
    return tf.transpose(planes, [0, 2, 3, 1])


def _tied(phases: tf.Tensor, width: int) -> tf.Tensor:
    """The phases, opposite where two coefficients of a column are one wave: in the first and, if even, the last."""
    mirrored = tf.reverse(tf.roll(phases, -1, axis=2), axis=[2])  # row y holds row -y
    columns = np.zeros(width // 2 + 1, bool)
    columns[0] = True
    columns[-1] |= width % 2 == 0
    return tf.where(columns, phases - mirrored, phases)


def draw(rng: np.random.Generator, side: int) -> Crops:
    """Random parts and noise.

    Args:
        rng: the source.
        side: in pixels, to which the parts are resized.
    """
    shares = rng.uniform(SMALLEST, LARGEST, PARTS)
    middles = np.clip(rng.normal(0.5, SPREAD, (PARTS, 2)), shares[:, None] / 2, 1 - shares[:, None] / 2)
    corners = np.concatenate([middles - shares[:, None] / 2, middles + shares[:, None] / 2], axis=1)
    noise = rng.normal(0.0, NOISE, (PARTS, side, side, 3))
    return Crops(corners.astype(np.float32), noise.astype(np.float32))


def see(pictures: tf.Tensor, boxes: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
    """The parts of all pictures with noise, [N * PARTS, side, side, 3]; those of one picture side by side.

    Bilinear, as `tf.image.crop_and_resize`, whose gradient adds overlapping parts in the order in which threads end.
    """
    rows = _between(boxes[:, 0], boxes[:, 2], noise.shape[1], tf.shape(pictures)[1])
    columns = _between(boxes[:, 1], boxes[:, 3], noise.shape[2], tf.shape(pictures)[2])
    strips = tf.einsum("pyh,nhwc->npywc", rows, pictures)
    parts = tf.einsum("pxw,npywc->npyxc", columns, strips) + noise
    return tf.reshape(parts, [-1, *noise.shape[1:]])


def _between(first: tf.Tensor, last: tf.Tensor, count: int, length: tf.Tensor) -> tf.Tensor:
    """What evenly spaced places see of a line of pixels, [PARTS, count, length]: each the two next to it.

    Args:
        first: [PARTS], the place at its beginning, as a share of the line.
        last: [PARTS], that at its end.
        count: of the places.
        length: of the line in pixels.
    """
    pixels = tf.range(length)
    places = tf.linspace(first, last, count, axis=-1) * tf.cast(length - 1, tf.float32)
    return tf.nn.relu(1 - tf.abs(places[..., None] - tf.cast(pixels, tf.float32)))


def opacity(moved: np.ndarray) -> np.ndarray:
    """The opacity of a picture, [H, W] float32 in 0..1: the rest is noise with the magnitudes of photographs.

    Args:
        moved: [H, W], how much each pixel was pulled at over all steps, 0..1.
    """
    levels = Image.fromarray((moved * 255).round().astype(np.uint8))
    blurred = np.asarray(levels.filter(ImageFilter.GaussianBlur(SOFTEST * min(moved.shape))), np.float32)
    return np.clip(blurred / max(float(np.percentile(blurred, FULL)), 1.0), 0.0, 1.0)
