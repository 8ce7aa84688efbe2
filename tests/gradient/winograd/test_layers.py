"""Layers on blocks against TensorFlow's own, with a picture that ends inside the last tile."""

import numpy as np
import pytest

from deepdream.gradient.winograd import filtering, layers
from deepdream.gradient.winograd.filtering import M
from deepdream.runtime import tf
from tests.support import relative_error

HEIGHT, WIDTH = 10, 17  # of the picture; blocks of 3 rows of 5 tiles hold it
DOWN, ACROSS = 3, 5


def there(height=HEIGHT, width=WIDTH, down=DOWN, across=ACROSS):
    """The picture's mask, in the shape of the blocks."""
    rows = np.arange(down * M) < height
    columns = np.zeros((across + 2) * M, bool)
    columns[M:-M] = np.arange(across * M) < width
    return tf.constant(rows.reshape(-1, M), tf.float32), tf.constant(columns.reshape(-1, M), tf.float32)


def blocks(plain, down=DOWN, across=ACROSS):
    height, width, channels = plain.shape
    framed = np.zeros(((down + 2) * M, (across + 2) * M, channels), np.float32)
    framed[M : M + height, M : M + width] = plain
    return tf.constant(framed.reshape(down + 2, M, -1, channels))


def plain(blocks, height=HEIGHT, width=WIDTH):
    return np.asarray(layers.plain(blocks, height, width))


def frame_is_empty(blocks, height=HEIGHT, width=WIDTH):
    """Assert that positions outside the picture are zero."""
    found = np.reshape(blocks, (-1, blocks.shape[2], blocks.shape[3])).copy()
    found[M : M + height, M : M + width] = 0
    return not found.any()


def nothing(channels, across=ACROSS):
    return tf.zeros([(across + 2) * M, channels])


def random(*shape, scale=1.0, seed=0):
    return np.random.default_rng(seed).normal(0, scale, shape).astype(np.float32)


@pytest.fixture(scope="module")
def layer():
    """A convolution of 6 to 8 channels and its input."""
    return random(HEIGHT, WIDTH, 6), random(3, 3, 6, 8, scale=0.2, seed=1), random(8, seed=2)


def test_a_convolution_is_tensorflows_and_leaves_the_outside_empty(layer, monkeypatch):
    monkeypatch.setattr(layers, "TILES", 10)  # two strips, the second over a row of the first
    image, kernel, bias = layer
    rows, columns = there()
    found = layers.convolution(
        blocks(image), nothing(6), nothing(6), filtering.transformed(kernel), tf.constant(bias), rows, columns
    )
    true = tf.nn.relu(tf.nn.conv2d(image[None], kernel, 1, "SAME") + bias)[0]
    assert relative_error(plain(found), true) < 3e-6
    assert frame_is_empty(found)


def test_a_convolutions_gradient_is_tensorflows(layer):
    image, kernel, _ = layer
    image, slope = np.maximum(image, 0), random(HEIGHT, WIDTH, 8, seed=3)
    turned = kernel[::-1, ::-1].swapaxes(2, 3)
    found = layers.convolution_back(blocks(slope), nothing(8), nothing(8), filtering.transformed(turned), blocks(image))
    true = np.where(image > 0, tf.nn.conv2d_transpose(slope[None], kernel, (1, *image.shape), 1, "SAME")[0], 0)
    assert relative_error(plain(found), true) < 3e-6
    assert frame_is_empty(found)


def test_without_tensorflows_private_module_the_numbers_are_the_same(monkeypatch):
    """With shapes that no other test uses, since a layer is compiled once per shape."""
    image, kernel, bias = random(HEIGHT, WIDTH, 5), random(3, 3, 5, 9, scale=0.2), random(9)
    u, (rows, columns) = filtering.transformed(kernel), there()
    monkeypatch.setattr(layers, "xla", None)
    monkeypatch.setattr(layers, "TILES", 10)  # two strips, the second over a row of the first
    found = layers.convolution(blocks(image), nothing(5), nothing(5), u, tf.constant(bias), rows, columns)
    true = tf.nn.relu(tf.nn.conv2d(image[None], kernel, 1, "SAME") + bias)[0]
    assert relative_error(plain(found), true) < 3e-6
    assert frame_is_empty(found)

    planes = np.zeros((3, DOWN * M + 2, (ACROSS + 2) * M + 2), np.float32)
    planes[:, 1 : 1 + HEIGHT, M + 1 : M + 1 + WIDTH] = image[..., :3].transpose(2, 0, 1)
    kernel = tf.constant(kernel[:, :, :3])
    found = layers.first(tf.constant(planes), kernel, tf.constant(bias), rows, columns)
    true = tf.nn.relu(tf.nn.conv2d(image[None, ..., :3], kernel, 1, "SAME") + bias)[0]
    assert relative_error(plain(found), true) < 3e-6
    assert frame_is_empty(found)


def test_bands_with_their_neighbours_rows_give_the_same_as_one_band(layer):
    image, kernel, bias = layer
    u, bias, (rows, columns) = filtering.transformed(kernel), tf.constant(bias), there()
    one = layers.convolution(blocks(image), nothing(6), nothing(6), u, bias, rows, columns)
    upper, lower = blocks(image[:M], down=1), blocks(image[M : 2 * M], down=1)
    band = layers.convolution(upper, nothing(6), lower[1, 0], u, bias, rows[:1], columns)
    assert np.allclose(band[1], one[1], atol=1e-6)
    band = layers.convolution(lower, upper[-2, M - 1], blocks(image)[3, 0], u, bias, rows[1:2], columns)
    assert np.allclose(band[1], one[2], atol=1e-6)


def test_the_first_convolution_and_its_gradient_are_tensorflows():
    image, kernel, bias = random(HEIGHT, WIDTH, 3), random(3, 3, 3, 8, scale=0.3), random(8)
    rows, columns = there()
    planes = np.zeros((3, DOWN * M + 2, (ACROSS + 2) * M + 2), np.float32)
    planes[:, 1 : 1 + HEIGHT, M + 1 : M + 1 + WIDTH] = image.transpose(2, 0, 1)
    found = layers.first(tf.constant(planes), tf.constant(kernel), tf.constant(bias), rows, columns)
    true = tf.nn.relu(tf.nn.conv2d(image[None], kernel, 1, "SAME") + bias)[0]
    assert relative_error(plain(found), true) < 3e-6
    assert frame_is_empty(found)

    slope = random(HEIGHT, WIDTH, 8, seed=3)
    back = layers.first_back(blocks(slope), nothing(8), nothing(8), tf.constant(kernel))
    true = tf.nn.conv2d_transpose(slope[None], kernel, (1, *image.shape), 1, "SAME")[0]
    assert relative_error(np.asarray(back)[:, :HEIGHT, :WIDTH].transpose(1, 2, 0), true) < 3e-6


def test_a_pool_and_its_gradient_are_tensorflows_and_drop_an_odd_edge():
    image = np.maximum(random(HEIGHT, WIDTH, 4), 0)
    half = (HEIGHT // 2, WIDTH // 2)
    found = layers.pool(blocks(image), *there(*half, down=2, across=3))
    with tf.GradientTape() as tape:
        x = tf.constant(image[None])
        tape.watch(x)
        true = tf.nn.max_pool2d(x, 2, 2, "VALID")
    assert np.array_equal(plain(found, *half), true[0])
    assert frame_is_empty(found, *half)

    slope = random(*half, 4, seed=1)
    back = layers.pool_back(blocks(slope, down=2, across=3), blocks(image))
    wanted = np.where(image > 0, tape.gradient(true, x, slope[None])[0], 0)
    assert np.array_equal(np.where(image > 0, plain(back), 0), wanted)


def test_a_pools_gradient_goes_to_the_first_of_values_that_are_equal_up_to_rounding():
    image = np.zeros((4, 4, 1), np.float32)
    image[:2, :2, 0] = [[1, 1 + 2e-7], [1 - 2e-7, 1]]
    image[:2, 2:, 0] = [[1, 1.001], [1, 1]]
    slope = np.zeros((2, 2, 1), np.float32)
    slope[0] = 1
    back = plain(layers.pool_back(blocks(slope, down=1, across=1), blocks(image, down=1, across=1)), 2, 4)
    assert np.array_equal(back[:, :, 0], [[1, 0, 0, 1], [0, 0, 0, 0]])
