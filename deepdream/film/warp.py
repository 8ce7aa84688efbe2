"""Moving a picture along a field of displacements, with a filter that stays sharp.

warp(picture, flow) -> picture     out[y, x] = picture[y + flow[y, x, 1], x + flow[y, x, 0]]
sample(picture, rows, columns) -> picture

A flow is [H, W, 2] float32: how far to look to the right and down, in pixels. Beyond its border a picture repeats its
outermost pixels. A Filter takes positions t in 0..1 between the two middle ones of an even number of samples, and
returns the weight of each, like t.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from deepdream.images.strips import strips

Filter = Callable[[np.ndarray], list[np.ndarray]]

SHARPNESS = -0.6
"""Keys's parameter a. Measured from -0.5 to -1 over 29 warps: -0.6 is nearest to one exact resampling. Bilinear
sampling blurs a detail that is warped frame after frame (its sharpness 24 where cubic keeps 28), Pillow's transform has
a = -1 and rings."""


def cubic(t: np.ndarray, a: float = SHARPNESS) -> list[np.ndarray]:
    """The four weights of cubic convolution.

    Source: Keys 1981, "Cubic convolution interpolation for digital image processing" (doi:10.1109/TASSP.1981.1163711);
        follows. Differs: a = -0.6 in place of -0.5, see `SHARPNESS`.
    """
    k, u = np.float32(a), 1 - t

    def near(d: np.ndarray) -> np.ndarray:
        return ((k + 2) * d - (k + 3)) * d * d + 1

    def far(d: np.ndarray) -> np.ndarray:
        return ((k * d - 5 * k) * d + 8 * k) * d - 4 * k

    return [far(1 + t), near(t), near(u), far(1 + u)]


sharper: Filter = partial(cubic, a=-0.75)
"""For detail that is renewed all the time."""


def lanczos(t: np.ndarray) -> list[np.ndarray]:
    """The eight weights of Lanczos's window, whose sum is one: for a picture that is enlarged on and on.

    With four lobes waves of 4 pixels that a zoom by 1.5 a second enlarges to 64 come to 0.8 of their height, by the
    filter's mean response: nothing rings. With three lobes they come to 1.7, with `sharper` to 3.1; with `cubic` to
    0.75, but waves of 3 pixels to 0.1.

    Source: Duchon 1979, "Lanczos filtering in one and two dimensions"
        (doi:10.1175/1520-0450(1979)018<1016:LFIOAT>2.0.CO;2); follows.
    """
    weights = [np.sinc(t - n) * np.sinc((t - n) / 4) for n in range(-3, 5)]
    whole = sum(weights)
    return [(weight / whole).astype(np.float32) for weight in weights]


def warp(picture: np.ndarray, flow: np.ndarray, weights: Filter = cubic) -> np.ndarray:
    """The picture as seen along the flow.

    Args:
        picture: [H, W, C] float32.
        flow: [H, W, 2] float32, see the module.
        weights: see `sample`.

    Returns: [H, W, C] float32, which overshoots at edges.
    """
    height, width = flow.shape[:2]
    out = np.empty((height, width, picture.shape[2]), np.float32)
    across = np.arange(width, dtype=np.float32)
    for rows in strips(height, width):
        down = np.arange(height, dtype=np.float32)[rows, None]
        out[rows] = sample(picture, down + flow[rows, :, 1], across + flow[rows, :, 0], weights)
    return out


def sample(picture: np.ndarray, rows: np.ndarray, columns: np.ndarray, weights: Filter = cubic) -> np.ndarray:
    """The picture at fractional positions.

    Args:
        picture: [H, W, C] float32.
        rows: [h, w] positions, in pixels from the top.
        columns: [h, w] positions, in pixels from the left.
        weights: the filter.

    Returns: [h, w, C] float32.
    """
    height, width, channels = picture.shape
    planes = np.moveaxis(picture, 2, 0).astype(np.float32).reshape(channels, height * width)
    top, left = np.floor(rows), np.floor(columns)
    vertical, horizontal = weights(rows - top), weights(columns - left)
    before = len(vertical) // 2 - 1
    top, left = top.astype(np.intp) - before, left.astype(np.intp) - before
    beside = [np.clip(left + n, 0, width - 1) for n in range(len(horizontal))]
    out = np.zeros((channels, *rows.shape), np.float32)
    line, taken, at = np.empty_like(out), np.empty_like(out[0]), np.empty(rows.shape, np.intp)
    for m, share in enumerate(vertical):
        begin = np.clip(top + m, 0, height - 1) * width
        line[:] = 0
        for across, weight in zip(beside, horizontal, strict=True):
            np.add(begin, across, out=at)
            for channel, plane in zip(line, planes, strict=True):  # whole pixels take twice the time
                channel += np.multiply(np.take(plane, at, out=taken, mode="clip"), weight, out=taken)
        line *= share
        out += line
    return np.ascontiguousarray(np.moveaxis(out, 0, 2))
