"""Rows of a sphere keep the waves that exist at their latitude: waves with a known result, and invariants."""

import numpy as np
import pytest

from deepdream.ascent import sphere
from tests.support import random_picture, relative_error


def limit(gradient: np.ndarray) -> np.ndarray:
    """The limited gradient; a copy is limited, because it works in place."""
    return sphere.limit(gradient.copy())


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(height, width, 3)).astype(np.float32)


def wave(height: int, width: int, cycles: int) -> np.ndarray:
    """This many cycles around every row."""
    row = np.cos(2 * np.pi * cycles * np.arange(width) / width + 0.4)
    return np.broadcast_to(row[None, :, None], (height, width, 3)).astype(np.float32)


def strength(rows: np.ndarray) -> np.ndarray:
    """Root mean square of each row."""
    return np.sqrt(np.square(rows, dtype=float).mean(axis=(1, 2)))


def test_the_row_on_the_equator_is_untouched():
    gradient = noise(51, 101)  # the middle row lies on the equator
    assert relative_error(limit(gradient)[25], gradient[25]) < 1e-6


@pytest.mark.parametrize("width", [100, 101])
def test_near_the_pole_only_long_waves_remain(width):
    limited = limit(noise(51, width))
    waves = np.abs(np.fft.rfft(limited, axis=1)).max(axis=2)
    finest = (waves > 1e-3).nonzero()
    last = {row: finest[1][finest[0] == row].max() for row in (0, 25, 50)}
    assert last[0] == last[50] == 1  # sin(pi / 102) * 50 = 1.54 waves, and 1.92 with the edge
    assert last[25] == width // 2


@pytest.mark.parametrize("cycles", [3, 9, 14])
def test_a_wave_remains_where_the_circle_of_latitude_is_long_enough_for_it(cycles):
    height, width = 97, 60
    kept = strength(limit(wave(height, width, cycles))) / strength(wave(height, width, cycles))
    finest = np.sin(np.pi * (np.arange(height) + 0.5) / height) * width / 2  # waves that row has room for
    np.testing.assert_allclose(kept[finest >= cycles], 1, atol=1e-5)
    np.testing.assert_allclose(kept[(1 + sphere.EDGE) * finest <= cycles], 0, atol=1e-5)
    between = kept[(finest < cycles) & ((1 + sphere.EDGE) * finest > cycles)]
    assert ((between > 0) & (between < 1)).all()


def test_it_commutes_with_turning_the_sphere():
    gradient = random_picture(45, 91)
    assert relative_error(limit(np.roll(gradient, 37, axis=1)), np.roll(limit(gradient), 37, axis=1)) < 1e-6


def test_no_row_is_amplified_and_each_keeps_its_mean():
    gradient = random_picture(131, 67) - 0.5  # more rows than a strip
    limited = limit(gradient)
    assert (strength(limited) <= strength(gradient) * (1 + 1e-6)).all()
    np.testing.assert_allclose(limited.mean(axis=1), gradient.mean(axis=1), atol=1e-6)


def test_both_poles_are_treated_alike():
    gradient = random_picture(38, 53)
    np.testing.assert_allclose(limit(gradient[::-1])[::-1], limit(gradient), atol=1e-6)


def test_it_works_in_place():
    gradient = noise(9, 11)
    assert sphere.limit(gradient) is gradient
    assert gradient.dtype == np.float32
