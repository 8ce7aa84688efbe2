"""Pictures in the Fourier basis, scaled so that coarse waves are cheap.

spectrum(size, decay) -> [H, W // 2 + 1]                     amplitude of one unit of each wave
noise(size, rng) -> [3, H, W // 2 + 1, 2]                    a random start
picture(waves, spectrum, size) -> [N, H, W, 3]               the sum of the waves; unbounded, mean 0
to_rgb(components [N, H, W, 3]) -> [N, H, W, 3] in 0..1      independent components as correlated colours

Source: Olah, Mordvintsev and Schubert 2017 (distill.pub/2017/feature-visualization), "Preconditioning and
    Parameterization". Differs: the spectrum is normalised so that coefficients of deviation 1 give a picture of
    deviation 1 at every size, so one learning rate serves all sizes; and there is no constant part, so the mean stays
    grey before the sigmoid. Colours follow: the matrix from their code, normalised as there, and the sigmoid.
"""

import numpy as np

from deepdream.ascent.shaping import COLOUR_ROOT
from deepdream.images import fourier
from deepdream.runtime import tf
from deepdream.settings import Size

MIXING = (COLOUR_ROOT / np.linalg.norm(COLOUR_ROOT, axis=0).max()).T.astype(np.float32)
"""Component by RGB; its longest row, roughly lightness, has length 1."""


def spectrum(size: Size, decay: float) -> np.ndarray:
    """1 / f ** decay, with f no lower than one wave per longer side; 0 for the constant part.

    Args:
        size: (height, width), odd or even.
        decay: 1 as in natural pictures; 0 weights all waves equally.

    Returns: [H, W // 2 + 1] float32, normalised as described above.
    """
    height, width = size
    weights = np.maximum(fourier.frequencies(height, width), 1 / max(size)) ** -decay
    weights[0, 0] = 0.0
    power = 2 * np.sum(weights**2 * fourier.counts(width))  # 2: a real and an imaginary part
    return (weights * height * width / np.sqrt(power)).astype(np.float32)


def noise(size: Size, rng: np.random.Generator, *, deviation: float = 1.0) -> np.ndarray:
    """Independent normal coefficients, [3, H, W // 2 + 1, 2] float32."""
    height, width = size
    return rng.normal(0.0, deviation, (3, height, width // 2 + 1, 2)).astype(np.float32)


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
