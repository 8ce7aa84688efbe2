"""What natural pictures have in common: their spectrum, which falls as 1/f, and the correlation of their colours.

spectrum(size, decay) -> [H, W // 2 + 1]      amplitude of one unit of each wave
noise(size, rng) -> [3, H, W // 2 + 1, 2]     random coefficients of waves
pictures(count, seed) -> [count, H, W, 3]     noise with that spectrum and those colours

Source: Olah, Mordvintsev and Schubert 2017 (distill.pub/2017/feature-visualization) and their code. Differs: the
    spectrum is normalised so that coefficients of deviation 1 give a picture of deviation 1 at every size.
"""

import numpy as np

from deepdream.images import fourier
from deepdream.settings import Size

COLOUR_ROOT = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
"""Square root of the colour covariance of natural images, RGB by component; Olah, Mordvintsev and Schubert 2017 (the
matrix color_correlation_svd_sqrt in their code)."""

MIXING = (COLOUR_ROOT / np.linalg.norm(COLOUR_ROOT, axis=0).max()).T.astype(np.float32)
"""Component by RGB; its longest row, roughly lightness, has length 1."""

SIZE, DEVIATION = (224, 224), 1.0
"""Of the pictures of noise; a deviation of 1 gives natural contrast."""


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


def pictures(count: int, seed: int) -> np.ndarray:
    """Noise with a 1/f spectrum and natural colours, [count, *SIZE, 3] float32 in 0..1."""
    rng = np.random.default_rng(seed)
    waves = np.stack([noise(SIZE, rng, deviation=DEVIATION) for _ in range(count)]) * spectrum(SIZE, 1.0)[..., None]
    planes = np.fft.irfft2(waves[..., 0] + 1j * waves[..., 1], s=SIZE)  # [count, 3, H, W]
    components = np.einsum("nchw,cd->nhwd", planes, MIXING)
    return (1 / (1 + np.exp(-components))).astype(np.float32)
