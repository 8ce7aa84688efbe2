"""Classifiers at any size of picture: at the model's own, their scores are what Keras computes."""

import numpy as np
import pytest

from deepdream.network import choosing
from deepdream.network.keras_models import heads
from deepdream.network.keras_models import model as modelled
from deepdream.runtime import tf
from tests.network import keras_examples

keras = tf.keras
layers = keras.layers

SIZE = (20, 28)


def vgg_like(activation="softmax"):
    """Flatten, Dropout, and two Dense layers, as VGG ends."""
    stack = [
        layers.Input((*SIZE, 3)),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(9, activation="relu"),
        layers.Dense(6, activation=activation, name="classes"),
    ]
    return keras_examples.calm(keras.Sequential(stack, name="vgg_like"))


def pooled(pooling, *after):
    stack = [layers.Input((None, None, 3)), layers.Conv2D(5, 3, activation="relu"), pooling(), *after]
    return keras_examples.calm(keras.Sequential(stack, name="pooled"))


def nested():
    """A whole classifier inside a model, as a user wraps it in preprocessing."""
    inner = vgg_like()
    picture = layers.Input((*SIZE, 3))
    return keras.Model(picture, inner(layers.Rescaling(2.0)(picture)), name="outer")


MODELS = {
    "flattened": vgg_like(None),
    "softmax in it": vgg_like(),
    "mean": pooled(layers.GlobalAveragePooling2D, layers.Dense(4, activation="sigmoid")),
    "maximum": pooled(layers.GlobalMaxPooling2D, layers.BatchNormalization(), layers.Dense(4)),
    "softmax after it": pooled(layers.GlobalAveragePooling2D, layers.Dense(4), layers.Softmax()),
    "nested": nested(),
}


def shares(model, found):
    """Scores through the activation that the model ends in."""
    text = str([layer.get_config() for layer in model.layers])
    if "softmax" in text or "Softmax" in str([type(layer) for layer in model.layers]):
        return np.exp(found) / np.exp(found).sum()
    return 1 / (1 + np.exp(-found)) if "sigmoid" in text else found


@pytest.mark.parametrize("name", MODELS)
def test_at_the_models_own_size_scores_are_its_own(name):
    model = MODELS[name]
    network = modelled.of(model, "raw")
    picture = np.random.default_rng(0).random((*SIZE, 3)).astype(np.float32)
    layer = network.classifier.classes.layer
    found = network.activations((layer,))(tf.constant(picture[None]))[layer].numpy()
    assert found.shape[1:3] == network.classifier.row.positions(*SIZE) == (1, 1)
    np.testing.assert_allclose(shares(model, found[0, 0, 0]), model(picture[None])[0], rtol=1e-4, atol=1e-6)


def test_on_a_larger_picture_each_position_scores_what_it_sees():
    """Independent truth: the model on a crop, without padding between."""
    stack = [
        layers.Input((*SIZE, 3)),
        layers.Conv2D(4, 3, activation="relu"),
        layers.Flatten(),
        layers.Dense(6, name="classes"),
    ]
    model = keras_examples.calm(keras.Sequential(stack))
    network = modelled.of(model, "raw")
    picture = np.random.default_rng(1).random((25, 30, 3)).astype(np.float32)
    found = network.activations(("classes",))(tf.constant(picture[None]))["classes"].numpy()
    assert found.shape[1:3] == network.classifier.row.positions(25, 30) == (6, 3)
    for row, column in ((0, 0), (4, 1), (5, 2)):
        crop = picture[row : row + SIZE[0], column : column + SIZE[1]]
        np.testing.assert_allclose(found[0, row, column], model(crop[None])[0], rtol=1e-4, atol=1e-5)


def test_the_smallest_picture_is_the_smallest_square_with_a_score():
    row = modelled.of(vgg_like(), "raw").classifier.row
    assert row.min_size == 28
    assert min(row.positions(28, 28)) == 1
    assert row.positions(20, 27) == (0, 0)


@pytest.mark.parametrize(
    "model",
    [
        keras_examples.nested(),
        pooled(layers.GlobalAveragePooling2D),
        pooled(layers.GlobalAveragePooling2D, layers.Dense(4), layers.LayerNormalization()),
    ],
    ids=["maps", "features", "another end"],
)
def test_what_does_not_end_in_scores_has_no_classes(model):
    assert modelled.of(model, "raw").classifier is None


def test_a_classifier_is_built_only_where_a_class_is_meant(monkeypatch):
    """Of a large model it takes as much memory as the model's own Dense layers."""
    network = modelled.of(vgg_like(), "raw")
    first = network.table[0].name
    with monkeypatch.context() as patched:
        patched.setattr(heads, "head", lambda *_: pytest.fail("it was built"))
        (choice,) = choosing.choose(first, network)
        assert choosing.rows(network, (choice.layer,)) == network.table
        assert set(network.activations((first,))(tf.zeros((1, *SIZE, 3)))) == {first}
    (choice,) = choosing.choose("class:2", network)
    assert [layer.name for layer in choosing.rows(network, (choice.layer,))][-1] == choice.layer
