"""CIE L*a*b*: lightness and two opponent colours, perceptually uniform.

to_lab(rgb) -> lab      from_lab(lab) -> rgb, always in gamut

RGB is sRGB in 0..1; L* is in 0..100, a* (green to red) and b* (blue to yellow) are within 110 of 0. Arrays are [..., 3]
float32. Several copies are held temporarily, so convert a large picture by strips.

Sources: sRGB by IEC 61966-2-1, L*a*b* by CIE 15; follow. The white is sRGB's own, the sum of its three primaries, so
    that grey has a* = b* = 0.
"""

import numpy as np

_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_TO_RELATIVE = (_TO_XYZ / _TO_XYZ.sum(axis=1, keepdims=True)).astype(np.float32)  # XYZ over the white's
_FROM_RELATIVE = np.linalg.inv(_TO_RELATIVE)
_KINK = 6 / 29  # below it, the CIE's cube root is linear
_BISECTIONS = 10  # finds chroma to a thousandth


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """[..., 3] float32 sRGB, below 0 taken as 0 -> [..., 3] float32: L* in 0..100, a* and b* about -110..110."""
    rgb = np.maximum(rgb, 0)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    relative = linear @ _TO_RELATIVE.T
    x, y, z = np.moveaxis(np.where(relative > _KINK**3, np.cbrt(relative), relative / (3 * _KINK**2) + 4 / 29), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def from_lab(lab: np.ndarray) -> np.ndarray:
    """The inverse, always in 0..1: L* is clipped to 0..100, and a colour outside sRGB loses chroma.

    Lightness and hue are kept: a* and b* shrink by the same factor until the colour is in gamut.
    """
    lightness = np.clip(lab[..., :1], 0, 100)
    chroma = lab[..., 1:]
    linear = _linear(lightness, chroma)
    outside = ~_in_gamut(linear)
    if outside.any():
        linear[outside] = _desaturated(lightness[outside], chroma[outside])
    np.clip(linear, 0.0, 1.0, out=linear)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _linear(lightness: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """Linear RGB [..., 3] of L* [..., 1] and a*, b* [..., 2]; outside 0..1 where out of gamut."""
    y = (lightness + 16) / 116
    roots = np.concatenate([y + chroma[..., :1] / 500, y, y - chroma[..., 1:] / 200], axis=-1)
    relative = np.where(roots > _KINK, roots**3, 3 * _KINK**2 * (roots - 4 / 29))
    return relative @ _FROM_RELATIVE.T


def _in_gamut(linear: np.ndarray) -> np.ndarray:
    """Whether sRGB contains the colour, [...] bool, with a tolerance below rounding."""
    return np.all((linear > -1e-5) & (linear < 1 + 1e-5), axis=-1)


def _desaturated(lightness: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """Linear RGB [n, 3] of the colours with the largest chroma in gamut, by bisection."""
    low, high = np.zeros_like(lightness), np.ones_like(lightness)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        inside = _in_gamut(_linear(lightness, middle * chroma))[..., None]
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return _linear(lightness, low * chroma)
