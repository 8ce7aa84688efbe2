"""VGG as a network: what follows from its arrays, its activations and responses."""

import numpy as np
import pytest

from deepdream.network.layers import truncate
from deepdream.network.vgg import architecture, forward
from deepdream.runtime import tf
from tests.support import SMALL, random_arrays, random_picture, vgg

LAYERS = ["block1_conv1", "block1_pool", "block2_conv1", "block3_conv4", "block4_pool"]


@pytest.fixture(scope="module")
def images():
    return tf.constant(np.stack([random_picture(35, 50, seed) for seed in (1, 2)]))


def test_its_table_follows_from_its_arrays(small_arrays):
    network = vgg(small_arrays)
    assert (network.widths, network.blocks) == (SMALL, architecture.VGG19)
    assert network.table == architecture.layers(SMALL)
    sixteen = {name: pair for name, pair in random_arrays(SMALL).items() if "conv4" not in name}
    assert vgg(sixteen).blocks == (2, 2, 3, 3, 3)
    assert network.nbytes == sum(kernel.nbytes + bias.nbytes for kernel, bias in small_arrays.values())


@pytest.mark.parametrize("layer", LAYERS)
def test_after_relu_a_response_is_the_layers_activation(small_arrays, images, layer):
    network = vgg(small_arrays)
    true = network.activations((layer,))(images)[layer]
    found = network.response(layer)(images)
    assert float(tf.reduce_min(found)) < 0
    np.testing.assert_allclose(tf.nn.relu(found), true, rtol=1e-4, atol=1e-3)
    some = network.response(layer)(images, tf.constant([3, 1]))
    np.testing.assert_allclose(some, tf.gather(found, [3, 1], axis=-1), rtol=1e-4, atol=1e-3)


def test_activations_are_of_what_the_space_shows(small_arrays, images):
    table = truncate(architecture.layers(SMALL), {"block2_pool"})
    for space, shown in (("raw", images), ("signed", images * 2 - 1)):
        true = forward.activations(small_arrays, shown, ("block2_pool",), table=table)["block2_pool"]
        found = vgg(small_arrays).activations(("block2_pool",), space=space)(images)["block2_pool"]
        np.testing.assert_allclose(found, true, rtol=1e-5, atol=1e-4)
