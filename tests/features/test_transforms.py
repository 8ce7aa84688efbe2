"""Transformations with known results."""

import numpy as np
import pytest

from deepdream.features import transforms
from deepdream.runtime import tf
from tests.support import random_picture

STILL = (0, 0)


def seen(picture: np.ndarray, shift: tuple[int, int], affine: np.ndarray) -> np.ndarray:
    return transforms.see(tf.constant(picture[None]), tf.constant(shift), tf.constant(affine)).numpy()[0]


def test_the_identity_leaves_the_picture_unchanged():
    picture = random_picture(13, 22)
    np.testing.assert_allclose(seen(picture, STILL, transforms.affine((13, 22), 1.0, 0.0)), picture, atol=1e-6)


def test_a_shift_is_a_roll():
    picture = random_picture(13, 22)
    found = seen(picture, (3, -5), transforms.affine((13, 22), 1.0, 0.0))
    np.testing.assert_allclose(found, np.roll(picture, (3, -5), (0, 1)), atol=1e-6)


def test_a_quarter_turn_is_counterclockwise_about_the_middle():
    picture = random_picture(15, 15)
    found = seen(picture, STILL, transforms.affine((15, 15), 1.0, np.pi / 2))
    np.testing.assert_allclose(found[1:-1, 1:-1], np.rot90(picture)[1:-1, 1:-1], atol=1e-4)


def test_twice_as_large_about_the_middle():
    ramp = np.broadcast_to(np.linspace(0, 1, 21, dtype=np.float32)[None, :, None], (11, 21, 3))
    found = seen(ramp, STILL, transforms.affine((11, 21), 2.0, 0.0))
    np.testing.assert_allclose(found[5, :, 0], 0.5 + (np.arange(21) - 10) / 40, atol=1e-5)


def test_its_gradient_is_the_adjoint_up_to_interpolation():
    smooth = lambda seed: np.float32(random_picture(40, 40, seed) - 0.5)  # noqa: E731
    x, y = tf.constant(smooth(1)[None]), tf.constant(smooth(2)[None])
    affine = tf.constant(transforms.affine((40, 40), 1.02, 0.1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        product = tf.reduce_sum(transforms.see(x, tf.constant((4, 7)), affine) * y)
    back = tape.gradient(product, x)
    norm = float(tf.norm(x) * tf.norm(y))
    assert float(product) / norm == pytest.approx(float(tf.reduce_sum(back * x)) / norm, abs=0.02)


def test_views_are_drawn_within_their_bounds_and_again_by_the_same_seed():
    def drawn(jitter):
        rng = np.random.default_rng(3)
        return [transforms.draw(rng, (31, 64), jitter=jitter, scale=0.1, turn=10) for _ in range(200)]

    near, anywhere = np.array([view.shift for view in drawn(4)]), np.array([view.shift for view in drawn(None)])
    assert np.abs(near).max() == 4
    assert np.abs(anywhere).max(axis=0).tolist() == [15, 32]
    factors = [1 / np.hypot(view.affine[0], view.affine[3]) for view in drawn(None)]
    angles = [np.rad2deg(np.arctan2(view.affine[3], view.affine[0])) for view in drawn(None)]
    assert 0.9 <= min(factors) < 0.92 < 1.08 < max(factors) <= 1.1 + 1e-6
    assert -10 <= min(angles) < -9 < 9 < max(angles) <= 10
    assert all((a.affine == b.affine).all() for a, b in zip(drawn(4), drawn(4), strict=True))
