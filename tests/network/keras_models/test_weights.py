"""Keras's weight files loaded into a model: every format, and every fault named."""

import numpy as np
import pytest

from deepdream.errors import WeightsError
from deepdream.network.keras_models import weights
from deepdream.runtime import tf
from tests.network import keras_examples

keras = tf.keras


def without_top(seed):
    model = keras_examples.branching()
    return keras_examples.calm(keras.Model(model.input, model.get_layer("wide").output), seed)


@pytest.fixture(scope="module")
def whole():
    return keras_examples.branching()


@pytest.mark.parametrize("name", ["a.weights.h5", "a.keras", "a.h5", "renamed"])
@pytest.mark.parametrize("top", [True, False])
def test_every_format_fills_the_model_and_a_classifier_is_skipped(tmp_path, whole, name, top):
    source = whole if top else keras.Model(whole.input, whole.get_layer("wide").output)
    path = tmp_path / ("a.weights.h5" if name == "renamed" else name)
    (source.save_weights if path.name.endswith("weights.h5") else source.save)(path)
    if name == "renamed":
        path = path.rename(tmp_path / name)
    model = without_top(seed=1)
    weights.load_weights(model, path, "mine")
    for layer in (layer for layer in model.layers if layer.weights):
        for found, true in zip(layer.get_weights(), whole.get_layer(layer.name).get_weights(), strict=True):
            np.testing.assert_array_equal(found, true)


def test_a_file_of_another_network_is_rejected(tmp_path, whole):
    path = tmp_path / "a.weights.h5"
    keras_examples.sequential().save_weights(path)
    with pytest.raises(WeightsError, match=r"a\.weights\.h5 (is damaged, or|holds)"):
        weights.load_weights(without_top(1), path, "mine")
    other = keras_examples.branching()
    deeper = keras.Model(other.input, keras.layers.Conv2D(3, 1, name="more")(other.get_layer("wide").output))
    deeper.save_weights(path)
    with pytest.raises(WeightsError, match="holds 5 convolutions, and mine has 4"):
        weights.load_weights(without_top(1), path, "mine")


def test_a_wrong_shape_and_a_value_that_is_not_finite_are_named(tmp_path, whole):
    path = tmp_path / "a.weights.h5"
    narrow = keras_examples.branching()
    picture = keras.layers.Input((None, None, 3))
    x = keras.layers.Conv2D(7, 3)(picture)
    for _ in range(3):
        x = keras.layers.Conv2D(7, 3)(x)
    keras.Model(picture, keras.layers.BatchNormalization()(x)).save_weights(path)
    with pytest.raises(
        WeightsError, match=r"the kernel of conv2d has the shape \(3, 3, 3, 7\), and edges of mine needs"
    ):
        weights.load_weights(without_top(1), path, "mine")
    narrow.get_layer("way").bias.assign(np.full(12, np.inf, np.float32))
    narrow.save_weights(path)
    with pytest.raises(WeightsError, match=r"the bias of conv2d_\d holds a value that is not finite"):
        weights.load_weights(without_top(1), path, "mine")


def test_a_damaged_file_is_rejected(tmp_path, whole):
    path = tmp_path / "a.weights.h5"
    whole.save_weights(path)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(WeightsError, match="is damaged, or no file of weights that Keras wrote for mine"):
        weights.load_weights(without_top(1), path, "mine")
