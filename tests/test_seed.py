"""The seed recipes against the original project's algorithm, written out plainly on Keras's VGG19.

The original: the picture resized to 224x224 by Pillow's plain resize, divided by 255, shown as it is; the loss is the
mean of the means of the layers whose names hold "block4"; the gradient is standardised; five steps of 0.1, clipped;
then the picture is enlarged by 1.3 with tf.image.resize and dreamt again.
"""

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

import deepdream
from tests.support import random_picture


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("seed") / "photo.png"
    Image.fromarray(np.uint8(np.round(random_picture(217, 303) * 255))).save(path)
    return path


@pytest.fixture(scope="module")
def weights(tmp_path_factory, vgg19_arrays):
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    tensors = {f"{name}/kernel": kernel for name, (kernel, _) in vgg19_arrays.items()}
    tensors |= {f"{name}/bias": bias for name, (_, bias) in vgg19_arrays.items()}
    save_file(tensors, path)
    return path


def original(photo, keras_vgg19, scales: int) -> tuple[np.ndarray, list[list[float]]]:
    """The original project's algorithm: the dream and the loss of every step of every scale."""
    from deepdream.runtime import tf

    names = [layer.name for layer in keras_vgg19.layers if "block4" in layer.name]
    model = tf.keras.Model(keras_vgg19.input, [keras_vgg19.get_layer(name).output for name in names])
    image = tf.constant(np.asarray(Image.open(photo).resize((224, 224)), np.float32) / 255.0)
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
@pytest.mark.parametrize(("recipe", "scales"), [("seed", 1), ("seed-multiscale", 4)])
def test_the_recipe_is_the_original_projects_algorithm(photo, weights, keras_vgg19, recipe, scales):
    dream = deepdream.dream(photo, recipe=recipe, weights=str(weights))
    picture, losses = original(photo, keras_vgg19, scales)
    assert dream.picture.shape == picture.shape
    np.testing.assert_allclose(np.concatenate(dream.losses), np.concatenate(losses), rtol=1e-4)
    apart = np.abs(dream.picture - picture).max(axis=2) > 1 / 255
    assert apart.mean() < 1e-3, "more than a handful of pixels, where a clip or a maximum ties"
