"""Waves whose length is known, and noise whose slope is known."""

import numpy as np
import pytest

from deepdream.compare import spectrum
from tests.compare.patterns import NOTHING, SIZE, checkerboard, grating, noise


@pytest.mark.parametrize("angle", [0, 27, 90, 140])
@pytest.mark.parametrize("length", [3.5, 8, 12.5, 20, 31])
def test_the_wavelength_of_a_grating_to_a_pixel(length, angle):
    assert spectrum.wavelength(grating(length, angle)) == pytest.approx(length, abs=min(1, 0.03 * length))


@pytest.mark.parametrize("side", [4, 8, 13])
def test_the_wave_of_a_checkerboard_is_its_diagonal(side):
    assert spectrum.wavelength(checkerboard(side)) == pytest.approx(side * np.sqrt(2), abs=0.2)


def test_the_stronger_of_two_gratings_dominates():
    both = grating(6, 20) + 2 * grating(25, 70)
    assert spectrum.wavelength(both) == pytest.approx(25, abs=1)


def test_a_change_of_light_is_no_wave():
    ramp = np.linspace(-0.5, 0.5, SIZE[1])[None, :, None] * np.ones((*SIZE, 3))
    assert spectrum.wavelength(ramp + 0.1 * grating(9, 45)) == pytest.approx(9, abs=0.5)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 1.5])
def test_the_slope_of_noise(exponent, seed):
    found = spectrum.slope(noise(exponent, seed))
    assert found == pytest.approx(-2 * exponent, abs=0.2)  # noise of amplitude f^-e has power f^-2e


def test_power_is_counted_once_for_even_and_odd_sizes():
    for height, width in ((40, 50), (41, 51), (40, 51)):
        added = np.random.default_rng(0).normal(size=(height, width, 3))
        window = np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1])[..., None]
        centred = added - np.average(added, axis=(0, 1), weights=np.broadcast_to(window, added.shape))
        whole = (np.abs(np.fft.fft2(centred * window, axes=(0, 1))) ** 2).sum(axis=2)
        frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :])
        expected = whole[frequency >= spectrum.LONGEST / min(height, width)].sum()
        assert spectrum.cells(added)[1].sum() == pytest.approx(expected, rel=1e-9)


def test_nothing_added_has_neither():
    assert np.isnan(spectrum.wavelength(NOTHING))
    assert np.isnan(spectrum.slope(NOTHING))


def test_a_picture_too_small_for_any_wave_has_an_empty_curve():
    assert spectrum.curve(np.ones((3, 3, 3)))[0].size == 0
    assert np.isnan(spectrum.wavelength(np.ones((3, 3, 3))))
