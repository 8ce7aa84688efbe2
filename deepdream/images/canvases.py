"""Where a dream may start when there is no picture: noise, clouds, an empty canvas.

canvas(kind, size, rng) -> [H, W, 3] float32 sRGB in 0..1
CANVASES: the setting `start` -> what paints it; a new canvas is one row

Everything random comes from `rng`, so the same generator gives the same canvas. Noise and flat canvases meet themselves
when their borders are wrapped; clouds have an up and a down. A large canvas costs itself and, while it is made, a third
of itself for "pink" and a few strips of rows for the others.
"""

from collections.abc import Callable

import numpy as np

from deepdream.images import fourier
from deepdream.images.strips import strips
from deepdream.settings import Size

Colour = tuple[float, float, float]
"""R, G and B in 0..1."""

NOISE, PINK = 0.12, 0.15
"""Deviation of white and of pink noise about middle grey: enough to see things in, and hardly ever clipped."""

LIKENESS = 0.9
"""Correlation of R, G and B in pink noise; in photographs it is about as high, in white noise it is 0."""

COLUMNS = 256  # transformed together


def canvas(kind: str, size: Size, rng: np.random.Generator, *, colour: Colour = (0.5, 0.5, 0.5)) -> np.ndarray:
    """A canvas to start from.

    Args:
        kind: of CANVASES: "noise", white, all waves alike; "pink", of amplitude 1/f as photographs have it (Field 1987,
            doi:10.1364/JOSAA.4.002379); "clouds", a summer sky; "flat", one colour.
        size: (height, width), odd ones too.
        rng: where chance comes from.
        colour: of "flat", R, G and B in 0..1; the others have their own.

    Returns: [height, width, 3] float32 in 0..1.
    """
    out = np.empty((*size, 3), np.float32)
    CANVASES[kind](out, rng, colour)
    return np.clip(out, 0.0, 1.0, out=out)


def _white(out: np.ndarray, rng: np.random.Generator, colour: Colour) -> None:
    rng.standard_normal(out=out, dtype=np.float32)
    out *= NOISE
    out += 0.5


def _pink(out: np.ndarray, rng: np.random.Generator, colour: Colour) -> None:
    for channel in range(3):
        _pink_plane(out[..., channel], rng)
    grey, chroma = np.sqrt(1 + 2 * LIKENESS), np.sqrt(1 - LIKENESS)  # roots of the correlation's eigenvalues
    mixing = (chroma * np.eye(3) + (grey - chroma) / 3).astype(np.float32) * PINK
    for rows in strips(*out.shape[:2]):
        out[rows] = out[rows] @ mixing + 0.5


def _pink_plane(plane: np.ndarray, rng: np.random.Generator) -> None:
    """Noise of amplitude 1/f, mean 0 and deviation 1, into [H, W]: white noise whose waves are weakened one by one.

    Rows and columns are transformed in parts, so that nothing but the waves is held beside the plane.
    """
    height, width = plane.shape
    waves = np.empty((height, width // 2 + 1), np.complex64)
    for rows in strips(height, width):
        waves[rows] = np.fft.rfft(rng.standard_normal((rows.stop - rows.start, width), dtype=np.float32))
    power = 0.0
    for left in range(0, waves.shape[1], COLUMNS):
        columns = slice(left, left + COLUMNS)
        frequency = fourier.frequencies(height, width, columns=columns)
        if left == 0:
            frequency[0, 0] = np.inf  # no constant part
        part = np.fft.fft(waves[:, columns], axis=0) / frequency.astype(np.float32)
        power += float((fourier.counts(width)[columns] * np.abs(part).astype(float) ** 2).sum())
        waves[:, columns] = np.fft.ifft(part, axis=0)
    scale = np.float32(height * width / np.sqrt(power)) if power else np.float32(0)
    for rows in strips(height, width):
        plane[rows] = np.fft.irfft(waves[rows], n=width) * scale


# The summer sky

TILE = 1024
"""Side of the periodic field that the clouds are cut from."""

ZENITH, HORIZON = np.array([0.13, 0.33, 0.65], np.float32), np.array([0.66, 0.81, 0.93], np.float32)
SUNLIT, SHADED = np.array([1.04, 1.03, 1.0], np.float32), np.array([0.41, 0.47, 0.57], np.float32)

TOWARDS_THE_SUN = (0.005, 0.015, 0.045, 0.11)
"""How far, in pictures, the cloud's thickness is looked up towards the sun: near for relief, far for shadow."""


def _clouds(out: np.ndarray, rng: np.random.Generator, colour: Colour) -> None:
    """Clouds on a plane overhead, smaller and paler towards the horizon, lit from the upper left.

    The plane's thickness is billowing noise (absolute values of octaves: Perlin 1985, "An Image Synthesizer", whose
    turbulence this is); light fades exponentially with what lies between a place and the sun (Beer and Lambert).
    """
    height, width, _ = out.shape
    field, unit = _billows(rng), np.sqrt(height * width)
    columns = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / unit
    for rows in strips(height, width):
        fall = ((np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) / height)[:, None]  # 0 zenith, 1 horizon
        far = 1 / (1.45 - fall)
        down, across = 0.62 * far, 0.7 * far * columns
        here = _thickness(field, down, across)
        shadow = np.zeros_like(here)
        for step in TOWARDS_THE_SUN:
            there = _thickness(field, down - 0.8 * step, across - 0.6 * step)
            shadow += np.maximum(there, 0) + 0.9 * (there - here)
        light = np.exp(-0.16 * np.maximum(shadow + 1.0, 0))[..., None]
        haze = (0.35 * fall**3)[..., None]
        cloud = (SHADED + (SUNLIT - SHADED) * light) * (1 - haze) + HORIZON * haze
        sky = ZENITH + (HORIZON - ZENITH) * (fall**1.1)[..., None]
        out[rows] = sky + (cloud - sky) * _smooth(here / 0.6)[..., None]


def _billows(rng: np.random.Generator) -> np.ndarray:
    """[TILE, TILE] float32, periodic, mean 0 and deviation 1: one broad octave and six billowing ones above it."""
    frequency = fourier.frequencies(TILE, TILE) * TILE
    field = np.zeros((TILE, TILE), np.float32)
    for octave in range(7):
        band = np.abs(np.log2(np.maximum(frequency, 0.1) / (4 * 2**octave))) < 0.7
        noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((TILE, TILE), dtype=np.float32)) * band)
        noise /= noise.std()
        field += 0.55**octave * (noise if octave == 0 else -np.abs(noise))
    return (field - field.mean()) / field.std()


def _thickness(field: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Of the clouds at places of their plane; below 0 there are none. The field once more, small, is their detail."""
    down, across = down * np.float32(0.5 * TILE), across * np.float32(0.5 * TILE)
    return _sample(field, down, across) + 0.16 * _sample(field, 7.3 * down + 11, 7.3 * across + 5) + 0.1


def _sample(field: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """The periodic field between its points, by bilinear interpolation; down [h, 1] and across [h, w] -> [h, w]."""
    top, left = np.floor(down), np.floor(across)
    lower, right = down - top, across - left
    top, left = top.astype(np.int32) % TILE, left.astype(np.int32) % TILE
    under, beside = (top + 1) % TILE, (left + 1) % TILE
    above = field[top, left] * (1 - right) + field[top, beside] * right
    below = field[under, left] * (1 - right) + field[under, beside] * right
    return above * (1 - lower) + below * lower


def _smooth(share: np.ndarray) -> np.ndarray:
    """From 0 below 0 to 1 above 1, with no kink."""
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)


def _flat(out: np.ndarray, rng: np.random.Generator, colour: Colour) -> None:
    out[:] = colour


CANVASES: dict[str, Callable[[np.ndarray, np.random.Generator, Colour], None]] = {
    "noise": _white,
    "pink": _pink,
    "clouds": _clouds,
    "flat": _flat,
}
"""By the setting `start`, but for "picture": paints a canvas [H, W, 3] in place, not yet clipped."""
