"""Waves against NumPy's full transform."""

import numpy as np
import pytest

from deepdream.images import fourier
from tests.support import random_picture, relative_error

SIZES = [(37, 51), (8, 64), (9, 6), (1, 1)]


@pytest.mark.parametrize("size", SIZES)
def test_the_waves_are_numpys_and_invert_to_the_channel(size):
    channel = random_picture(*size)[..., 0]
    waves = fourier.to_waves(channel)
    assert waves.dtype == np.complex64
    assert relative_error(waves, np.fft.rfft2(channel, norm="ortho")) < 1e-6
    assert relative_error(fourier.from_waves(waves, size[1]), channel) < 1e-6


@pytest.mark.parametrize("size", SIZES)
def test_half_of_the_waves_times_their_counts_has_the_whole_energy(size):
    channel = random_picture(*size)[..., 0]
    power = np.square(np.abs(fourier.to_waves(channel)), dtype=np.float64)
    assert (power * fourier.counts(size[1])).sum() == pytest.approx(np.square(channel, dtype=np.float64).sum())


@pytest.mark.parametrize("size", SIZES)
def test_frequencies_match_a_plane_wave(size):
    whole = np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.fftfreq(size[1])[None])
    np.testing.assert_allclose(fourier.frequencies(*size), whole[:, : size[1] // 2 + 1])
    few = slice(1, 4)
    np.testing.assert_array_equal(fourier.frequencies(*size, columns=few), fourier.frequencies(*size)[:, few])


def test_a_filter_multiplies_each_wave_by_the_sum_of_its_gains():
    rng = np.random.default_rng(0)
    picture = random_picture(21, 30)
    tall, wide = rng.random((2, 21)), rng.random((2, 16))
    expected = np.fft.irfft2(np.fft.rfft2(picture, axes=(0, 1)) * (tall.T @ wide)[..., None], s=(21, 30), axes=(0, 1))
    found = fourier.filtered(picture.copy(), tall, wide)
    np.testing.assert_allclose(found, expected, atol=1e-5)
