"""Adam against Keras's, and against the paper's formulas."""

import numpy as np
import pytest

from deepdream.ascent import optimizers
from deepdream.runtime import tf


def directions(count, height=301, width=5):
    """Directions of the order of 1, more rows than a strip."""
    rng = np.random.default_rng(0)
    return [rng.normal(0.3, 1, (height, width, 3)).astype(np.float32) for _ in range(count)]


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.8)])
def test_the_steps_match_keras(betas):
    gradients = directions(7)
    picture = tf.Variable(np.zeros_like(gradients[0]))
    # Keras adds epsilon before the correction of the second mean, Kingma and Ba after it; with 0 all three agree.
    reference = tf.keras.optimizers.Adam(learning_rate=1.0, beta_1=betas[0], beta_2=betas[1], epsilon=0.0)
    step = optimizers.adam(beta1=betas[0], beta2=betas[1], epsilon=0.0)
    walked = np.zeros_like(gradients[0])
    for direction in gradients:
        reference.apply([-direction], [picture])  # it goes down, we go up
        walked += step(direction.copy())
        np.testing.assert_allclose(walked, picture.numpy(), atol=1e-3 if betas[1] == 0.999 else 1e-4)


def test_the_steps_match_the_paper_in_double_precision():
    gradients = directions(5, 7, 9)
    step = optimizers.adam(beta1=0.8, beta2=0.9, epsilon=1e-3)
    first = second = np.zeros(gradients[0].shape)
    for taken, direction in enumerate(gradients, start=1):
        first = 0.8 * first + 0.2 * direction.astype(np.float64)
        second = 0.9 * second + 0.1 * np.square(direction.astype(np.float64))
        expected = (first / (1 - 0.8**taken)) / (np.sqrt(second / (1 - 0.9**taken)) + 1e-3)
        np.testing.assert_allclose(step(direction.copy()), expected, rtol=2e-5, atol=1e-6)


def test_the_first_step_is_one_wherever_there_is_a_direction():
    direction = directions(1)[0]
    direction[:4] = 0
    change = optimizers.adam()(direction.copy())
    np.testing.assert_allclose(change, np.sign(direction), atol=1e-4)


def test_a_constant_direction_gives_full_steps_and_an_alternating_one_does_not():
    steady, turning = optimizers.adam(), optimizers.adam()
    ahead = np.ones((3, 5, 3), np.float32)
    for number in range(20):
        same, other = steady(ahead.copy()), turning(ahead * np.float32((-1) ** number))
    np.testing.assert_allclose(same, 1, atol=1e-4)
    assert np.abs(other).max() < 0.2


def test_a_step_works_in_place_and_each_climb_starts_fresh():
    direction = directions(1)[0]
    step = optimizers.adam()
    assert step(direction) is direction
    np.testing.assert_array_equal(optimizers.adam()(directions(1)[0]), direction)
