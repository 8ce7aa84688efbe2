"""Guides on features whose best matches are known, and on a small random network."""

import numpy as np
import pytest

from deepdream.errors import ImageError
from deepdream.gradient import engine
from deepdream.network import objective as objectives
from deepdream.network.vgg import architecture
from deepdream.objectives import guides
from deepdream.objectives.layers import layer_objective
from deepdream.runtime import tf
from deepdream.settings.selection import Choice, choose
from tests.support import SMALL, random_picture, relative_error, vgg

WHOLE = (Choice("layer", None, 1.0),)


def chosen(text):
    """The selected layers of the small network, and the choices."""
    table = architecture.layers(SMALL)
    choices = choose(text, {layer.name: layer.channels for layer in table})
    names = {choice.layer for choice in choices}
    return [layer for layer in table if layer.name in names], choices


def features(arrays, pictures, layers):
    """The guides' features on the small network."""
    return guides.features(pictures, vgg(arrays).activations(tuple(layer.name for layer in layers)), layers)


def guided(arrays, text, pictures, **how):
    """The objective of a guided dream on the small network."""
    layers, choices = chosen(text)
    return guides.guide_objective(features(arrays, pictures, layers), choices, **how)


def hidden_matches(seed=0):
    """A guide's features, noisy copies of some of them, and which feature each was copied from."""
    rng = np.random.default_rng(seed)
    known = np.abs(rng.normal(size=(23, 12))).astype(np.float32)
    true = rng.integers(0, 23, size=(2, 5, 7))
    activations = known[true] + 0.1 * rng.normal(size=(2, 5, 7, 12))
    return known, activations.astype(np.float32), true


def value_and_gradient(objective, activations):
    variable = tf.constant(activations)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = objectives.value(objective, {"layer": variable})
    return value.numpy(), tape.gradient(value, variable).numpy()


def test_each_position_is_pulled_toward_the_feature_it_was_copied_from():
    known, activations, true = hidden_matches()
    value, slope = value_and_gradient(guides.guide_objective({"layer": [(known, 1.0)]}, WHOLE), activations)
    np.testing.assert_allclose(slope, known[true] / (5 * 7 * 12), rtol=1e-5)
    np.testing.assert_allclose(value, (activations * known[true]).mean(axis=(1, 2, 3)), rtol=1e-5)


@pytest.mark.parametrize("scores", [1, 70 * 3, 70 * 22, 70 * 23, 2**24])  # blocks of 1, 3, 22, 23 and all of 23
def test_the_size_of_the_blocks_does_not_change_the_matches(scores):
    known, activations, true = hidden_matches()
    found = guides.best(tf.constant(activations.reshape(-1, 12)), tf.constant(known), scores)
    np.testing.assert_array_equal(found, true.ravel())


def test_a_strong_feature_does_not_win_everywhere():
    known, activations, true = hidden_matches()
    true[true == 4] = 5
    activations = known[true]
    known[4] += 1000  # by the plain dot product it would be the match of every position
    _, slope = value_and_gradient(guides.guide_objective({"layer": [(known, 1.0)]}, WHOLE), activations)
    np.testing.assert_allclose(slope, known[true] / (5 * 7 * 12), rtol=1e-5)


def test_several_guides_are_averaged_by_their_weights():
    known, activations, _ = hidden_matches()
    other, _, _ = hidden_matches(seed=1)
    alone = [
        value_and_gradient(guides.guide_objective({"layer": [(features, 1.0)]}, WHOLE), activations)
        for features in (known, other)
    ]
    both = value_and_gradient(guides.guide_objective({"layer": [(known, 3.0), (other, -0.5)]}, WHOLE), activations)
    for found, first, second in zip(both, *alone, strict=True):
        np.testing.assert_allclose(found, (3 * first - 0.5 * second) / 2, atol=1e-5)


def test_only_the_chosen_channels_are_matched_and_pulled():
    known, activations, _ = hidden_matches()
    few = (Choice("layer", (1, 4, 7), 2.0),)
    value, slope = value_and_gradient(guides.guide_objective({"layer": [(known, 1.0)]}, few), activations)
    alone = guides.guide_objective({"layer": [(known[:, [1, 4, 7]], 1.0)]}, (Choice("layer", None, 2.0),))
    true_value, true_slope = value_and_gradient(alone, activations[..., [1, 4, 7]])
    np.testing.assert_allclose(value, true_value, rtol=1e-5)
    np.testing.assert_allclose(slope[..., [1, 4, 7]], true_slope, rtol=1e-5)
    assert not slope[..., [0, 2, 3]].any()


@pytest.mark.parametrize("text", ["block3_conv2", "block2=0.5,block4_conv1"])
def test_a_picture_that_is_its_own_guide_is_pulled_toward_what_it_is_and_no_further(small_arrays, text):
    picture = random_picture(53, 71)
    own = guided(small_arrays, text, [(picture, 1.0)])
    _, choices = chosen(text)
    value, slope = engine.make(vgg(small_arrays), own)(picture[None])
    true_value, true_slope = engine.make(vgg(small_arrays), layer_objective(choices, "squares"))(picture[None])
    assert value[0] == pytest.approx(true_value[0], rel=1e-4)
    assert relative_error(2 * slope, true_slope) < 1e-3  # the match is held fixed; in a square both factors move


def test_tiles_are_exact_for_a_guide(small_arrays):
    picture = random_picture(117, 150)[None]
    pictures = [(random_picture(37, 29, seed=1), 1.0), (random_picture(64, 41, seed=2), 0.5)]
    objective = guided(small_arrays, "block3_conv2,block3_pool=2", pictures)
    value, slope = engine.make(vgg(small_arrays), objective)(picture)
    tiled_value, tiled_slope = engine.make(vgg(small_arrays), objective)(picture, 40)
    assert tiled_value[0] == pytest.approx(value[0], rel=1e-5)
    assert relative_error(tiled_slope, slope) < 1e-4


def test_a_step_along_the_gradient_brings_the_picture_closer_to_its_guide(small_arrays):
    picture = random_picture(48, 61)[None]
    objective = guided(small_arrays, "block3_conv2", [(random_picture(40, 33, seed=5), 1.0)])
    gradient = engine.make(vgg(small_arrays), objective)
    value, slope = gradient(picture)
    closer, _ = gradient(picture + 1e-3 * slope / np.abs(slope).mean())
    assert closer[0] > value[0]


def test_guides_of_any_size_give_one_feature_per_position(small_arrays):
    layers, _ = chosen("block2_conv1,block3_pool")
    pictures = [(random_picture(37, 29), 1.0), (random_picture(8, 100), 0.25)]
    found = features(small_arrays, pictures, layers)
    assert [(known.shape, weight) for known, weight in found["block2_conv1"]] == [
        ((18 * 14, SMALL[1]), 1.0),
        ((4 * 50, SMALL[1]), 0.25),
    ]
    assert [known.shape for known, _ in found["block3_pool"]] == [(4 * 3, SMALL[2]), (1 * 12, SMALL[2])]


def test_a_guide_too_small_for_the_layer_raises_with_its_size_and_the_minimum(small_arrays):
    layers, _ = chosen("block2,block4_pool")
    with pytest.raises(ImageError) as refused:
        features(small_arrays, [(random_picture(15, 40), 1.0)], layers)
    assert refused.value.message == "The guide is 40x15; block4_pool needs 16 pixels on each side."
