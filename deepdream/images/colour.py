"""Colour transfer between a dream and its original, or a palette picture.

MODES: the setting `colour` -> applied to the finished dream; a new mode is one row
keep_colours(dream, original)           luma of the dream, chroma of the original
keep_lightness(dream, original)         lightness of the original, colours of the dream
match_statistics(dream, statistics)     mean and spread of another picture: the original, or a palette
hold(picture, balance)                  against drift during a run; called after each step

Pictures are [H, W, 3] float32 sRGB in 0..1. They are changed in place and returned, by strips of rows, so extra memory
is a few strips. Each function says how it keeps values in range.

Luma and chroma are ITU-R BT.601's in full range, as in JPEG's JFIF: Y = 0.299 R + 0.587 G + 0.114 B,
Cb = (B - Y) / 1.772, Cr = (R - Y) / 1.402. Lightness is CIE L*a*b*'s.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deepdream.images.lab import from_lab, to_lab
from deepdream.images.strips import strips

FREE_CONTRAST, FREE_SATURATION = 0.1, 0.05
"""A start with less contrast or saturation may rise up to these before `hold` acts; otherwise an empty or grey canvas
could never change."""

FINEST_DEVIATION = 0.1
"""An invisible deviation in L*a*b*: smaller ones are amplified as if they were this large, no more."""

_LUMA = np.array([0.299, 0.587, 0.114])
_TO_YCC = np.stack([_LUMA, ([0, 0, 1] - _LUMA) / 1.772, ([1, 0, 0] - _LUMA) / 1.402])


@dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of a picture's L*, a* and b*."""

    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]


@dataclass(frozen=True)
class Balance:
    """A picture's mean colour, contrast and saturation, kept by `hold`.

    Attributes:
        mean: R, G, B.
        contrast: standard deviation of the luma.
        saturation: standard deviation of the chroma, Cb and Cr together.
    """

    mean: tuple[float, float, float]
    contrast: float
    saturation: float


def keep_colours(dream: np.ndarray, original: np.ndarray) -> np.ndarray:
    """The dream's luma with the original's chroma; Cb and Cr are exact (8 bits round them by half a level at most).

    A change in luma adds the same number to R, G and B. The headroom ends where one of them reaches 0 or 1: changes up
    to half of it are applied unchanged, larger ones are compressed smoothly into the other half. So shading survives
    in saturated colours, and a colour at a corner of the gamut, such as pure red, stays as it is.

    Args:
        dream: [H, W, 3], changed in place.
        original: [H, W, 3], of the same size.
    """
    for rows in strips(*dream.shape[:2]):
        base = original[rows]
        change = (dream[rows] - base) @ _LUMA.astype(np.float32)  # [h, W]
        room = np.where(change > 0, 1 - base.max(axis=2), base.min(axis=2))
        change = np.sign(change) * _compressed(np.abs(change), room)
        np.clip(base + change[..., None], 0.0, 1.0, out=dream[rows])  # against rounding only
    return dream


def keep_lightness(dream: np.ndarray, original: np.ndarray) -> np.ndarray:
    """The original's L* with the dream's a* and b*; colours out of gamut lose chroma, not hue.

    Args:
        dream: [H, W, 3], changed in place.
        original: [H, W, 3], of the same size.
    """
    for rows in strips(*dream.shape[:2]):
        lab = to_lab(dream[rows])
        lab[..., 0] = to_lab(original[rows])[..., 0]
        dream[rows] = from_lab(lab)
    return dream


def statistics(picture: np.ndarray, cover: np.ndarray | None = None) -> Statistics:
    """Mean and standard deviation of the picture's L*, a* and b*; a cover [H, W, 1] weights the pixels."""
    mean, covariance = _moments(picture, to_lab, cover)
    return Statistics(_three(mean), _three(np.sqrt(np.maximum(np.diag(covariance), 0))))


def match_statistics(dream: np.ndarray, reference: Statistics, cover: np.ndarray | None = None) -> np.ndarray:
    """The dream with the reference's mean and standard deviation in each of L*, a* and b*.

    Colours out of gamut lose chroma, not lightness or hue; the statistics then fall short of the reference's.

    Args:
        dream: [H, W, 3], changed in place.
        reference: of the original, or of any other picture.
        cover: [H, W, 1] in 0..1, weights what is measured and changed; None for the whole picture.

    Source: Reinhard, Ashikhmin, Gooch and Shirley 2001, "Color transfer between images" (doi:10.1109/38.946629);
        follows. Differs: CIE L*a*b* instead of the logarithmic l-alpha-beta, and see `FINEST_DEVIATION`.
    """
    own = statistics(dream, cover)
    gain = np.array(reference.deviation) / np.maximum(own.deviation, FINEST_DEVIATION)
    offset = np.array(reference.mean) - gain * own.mean
    gain, offset = gain.astype(np.float32), offset.astype(np.float32)
    for rows in strips(*dream.shape[:2]):
        _blend(from_lab(to_lab(dream[rows]) * gain + offset), dream, rows, cover)
    return dream


def balance(picture: np.ndarray, cover: np.ndarray | None = None) -> Balance:
    """The picture's mean colour, contrast and saturation; a cover [H, W, 1] weights the pixels."""
    mean, covariance = _moments(picture, lambda rgb: rgb, cover)
    luma, blue, red = np.maximum(np.diag(_TO_YCC @ covariance @ _TO_YCC.T), 0)
    return Balance(_three(mean), float(np.sqrt(luma)), float(np.sqrt(blue + red)))


def hold(picture: np.ndarray, start: Balance, *, clip: bool = True, cover: np.ndarray | None = None) -> np.ndarray:
    """The picture restored to the start's mean colour, contrast and saturation.

    One affine map of RGB for the whole picture, so that nothing else changes; it commutes with rolling, and is the
    identity on a picture that already has them. Takes two passes over the picture.

    Args:
        picture: [H, W, 3], changed in place.
        start: the `balance` to restore; see `FREE_CONTRAST` for a start with almost none.
        clip: whether to clip to 0..1 at the end. Clipping lowers the contrast a little; in a run the next call
            compensates.
        cover: [H, W, 1] in 0..1, weights what is measured and changed; None for the whole picture. The start's balance
            must have the same cover.
    """
    now = balance(picture, cover)
    contrast = _gain(now.contrast, start.contrast, FREE_CONTRAST)
    saturation = _gain(now.saturation, start.saturation, FREE_SATURATION)
    gains = np.array([contrast, saturation, saturation])
    matrix = np.linalg.inv(_TO_YCC) @ (gains[:, None] * _TO_YCC)
    offset = (start.mean - matrix @ now.mean).astype(np.float32)
    matrix = matrix.T.astype(np.float32)
    for rows in strips(*picture.shape[:2]):
        _blend(picture[rows] @ matrix + offset, picture, rows, cover)
        if clip:
            np.clip(picture[rows], 0.0, 1.0, out=picture[rows])
    return picture


MODES: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray | None], np.ndarray]] = {
    "dream": lambda dream, original, cover: dream,
    "keep": lambda dream, original, cover: keep_colours(dream, original),
    "lightness": lambda dream, original, cover: keep_lightness(dream, original),
    "match": lambda dream, original, cover: match_statistics(dream, statistics(original, cover), cover),
}
"""The setting `colour` -> a function of dream [H, W, 3], original [H, W, 3] and cover [H, W, 1] or None, in place.
A pixelwise mode needs no cover, because the original is restored at the end wherever the cover is black."""


def _compressed(change: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Non-negative changes limited to the room: unchanged up to half of it, then approaching the whole."""
    half = room / 2
    over = np.maximum(change - half, 0) / np.maximum(half, 1e-6)
    return np.minimum(change, half) + half * (1 - np.exp(-over))


def _gain(now: float, start: float, free: float) -> float:
    """The factor that brings a spread into the range from the start's to the free one."""
    return float(np.clip(now, start, max(start, free))) / now if now > 0 else 1.0


def _blend(changed: np.ndarray, picture: np.ndarray, rows: slice, cover: np.ndarray | None) -> None:
    """Write changed rows into the picture, blended by the cover."""
    picture[rows] = changed if cover is None else picture[rows] + cover[rows] * (changed - picture[rows])


def _moments(
    picture: np.ndarray, to: Callable[[np.ndarray], np.ndarray], cover: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean [3] and covariance [3, 3] of the picture converted by `to`, in double precision."""
    count, first, second = 0.0, np.zeros(3), np.zeros((3, 3))
    for rows in strips(*picture.shape[:2]):
        values = to(picture[rows]).reshape(-1, 3).astype(np.float64)
        weighted = values if cover is None else values * cover[rows].reshape(-1, 1)
        count += len(values) if cover is None else float(cover[rows].sum(dtype=np.float64))
        first += weighted.sum(axis=0)
        second += weighted.T @ values
    mean = first / count
    return mean, second / count - np.outer(mean, mean)


def _three(values: np.ndarray) -> tuple[float, float, float]:
    first, second, third = (float(value) for value in values)
    return first, second, third
