"""Every path against TensorFlow's own convolution and its gradient, on odd, non-square and tiny images."""

import numpy as np
import pytest

from deepdream.errors import SettingError
from deepdream.network import convolution
from deepdream.runtime import tf
from tests.support import relative_error

PATHS = ("direct", "transpose", "winograd")

SHAPES = {
    "several images": ((3, 13, 22, 5), 7),
    "several strips, the last one not full": ((2, 70, 91, 6), 4),
    "smaller than a tile": ((1, 2, 3, 4), 5),
    "one position": ((1, 1, 1, 3), 2),
    "a wide layer": ((1, 9, 11, 256), 128),
}


def random_case(shape, out):
    rng = np.random.default_rng(0)
    images = rng.normal(size=shape).astype(np.float32)
    kernel = rng.normal(0, np.sqrt(2 / (9 * shape[3])), (3, 3, shape[3], out)).astype(np.float32)
    slope = rng.normal(size=(*shape[:3], out)).astype(np.float32)
    return tf.constant(images), kernel, tf.constant(slope)


def with_gradient(convolve, images, slope):
    with tf.GradientTape() as tape:
        tape.watch(images)
        answer = convolve(images)
    return answer, tape.gradient(answer, images, slope)


def by_path(path, images, kernel, slope, compiled=False):
    @tf.function(jit_compile=compiled, autograph=False)
    def both(images, prepared, slope):
        return with_gradient(lambda x: convolution.convolve(x, prepared, path=path), images, slope)

    return both(images, convolution.prepare(kernel, path), slope)


@pytest.mark.parametrize("compiled", [False, True], ids=["plain", "compiled"])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("shape", "out"), SHAPES.values(), ids=SHAPES.keys())
def test_the_path_gives_tensorflows_answer_and_gradient(shape, out, path, compiled):
    images, kernel, slope = random_case(shape, out)
    answer, gradient = by_path(path, images, kernel, slope, compiled)
    true_answer, true_gradient = with_gradient(lambda x: tf.nn.conv2d(x, kernel, 1, "SAME"), images, slope)
    assert answer.shape == true_answer.shape
    assert relative_error(answer, true_answer) < 3e-6
    assert relative_error(gradient, true_gradient) < 3e-6


@pytest.mark.parametrize("path", PATHS)
def test_the_gradient_of_nothing_is_nothing(path):
    images, kernel, slope = random_case((1, 9, 7, 3), 4)
    _, gradient = by_path(path, images, kernel, 0 * slope)
    assert not np.any(gradient)


@pytest.mark.parametrize("path", ["direct", "transpose"])
def test_sizes_unknown_when_traced_need_no_second_trace(path):
    traces = []

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None, None, None, 3])])
    def both(images):
        traces.append(path)
        return with_gradient(lambda x: convolution.convolve(x, prepared, path=path), images, None)

    _, kernel, _ = random_case((1, 1, 1, 3), 4)
    prepared = convolution.prepare(kernel, path)
    for shape in ((1, 5, 8, 3), (2, 9, 6, 3)):
        images = tf.random.stateless_normal(shape, (0, 1))
        true = with_gradient(lambda x: tf.nn.conv2d(x, kernel, 1, "SAME"), images, None)
        for found, wanted in zip(both(images), true, strict=True):
            assert relative_error(found, wanted) < 3e-6
    assert len(traces) == 1


def test_the_transforms_are_a_correlation_in_one_dimension():
    """A_T (G g * B_T d) is d's correlation with g: the identity that both dimensions of a tile rest on."""
    rng = np.random.default_rng(0)
    for _ in range(5):
        d, g = rng.normal(size=convolution.N), rng.normal(size=3)
        found = convolution.A_T @ ((convolution.G @ g) * (convolution.B_T @ d))
        assert np.allclose(found, np.correlate(d, g, "valid"), atol=1e-12)


def test_a_flat_image_stays_flat_inside():
    """All of a tile's outputs are the same sum of the kernel: each way through the matrices must find it."""
    kernel = np.full((3, 3, 2, 1), 0.5, np.float32)
    images = tf.ones([1, 14, 15, 2])
    answer = convolution.convolve(images, convolution.prepare(kernel, "winograd"), path="winograd")
    assert np.allclose(answer[0, 1:-1, 1:-1], 9, rtol=1e-6)
    assert np.allclose(answer[0, 0, 0], 4, rtol=1e-6)


def test_the_choice_follows_device_width_and_compiler():
    def choice(**changes):
        return convolution.choose(**({"into": 64, "out": 64, "gpu": False, "compiled": True, "avx512": True} | changes))

    assert choice() == "winograd"
    assert choice(into=3) == "direct"
    assert choice(out=32) == "direct"
    assert choice(gpu=True) == "direct"
    assert choice(compiled=False) == "direct"
    assert choice(compiled=False, avx512=False) == "transpose"


def test_an_unknown_path_is_refused():
    with pytest.raises(SettingError, match="'fast' is none of direct, transpose, winograd"):
        convolution.prepare(np.zeros((3, 3, 1, 1), np.float32), "fast")
