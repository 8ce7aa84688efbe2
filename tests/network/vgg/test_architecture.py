"""The table against the published numbers and against Keras."""

import pytest

from deepdream.network.layers import Layer, neediest, truncate
from deepdream.network.vgg import architecture
from deepdream.network.weights import manifest

VGG19 = architecture.layers(manifest.read()["vgg19"].widths)
BY_NAME = {layer.name: layer for layer in VGG19}


def test_there_are_sixteen_convolutions_and_five_pools():
    assert [layer.kind for layer in VGG19].count("conv") == 16
    assert [layer.kind for layer in VGG19].count("pool") == 5


@pytest.mark.parametrize(
    ("name", "stride", "seen"),
    [
        ("block1_conv2", 1, 5),
        ("block2_conv2", 2, 14),
        ("block3_conv4", 4, 48),
        ("block4_conv4", 8, 116),
        ("block5_conv4", 16, 252),
        ("block1_pool", 2, 6),
        ("block2_pool", 4, 16),
        ("block3_pool", 8, 52),
        ("block4_pool", 16, 124),
        ("block5_pool", 32, 268),
    ],
)
def test_strides_and_receptive_fields_are_the_published_ones(name, stride, seen):
    assert (BY_NAME[name].stride, BY_NAME[name].receptive_field) == (stride, seen)


def test_names_and_positions_are_those_of_keras_on_an_odd_size(keras_vgg19):
    height, width = 75, 101
    for layer in VGG19:
        output = keras_vgg19.get_layer(layer.name).output
        assert output.shape[-1] == layer.channels
    from deepdream.runtime import tf

    last = tf.keras.Model(keras_vgg19.input, keras_vgg19.get_layer("block4_pool").output)
    assert last.compute_output_shape((1, height, width, 3))[1:3] == BY_NAME["block4_pool"].positions(height, width)


def test_truncate_ends_with_the_deepest_chosen_layer():
    assert truncate(VGG19, {"block1_pool", "block1_conv1"})[-1].name == "block1_pool"


def test_the_neediest_layer_is_the_last_of_those_that_need_most():
    table = truncate(VGG19, {"block5_conv2"})
    assert neediest(table).name == "block5_conv2"
    assert neediest(VGG19).min_size == 32
    small = Layer("a", "conv", 3, 4, 2, 3, smallest=75)
    assert neediest((small, *table)) == small


def test_positions_are_measured_where_they_are_not_whole_strides():
    layer = Layer("a", "conv", 3, 4, 2, 3, measured=lambda height, width: ((height - 1) // 2, width // 2))
    assert layer.positions(11, 13) == (5, 6)
    assert layer == Layer("a", "conv", 3, 4, 2, 3)
