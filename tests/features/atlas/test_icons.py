"""Icons point where they should."""

import numpy as np
import pytest

from deepdream.features import objective
from deepdream.features.atlas import icons
from deepdream.features.atlas.settings import AtlasSettings
from deepdream.runtime import tf
from tests.support import SMALL, random_arrays, random_picture, vgg

NETWORK = vgg(random_arrays(SMALL))
LAYER = next(row for row in NETWORK.table if row.name == "block2_conv2")


def test_the_objective_is_the_dot_product_times_a_power_of_the_cosine():
    responses = np.random.default_rng(0).random((2, 3, 5, 4)).astype(np.float32)  # positive, so no leak
    vectors = np.float32([[1, 2, 0, 2], [0, 0, 3, 4]])
    found = objective.along(tf.constant(responses), tf.constant(vectors), neuron=False, leak=0.0, cosine=4.0).numpy()
    for number, vector in enumerate(vectors):
        rows = responses[number].reshape(-1, 4)
        cosines = rows @ vector / np.linalg.norm(rows, axis=1) / np.linalg.norm(vector)
        assert found[number] == pytest.approx((rows @ vector * np.maximum(cosines, 0.1) ** 4).mean(), rel=1e-4)


def test_an_icon_is_closer_to_its_direction_than_other_pictures_and_other_icons():
    directions = np.abs(np.random.default_rng(1).normal(size=(3, LAYER.channels))).astype(np.float32)
    (*shares,) = icons.draw(NETWORK, LAYER, directions, AtlasSettings(steps=40))
    drawn = [one for one in shares if not isinstance(one, float)]
    numbers = [one for one in shares if isinstance(one, float)]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 1
    assert len(drawn) == 3

    def cosines(pixels):
        seen = NETWORK.activations((LAYER.name,))(tf.constant(pixels[None]))[LAYER.name].numpy().mean(axis=(0, 1, 2))
        return directions @ seen / np.linalg.norm(directions, axis=1) / np.linalg.norm(seen)

    noise = np.max([cosines(random_picture(128, 128, seed)) for seed in range(8)], axis=0)
    for number, icon in enumerate(drawn):
        assert cosines(icon)[number] > noise[number]
