"""Pictures as waves: a real picture by its coefficients in a basis where coarse waves are cheap.

spectrum(size, decay) -> [H, W // 2 + 1]                     how much of the picture one unit of each wave is
noise(size, rng) -> [3, H, W // 2 + 1, 2]                    a random start
picture(waves, spectrum, size) -> [N, H, W, 3]               the waves added up; unbounded, mean 0

Source: Olah, Mordvintsev and Schubert 2017 (distill.pub/2017/feature-visualization), "Preconditioning and
    Parameterization". Differs: the spectrum is normalised so that coefficients of deviation 1 give a picture of
    deviation 1 at every size, so one learning rate serves all sizes; and there is no constant part, so grey stays the
    picture's mean before its colours are bounded.
"""

import numpy as np

from deepdream.runtime import tf
from deepdream.settings import Size


def spectrum(size: Size, decay: float) -> np.ndarray:
    """1 / f ** decay, with f no lower than one wave per longer side; 0 for the constant part.

    Args:
        size: (height, width), odd ones too.
        decay: 1 as in natural pictures; 0 weighs all waves alike.

    Returns: [H, W // 2 + 1] float32, normalised as said above.
    """
    height, width = size
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    weights = np.maximum(np.hypot(rows, columns), 1 / max(size)) ** -decay
    weights[0, 0] = 0.0
    twice = np.full(width // 2 + 1, 2.0)  # a wave stands for its mirror image as well, except at either end
    twice[0] = 1.0
    if width % 2 == 0:
        twice[-1] = 1.0
    power = 2 * np.sum(weights**2 * twice)  # 2: a real and an imaginary part
    return (weights * height * width / np.sqrt(power)).astype(np.float32)


def noise(size: Size, rng: np.random.Generator, *, deviation: float = 1.0) -> np.ndarray:
    """Independent normal coefficients, [3, H, W // 2 + 1, 2] float32."""
    height, width = size
    return rng.normal(0.0, deviation, (3, height, width // 2 + 1, 2)).astype(np.float32)


def picture(waves: tf.Tensor, spectrum: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """The inverse transform of the waves, each multiplied by its place in the spectrum.

    Args:
        waves: [N, 3, H, W // 2 + 1, 2] float32, real and imaginary parts.
        spectrum: [H, W // 2 + 1] float32.
        size: (H, W), for W can't be told from W // 2 + 1.

    Returns: [N, H, W, 3] float32, around 0, unbounded; it goes on periodically at its edges.
    """
    scaled = waves * spectrum[..., None]
    planes = tf.signal.irfft2d(tf.complex(scaled[..., 0], scaled[..., 1]), fft_length=size)  # [N, 3, H, W]
    return tf.transpose(planes, [0, 2, 3, 1])
