"""VGG16 is VGG19's table with other counts: against Keras's own VGG16, and in tiles."""

import numpy as np
import pytest

from deepdream.gradient import engine
from deepdream.network.weights import formats, lookup
from deepdream.objectives.layers import layer_objective
from deepdream.runtime import tf
from deepdream.settings.selection import choose
from tests.network import keras_examples
from tests.support import random_picture, relative_error

keras = tf.keras
LAYERS = [f"block{n}_conv{i}" for n, count in enumerate((2, 2, 3, 3, 3), 1) for i in range(1, count + 1)]


@pytest.fixture(scope="module")
def truth():
    return keras_examples.calm(keras.applications.VGG16(weights=None, include_top=False))


@pytest.fixture(scope="module")
def files(truth, tmp_path_factory):
    folder = tmp_path_factory.mktemp("vgg16")
    truth.save_weights(folder / "a.weights.h5")
    truth.save(folder / "a.keras")
    truth.save(folder / "a.h5")
    return folder


@pytest.fixture(scope="module")
def vgg16(files):
    return lookup.load("vgg16", files / "a.weights.h5")


def test_its_table_is_keras_s(vgg16, truth):
    listed = [layer.name for layer in truth.layers[1:]]
    assert [layer.name for layer in vgg16.table] == listed
    assert vgg16.table[-1].receptive_field == 212  # as published (Araujo, Norris and Sim 2019)
    assert list(vgg16.arrays) == LAYERS


@pytest.mark.parametrize("name", ["a.weights.h5", "a.keras", "a.h5"])
@pytest.mark.parametrize("network", ["auto", "vgg16"])
def test_every_file_of_keras_is_known_as_vgg16(files, truth, name, network):
    found = lookup.load(network, files / name)
    assert (found.name, found.blocks) == ("vgg16", (2, 2, 3, 3, 3))
    for layer in LAYERS:
        for array, true in zip(found.arrays[layer], truth.get_layer(layer).get_weights(), strict=True):
            np.testing.assert_array_equal(array, true)


def test_a_model_and_its_weights_are_distinguished(files):
    assert [formats.is_model(files / name) for name in ("a.weights.h5", "a.keras", "a.h5", "gone")] == [
        False,
        True,
        True,
        False,
    ]


def test_activations_value_and_gradient_agree_with_keras(vgg16, truth):
    image = random_picture(69, 87)[None]
    choices = choose("block3=0.5,block5_conv1,block4_pool=2", {layer.name: layer.channels for layer in vgg16.table})
    value, slope = engine.make(vgg16, layer_objective(choices, "squares"))(image)

    model = keras.Model(truth.input, [truth.get_layer(choice.layer).output for choice in choices])
    variable = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        outputs = model(keras.applications.vgg16.preprocess_input(variable * 255.0))
        true = tf.add_n([c.weight * tf.reduce_mean(tf.square(x)) for c, x in zip(choices, outputs, strict=True)])
        true /= len(choices)
    assert value[0] == pytest.approx(float(true), rel=1e-4)
    assert relative_error(slope, tape.gradient(true, variable)) < 1e-4
    seen = vgg16.activations(tuple(choice.layer for choice in choices))(variable)
    for choice, output in zip(choices, outputs, strict=True):
        assert relative_error(seen[choice.layer], output) < 1e-4


@pytest.mark.slow
def test_tiles_add_up_to_the_whole(vgg16):
    image = random_picture(150, 201)[None]
    choices = choose("block3_conv3,block4_conv3:5", {layer.name: layer.channels for layer in vgg16.table})
    objective = layer_objective(choices, "squares")
    gradient = engine.make(vgg16, objective)
    whole, tiled = (gradient(image, tile) for tile in (None, 48))
    assert tiled[0] == pytest.approx(whole[0], rel=1e-4)
    assert relative_error(tiled[1], whole[1]) < 1e-4
