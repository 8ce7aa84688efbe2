"""The texture of what a dream added: its repetition, the direction of its strokes, the size of its parts.

repetition(added) -> Repetition      height and distance of the strongest repeat
orientation(added) -> Orientation    spread and direction of the strokes, and how well they fit a grid
part_size(added) -> pixels           the size of the coherent parts

`added` is [H, W, 3] float: dream minus original. Where nothing was added the results are NaN.
"""

from typing import NamedTuple

import numpy as np
from scipy import fft, ndimage
from skimage import color, feature, filters, measure

REACH = 4
"""Repeats are searched up to 1/REACH of each side: further away too little of the picture overlaps itself."""

TREND = 8
"""A blur by 1/TREND of the shorter side isolates slow changes of light; they are not texture, and are subtracted before
repeats and parts are measured."""

SAME = 0.05
"""Repeats whose heights differ by no more count as equally strong: whole pixels seldom match a period exactly."""

ABOVE = 0.9
"""A part is where the added light is this many standard deviations from its mean; at fewer, neighbours merge."""


class Repetition(NamedTuple):
    """How strongly the texture repeats itself.

    Attributes:
        height: correlation of the texture with itself at its strongest repeat, 0 for none to 1 for a perfect one.
        distance: pixels to that repeat; NaN for none.
    """

    height: float
    distance: float


class Orientation(NamedTuple):
    """The directions of the strokes.

    Attributes:
        spread: circular variance of their directions: 0 when all run in one direction, 1 when none is preferred.
        angle: main direction in degrees from horizontal, counter-clockwise, 0 to 180.
        grid: how well they fit two perpendicular directions: 0 not at all, 1 perfectly.
    """

    spread: float
    angle: float
    grid: float


def repetition(added: np.ndarray) -> Repetition:
    """The strongest off-centre peak of the autocorrelation; of equally strong ones, the nearest.

    Each shift is normalised by the parts that overlap, so a perfect repeat has height 1 at any distance. A peak counts
    if the correlation falls below half of it on the straight line from the centre: one long stroke is not a repeat.

    Source: the normalised correlation is Padfield's (2012, doi:10.1109/TIP.2011.2181402) with whole-picture masks.
    """
    height, width = added.shape[:2]
    texture = _without_trend(added)
    if not np.any(texture):
        return Repetition(float("nan"), float("nan"))
    correlation = _autocorrelation(texture.astype(np.float32), height // REACH, width // REACH)
    best = Repetition(0.0, float("nan"))
    for shift in feature.peak_local_max(correlation, min_distance=1, threshold_abs=0.0):  # the highest first
        peak = float(min(correlation[tuple(shift)], 1.0))
        if peak < best.height - SAME:
            break
        away = float(np.hypot(*(shift - np.array(correlation.shape) // 2)))
        if (not best.height or away < best.distance) and _is_repeat(correlation, shift, peak):
            best = Repetition(max(peak, best.height), away)
    return best


def orientation(added: np.ndarray) -> Orientation:
    """Directions of the gradient, weighted by its squared magnitude, over the whole picture and all channels.

    Spread is 1 - |mean of exp(2i angle)|, the anisotropy of the structure tensor summed over the picture; grid is
    |mean of exp(4i angle)|, for which perpendicular strokes count as one.

    Source: Bigun and Granlund 1987 for the structure tensor; Farid and Simoncelli 2004 (doi:10.1109/TIP.2004.823819)
        for derivative filters that treat all directions alike.
    """
    down = np.stack([filters.farid_h(added[..., channel]) for channel in range(3)])
    right = np.stack([filters.farid_v(added[..., channel]) for channel in range(3)])
    gradient = right - 1j * down  # counter-clockwise on the screen: rows count downward
    weight = (np.abs(gradient) ** 2).sum()
    if not weight > 0:
        return Orientation(float("nan"), float("nan"), float("nan"))
    twice = (gradient**2).sum() / weight
    strength = np.abs(gradient)
    some = strength > 1e-9 * strength.max()  # below that it is rounding, and its fourth power underflows
    four = ((gradient[some] / strength[some]) ** 4 * strength[some] ** 2).sum() / weight
    angle = (np.degrees(np.angle(twice)) / 2 + 90) % 180  # a stroke runs across its gradient
    return Orientation(float(1 - np.abs(twice)), float(angle), float(np.abs(four)))


def part_size(added: np.ndarray) -> float:
    """Side in pixels of a square with the area of the typical coherent part.

    Parts are the 4-connected regions where the added light exceeds its mean by `ABOVE` standard deviations or falls as
    far below; the mean area is weighted by area, so that specks do not count.
    """
    light = color.rgb2gray(_without_trend(added))
    light = light - light.mean()
    limit = ABOVE * light.std()
    if not limit > 0:
        return float("nan")
    areas: list[np.ndarray] = []
    for inside in (light > limit, light < -limit):
        areas.append(np.bincount(measure.label(inside, connectivity=1).ravel())[1:].astype(float))
    area = np.concatenate(areas)
    return float(np.sqrt((area**2).sum() / area.sum())) if area.size else float("nan")


def _without_trend(added: np.ndarray) -> np.ndarray:
    """What was added without its slow changes of light."""
    sigma = min(added.shape[:2]) / TREND
    return added - ndimage.gaussian_filter(added, (sigma, sigma, 0), mode="reflect")


def _is_repeat(correlation: np.ndarray, shift: np.ndarray, peak: float) -> bool:
    """Whether the correlation falls below half the peak on the line from the centre to it."""
    centre = np.array(correlation.shape) // 2
    line = np.linspace(centre, shift, int(np.abs(shift - centre).max()) + 1).T
    return bool(ndimage.map_coordinates(correlation, line, order=1).min() < peak / 2)


def _autocorrelation(texture: np.ndarray, down: int, right: int) -> np.ndarray:
    """Correlation of the texture with itself at each shift up to `down` and `right`, zero shift in the middle."""
    height, width = texture.shape[:2]
    shape = [fft.next_fast_len(height + down, real=True), fft.next_fast_len(width + right, real=True)]
    wave = fft.rfft2(texture, s=shape, axes=(0, 1))
    product = fft.irfft2((np.abs(wave) ** 2).sum(axis=2), s=shape)
    energy = fft.rfft2((texture**2).sum(axis=2), s=shape)
    inside = fft.rfft2(np.ones((height, width)), s=shape)
    ahead = fft.irfft2(energy * inside.conj(), s=shape)  # energy of the part that a shifted frame still covers
    behind = fft.irfft2(energy.conj() * inside, s=shape)
    rows, columns = np.arange(-down, down + 1), np.arange(-right, right + 1)
    product, ahead, behind = (plane[np.ix_(rows, columns)] for plane in (product, ahead, behind))
    norm = np.sqrt(np.maximum(ahead * behind, 0))
    return np.divide(product, norm, out=np.zeros_like(product), where=norm > 1e-12 * norm.max())
