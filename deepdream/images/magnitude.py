"""The mean spectrum of pictures, as amplitudes of waves: measured of a folder, and laid out for a picture of any size.

measured(pictures) -> [3, WAVES, WAVES]        amplitude by component and by waves down and across the picture
shipped() -> the same, of 7,648 photographs of the pocket network's lessons; made by tools/pocket/spectrum.py
laid_out(table, size) -> [3, H, W // 2 + 1]    the magnitude of each Fourier coefficient of a picture

Components are those of `natural.MIXING`, before its sigmoid. Waves are counted along a picture's side, so that a larger
picture shows the same scene in finer detail; past the table's last wave, amplitudes fall as they do within it.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np

from deepdream.images.natural import MIXING
from deepdream.images.scale import resize
from deepdream.settings import Size

SIDE, WAVES = 96, 33
"""Pictures are cut square and shrunk to this side before they are measured; waves 0 to 32 are kept, since finer ones
are mostly a file's compression."""

DARKEST = 0.02
"""Pixels are kept this far from black and white, where the inverse of the sigmoid has no end."""

STEEPEST = (8, 32)
"""The waves between which the slope is measured by which amplitudes fall past the last one."""


def measured(pictures: Iterable[np.ndarray]) -> np.ndarray:
    """The mean amplitude of each wave over pictures, [3, WAVES, WAVES] float32.

    Args:
        pictures: [H, W, 3] float32 RGB in 0..1 each, of any size.
    """
    window = np.hanning(SIDE + 1)[:SIDE]
    window = np.outer(window, window)
    window /= np.sqrt(np.mean(np.square(window)))  # borders that do not meet are no waves
    unmixed = np.linalg.inv(MIXING.astype(np.float64))
    total, count = np.zeros((3, WAVES, WAVES)), 0
    for picture in pictures:
        side = min(picture.shape[:2])
        top, left = ((length - side) // 2 for length in picture.shape[:2])
        square = resize(picture[top : top + side, left : left + side], (SIDE, SIDE))
        kept = np.clip(square, DARKEST, 1 - DARKEST).astype(np.float64)
        planes = np.moveaxis(np.log(kept / (1 - kept)) @ unmixed, -1, 0)
        planes = (planes - planes.mean(axis=(1, 2), keepdims=True)) * window
        found = np.abs(np.fft.rfft2(planes))[:, :, :WAVES] / SIDE**2
        down = np.arange(WAVES)
        total += (found[:, down] + found[:, -down]) / 2
        count += 1
    return (total / count).astype(np.float32)


@cache
def shipped() -> np.ndarray:
    """The mean spectrum of photographs, [3, WAVES, WAVES] float32."""
    return np.load(Path(__file__).with_name("magnitude.npy")).astype(np.float32)


def laid_out(table: np.ndarray, size: Size) -> np.ndarray:
    """The magnitude of each Fourier coefficient, [3, H, W // 2 + 1] float32; 0 for the constant part.

    Args:
        table: from `measured`.
        size: (height, width) of the picture.
    """
    height, width = size
    down = np.abs(np.fft.fftfreq(height) * height)[:, None]
    across = (np.fft.rfftfreq(width) * width)[None]
    beyond = np.maximum(np.maximum(down, across) / (WAVES - 1), 1.0)
    found = np.stack([_between(plane, down / beyond, across / beyond) * beyond ** _fall(plane) for plane in table])
    found[:, 0, 0] = 0.0
    return (found * height * width).astype(np.float32)


def _between(plane: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """The table's amplitudes at numbers of waves between whole ones, bilinearly."""
    row, column = (np.minimum(np.floor(at).astype(int), WAVES - 2) for at in (down, across))
    y, x = down - row, across - column
    upper = plane[row, column] * (1 - x) + plane[row, column + 1] * x
    lower = plane[row + 1, column] * (1 - x) + plane[row + 1, column + 1] * x
    return upper * (1 - y) + lower * y


def _fall(plane: np.ndarray) -> float:
    """The exponent by which amplitudes fall with the number of waves, about -1.3."""
    waves = np.arange(STEEPEST[0], STEEPEST[1] + 1)
    along = (plane[waves, 0] + plane[0, waves]) / 2
    return float(np.polyfit(np.log(waves), np.log(np.maximum(along, 1e-12)), 1)[0])
