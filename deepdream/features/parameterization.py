"""Pictures in the Fourier basis, scaled so that coarse waves are cheap.

picture(waves, spectrum, size) -> [N, H, W, 3]               the sum of the waves; unbounded, mean 0
to_rgb(components [N, H, W, 3]) -> [N, H, W, 3] in 0..1      independent components as correlated colours
to_components(pictures [N, H, W, 3]) -> [N, H, W, 3]         the inverse

Source: Olah, Mordvintsev and Schubert 2017 (distill.pub/2017/feature-visualization), "Preconditioning and
    Parameterization". Differs: the spectrum is normalised so that coefficients of deviation 1 give a picture of
    deviation 1 at every size, so one learning rate serves all sizes; and there is no constant part, so the mean stays
    grey before the sigmoid. Colours follow: the matrix from their code, normalised as there, and the sigmoid.
"""

import numpy as np

from deepdream.images.natural import MIXING
from deepdream.runtime import tf

DARKEST = 1 / 255
"""One level of 8 bits."""


def picture(waves: tf.Tensor, spectrum: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """The inverse transform of the waves, each scaled by the spectrum.

    Args:
        waves: [N, 3, H, W // 2 + 1, 2] float32, real and imaginary parts.
        spectrum: [H, W // 2 + 1] float32.
        size: (H, W), because W does not follow from W // 2 + 1.

    Returns: [N, H, W, 3] float32, around 0, unbounded, periodic at its edges.
    """
    scaled = waves * spectrum[..., None]
    planes = tf.signal.irfft2d(tf.complex(scaled[..., 0], scaled[..., 1]), fft_length=size)  # [N, 3, H, W]
    return tf.transpose(planes, [0, 2, 3, 1])


def to_rgb(components: tf.Tensor) -> tf.Tensor:
    """Components mixed with the colour correlation of natural pictures, then a sigmoid: 0 becomes middle grey."""
    return tf.sigmoid(tf.einsum("nhwc,cd->nhwd", components, tf.constant(MIXING)))


def to_components(pictures: tf.Tensor) -> tf.Tensor:
    """The components of pictures [N, H, W, 3] in 0..1, which are kept DARKEST away from black and white: there the
    sigmoid's inverse has no end.
    """
    kept = tf.clip_by_value(pictures, DARKEST, 1 - DARKEST)
    unmixed = np.linalg.inv(MIXING.astype(np.float64)).astype(np.float32)
    return tf.einsum("nhwc,cd->nhwd", tf.math.log(kept / (1 - kept)), tf.constant(unmixed))
