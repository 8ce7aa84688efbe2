"""In bfloat16 every layer is within a rounding of float64, and the gradient is float64's but for roundings."""

import numpy as np
import pytest

from deepdream.network.layers import truncate
from deepdream.network.vgg import architecture, bfloat16
from deepdream.runtime import tf
from tests.support import SMALL, random_arrays, random_picture, relative_error, vgg

TABLE = architecture.layers(SMALL)
ROUNDING = 2.0**-8  # of one number, relative
TWO = 2 * ROUNDING  # of a sum, and of the sum with its bias, where a processor does not do both at once
ARRAYS = random_arrays(SMALL)


def rounded(array):
    return tf.cast(tf.cast(array, tf.bfloat16), tf.float64)


def doubled(x, layer, kernel, bias):
    """One layer in float64."""
    if layer.kind == "pool":
        return tf.nn.max_pool2d(x, 2, 2, "VALID")
    return tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME") + bias)


@pytest.fixture(scope="module")
def shown():
    """What a network is shown: an odd picture in -128..128."""
    return tf.constant(random_picture(69, 87)[None] * 255 - 128)


@pytest.fixture(scope="module")
def activations(shown):
    return bfloat16.activations(bfloat16.prepare(ARRAYS, TABLE), shown, {layer.name for layer in TABLE}, table=TABLE)


@pytest.mark.parametrize("index", range(1, len(TABLE)), ids=[layer.name for layer in TABLE[1:]])
def test_a_layer_adds_no_error_but_the_rounding_of_its_output(activations, index):
    layer = TABLE[index]
    kernel, bias = (rounded(array) for array in ARRAYS.get(layer.name, (0.0, 0.0)))
    true = doubled(tf.cast(activations[TABLE[index - 1].name], tf.float64), layer, kernel, bias)
    np.testing.assert_allclose(activations[layer.name], true, rtol=TWO, atol=1e-5 * np.abs(true).max())


def test_the_first_layer_rounds_neither_the_picture_nor_its_kernel(activations, shown):
    kernel, bias = ARRAYS["block1_conv1"]
    true = doubled(tf.cast(shown, tf.float64), TABLE[0], tf.cast(kernel, tf.float64), rounded(bias))
    found = activations["block1_conv1"]
    np.testing.assert_allclose(found, true, rtol=TWO, atol=3 * 2.0**-16 * np.abs(true).max())
    plain = rounded(doubled(rounded(shown), TABLE[0], rounded(kernel), rounded(bias)))
    assert relative_error(found, true) < 0.7 * relative_error(plain, true)


def gradient(compute, images):
    with tf.GradientTape() as tape:
        tape.watch(images)
        value = tf.add_n([tf.reduce_mean(tf.square(y)) for y in compute(images)])
    return tape.gradient(value, images).numpy()


def ours(names, images, **more):
    weights = bfloat16.prepare(ARRAYS, TABLE)
    return gradient(lambda x: bfloat16.activations(weights, x, names, table=TABLE, **more).values(), images)


def in_double_precision(names, images):
    def compute(x):
        found = []
        for layer in TABLE:
            x = doubled(x, layer, *(rounded(array) for array in ARRAYS.get(layer.name, (0.0, 0.0))))
            if layer.name in names:
                found.append(x)
        return found

    return gradient(compute, tf.cast(images, tf.float64))


@pytest.mark.parametrize(
    "names", [("block1_conv1",), ("block1_conv2",), ("block1_pool",), ("block1_conv2", "block1_pool", "block2_conv1")]
)
def test_the_gradient_is_that_of_double_precision_to_some_roundings(shown, names):
    error = ours(names, shown) - in_double_precision(names, shown)
    scale = np.sqrt(np.mean(np.square(in_double_precision(names, shown))))
    assert np.median(np.abs(error)) < 4 * ROUNDING * scale


def test_deep_layers_pull_the_same_way_as_in_double_precision(shown):
    found, true = ours(("block4_conv2",), shown), in_double_precision(("block4_conv2",), shown)
    assert np.vdot(found, true) / (np.linalg.norm(found) * np.linalg.norm(true)) > 0.97


def test_compiled_masks_are_the_plain_ones_to_the_bit(shown, monkeypatch):
    plain = ours(("block3_conv1", "block2_conv2"), shown)
    monkeypatch.setattr(bfloat16, "COMPILED", 0)
    assert np.array_equal(ours(("block3_conv1", "block2_conv2"), shown), plain)


def test_positions_outside_the_picture_have_no_gradient(shown):
    there = np.zeros((1, 69, 87, 1), np.float32)
    there[:, 16:, :64] = 1

    def inside(x, stride):
        return x * tf.cast(there[:, ::stride, ::stride][:, : x.shape[1], : x.shape[2]], x.dtype)

    found = ours(("block2_conv2",), shown, inside=inside)
    assert not found[there[..., 0] == 0].any()
    cut = ours(("block2_conv2",), shown[:, 16:, :64])
    assert relative_error(found[:, 16:, :64] / np.abs(found).max(), cut / np.abs(cut).max()) < 0.05


@pytest.mark.parametrize(
    ("name", "channels"), [("block1_conv1", None), ("block3_conv2", [3, 0]), ("block4_pool", None)]
)
def test_a_response_is_float32s_but_for_roundings(name, channels):
    """Within the roundings of each layer below, and its gradient points the same way."""
    found = []
    for precision in ("float32", "bfloat16"):
        respond = vgg(ARRAYS).response(name, precision=precision)
        images = tf.constant(random_picture(69, 87)[None])
        with tf.GradientTape() as tape:
            tape.watch(images)
            response = respond(images, None if channels is None else tf.constant(channels))
            total = tf.reduce_sum(tf.square(response))
        assert response.dtype == tf.float32
        found.append((response, tape.gradient(total, images)))
    (single, slope), (half, halved) = found
    depth = sum(layer.kind == "conv" for layer in truncate(TABLE, {name})) - 1
    assert relative_error(half, single) <= depth * TWO
    cosine = tf.reduce_sum(slope * halved) / (tf.norm(slope) * tf.norm(halved))
    assert cosine >= 1 - depth * TWO - 1e-6
