"""Pictures as waves: a known spectrum gives the known wave, at odd and even sizes."""

import numpy as np
import pytest

from deepdream.features import parameterization
from deepdream.images import natural
from deepdream.runtime import tf

SIZES = [(15, 21), (16, 22), (9, 14)]


def drawn(waves: np.ndarray, spectrum: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return parameterization.picture(tf.constant(waves), tf.constant(spectrum), tf.constant(size)).numpy()


@pytest.mark.parametrize("size", SIZES)
def test_one_coefficient_is_one_wave(size):
    height, width = size
    waves = np.zeros((1, 3, height, width // 2 + 1, 2), np.float32)
    waves[0, 1, 2, 3] = 0.5, -0.25  # green: two waves down, three across
    y, x = np.mgrid[:height, :width]
    phase = 2 * np.pi * (2 * y / height + 3 * x / width)
    expected = 2 * (0.5 * np.cos(phase) + 0.25 * np.sin(phase)) / (height * width)
    found = drawn(waves, np.ones((height, width // 2 + 1), np.float32), size)
    assert found.shape == (1, height, width, 3)
    np.testing.assert_allclose(found[0, ..., 1], expected, atol=1e-7)
    assert not found[..., [0, 2]].any()


def test_twice_the_frequency_is_half_the_wave_by_the_decay():
    spectrum = natural.spectrum((64, 48), 1.0)
    assert spectrum[0, 4] / spectrum[0, 8] == pytest.approx(2)
    assert spectrum[6, 0] / spectrum[12, 0] == pytest.approx(2)
    steep = natural.spectrum((64, 48), 1.5)
    assert steep[0, 4] / steep[0, 8] == pytest.approx(2**1.5)
    flat = natural.spectrum((64, 48), 0.0)
    assert flat[0, 0] == 0  # grey stays grey
    assert np.ptp(flat.ravel()[1:]) == 0


@pytest.mark.parametrize("size", [*SIZES, (64, 96)])
@pytest.mark.parametrize("decay", [0.0, 1.25])
def test_coefficients_of_deviation_1_give_pictures_of_deviation_1(size, decay):
    rng = np.random.default_rng(0)
    waves = np.stack([natural.noise(size, rng) for _ in range(200)])
    found = drawn(waves, natural.spectrum(size, decay), size)
    assert found.std() == pytest.approx(1, rel=0.05)
    assert np.abs(found.mean(axis=(1, 2))).max() < 1e-5


# Colours: independent components become correlated ones.


def rgb(components: np.ndarray) -> np.ndarray:
    return parameterization.to_rgb(tf.constant(components.astype(np.float32))).numpy()


def test_nothing_is_middle_grey_and_everything_is_within_bounds():
    assert (rgb(np.zeros((1, 2, 3, 3))) == 0.5).all()
    far = rgb(np.random.default_rng(0).normal(0, 50, (1, 9, 9, 3)))
    assert far.min() >= 0
    assert far.max() <= 1


def test_independent_components_become_correlated_colours():
    components = np.random.default_rng(0).normal(0, 0.1, (1, 100, 100, 3))
    linear = rgb(components).reshape(-1, 3) - 0.5  # the sigmoid is straight near its middle
    found = np.corrcoef(linear.T)
    root = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
    covariance = root @ root.T  # of natural pictures, by the source
    deviation = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(found, covariance / np.outer(deviation, deviation), atol=0.02)


def test_the_first_component_is_light_and_dark():
    light = np.zeros((1, 1, 1, 3))
    light[..., 0] = 1.0
    bright = rgb(light)[0, 0, 0]
    assert (bright > 0.6).all()
    assert np.ptp(bright) < 0.02
