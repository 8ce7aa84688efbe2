"""The seam measure on pictures whose borders are known to match, or not to."""

import numpy as np
import pytest

from tests.images import seam
from tests.support import random_picture


def periodic(height: int, width: int) -> np.ndarray:
    """Waves of whole periods in all directions, so that opposite borders match."""
    rng = np.random.default_rng(5)
    rows, columns = np.arange(height)[:, None, None] / height, np.arange(width)[None, :, None] / width
    picture = np.zeros((height, width, 3))
    for down, right in rng.integers(-9, 10, (60, 2)):
        picture += np.sin(2 * np.pi * (down * rows + right * columns + rng.random(3)))
    return picture


@pytest.mark.parametrize("axis", [0, 1])
def test_waves_of_whole_periods_have_no_seam(axis):
    found = seam.measure(periodic(93, 124), axis=axis)
    assert found.ratio == pytest.approx(1, abs=0.15)
    assert not found.visible


@pytest.mark.parametrize(("axis", "length"), [(0, 41), (1, 57)])
def test_a_ramp_jumps_back_by_the_sum_of_its_steps(axis, length):
    ramp = np.broadcast_to(np.linspace(0, 1, length), (41 + 57 - length, length))
    found = seam.measure(ramp if axis == 1 else ramp.T, axis=axis)
    assert found.ratio == pytest.approx(length - 1)
    assert found.spread == pytest.approx(0, abs=1e-9)
    assert found.visible


def test_only_the_border_that_is_cut_is_visible():
    picture = periodic(93, 124)[:, :100]
    assert seam.measure(picture, axis=1).visible
    assert not seam.measure(picture, axis=0).visible


def test_rolling_a_picture_moves_its_seam_inside():
    picture = np.roll(periodic(93, 124)[:, :100], 30, axis=1)
    assert not seam.measure(picture, axis=1).visible


@pytest.mark.parametrize("axis", [0, 1])
def test_white_noise_has_no_seam(axis):
    picture = np.random.default_rng(0).random((301, 203, 3)).astype(np.float32)
    found = seam.measure(picture, axis=axis)
    assert found.ratio == pytest.approx(1, abs=0.1)
    assert not found.visible


def test_rows_of_blocks_have_a_large_spread():
    picture = random_picture(80, 120)  # blocks of 8 pixels: one line in eight is a step
    found = seam.measure(picture, axis=1)
    assert found.spread > 0.2
    assert not found.visible


def test_a_constant_picture_has_no_seam():
    assert seam.measure(np.full((7, 9, 3), 0.3), axis=0) == seam.Seam(1.0, 0.0)
    assert not seam.Seam(1.0, 0.0).visible
