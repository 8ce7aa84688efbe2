"""Layers on a strip of tiles against TensorFlow's own."""

from itertools import product

import numpy as np
import pytest

from deepdream.gradient.winograd import filtering, kernels
from deepdream.gradient.winograd.filtering import M, N
from deepdream.runtime import tf
from tests.support import relative_error

COUNT = 5  # tiles of the strip


def random(*shape, scale=1.0, seed=0):
    return np.random.default_rng(seed).normal(0, scale, shape).astype(np.float32)


def tiles(plain):
    """[M, count * M, channels] as a strip [count, M, M, channels]."""
    return np.ascontiguousarray(plain.reshape(M, -1, M, plain.shape[2]).swapaxes(0, 1))


def plain(strip):
    """The inverse of `tiles`."""
    return np.swapaxes(strip, 0, 1).reshape(M, -1, strip.shape[3])


def around(image):
    """The middle strip of three rows of tiles, and those above and below it; [3 * M, (COUNT + 2) * M, channels]."""
    return [tf.constant(tiles(image[row * M : (row + 1) * M])) for row in range(3)]


def correlated(image, kernel):
    """The middle row of tiles of TensorFlow's convolution, without the tiles at its ends."""
    return tf.nn.conv2d(image[None], kernel, 1, "SAME")[0, M : 2 * M, M:-M]


def test_a_convolution_is_tensorflows_inside_the_picture_and_zero_outside():
    image, kernel, bias = random(3 * M, (COUNT + 2) * M, 6), random(3, 3, 6, 8, scale=0.2, seed=1), random(8, seed=2)
    mask = (random(COUNT, M, M, seed=3) > 0).astype(np.float32)
    found = kernels.convolution(*around(image), filtering.transformed(kernel), tf.constant(bias), tf.constant(mask))
    true = tf.nn.relu(correlated(image, kernel) + bias) * plain(mask[..., None])
    assert relative_error(plain(found), true) < 3e-6


def test_a_convolutions_gradient_is_tensorflows():
    slope, kernel = random(3 * M, (COUNT + 2) * M, 8), random(3, 3, 6, 8, scale=0.2, seed=1)
    shown = np.maximum(random(COUNT, M, M, 6, seed=2), 0)
    turned = kernel[::-1, ::-1].swapaxes(2, 3)
    found = kernels.convolution_back(*around(slope), filtering.transformed(turned), tf.constant(shown))
    whole = tf.nn.conv2d_transpose(slope[None], kernel, (1, *slope.shape[:2], 6), 1, "SAME")[0, M : 2 * M, M:-M]
    assert relative_error(plain(found), np.where(plain(shown) > 0, whole, 0)) < 3e-6


def test_the_first_convolution_and_its_gradient_are_tensorflows():
    patches, kernel, bias = random(COUNT, N, N, 3), random(3, 3, 3, 8, scale=0.3, seed=1), random(8, seed=2)
    found = kernels.first(tf.constant(patches), tf.constant(kernel), tf.constant(bias), tf.ones([COUNT, M, M]))
    assert relative_error(found, tf.nn.relu(tf.nn.conv2d(patches, kernel, 1, "VALID") + bias)) < 3e-6
    slope = random(COUNT, M, M, 8, seed=3)
    back = kernels.first_back(tf.constant(slope), tf.constant(kernel))
    assert relative_error(back, tf.nn.conv2d_transpose(slope, kernel, (COUNT, N, N, 3), 1, "VALID")) < 3e-6


def test_a_pool_and_its_gradient_are_tensorflows():
    image, slope = np.maximum(random(2 * M, COUNT * 2 * M, 4), 0), random(M, COUNT * M, 4, seed=1)
    mask = (random(COUNT, M, M, seed=2) > 0).astype(np.float32)
    under = image.reshape(2, M, COUNT, 2, M, 4).transpose(2, 0, 3, 1, 4, 5)  # [COUNT, 2, 2, M, M, channels]
    with tf.GradientTape() as tape:
        x = tf.constant(image[None])
        tape.watch(x)
        true = tf.nn.max_pool2d(x, 2, 2, "VALID")
    assert np.array_equal(plain(kernels.pool(tf.constant(under), tf.constant(mask))), true[0] * plain(mask[..., None]))

    back = tape.gradient(true, x, tf.constant(slope[None]))[0].numpy()
    back = back.reshape(2, M, COUNT, 2, M, 4).transpose(2, 0, 3, 1, 4, 5)
    for lower, right in product((0, 1), repeat=2):
        shown, places = under[:, lower, right], [np.full(COUNT, place, np.float32) for place in (lower, right)]
        found = kernels.pool_back(tf.constant(tiles(slope)), *places, tf.constant(shown))
        assert np.array_equal(np.where(shown > 0, found, 0), np.where(shown > 0, back[:, lower, right], 0))


@pytest.mark.parametrize(
    ("values", "first"),
    [([1, 1 + 2e-7, 1 - 2e-7, 1], 0), ([1, 1.001, 1, 1], 1), ([0, 0, 0, 1], 3), ([0, 0, 0, 0], None)],
)
def test_a_pools_gradient_goes_to_the_first_of_values_that_are_equal_up_to_rounding(values, first):
    image = np.zeros((1, M, M, 1), np.float32)
    image[0, :2, :2, 0] = np.reshape(values, (2, 2))
    back = np.asarray(kernels.pool_back(tf.ones([1, M, M, 1]), tf.zeros(1), tf.zeros(1), tf.constant(image)))[
        0, :2, :2, 0
    ].ravel()
    assert back.tolist() == [float(place == first) for place in range(4)]
