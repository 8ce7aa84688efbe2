"""Canvases to start from without a picture: noise, clouds, one colour.

canvas(kind, size, rng) -> [H, W, 3] float32 sRGB in 0..1
CANVASES: the setting `start` -> the function that paints it; a new canvas is one row

Everything random comes from `rng`, so the same generator gives the same canvas. Noise and flat canvases are periodic;
clouds have an up and a down, and are periodic horizontally on request. A large canvas takes its own memory and, during
its construction, a third of that for "pink" and a few strips of rows for the others.
"""

from collections.abc import Callable

import numpy as np

from deepdream.images import fourier
from deepdream.images.strips import strips
from deepdream.settings import Size

Colour = tuple[float, float, float]
"""R, G and B in 0..1."""

NOISE, PINK = 0.12, 0.15
"""Standard deviation of white and of pink noise about middle grey: enough to see things in, and rarely clipped."""

CORRELATION = 0.9
"""Correlation of R, G and B in pink noise: about that of photographs; white noise has 0."""

COLUMNS = 256  # transformed at a time


def canvas(
    kind: str, size: Size, rng: np.random.Generator, *, colour: Colour = (0.5, 0.5, 0.5), around: bool = False
) -> np.ndarray:
    """A canvas to start from.

    Args:
        kind: of CANVASES: "noise", white, all waves alike; "pink", of amplitude 1/f as photographs have it (Field 1987,
            doi:10.1364/JOSAA.4.002379); "clouds", a summer sky; "flat", one colour.
        size: (height, width), odd ones too.
        rng: the generator.
        colour: of "flat", R, G and B in 0..1; the others have their own.
        around: whether clouds are periodic horizontally; noise always is.

    Returns: [height, width, 3] float32 in 0..1.
    """
    out = np.empty((*size, 3), np.float32)
    CANVASES[kind](out, rng, colour, around)
    return np.clip(out, 0.0, 1.0, out=out)


def _white(out: np.ndarray, rng: np.random.Generator, colour: Colour, around: bool) -> None:
    rng.standard_normal(out=out, dtype=np.float32)
    out *= NOISE
    out += 0.5


def _pink(out: np.ndarray, rng: np.random.Generator, colour: Colour, around: bool) -> None:
    for channel in range(3):
        _pink_plane(out[..., channel], rng)
    grey, chroma = np.sqrt(1 + 2 * CORRELATION), np.sqrt(1 - CORRELATION)  # roots of the correlation's eigenvalues
    mixing = (chroma * np.eye(3) + (grey - chroma) / 3).astype(np.float32) * PINK
    for rows in strips(*out.shape[:2]):
        out[rows] = out[rows] @ mixing + 0.5


def _pink_plane(plane: np.ndarray, rng: np.random.Generator) -> None:
    """Write noise of amplitude 1/f, mean 0 and standard deviation 1 into [H, W]: white noise, filtered.

    Rows and columns are transformed in chunks, so that only the waves are held beside the plane.
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
        chunk = np.fft.fft(waves[:, columns], axis=0) / frequency.astype(np.float32)
        power += float((fourier.counts(width)[columns] * np.abs(chunk).astype(float) ** 2).sum())
        waves[:, columns] = np.fft.ifft(chunk, axis=0)
    scale = np.float32(height * width / np.sqrt(power)) if power else np.float32(0)
    for rows in strips(height, width):
        plane[rows] = np.fft.irfft(waves[rows], n=width) * scale


# The summer sky

FIELD = 1024
"""Side of the periodic noise field that the clouds are sampled from."""

ZENITH, HORIZON = np.array([0.13, 0.33, 0.65], np.float32), np.array([0.66, 0.81, 0.93], np.float32)
SUNLIT, SHADED = np.array([1.04, 1.03, 1.0], np.float32), np.array([0.41, 0.47, 0.57], np.float32)

SUN_OFFSETS = (0.005, 0.015, 0.045, 0.11)
"""Distances towards the sun, in pictures, at which the thickness is sampled: near for relief, far for shadow."""


def _clouds(out: np.ndarray, rng: np.random.Generator, colour: Colour, around: bool) -> None:
    """Clouds on a plane overhead, smaller and paler towards the horizon, lit from the upper left.

    The plane's thickness is billowing noise (absolute values of octaves: Perlin 1985, "An Image Synthesizer", whose
    turbulence this is); light is attenuated exponentially by the cloud between a point and the sun (Beer and Lambert).
    """
    height, width, _ = out.shape
    field, unit = _billows(rng), np.sqrt(height * width)
    columns = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / unit
    turn = (2 * np.pi / width * np.arange(width)).astype(np.float32)
    for rows in strips(height, width):
        fall = ((np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) / height)[:, None]  # 0 zenith, 1 horizon
        far = 1 / (1.45 - fall)
        if around:  # rings about a centre, wider towards the horizon; a step down is as long as one aside
            ring = 0.19 * np.exp(np.clip(2 * np.pi * height / width * (fall - 0.5), -4, 4))
            down, across = ring * np.cos(turn), ring * np.sin(turn)
        else:
            down, across = 0.62 * far, 0.7 * far * columns
        here = _thickness(field, down, across)
        shadow = np.zeros_like(here)
        for offset in SUN_OFFSETS:
            there = _thickness(field, down - 0.8 * offset, across - 0.6 * offset)
            shadow += np.maximum(there, 0) + 0.9 * (there - here)
        light = np.exp(-0.16 * np.maximum(shadow + 1.0, 0))[..., None]
        haze = (0.35 * fall**3)[..., None]
        cloud = (SHADED + (SUNLIT - SHADED) * light) * (1 - haze) + HORIZON * haze
        sky = ZENITH + (HORIZON - ZENITH) * (fall**1.1)[..., None]
        out[rows] = sky + (cloud - sky) * _smooth(here / 0.6)[..., None]


def _billows(rng: np.random.Generator) -> np.ndarray:
    """[FIELD, FIELD] float32, periodic, mean 0, deviation 1: one coarse octave and six billowing finer ones."""
    frequency = fourier.frequencies(FIELD, FIELD) * FIELD
    field = np.zeros((FIELD, FIELD), np.float32)
    for octave in range(7):
        band = np.abs(np.log2(np.maximum(frequency, 0.1) / (4 * 2**octave))) < 0.7
        noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((FIELD, FIELD), dtype=np.float32)) * band)
        noise /= noise.std()
        field += 0.55**octave * (noise if octave == 0 else -np.abs(noise))
    return (field - field.mean()) / field.std()


def _thickness(field: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Thickness of the clouds at points of their plane; below 0 is clear sky. A scaled-down copy adds fine detail."""
    down, across = down * np.float32(0.5 * FIELD), across * np.float32(0.5 * FIELD)
    return _sample(field, down, across) + 0.16 * _sample(field, 7.3 * down + 11, 7.3 * across + 5) + 0.1


def _sample(field: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """The periodic field between its points, by bilinear interpolation; down [h, 1 or w], across [h, w] -> [h, w]."""
    top, left = np.floor(down), np.floor(across)
    lower, right = down - top, across - left
    top, left = top.astype(np.int32) % FIELD, left.astype(np.int32) % FIELD
    under, beside = (top + 1) % FIELD, (left + 1) % FIELD
    above = field[top, left] * (1 - right) + field[top, beside] * right
    below = field[under, left] * (1 - right) + field[under, beside] * right
    return above * (1 - lower) + below * lower


def _smooth(share: np.ndarray) -> np.ndarray:
    """Smoothstep: 0 below 0, 1 above 1, with a continuous derivative."""
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)


def _flat(out: np.ndarray, rng: np.random.Generator, colour: Colour, around: bool) -> None:
    out[:] = colour


CANVASES: dict[str, Callable[[np.ndarray, np.random.Generator, Colour, bool], None]] = {
    "noise": _white,
    "pink": _pink,
    "clouds": _clouds,
    "flat": _flat,
}
"""The setting `start`, except "picture" -> paints a canvas [H, W, 3] in place, not yet clipped."""
