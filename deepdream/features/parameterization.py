"""Pictures in the Fourier basis, scaled so that coarse waves are cheap.

picture(waves, spectrum, size) -> [N, H, W, 3]               the sum of the waves; unbounded, mean 0
to_rgb(components [N, H, W, 3]) -> [N, H, W, 3] in 0..1      independent components as correlated colours

Source: Olah, Mordvintsev and Schubert 2017 (distill.pub/2017/feature-visualization), "Preconditioning and
    Parameterization". Differs: the spectrum is normalised so that coefficients of deviation 1 give a picture of
    deviation 1 at every size, so one learning rate serves all sizes; and there is no constant part, so the mean stays
    grey before the sigmoid. Colours follow: the matrix from their code, normalised as there, and the sigmoid.
"""

from deepdream.images.natural import MIXING
from deepdream.runtime import tf


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
