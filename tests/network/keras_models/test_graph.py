"""The walk over a Keras model computes what the model computes, call by call."""

import numpy as np
import pytest

from deepdream.network.keras_models import graph
from deepdream.runtime import tf
from tests.network import keras_examples
from tests.support import random_picture, relative_error

keras, layers = tf.keras, tf.keras.layers


def arithmetic():
    """Slices, constants, an operation with named arguments and tensors inside a list."""
    picture = layers.Input((None, None, 3))
    x = picture[..., ::-1] / 127.5 - 1.0
    x = keras.ops.concatenate([x, 2.0 * picture[:, :, :, :1], keras.ops.clip(x, x_min=0.0, x_max=0.5)], axis=-1)
    return keras.Model(picture, layers.Conv2D(4, 3)(x))


def shared():
    """One layer called twice, the second time on the result of the first."""
    picture, twice = layers.Input((None, None, 3)), layers.Conv2D(3, 3, padding="same", name="twice")
    return keras.Model(picture, layers.Add(name="sum")([twice(twice(picture)), picture]))


def named():
    """A layer with a tensor as keyword argument."""
    picture = layers.Input((9, 11, 3))
    x = layers.Conv2D(4, 3)(picture)
    return keras.Model(picture, layers.MultiHeadAttention(2, 3, name="attend")(query=x, value=x))


def several():
    """A call with two results, of which the second is used, and a model with two outputs."""
    picture = layers.Input((None, None, 4))
    first, second = keras.ops.split(picture, 2, axis=-1)
    return keras.Model(picture, [layers.Conv2D(3, 1)(second), layers.Conv2D(2, 1)(first)])


MODELS = {
    "branches": keras_examples.branching,
    "a sequence": keras_examples.sequential,
    "a model inside a model": keras_examples.nested,
    "arithmetic": arithmetic,
    "a shared layer": shared,
    "tensors given by name": named,
    "several results": several,
}


def walked(model, images):
    """The last result of the walk, and the walk."""
    visits = graph.walk(model, images, lambda operation, *given, **named: operation(*given, **named))
    return visits[-1].result, visits


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS.keys())
@pytest.mark.parametrize("loaded", [False, True], ids=["built here", "from a file"])
def test_the_walk_computes_the_model(tmp_path, make, loaded):
    model = keras_examples.calm(make())
    if loaded:
        model = keras.models.load_model(keras_examples.saved(model, tmp_path / "mine.keras"))
    height, width, channels = (side or 13 for side in model.inputs[0].shape[1:])
    images = np.random.default_rng(0).random((2, height, width, channels)).astype(np.float32)
    true = model(images)
    found, visits = walked(model, tf.constant(images))
    if isinstance(true, list):
        found = next(visit.result for visit in visits if getattr(visit.result, "shape", None) == true[0].shape)
        true = true[0]
    assert relative_error(found, true) < 1e-6


def test_a_shared_layer_is_visited_once_for_each_call():
    _, visits = walked(shared(), tf.constant(random_picture(9, 11)[None]))
    assert [visit.name for visit in visits] == ["twice", "twice.2", "sum"]


def test_what_a_layer_that_fails_leads_to_is_left_out():
    """The classifier of a model made for one size, on another."""
    _, visits = walked(keras_examples.sequential(), tf.constant(random_picture(60, 80)[None]))
    assert [visit.name for visit in visits] == ["first", "first_pool", "second", "flat"]
