"""The mean spectrum of pictures, and its layout for other sizes."""

import numpy as np
import pytest

from deepdream.images import magnitude
from deepdream.images.natural import MIXING


def grating(down: int, across: int, amplitude: float = 0.5, size=(96, 96)) -> np.ndarray:
    """A picture whose first component is one wave and whose others are nothing."""
    rows, columns = (np.arange(length) / length for length in size)
    wave = amplitude * np.cos(2 * np.pi * (down * rows[:, None] + across * columns))
    components = np.stack([wave, 0 * wave, 0 * wave], axis=-1)
    return (1 / (1 + np.exp(-components @ MIXING))).astype(np.float32)


@pytest.mark.parametrize(("down", "across"), [(3, 0), (0, 7), (5, 9)])
def test_a_wave_is_measured_where_it_is_by_its_amplitude(down, across):
    table = magnitude.measured([grating(down, across)])
    strongest = np.unravel_index(np.argmax(table[0]), table[0].shape)
    assert strongest == (down, across)
    half = 0.25 if down == 0 or across == 0 else 0.125  # of two mirror images of the wave, one is not there
    window = np.hanning(97)[:96]
    gain = (window.mean() ** 2) / np.mean(np.square(window))
    assert table[0][down, across] == pytest.approx(half * gain, rel=0.02)
    assert table[1:].max() < 1e-3


def test_the_mean_is_over_pictures_of_any_size():
    one, other = grating(4, 0), grating(4, 0, size=(192, 288))
    both = magnitude.measured([one, other])
    np.testing.assert_allclose(both, (magnitude.measured([one]) + magnitude.measured([other])) / 2, rtol=1e-5)


@pytest.mark.parametrize("size", [(96, 96), (61, 84), (200, 131)])
def test_laid_out_it_has_the_tables_amplitudes(size):
    table = magnitude.shipped()
    found = magnitude.laid_out(table, size)
    height, width = size
    assert found.shape == (3, height, width // 2 + 1)
    for down, across in ((1, 0), (5, 7), (0, 20)):
        np.testing.assert_allclose(found[:, down, across], table[:, down, across] * height * width, rtol=1e-5)
        np.testing.assert_allclose(found[:, -down, across], found[:, down, across])
    assert (found[:, 0, 0] == 0).all()


def test_past_the_table_amplitudes_fall_on():
    found = magnitude.laid_out(magnitude.shipped(), (256, 256)) / 256**2
    falls = np.log(found[:, 100, 0] / found[:, 50, 0]) / np.log(2)
    assert ((falls > -1.6) & (falls < -1.1)).all()


def test_photographs_have_more_light_than_colour_and_more_of_coarse_waves_than_of_fine():
    table = magnitude.shipped()
    assert table.shape == (3, magnitude.WAVES, magnitude.WAVES)
    assert (table[:, 2, 2] > 4 * table[:, 16, 16]).all()
    assert table[0, 8, 8] > table[1, 8, 8]
