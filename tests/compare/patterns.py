"""Patterns whose measures are known in closed form; odd, non-square, the same in all channels unless stated."""

import numpy as np

SIZE = (211, 307)
NOTHING = np.zeros((*SIZE, 3))


def coloured(grey: np.ndarray) -> np.ndarray:
    """[H, W] as [H, W, 3]."""
    return np.repeat(grey[..., None], 3, axis=2)


def grating(length: float, angle: float, *, height: float = 0.2) -> np.ndarray:
    """A sine wave of `length` pixels, its stripes at `angle` degrees counter-clockwise from horizontal."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    turn = np.radians(angle)
    across = -np.sin(turn) * columns - np.cos(turn) * rows  # rows count downward
    return coloured(height * np.sin(2 * np.pi * across / length))


def checkerboard(side: int) -> np.ndarray:
    """Squares of `side` pixels, alternately 0.1 lighter and darker."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return coloured(0.2 * ((rows // side + columns // side) % 2 - 0.5))


def noise(exponent: float, seed: int) -> np.ndarray:
    """Gaussian noise whose amplitude falls with the frequency to the power `exponent`; its channels are independent."""
    white = np.random.default_rng(seed).normal(size=(*SIZE, 3))
    frequency = np.hypot(np.fft.fftfreq(SIZE[0])[:, None], np.fft.fftfreq(SIZE[1])[None, :])
    frequency[0, 0] = 1
    wave = np.fft.fft2(white, axes=(0, 1)) / frequency[..., None] ** exponent
    return np.fft.ifft2(wave, axes=(0, 1)).real
