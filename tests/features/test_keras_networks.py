"""Features of networks that Keras computes: pictures that excite their channels, and channels that pictures excite."""

import numpy as np
import pytest

from deepdream.errors import ImageError, SettingError
from deepdream.features import activations, layers, render
from deepdream.features.request import understand
from deepdream.features.settings import SEES_MUCH, FeatureSettings, default_size
from deepdream.images import heatmap
from deepdream.network.layers import Layer
from deepdream.network.weights import lookup
from deepdream.objectives import excitement
from deepdream.runtime import tf
from tests.network import keras_examples
from tests.support import random_picture

keras = tf.keras


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return str(keras_examples.saved(keras_examples.branching(), tmp_path_factory.mktemp("own") / "mine.keras"))


@pytest.fixture(scope="module")
def loaded(own):
    return lookup.load(own)


@pytest.mark.parametrize(("text", "before"), [("mix_relu:3", "mix_norm"), ("way:4", "way"), ("join:1+2", "join")])
def test_a_picture_excites_its_channel_more_than_any_noise(own, text, before):
    """Measured before the ReLU, by Keras's own layer."""
    request = understand(text, FeatureSettings(steps=60, rate=0.3, size=(45, 52)), network=own)
    made = [one for one in render.make(request, request.features) if isinstance(one, render.Made)]
    model = keras.models.load_model(own)
    truth = keras.Model(model.input, model.get_layer(before).output)
    noise = np.stack([random_picture(45, 52, seed) for seed in range(8)])
    usual = truth(noise * 255.0, training=False).numpy().mean(axis=(1, 2))
    for one in made:
        seen = truth(one.pixels[None] * 255.0, training=False).numpy()[0, ..., one.feature.channel]
        assert seen.mean() > usual[:, one.feature.channel].max()
        assert np.maximum(seen, 0).mean() == pytest.approx(one.response, rel=1e-3)


def test_a_convolution_with_its_relu_inside_is_climbed_before_it(own):
    request = understand("wide", FeatureSettings(steps=40, size=(45, 52)), network=own)
    model = keras.models.load_model(own)
    truth = keras.Model(model.input, model.get_layer("wide").output)
    grey = truth(np.full((1, 45, 52, 3), 127.5, np.float32)).numpy().mean(axis=(0, 1, 2))
    assert (grey == 0).any()  # silent channels, which have no gradient after their ReLU
    for one in render.make(request, request.features):
        if isinstance(one, render.Made):
            seen = truth(one.pixels[None] * 255.0).numpy()[0, ..., one.feature.channel].mean()
            assert seen == pytest.approx(one.response, rel=1e-3, abs=1e-5)
            assert seen > grey[one.feature.channel]


def test_what_a_channel_dislikes_and_a_neuron_s_picture_are_made_too(own):
    for given in ({"negative": True}, {"neuron": True}, {"diversity": 2}, {"plain": True}):
        request = understand("wide:2", FeatureSettings(steps=4, size=(45, 52), **given), network=own)
        made = [one for one in render.make(request, request.features) if isinstance(one, render.Made)]
        assert all(np.isfinite(one.pixels).all() for one in made)


def test_bfloat16_is_refused_and_auto_is_float32(own):
    with pytest.raises(SettingError) as refused:
        understand("wide:2", FeatureSettings(size=(45, 52), precision="bfloat16"), network=own)
    assert refused.value.message == (
        f"precision bfloat16 can't be used with {own.rpartition('/')[2]}: it is computed in the precision it was "
        "saved in."
    )
    assert understand("wide:2", FeatureSettings(size=(45, 52)), network=own).settings.precision == "float32"


def test_a_picture_too_small_for_its_layer_is_refused(own):
    with pytest.raises(ImageError, match=r"wide needs 1\d pixels on each side"):
        understand("wide:2", FeatureSettings(size=(9, 40)), network=own)


def test_pictures_grow_with_the_receptive_field_up_to_a_bound():
    layer = Layer("a", "conv", 3, 4, 32, 1311)
    assert default_size(layer, whole=True) == (SEES_MUCH, SEES_MUCH)
    assert default_size(Layer("a", "conv", 3, 4, 32, 0)) == (SEES_MUCH // 2, SEES_MUCH // 2)


def test_the_default_layers_are_the_last_of_each_stride(loaded):
    assert list(layers.choose(None, loaded, (90, 91)).layers) == ["join", "wide"]
    assert layers.choose(None, loaded, (9, 91)).note == "wide left out: the picture is 91x9."


def test_excitement_is_the_mean_over_the_baseline_also_below_zero(loaded):
    picture = random_picture(57, 70)
    found = activations.rank(loaded, picture, {"way": None, "wide": (3, 4)}, top=5)
    maps = excitement.feature_maps(loaded, picture, ("way", "wide"))
    normal = excitement.usual(loaded, ("way",))["way"]
    assert normal.min() > 0
    for one in found["way"]:
        assert one.mean == pytest.approx(maps["way"][..., one.channel].mean(), rel=1e-5)
        assert one.excitement == pytest.approx(one.mean / normal[one.channel], rel=1e-4)
    assert {one.channel for one in found["wide"]} <= {3, 4}
    assert all(0 <= one.peak[0] < 57 and 0 <= one.peak[1] < 70 for layer in found.values() for one in layer)


@pytest.mark.parametrize("rows", [5, 6, 7])
def test_heat_covers_the_picture_for_any_padding(rows):
    pixels = random_picture(49, 56)
    assert heatmap.overlay(pixels, np.random.default_rng(0).normal(size=(rows, rows)).astype(np.float32), 8).shape == (
        49,
        56,
        3,
    )
