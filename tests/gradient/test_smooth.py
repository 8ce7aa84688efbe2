"""Natural shaping against waves whose answer is known in closed form."""

import numpy as np
import pytest

from deepdream.gradient import smooth
from tests.support import random_picture, relative_error


def natural(gradient: np.ndarray, **how) -> np.ndarray:
    """The shaped gradient, the given one kept: shaping works in place."""
    return smooth.natural(gradient.copy(), **how)


def wave(height: int, width: int, cycles: int) -> np.ndarray:
    """A grey grating of so many cycles across the width."""
    row = np.sin(2 * np.pi * cycles * np.arange(width) / width)
    return np.broadcast_to(row[None, :, None], (height, width, 3)).astype(np.float32)


def test_no_exponent_and_no_colour_leaves_the_gradient():
    gradient = random_picture(37, 51)
    assert relative_error(natural(gradient, exponent=0, colour=0), gradient) < 1e-6


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_a_wave_is_weakened_by_its_frequency_to_the_exponent(exponent):
    coarse, fine = wave(31, 256, 8), wave(31, 256, 32)
    gain = [np.abs(natural(w, exponent=exponent, colour=0)).max() for w in (coarse, fine)]
    assert gain[0] / gain[1] == pytest.approx(4**exponent, rel=1e-3)


def test_waves_longer_than_sixty_four_pixels_are_not_raised_further():
    gain = [np.abs(natural(wave(9, 512, n), colour=0)).max() for n in (2, 8)]
    assert gain[0] == pytest.approx(gain[1], rel=1e-4)


def test_natural_colours_favour_grey_over_opposed_colours():
    grey = np.ones((8, 9, 3), np.float32)
    opposed = grey * np.array([1, -2, 1], np.float32)
    strength = [np.linalg.norm(natural(g, exponent=0)) / np.linalg.norm(g) for g in (grey, opposed)]
    assert strength[0] > 20 * strength[1]


def test_shaping_commutes_with_rolling_the_picture():
    gradient = random_picture(45, 33)
    rolled = np.roll(natural(gradient), (7, -5), (0, 1))
    assert relative_error(natural(np.roll(gradient, (7, -5), (0, 1))), rolled) < 1e-5
