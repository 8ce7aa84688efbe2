"""A dream's colours, against those of the picture it came from or of another one.

MODES: the setting `colour` -> what is done to the finished dream; a new mode is one row
keep_colours(dream, original)           luma of the dream, chroma of the original
keep_lightness(dream, original)         lightness of the original, colours of the dream
match_statistics(dream, statistics)     mean and spread of another picture: the original, or a palette
hold(picture, balance)                  against drift: called after a step, as often as one likes

Pictures are [H, W, 3] float32 sRGB in 0..1. What is changed is changed in place and returned, by strips of rows, so a
large picture costs a few strips beside itself. What would leave the range is brought back as each function says.

Luma and chroma are ITU-R BT.601's in full range, as JPEG's JFIF has them: Y = 0.299 R + 0.587 G + 0.114 B,
Cb = (B - Y) / 1.772, Cr = (R - Y) / 1.402. Lightness and what goes with it is CIE L*a*b*.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deepdream.images.lab import from_lab, to_lab
from deepdream.images.strips import strips

FREE_CONTRAST, FREE_SATURATION = 0.1, 0.05
"""A start that is flatter or greyer than this may grow up to it before `hold` holds it: else an empty canvas, or
one without colour, would stay so for ever."""

FINEST_DEVIATION = 0.1
"""Deviation in L*a*b* that nobody sees; what varies less is not spread by more than if it varied so much."""

_LUMA = np.array([0.299, 0.587, 0.114])
_TO_YCC = np.stack([_LUMA, ([0, 0, 1] - _LUMA) / 1.772, ([1, 0, 0] - _LUMA) / 1.402])


@dataclass(frozen=True)
class Statistics:
    """Mean and deviation of a picture's L*, a* and b*."""

    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]


@dataclass(frozen=True)
class Balance:
    """What `hold` holds: the mean colour, the contrast and the saturation of a picture.

    Attributes:
        mean: R, G, B.
        contrast: deviation of the luma.
        saturation: deviation of the chroma about its mean, of Cb and Cr together.
    """

    mean: tuple[float, float, float]
    contrast: float
    saturation: float


def keep_colours(dream: np.ndarray, original: np.ndarray) -> np.ndarray:
    """The dream's luma on the original's chroma, Cb and Cr exactly (8 bits round them by half a level at most).

    A luma other than the original's is the same number added to its R, G and B. There is room for that until one of
    them meets 0 or 1; the first half of the room is used as it is, and larger changes are bent smoothly into the
    second half. So fine shading stays where a colour leaves little room, and a colour at the corner of the range,
    such as pure red, stays what it is.

    Args:
        dream: [H, W, 3], changed in place.
        original: [H, W, 3], of the same size.
    """
    for rows in strips(*dream.shape[:2]):
        base = original[rows]
        change = (dream[rows] - base) @ _LUMA.astype(np.float32)  # [h, W]
        room = np.where(change > 0, 1 - base.max(axis=2), base.min(axis=2))
        change = np.sign(change) * _bent(np.abs(change), room)
        np.clip(base + change[..., None], 0.0, 1.0, out=dream[rows])  # against rounding only
    return dream


def keep_lightness(dream: np.ndarray, original: np.ndarray) -> np.ndarray:
    """The original's L* under the dream's a* and b*; where such a colour does not exist, chroma gives way, not hue.

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
    """Mean and deviation of the picture's L*, a* and b*; with a cover [H, W, 1], each pixel counts by it."""
    mean, covariance = _moments(picture, to_lab, cover)
    return Statistics(_three(mean), _three(np.sqrt(np.maximum(np.diag(covariance), 0))))


def match_statistics(dream: np.ndarray, reference: Statistics, cover: np.ndarray | None = None) -> np.ndarray:
    """The dream with the reference's mean and deviation in each of L*, a* and b*.

    Colours that do not exist give way in chroma, not in lightness or hue; the statistics then fall short of the
    reference's.

    Args:
        dream: [H, W, 3], changed in place.
        reference: of the original, or of any picture of any size.
        cover: [H, W, 1] in 0..1, the part that counts and changes, and how much; None for all of it.

    Source: Reinhard, Ashikhmin, Gooch and Shirley 2001, "Color transfer between images" (doi:10.1109/38.946629);
        follows. Differs: CIE L*a*b* instead of the logarithmic l-alpha-beta, and see `FINEST_DEVIATION`.
    """
    own = statistics(dream, cover)
    gain = np.array(reference.deviation) / np.maximum(own.deviation, FINEST_DEVIATION)
    offset = np.array(reference.mean) - gain * own.mean
    gain, offset = gain.astype(np.float32), offset.astype(np.float32)
    for rows in strips(*dream.shape[:2]):
        _lay(from_lab(to_lab(dream[rows]) * gain + offset), dream, rows, cover)
    return dream


def balance(picture: np.ndarray, cover: np.ndarray | None = None) -> Balance:
    """The picture's mean colour, contrast and saturation; with a cover [H, W, 1], each pixel counts by it."""
    mean, covariance = _moments(picture, lambda rgb: rgb, cover)
    luma, blue, red = np.maximum(np.diag(_TO_YCC @ covariance @ _TO_YCC.T), 0)
    return Balance(_three(mean), float(np.sqrt(luma)), float(np.sqrt(blue + red)))


def hold(picture: np.ndarray, start: Balance, *, clip: bool = True, cover: np.ndarray | None = None) -> np.ndarray:
    """The picture brought back to the start's mean colour, contrast and saturation.

    One affine map of RGB for the whole picture, so that nothing but these changes; it commutes with rolling the
    picture, and a picture that has them already stays as it is. Costs two passes over the picture.

    Args:
        picture: [H, W, 3], changed in place.
        start: the `balance` to hold; see `FREE_CONTRAST` for a start that has next to none.
        clip: whether to clip to 0..1 at the end. What is clipped shortens the contrast a little; in a run the next
            call makes up for it.
        cover: [H, W, 1] in 0..1, the part that counts and changes, and how much; None for all of it. The start's
            balance is that of the same part.
    """
    now = balance(picture, cover)
    contrast = _gain(now.contrast, start.contrast, FREE_CONTRAST)
    saturation = _gain(now.saturation, start.saturation, FREE_SATURATION)
    gains = np.array([contrast, saturation, saturation])
    turn = np.linalg.inv(_TO_YCC) @ (gains[:, None] * _TO_YCC)
    offset = (start.mean - turn @ now.mean).astype(np.float32)
    turn = turn.T.astype(np.float32)
    for rows in strips(*picture.shape[:2]):
        _lay(picture[rows] @ turn + offset, picture, rows, cover)
        if clip:
            np.clip(picture[rows], 0.0, 1.0, out=picture[rows])
    return picture


MODES: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray | None], np.ndarray]] = {
    "dream": lambda dream, original, cover: dream,
    "keep": lambda dream, original, cover: keep_colours(dream, original),
    "lightness": lambda dream, original, cover: keep_lightness(dream, original),
    "match": lambda dream, original, cover: match_statistics(dream, statistics(original, cover), cover),
}
"""By the setting `colour`: dream [H, W, 3], original [H, W, 3], cover [H, W, 1] or None -> the dream, changed in place.
What a mode does pixel by pixel needs no cover, for where the cover is black the original is put back at the end."""


def _bent(change: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Changes, none negative, kept below the room for them: the first half as it is, the rest approaching the whole."""
    half = room / 2
    over = np.maximum(change - half, 0) / np.maximum(half, 1e-6)
    return np.minimum(change, half) + half * (1 - np.exp(-over))


def _gain(now: float, start: float, free: float) -> float:
    """What brings a spread back to the start's, or to between it and what is free."""
    return float(np.clip(now, start, max(start, free))) / now if now > 0 else 1.0


def _lay(changed: np.ndarray, picture: np.ndarray, rows: slice, cover: np.ndarray | None) -> None:
    """Put changed rows in the picture's place, as far as the cover says."""
    picture[rows] = changed if cover is None else picture[rows] + cover[rows] * (changed - picture[rows])


def _moments(
    picture: np.ndarray, to: Callable[[np.ndarray], np.ndarray], cover: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean [3] and covariance [3, 3] of what `to` makes of the picture, in double precision."""
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
