"""Decorrelated colour: there and back, grey in the middle, and colours that occur together."""

import numpy as np

from deepdream.features import colour
from deepdream.runtime import tf


def rgb(components: np.ndarray) -> np.ndarray:
    return colour.to_rgb(tf.constant(components.astype(np.float32))).numpy()


def test_there_and_back():
    picture = np.random.default_rng(0).uniform(0.02, 0.98, (2, 5, 7, 3)).astype(np.float32)
    np.testing.assert_allclose(rgb(colour.to_components(picture)), picture, atol=1e-5)


def test_nothing_is_middle_grey_and_everything_is_within_bounds():
    assert (rgb(np.zeros((1, 2, 3, 3))) == 0.5).all()
    far = rgb(np.random.default_rng(0).normal(0, 50, (1, 9, 9, 3)))
    assert far.min() >= 0
    assert far.max() <= 1


def test_independent_components_become_colours_that_go_together():
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
