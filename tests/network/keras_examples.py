"""Small Keras models, in place of a user's own."""

from pathlib import Path

import numpy as np

from deepdream.runtime import tf

keras = tf.keras
layers = keras.layers


def branching(size=(None, None), scale=1 / 255, name="mine"):
    """A bit of everything: Rescaling, strides, SAME and VALID, dilation, normalisation, an addition, a classifier."""
    picture = layers.Input((*size, 3))
    x = layers.Rescaling(scale, name="to_range")(picture) if scale else picture
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="edges")(x)
    x = layers.Conv2D(12, (3, 5), use_bias=False, name="mix")(x)
    x = layers.BatchNormalization(name="mix_norm")(x)
    x = layers.ReLU(name="mix_relu")(x)
    x = layers.Add(name="join")([x, layers.Conv2D(12, 1, name="way")(x)])
    x = layers.MaxPooling2D(name="shrink_pool")(x)
    x = layers.ZeroPadding2D(1, name="frame")(x)
    x = layers.Conv2D(16, 3, dilation_rate=2, padding="same", activation="relu", name="wide")(x)
    x = layers.GlobalAveragePooling2D(name="everywhere")(x)
    return calm(keras.Model(picture, layers.Dense(5, name="classes")(x), name=name))


def sequential(size=(48, 64)):
    """A model of a fixed size, because of its classifier."""
    return calm(
        keras.Sequential(
            [
                layers.Input((*size, 3)),
                layers.Conv2D(6, 5, activation="relu", name="first"),
                layers.MaxPooling2D(name="first_pool"),
                layers.Conv2D(7, 3, padding="same", name="second"),
                layers.Flatten(name="flat"),
                layers.Dense(3, name="classes"),
            ],
            name="fixed",
        )
    )


def nested():
    """A model nested in another, as in transfer learning."""
    inner = branching(scale=None, name="backbone")
    body = keras.Model(inner.input, inner.get_layer("wide").output, name="backbone")
    picture = layers.Input((None, None, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1, name="to_range")(picture)
    x = layers.Conv2D(4, 1, name="head")(body(x))
    return calm(keras.Model(picture, x, name="outer"))


def calm(model, seed=7):
    """The model with weights after He et al. 2015, and batch statistics unlike a new layer's."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        shape = tuple(weight.shape)
        if len(shape) > 1:
            values = rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape)
        elif "variance" in weight.name or "gamma" in weight.name:
            values = rng.uniform(0.5, 1.5, shape)
        else:
            values = rng.normal(0, 0.1, shape)
        weight.assign(values.astype(np.float32))
    return model


def saved(model, path: Path) -> Path:
    """The model in a file."""
    model.save(path)
    return path
