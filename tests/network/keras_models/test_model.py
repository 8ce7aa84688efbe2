"""A Keras model as a network, against Keras itself: activations, gradients, positions, receptive fields."""

import numpy as np
import pytest

from deepdream.gradient import engine
from deepdream.network.keras_models import model as modelled
from deepdream.network.layers import last_per_stride, neediest
from deepdream.objectives.layers import layer_objective
from deepdream.runtime import tf
from deepdream.settings.selection import Choice
from tests.network import keras_examples
from tests.support import random_picture, relative_error

keras = tf.keras
LISTED = ["edges", "mix", "mix_norm", "mix_relu", "way", "join", "shrink_pool", "wide"]


@pytest.fixture(scope="module")
def keras_model():
    return keras_examples.branching()


@pytest.fixture(scope="module")
def network(keras_model):
    return modelled.of(keras_model, "bytes")


def layer_of(network, name):
    return next(layer for layer in network.table if layer.name == name)


def test_the_table_lists_layers_with_rows_and_columns(network):
    assert [layer.name for layer in network.table] == LISTED
    assert [layer.kind for layer in network.table] == ["conv", "conv", "norm", "relu", "conv", "add", "pool", "conv"]
    assert [layer.channels for layer in network.table] == [8, 12, 12, 12, 12, 12, 12, 16]
    assert [layer.stride for layer in network.table] == [2, 2, 2, 2, 2, 2, 4, 4]
    assert [layer.receptive_field for layer in network.table] == [3, 11, 11, 11, 11, 11, 13, 29]
    assert [layer.name for layer in last_per_stride(network.table)] == ["join", "wide"]


def test_every_activation_is_keras_s_own(network, keras_model):
    image = random_picture(53, 70)[None]
    seen = network.activations(LISTED)(tf.constant(image))
    truth = keras.Model(keras_model.input, [keras_model.get_layer(name).output for name in LISTED])
    for name, true in zip(LISTED, truth(image * 255.0, training=False), strict=True):
        assert relative_error(seen[name], true) < 1e-6, name
        assert seen[name].shape[1:3] == layer_of(network, name).positions(53, 70)


@pytest.mark.parametrize(("space", "numbers"), [("raw", (1, 0)), ("bytes", (255, 0)), ("signed", (2, -1))])
def test_it_is_shown_the_numbers_asked_for(network, keras_model, space, numbers):
    image = random_picture(21, 33)[None]
    true = keras.Model(keras_model.input, keras_model.get_layer("edges").output)(image * numbers[0] + numbers[1])
    assert relative_error(network.activations(("edges",), space=space)(tf.constant(image))["edges"], true) < 1e-6


@pytest.mark.parametrize("kind", ["mean", "squares"])
def test_value_and_gradient_agree_with_keras(network, keras_model, kind):
    image = random_picture(49, 67)[None]
    choices = (Choice("join", (1, 5), 0.5), Choice("wide", None, 2.0))
    objective = layer_objective(choices, kind)
    value, slope = engine.make(network, objective)(image)

    truth = keras.Model(keras_model.input, [keras_model.get_layer(choice.layer).output for choice in choices])
    variable = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        join, wide = truth(variable * 255.0, training=False)
        power = tf.square if kind == "squares" else tf.identity
        means = 0.5 * tf.reduce_mean(power(tf.gather(join, [1, 5], axis=-1))), 2.0 * tf.reduce_mean(power(wide))
        true = tf.add_n(means) / 2
    assert value[0] == pytest.approx(float(true), rel=1e-5)
    assert relative_error(slope, tape.gradient(true, variable)) < 1e-5


def test_no_picture_depends_on_another_one_beside_it(network):
    pictures = np.stack([random_picture(40, 52, seed) for seed in range(3)])
    together = network.activations(("wide",))(tf.constant(pictures))["wide"]
    alone = network.activations(("wide",))(tf.constant(pictures[1:2]))["wide"]
    np.testing.assert_allclose(together[1:2], alone, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("size", [(17, 40), (31, 33), (64, 99), (101, 58)])
def test_positions_are_those_that_there_are(network, size):
    seen = network.activations(LISTED)(tf.zeros((1, *size, 3)))
    assert {name: tuple(seen[name].shape[1:3]) for name in LISTED} == {
        layer.name: layer.positions(*size) for layer in network.table
    }


def test_the_smallest_picture_has_one_position_and_a_smaller_one_has_none(network):
    layer = layer_of(network, "wide")
    assert min(layer.positions(layer.min_size, layer.min_size)) >= 1
    assert min(layer.positions(layer.min_size - 1, layer.min_size - 1)) == 0
    assert neediest(network.table).min_size == layer.min_size


@pytest.mark.parametrize("name", LISTED)
def test_a_position_sees_its_receptive_field_and_no_more(keras_model, name):
    """With positive weights every pixel in the receptive field has a gradient, unless a maximum is elsewhere."""
    model = keras.models.clone_model(keras_model)
    model.set_weights([np.abs(weight) + 0.1 for weight in keras_model.get_weights()])
    network = modelled.of(model, "raw")
    image = tf.constant(random_picture(90, 90)[None])
    with tf.GradientTape() as tape:
        tape.watch(image)
        activation = network.activations((name,))(image)[name]
        middle = activation[0, activation.shape[1] // 2, activation.shape[2] // 2, 0]
    touched = np.abs(tape.gradient(middle, image)[0]).sum(axis=-1) > 0
    reach = max(np.ptp(np.flatnonzero(touched.any(axis=axis))) + 1 for axis in (0, 1))
    field = layer_of(network, name).receptive_field
    assert field - 2 <= reach <= field  # a pool passes on one of its four


def test_a_layer_that_sees_everything_claims_no_receptive_field():
    picture = keras.layers.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, name="first")(picture)
    gate = keras.layers.Dense(4, name="gate")(keras.layers.GlobalAveragePooling2D(keepdims=True, name="all")(x))
    model = keras.Model(picture, keras.layers.Conv2D(4, 1, name="last")(keras.layers.Multiply(name="times")([x, gate])))
    table = {layer.name: layer for layer in modelled.of(model, "raw").table}
    assert list(table) == ["first", "times", "last"]
    assert (table["first"].receptive_field, table["times"].receptive_field, table["last"].receptive_field) == (3, 0, 0)


def test_a_model_of_one_size_is_computed_at_any_but_for_what_is_flat():
    model = keras_examples.sequential((48, 64))
    network = modelled.of(model, "raw")
    assert [layer.name for layer in network.table] == ["first", "first_pool", "second"]
    image = random_picture(48, 64)[None]
    truth = keras.Model(model.inputs[0], model.get_layer("second").output)(image)
    assert relative_error(network.activations(("second",))(tf.constant(image))["second"], truth) < 1e-6
    assert network.activations(("second",))(tf.constant(random_picture(31, 45)[None]))["second"].shape == (1, 13, 20, 7)


def test_layers_of_a_model_inside_the_model_are_named_after_both():
    model = keras_examples.nested()
    network = modelled.of(model, "bytes")
    assert [layer.name for layer in network.table] == [*(f"backbone.{name}" for name in LISTED), "head"]
    image = random_picture(33, 47)[None]
    inner = model.get_layer("backbone")
    before = keras.Model(inner.input, inner.get_layer("join").output)
    true = before(model.get_layer("to_range")(image * 255.0), training=False)
    assert relative_error(network.activations(("backbone.join",))(tf.constant(image))["backbone.join"], true) < 1e-6


@pytest.mark.parametrize(("name", "after"), [("edges", True), ("mix_relu", True), ("wide", True), ("way", False)])
def test_a_response_is_what_the_relu_receives(network, name, after):
    image = tf.constant(random_picture(41, 30)[None])
    response, activation = network.response(name)(image), network.activations((name,))(image)[name]
    assert np.asarray(response).min() < 0
    np.testing.assert_allclose(tf.nn.relu(response) if after else response, activation, rtol=1e-5, atol=1e-5)


def test_counted_names_restart_where_the_model_is_built_here():
    for _ in range(2):
        picture = keras.layers.Input((None, None, 3))
        x = keras.layers.Conv2D(4, 3)(picture)
        x = keras.layers.Concatenate(name="mixed0")([keras.layers.Conv2D(4, 1)(x), keras.layers.Activation("relu")(x)])
        model = keras.Model(picture, x)
    names = [layer.name for layer in modelled.of(model, "raw", recount=True).table]
    assert sorted(names) == ["activation", "conv2d", "conv2d_1", "mixed0"]
    assert names[0] == "conv2d"
    assert [layer.counted for layer in modelled.of(model, "raw").table].count(False) == 1


def test_characters_of_a_selection_in_a_name_are_replaced():
    picture = keras.layers.Input((None, None, 3))
    model = keras.Model(picture, keras.layers.Conv2D(4, 3, name="stage 1:conv=a,b")(picture))
    assert [layer.name for layer in modelled.of(model, "raw").table] == ["stage_1_conv_a_b"]


def test_operations_are_those_of_keras_s_kernels(network):
    taps = {layer.name: (layer.taps, layer.inputs) for layer in network.table if layer.kind == "conv"}
    assert taps == {"edges": (9, 3), "mix": (15, 8), "way": (1, 12), "wide": (9, 12)}
    assert [layer.name for layer in network.table if layer.kept] == ["edges", "mix_relu", "shrink_pool", "wide"]


def test_joined_and_pooled_activations_are_followed_to_the_relus_before_them():
    picture = keras.layers.Input((None, None, 3))
    left = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="left")(picture)
    right = keras.layers.ReLU(name="right")(keras.layers.Conv2D(5, 1, name="right_conv")(picture))
    x = keras.layers.Concatenate(name="both")([left, right])
    model = keras_examples.calm(keras.Model(picture, keras.layers.MaxPooling2D(name="pooled")(x)))
    network = modelled.of(model, "raw")
    image = tf.constant(random_picture(21, 30)[None] - 0.5)
    for name in ("both", "pooled"):
        response, activation = network.response(name)(image), network.activations((name,))(image)[name]
        assert (np.asarray(response).min(axis=(0, 1, 2)) < 0).sum() >= 5
        np.testing.assert_allclose(tf.nn.relu(response), activation, rtol=1e-5, atol=1e-6)
