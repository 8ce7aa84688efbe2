"""MaCo: the magnitudes stay, whatever the phases."""

import numpy as np
import pytest

from deepdream.features import maco, ways
from deepdream.features.settings import PARTS, FeatureSettings
from deepdream.images import magnitude
from deepdream.runtime import tf


@pytest.mark.parametrize("size", [(24, 32), (25, 31), (24, 31), (25, 32)])
def test_a_pictures_waves_have_exactly_the_given_magnitudes(size):
    wanted = magnitude.laid_out(magnitude.shipped(), size)
    phases = np.stack([maco.start(size, np.random.default_rng(seed)) for seed in (0, 1)])
    found = maco.picture(tf.constant(phases), tf.constant(wanted), size).numpy()
    assert found.shape == (2, *size, 3)
    waves = np.abs(np.fft.rfft2(np.moveaxis(found, -1, 1).astype(np.float64)))
    np.testing.assert_allclose(waves, np.broadcast_to(wanted, waves.shape), rtol=1e-3, atol=1e-3)
    assert np.abs(found[0] - found[1]).max() > 0.1


def test_the_phases_turn_the_waves():
    """Independent truth: a picture shifted by s pixels has phases turned by -2 pi f s."""
    size = (24, 32)
    scale = tf.constant(magnitude.laid_out(magnitude.shipped(), size))
    phases = maco.start(size, np.random.default_rng(3))
    turn = -2 * np.pi * (np.fft.fftfreq(24)[:, None] * 5 + np.fft.rfftfreq(32) * 3)
    tied = np.where(np.arange(17) % 16 == 0, turn / 2, turn)  # these columns' phases count twice
    tied[12] = turn[12]
    plain, shifted = (
        maco.picture(tf.constant(one[None].astype(np.float32)), scale, size).numpy()[0]
        for one in (phases, phases + tied)
    )
    inner = np.fft.rfft2(np.moveaxis(shifted - np.roll(plain, (5, 3), axis=(0, 1)), -1, 0))[:, :, 1:16]
    assert np.abs(inner).max() < 1e-2 * np.abs(np.fft.rfft2(np.moveaxis(plain, -1, 0))[:, :, 1:16]).max()


def test_the_parts_are_within_the_picture_and_of_the_same_draw_for_all():
    crops = maco.draw(np.random.default_rng(0), 40)
    assert crops.boxes.shape == (PARTS, 4)
    assert crops.boxes.min() >= 0
    assert crops.boxes.max() <= 1
    sides = crops.boxes[:, 2:] - crops.boxes[:, :2]
    assert (sides >= maco.SMALLEST - 1e-6).all()
    assert (sides <= maco.LARGEST + 1e-6).all()
    pictures = np.random.default_rng(1).random((3, 60, 80, 3)).astype(np.float32)
    seen = maco.see(tf.constant(pictures), tf.constant(crops.boxes), tf.constant(0 * crops.noise)).numpy()
    assert seen.shape == (3 * PARTS, 40, 40, 3)
    wanted = tf.image.crop_and_resize(pictures[1:2], crops.boxes[2:3], [0], (40, 40)).numpy()
    np.testing.assert_allclose(seen[1 * PARTS + 2], wanted[0], rtol=5e-5)


def test_a_picture_is_opaque_where_it_was_pulled_at():
    moved = np.zeros((60, 90), np.float32)
    moved[20:40, 30:60] = 1
    found = maco.opacity(moved)
    assert found.shape == (60, 90)
    assert found[30, 45] == 1
    assert found[2, 2] < 0.02
    assert found.min() >= 0
    assert found.max() <= 1


def test_the_settings_choose_the_way():
    assert ways.of(FeatureSettings()) is ways.WAYS["fourier"]
    assert ways.of(FeatureSettings(plain=True)) is ways.WAYS["pixels"]
    assert ways.of(FeatureSettings(maco=True)) is ways.WAYS["maco"]


def test_parts_are_those_of_crop_and_resize_and_their_gradient_is_the_same_bits_each_time():
    rng = np.random.default_rng(4)
    pictures, crops = tf.constant(rng.normal(size=(2, 61, 47, 3)).astype(np.float32)), maco.draw(rng, 33)
    boxes, noise = tf.constant(crops.boxes), tf.constant(0 * crops.noise)
    each = tf.image.crop_and_resize(pictures, tf.tile(boxes, [2, 1]), tf.repeat(tf.range(2), PARTS), (33, 33))
    np.testing.assert_allclose(maco.see(pictures, boxes, noise), each, atol=2e-5)

    def gradient():
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            value = tf.reduce_sum(maco.see(pictures, boxes, noise) ** 3)
        return tape.gradient(value, pictures).numpy()

    first = gradient()
    assert all(np.array_equal(gradient(), first) for _ in range(10))
