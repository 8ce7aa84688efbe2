"""Each algorithm against TensorFlow's own convolution and its gradient, on odd, non-square and tiny images."""

import numpy as np
import pytest

from deepdream.network.vgg import convolution
from deepdream.network.vgg.convolution import ALGORITHMS
from deepdream.runtime import tf
from tests.support import relative_error

SHAPES = {
    "several images": ((3, 13, 22, 5), 7),
    "smaller than the kernel": ((1, 2, 1, 4), 5),
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
        output = convolve(images)
    return output, tape.gradient(output, images, slope)


def by(algorithm, images, kernel, slope):
    @tf.function(autograph=False)
    def both(images, prepared, slope):
        return with_gradient(lambda x: convolution.convolve(x, prepared, algorithm), images, slope)

    return both(images, algorithm.prepare(kernel), slope)


@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=ALGORITHMS.keys())
@pytest.mark.parametrize(("shape", "out"), SHAPES.values(), ids=SHAPES.keys())
def test_the_algorithm_gives_tensorflows_result_and_gradient(shape, out, algorithm):
    images, kernel, slope = random_case(shape, out)
    output, gradient = by(algorithm, images, kernel, slope)
    true_output, true_gradient = with_gradient(lambda x: tf.nn.conv2d(x, kernel, 1, "SAME"), images, slope)
    assert output.shape == true_output.shape
    assert relative_error(output, true_output) < 3e-6
    assert relative_error(gradient, true_gradient) < 3e-6


@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=ALGORITHMS.keys())
def test_the_gradient_of_nothing_is_nothing(algorithm):
    images, kernel, slope = random_case((1, 9, 7, 3), 4)
    _, gradient = by(algorithm, images, kernel, 0 * slope)
    assert not np.any(gradient)


@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=ALGORITHMS.keys())
def test_sizes_unknown_when_traced_need_no_second_trace(algorithm):
    traces = []

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None, None, None, 3])])
    def both(images):
        traces.append(algorithm)
        return with_gradient(lambda x: convolution.convolve(x, prepared, algorithm), images, None)

    _, kernel, _ = random_case((1, 1, 1, 3), 4)
    prepared = algorithm.prepare(kernel)
    for shape in ((1, 5, 8, 3), (2, 9, 6, 3)):
        images = tf.random.stateless_normal(shape, (0, 1))
        true = with_gradient(lambda x: tf.nn.conv2d(x, kernel, 1, "SAME"), images, None)
        for found, wanted in zip(both(images), true, strict=True):
            assert relative_error(found, wanted) < 3e-6
    assert len(traces) == 1
