"""The seed recipes against the original project's algorithm, written out plainly on Keras's VGG19.

The original: the picture resized to 224x224 by Pillow's plain resize, divided by 255, shown as it is; the loss is the
mean of the means of the layers whose names hold "block4"; the gradient is standardised; five steps of 0.1, clipped;
then the picture is enlarged by 1.3 with tf.image.resize and dreamt again.

The weights are random but calm, most of their numbers positive: under wild ones each step turns so many maxima over
that five steps magnify a difference in the last bit into a different picture.
"""

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

import deepdream
from deepdream.network.vgg import architecture
from deepdream.network.weights import manifest
from tests.support import random_picture


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("seed") / "photo.png"
    Image.fromarray(np.uint8(np.round(random_picture(217, 303) * 255))).save(path)
    return path


@pytest.fixture(scope="module")
def arrays():
    """Calm random weights, [kernel, bias] by layer."""
    rng, found = np.random.default_rng(0), {}
    for name, shape in architecture.kernel_shapes(manifest.read()["vgg19"].widths).items():
        fan_in = 9 * shape[2]
        kernel = np.abs(rng.normal(0, 1 / fan_in, shape)) + rng.normal(0, 0.1 * np.sqrt(2 / fan_in), shape)
        found[name] = kernel.astype(np.float32), rng.normal(0, 0.05, shape[3]).astype(np.float32)
    return found


@pytest.fixture(scope="module")
def weights(tmp_path_factory, arrays):
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    tensors = {f"{name}/kernel": kernel for name, (kernel, _) in arrays.items()}
    tensors |= {f"{name}/bias": bias for name, (_, bias) in arrays.items()}
    save_file(tensors, path)
    return path


@pytest.fixture(scope="module")
def keras(arrays):
    """Keras's VGG19 with the same weights."""
    from deepdream.runtime import tf

    model = tf.keras.applications.VGG19(weights=None, include_top=False)
    for name, pair in arrays.items():
        model.get_layer(name).set_weights(list(pair))
    return model


def original(photo, keras_vgg19, side: int, scales: int) -> tuple[np.ndarray, list[list[float]]]:
    """The original project's algorithm: the dream and the loss of every step of every scale."""
    from deepdream.runtime import tf

    names = [layer.name for layer in keras_vgg19.layers if "block4" in layer.name]
    model = tf.keras.Model(keras_vgg19.input, [keras_vgg19.get_layer(name).output for name in names])
    image = tf.constant(np.asarray(Image.open(photo).resize((side, side)), np.float32) / 255.0)
    history = []
    for scale in range(scales):
        if scale:
            image = tf.image.resize(image, (int(image.shape[0] * 1.3), int(image.shape[1] * 1.3)))
        history.append([])
        for _ in range(5):
            with tf.GradientTape() as tape:
                tape.watch(image)
                loss = tf.reduce_mean([tf.reduce_mean(output) for output in model(image[None])])
            gradient = tape.gradient(loss, image)
            gradient = (gradient - tf.reduce_mean(gradient)) / (tf.math.reduce_std(gradient) + 1e-8)
            image = tf.clip_by_value(image + 0.1 * gradient, 0.0, 1.0)
            history[-1].append(float(loss))
    return image.numpy(), history


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "side", "given", "scales"),
    [("seed", 224, {}, 1), ("seed-multiscale", 112, {"size": (112, 112)}, 4)],  # four scales of 224 take a minute
)
def test_the_recipe_is_the_original_projects_algorithm(photo, weights, keras, recipe, side, given, scales):
    dream = deepdream.dream(photo, recipe=recipe, weights=str(weights), **given)
    picture, losses = original(photo, keras, side, scales)
    assert dream.picture.shape == picture.shape
    np.testing.assert_allclose(np.concatenate(dream.losses), np.concatenate(losses), rtol=1e-4)
    apart = np.abs(dream.picture - picture).max(axis=2) > 1 / 255
    assert apart.mean() < 1e-3, "more than a handful of pixels, where a clip or a maximum ties"
