"""Winograd's matrices against a plain correlation, and a strip of tiles against TensorFlow's convolution."""

import numpy as np
import pytest

from deepdream.gradient.winograd import filtering
from deepdream.gradient.winograd.filtering import M, N
from deepdream.runtime import tf
from tests.support import relative_error


def strip(plain):
    """The N rows of each tile of a strip for `convolved`, from [deep * M, across * M, channels] padded with zeros."""
    deep, channels = plain.shape[0] // M, plain.shape[2]
    padded = np.pad(plain, ((1, 1), (M, M), (0, 0)))
    return [tf.constant(np.stack([padded[tile * M + row] for tile in range(deep)])) for row in range(N)], channels


def test_the_transforms_are_a_correlation_in_one_dimension():
    """A_T (G g * B_T d) is the correlation of d with g: the one-dimensional identity behind a tile."""
    rng = np.random.default_rng(0)
    for _ in range(5):
        d, g = rng.normal(size=N), rng.normal(size=3)
        found = filtering.A_T @ ((filtering.G @ g) * (filtering.B_T @ d))
        assert np.allclose(found, np.correlate(d, g, "valid"), atol=1e-12)


@pytest.mark.parametrize(("deep", "across", "channels", "out"), [(1, 1, 1, 1), (3, 5, 7, 4), (2, 3, 256, 64)])
def test_a_strip_is_tensorflows_convolution(deep, across, channels, out):
    rng = np.random.default_rng(1)
    plain = rng.normal(size=(deep * M, across * M, channels)).astype(np.float32)
    kernel = rng.normal(0, np.sqrt(2 / (9 * channels)), (3, 3, channels, out)).astype(np.float32)
    rows, _ = strip(plain)
    found = filtering.convolved(rows, filtering.transformed(kernel))
    assert found.shape == (deep, M, across, M, out)
    true = tf.nn.conv2d(plain[None], kernel, 1, "SAME")[0]
    assert relative_error(tf.reshape(found, true.shape), true) < 3e-6


def test_a_flat_image_stays_flat_inside():
    """All of a tile's outputs are the kernel's sum, by every path through the matrices."""
    kernel = np.full((3, 3, 2, 1), 0.5, np.float32)
    rows, _ = strip(np.ones((3 * M, 4 * M, 2), np.float32))
    output = tf.reshape(filtering.convolved(rows, filtering.transformed(kernel)), [3 * M, 4 * M])
    assert np.allclose(output[1:-1, 1:-1], 9, rtol=1e-6)
    assert np.allclose(output[0, 0], 4, rtol=1e-6)


def test_a_transformed_kernel_is_the_papers():
    kernel = np.random.default_rng(2).normal(size=(3, 3, 2, 5)).astype(np.float32)
    u = np.reshape(filtering.transformed(kernel), (N, N, 2, 5))
    for channel in range(2):
        for out in range(5):
            assert np.allclose(
                u[:, :, channel, out], filtering.G @ kernel[:, :, channel, out] @ filtering.G.T, atol=1e-6
            )
