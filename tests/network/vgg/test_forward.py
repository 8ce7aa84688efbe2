"""All 21 layers against Keras's VGG19 with the same random weights, on an odd, non-square picture."""

import numpy as np
import pytest

from deepdream.network import preprocessing
from deepdream.network.vgg import architecture, forward
from deepdream.network.weights import manifest
from deepdream.runtime import tf
from tests.support import random_picture, relative_error

TABLE = architecture.layers(manifest.read()["vgg19"].widths)


@pytest.fixture(scope="module")
def both(vgg19_arrays, keras_vgg19):
    images = np.stack([random_picture(69, 87), random_picture(69, 87, seed=1)])
    shown = preprocessing.to_network(tf.constant(images), "network")
    ours = forward.activations(vgg19_arrays, shown, {layer.name for layer in TABLE}, table=TABLE)
    every = tf.keras.Model(keras_vgg19.input, [keras_vgg19.get_layer(layer.name).output for layer in TABLE])
    bgr = tf.keras.applications.vgg19.preprocess_input(images * 255.0)
    return ours, dict(zip([layer.name for layer in TABLE], every(bgr), strict=True))


@pytest.mark.parametrize("name", [layer.name for layer in TABLE])
def test_the_layers_activation_matches_keras(both, name):
    ours, keras = both
    assert ours[name].shape == keras[name].shape
    assert relative_error(ours[name], keras[name]) < 1e-4


def test_nothing_past_the_deepest_layer_is_computed(small_arrays, small_table):
    asked = []

    def spy(images, kernel):
        asked.append(kernel.shape)
        return forward.direct(images, kernel)

    image = tf.constant(random_picture(33, 41)[None])
    forward.activations(small_arrays, image, {"block2_conv1"}, table=small_table, convolve=spy)
    assert len(asked) == 3


def test_raw_input_is_shown_as_it_is():
    image = tf.constant(random_picture(5, 7)[None])
    assert np.array_equal(preprocessing.to_network(image, "raw"), image)
