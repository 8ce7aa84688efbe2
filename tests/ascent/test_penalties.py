"""Penalty gradients in closed form against TensorFlow's tape and its own total variation."""

import tracemalloc

import numpy as np
import pytest

from deepdream.ascent import penalties
from deepdream.runtime import tf
from tests.support import random_picture, relative_error


def taken_off(penalty, picture, **how):
    """What a penalty of weight 1 subtracts from a direction."""
    return -penalty(np.zeros_like(picture), picture, weight=1.0, **how)


def variation(picture, wraps):
    """Isotropic total variation, written independently on whole tensors."""
    down, right = tf.roll(picture, -1, 0) - picture, tf.roll(picture, -1, 1) - picture
    if not wraps[0]:
        down = tf.concat([down[:-1], tf.zeros_like(down[:1])], 0)
    if not wraps[1]:
        right = tf.concat([right[:, :-1], tf.zeros_like(right[:, :1])], 1)
    return tf.reduce_sum(tf.sqrt(down**2 + right**2 + penalties.FLAT**2))


@pytest.mark.parametrize("wraps", [(False, False), (True, True), (False, True)])
@pytest.mark.parametrize("size", [(37, 51), (600, 5), (257, 3), (1, 4)])  # more rows than a strip, one more, one
def test_total_variation_agrees_with_the_tape(size, wraps):
    picture = random_picture(*size)
    variable = tf.constant(picture)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = variation(variable, wraps)
    true = tape.gradient(value, variable)
    np.testing.assert_allclose(taken_off(penalties.total_variation, picture, wraps=wraps), true, atol=2e-5)


def test_total_variation_is_tensorflows_where_a_picture_changes_along_one_axis():
    row = np.random.default_rng(0).permutation(31).astype(np.float32)
    picture = tf.constant(np.broadcast_to(row[None, :, None], (23, 31, 3)))
    with tf.GradientTape() as tape:
        tape.watch(picture)
        value = tf.image.total_variation(picture)
    across = tape.gradient(value, picture)  # its differences downward are zero, and so is their slope
    np.testing.assert_allclose(taken_off(penalties.total_variation, picture.numpy()), across, atol=1e-4)


def test_a_wrapped_penalty_commutes_with_rolling_the_picture():
    picture = random_picture(45, 33)
    rolled = np.roll(taken_off(penalties.total_variation, picture, wraps=(True, True)), (7, -5), (0, 1))
    found = taken_off(penalties.total_variation, np.roll(picture, (7, -5), (0, 1)), wraps=(True, True))
    np.testing.assert_allclose(found, rolled, atol=1e-6)


def test_a_flat_picture_has_no_penalty_gradient():
    assert not taken_off(penalties.total_variation, np.full((9, 11, 3), 0.3, np.float32)).any()


def test_following_the_penalty_removes_noise_and_keeps_an_edge():
    picture = np.full((40, 61, 3), 0.2, np.float32)
    picture[:, 30:] = 0.8
    noisy = picture + np.random.default_rng(0).normal(0, 0.03, picture.shape).astype(np.float32)
    for _ in range(40):
        noisy -= 0.003 * taken_off(penalties.total_variation, noisy)
    assert noisy[:, :25].std() < 0.01
    assert noisy[:, 35:].mean() - noisy[:, :25].mean() > 0.5


def test_l2_agrees_with_the_tape():
    picture = random_picture(301, 7)
    variable = tf.constant(picture)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = tf.reduce_sum(tf.square(variable - 0.5))
    assert relative_error(taken_off(penalties.l2, picture), tape.gradient(value, variable)) < 1e-6


@pytest.mark.parametrize("penalty", [penalties.total_variation, penalties.l2])
def test_the_penalty_scales_with_its_weight_and_is_added_to_the_direction(penalty):
    picture, direction = random_picture(13, 17), random_picture(13, 17, seed=1)
    found = penalty(direction.copy(), picture, weight=0.25)
    np.testing.assert_allclose(found, direction - 0.25 * taken_off(penalty, picture), atol=1e-6)


@pytest.mark.parametrize("penalty", [penalties.total_variation, penalties.l2])
def test_a_large_picture_needs_memory_for_strips_only(penalty):
    picture, direction = np.zeros((8000, 200, 3), np.float32), np.zeros((8000, 200, 3), np.float32)
    tracemalloc.start()
    assert penalty(direction, picture, weight=1.0) is direction
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < picture.nbytes / 2
