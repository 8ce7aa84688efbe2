"""The image gradient against GradientTape on Keras's VGG19, and the number of traces."""

from dataclasses import fields

import numpy as np
import pytest

from deepdream.gradient import engine
from deepdream.network.objective import Objective
from deepdream.network.vgg import architecture
from deepdream.network.weights import manifest
from deepdream.objectives.layers import layer_objective
from deepdream.runtime import tf
from deepdream.settings import Settings
from deepdream.settings.selection import choose
from tests.support import SMALL, random_picture, relative_error, vgg


def chosen(text, widths):
    return choose(text, {layer.name: layer.channels for layer in architecture.layers(widths)})


@pytest.mark.parametrize("kind", ["mean", "squares"])
def test_value_and_gradient_agree_with_keras(vgg19_arrays, keras_vgg19, kind):
    image = random_picture(69, 87)[None]
    choices = chosen("block3=0.5,block5_conv1,block4_pool=2", manifest.read()["vgg19"].widths)
    value, slope = engine.make(vgg(vgg19_arrays), layer_objective(choices, kind))(image)

    model = tf.keras.Model(keras_vgg19.input, [keras_vgg19.get_layer(choice.layer).output for choice in choices])
    variable = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        outputs = model(tf.keras.applications.vgg19.preprocess_input(variable * 255.0))
        powers = [tf.square(output) if kind == "squares" else output for output in outputs]
        true = tf.add_n([c.weight * tf.reduce_mean(p) for c, p in zip(choices, powers, strict=True)]) / len(choices)
    assert value[0] == pytest.approx(float(true), rel=1e-4)
    assert relative_error(slope, tape.gradient(true, variable)) < 1e-4


@pytest.mark.parametrize("algorithm", ["direct", "bfloat16"])
def test_a_batch_gives_each_image_its_own_value_and_gradient(small_arrays, algorithm):
    choices = chosen("block3", SMALL)
    gradient = engine.make(vgg(small_arrays), layer_objective(choices), algorithm=algorithm)
    images = np.stack([random_picture(37, 53), random_picture(37, 53, seed=1)])
    values, slopes = gradient(images)
    for image, value, slope in zip(images, values, slopes, strict=True):
        alone = gradient(image[None])
        assert value == pytest.approx(alone[0][0], rel=1e-5)
        assert relative_error(slope, alone[1][0]) < 1e-5


def test_only_the_chosen_channels_have_a_gradient(small_arrays):
    choices = chosen("block2_conv1:1+3", SMALL)
    image = random_picture(21, 35)[None]
    value, _ = engine.make(vgg(small_arrays), layer_objective(choices), space="raw")(image)
    x = tf.constant(image)
    for name in ("block1_conv1", "block1_conv2"):
        x = tf.nn.relu(tf.nn.conv2d(x, small_arrays[name][0], 1, "SAME") + small_arrays[name][1])
    x = tf.nn.max_pool2d(x, 2, 2, "VALID")
    x = tf.nn.relu(tf.nn.conv2d(x, small_arrays["block2_conv1"][0], 1, "SAME") + small_arrays["block2_conv1"][1])
    assert value[0] == pytest.approx(np.asarray(x)[..., [1, 3]].mean(), rel=1e-5)


def test_a_step_along_the_gradient_makes_the_objective_larger(small_arrays):
    choices = chosen("block4", SMALL)
    gradient = engine.make(vgg(small_arrays), layer_objective(choices))
    image = random_picture(64, 49)[None]
    value, slope = gradient(image)
    larger, _ = gradient(image + 1e-3 * slope / np.abs(slope).mean())
    assert larger[0] > value[0]


@pytest.mark.parametrize("algorithm", ["direct", "bfloat16", "strips"])
def test_windows_of_all_sizes_share_a_trace_and_those_that_reach_outside_another(small_arrays, algorithm):
    objective, traced = layer_objective(chosen("block3", SMALL)), []

    def densities(seen):
        traced.append(algorithm)
        return objective.densities(seen)

    gradient = engine.make(vgg(small_arrays), Objective(objective.layers, densities), algorithm=algorithm)
    for size in ((37, 53), (64, 49), (33, 90)):
        gradient(random_picture(*size)[None])
    gradient(np.stack([random_picture(40, 56), random_picture(40, 56, seed=1)]))
    assert len(traced) == 1
    gradient(random_picture(64, 49)[None], tile=32)
    gradient(random_picture(33, 90)[None], tile=32)
    assert len(traced) == (1 if algorithm == "strips" else 2)


def test_every_convolution_that_a_setting_names_has_its_algorithm():
    (setting,) = (field for field in fields(Settings) if field.name == "convolution")
    assert set(engine.ALGORITHMS) - {"bfloat16"} == set(setting.metadata["choices"]) - {"auto"}
