"""Each method on networks whose answer is known in closed form, and against Keras's own gradients."""

import numpy as np
import pytest

from deepdream.attribution import methods
from deepdream.attribution import target as targets
from deepdream.attribution.baselines import BASELINES
from deepdream.attribution.settings import METHODS
from deepdream.gradient import cost
from deepdream.network.layers import truncate
from deepdream.network.weights import lookup
from deepdream.objectives.layers import layer_objective
from deepdream.runtime import tf
from deepdream.settings import selection
from tests.attribution.colours import MEAN_RED, mapped, question, sees_colours
from tests.network import keras_examples
from tests.support import SMALL, random_arrays, random_picture, relative_error, vgg

SIZE = (37, 53)
WHITE = np.ones((*SIZE, 3), np.float32)
BRIGHT = 0.6 + 0.4 * random_picture(*SIZE)  # so bright that the channel that sees red is active everywhere
RED = "block1_conv1:2"


def per_pixel(change):
    """What each pixel gives to the mean over all, from the difference of its red."""
    return 255 * change / (SIZE[0] * SIZE[1])


@pytest.mark.parametrize("method", ["gradient-input", "integrated-gradients"])
def test_where_the_target_is_linear_each_pixel_gets_what_it_gives(method):
    found = mapped(method, question(sees_colours(), RED, BRIGHT, WHITE))
    np.testing.assert_allclose(found, per_pixel(BRIGHT[..., 0] - 1), rtol=1e-4, atol=1e-8)


def test_occlusion_of_a_linear_target_is_the_mean_of_what_the_patches_give():
    found = mapped("occlusion", question(sees_colours(), RED, BRIGHT, WHITE, patch=7))
    given = per_pixel(BRIGHT[..., 0].astype(np.float64) - 1)
    rows, columns = ([*range(0, side - 7, 3), side - 7] for side in SIZE)
    expected = np.zeros(SIZE)
    for row in range(SIZE[0]):
        for column in range(SIZE[1]):
            patches = [
                given[top : top + 7, left : left + 7].sum()
                for top in rows if top <= row < top + 7
                for left in columns if left <= column < left + 7
            ]  # fmt: skip
            expected[row, column] = np.mean(patches)
    np.testing.assert_allclose(found, expected, atol=2e-3 * np.abs(expected).max())  # differences of float32 values


def test_behind_a_relu_integrated_gradients_give_what_the_pixel_really_adds_and_the_gradient_more():
    picture = random_picture(*SIZE)
    asked = question(sees_colours(), RED, picture, np.zeros_like(picture), steps=500)
    red = 255 * picture[..., 0]
    adds = np.maximum(red - MEAN_RED, 0) / (SIZE[0] * SIZE[1])  # the channel is silent on black
    np.testing.assert_allclose(mapped("integrated-gradients", asked), adds, atol=255 / (SIZE[0] * SIZE[1]) / 500)
    slope = np.where(red > MEAN_RED, red, 0) / (SIZE[0] * SIZE[1])
    np.testing.assert_allclose(mapped("gradient-input", asked), slope, rtol=1e-4, atol=1e-8)


def test_the_midpoint_rule_is_exact_for_a_slope_that_is_linear_on_the_path():
    """The integral of the slope 3 + 4 s over 0..1 is 5."""
    for count in (1, 2, 7):
        assert np.mean(3 + 4 * methods.midpoints(count)) == pytest.approx(5, rel=1e-12)
    assert methods.midpoints(2).tolist() == [0.25, 0.75]


def test_grad_cam_weighs_channels_by_the_mean_of_their_gradient():
    picture = 0.55 + 0.45 * random_picture(*SIZE)
    network = sees_colours(np.float32([0, -1, 2, 0]), bias=1000)  # active everywhere, so its gradients are -1 and 2
    found = mapped("grad-cam", question(network, "block1_conv2:0", picture, WHITE, cam="block1_conv1"))
    green = np.maximum(255 * picture[..., 1] - 116.779, 0)
    red = np.maximum(255 * picture[..., 0] - MEAN_RED, 0)
    expected = np.maximum(2 * red - green, 0) / (SIZE[0] * SIZE[1])
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)
    assert (found == 0).any()


@pytest.mark.parametrize(("layer", "stride"), [("block1_conv2", 1), ("block2_conv1", 2)])
def test_grad_cam_of_a_channel_in_its_own_layer_is_where_it_is_active(layer, stride):
    picture = random_picture(*SIZE)
    network = vgg(random_arrays(SMALL))
    found = mapped("grad-cam", question(network, f"{layer}:3", picture, WHITE, cam=layer))
    seen = network.activations((layer,))(tf.constant(picture[None]))[layer][0, ..., 3].numpy()
    assert (found.shape, seen.shape) == (SIZE, (37 // stride, 53 // stride))
    if stride == 1:
        np.testing.assert_allclose(found, seen / seen.size, rtol=1e-4, atol=1e-9)
    row, column = np.unravel_index(np.argmax(found), SIZE)
    assert (row // stride, column // stride) == np.unravel_index(np.argmax(seen), seen.shape)


@pytest.mark.parametrize("baseline", BASELINES)
def test_integrated_gradients_are_complete_on_a_deep_network_at_an_odd_size(baseline):
    picture = random_picture(*SIZE)
    against = BASELINES[baseline](picture)
    asked = question(vgg(random_arrays(SMALL)), "block3_conv2:1,block2_pool=0.5", picture, against, steps=256)
    value, other = asked.target.values([picture, against])
    total = mapped("integrated-gradients", asked).sum(dtype=np.float64)
    assert total == pytest.approx(value - other, abs=2e-3 * max(abs(value), abs(other)))
    few = mapped("integrated-gradients", question(vgg(random_arrays(SMALL)), "block3_conv2:1,block2_pool=0.5", picture,
                                                  against, steps=1)).sum(dtype=np.float64)  # fmt: skip
    assert abs(few - (value - other)) > abs(total - (value - other))


def test_keras_finds_the_same_integrated_gradients_and_grad_cam(tmp_path):
    file = keras_examples.saved(keras_examples.branching(), tmp_path / "mine.keras")
    network, picture = lookup.load(str(file)), random_picture(45, 62)
    baseline = np.full_like(picture, 0.25)
    asked = question(network, "wide:2+5", picture, baseline, steps=16, cam="join")
    model = tf.keras.models.load_model(file)
    truth = tf.keras.Model(model.input, [model.get_layer("join").output, model.get_layer("wide").output])
    total = np.zeros_like(picture)
    for step in range(16):
        shown = tf.constant((baseline + (step + 0.5) / 16 * (picture - baseline))[None] * 255)
        with tf.GradientTape() as tape:
            tape.watch(shown)
            value = tf.reduce_mean(tf.gather(truth(shown, training=False)[1], [2, 5], axis=-1))
        total += tape.gradient(value, shown)[0].numpy() * 255 / 16
    expected = ((picture - baseline) * total).sum(axis=-1)
    assert relative_error(mapped("integrated-gradients", asked), expected) < 1e-3

    with tf.GradientTape() as tape:
        shown = tf.constant(picture[None] * 255)
        tape.watch(shown)
        join, wide = truth(shown, training=False)
        value = tf.reduce_mean(tf.gather(wide, [2, 5], axis=-1))
    weights = tape.gradient(value, join)[0].numpy().mean(axis=(0, 1))
    activation, slope = asked.target.channels(picture, "join")
    np.testing.assert_allclose(slope.mean(axis=(0, 1)), weights, rtol=1e-3, atol=1e-9)
    np.testing.assert_allclose(activation, join[0], rtol=1e-4, atol=1e-5)


def test_in_tiles_the_target_and_its_gradient_are_the_same():
    picture = random_picture(150, 205)
    network = vgg(random_arrays(SMALL))
    table = truncate(network.table, {"block2_conv2"})
    whole = cost.process(table, (150, 205), (150, 205), weights=network.nbytes)
    objective = layer_objective(selection.choose("block2_conv2:1", {row.name: row.channels for row in table}))
    found = [targets.of(network, objective, (150, 205), allowed=allowed) for allowed in (2 * whole, whole - 40_000)]
    (value,), (tiled,) = ([*target.values([picture])] for target in found)
    assert tiled == pytest.approx(value, rel=1e-5)
    ((_, slope),), ((_, in_tiles),) = ([*target.gradients([picture])] for target in found)
    assert relative_error(in_tiles, slope) < 1e-5


def test_batches_change_nothing_and_hold_no_more_than_they_may():
    pictures = [random_picture(*SIZE, seed) for seed in range(40)]
    network = vgg(random_arrays(SMALL))
    target = question(network, "block2_conv1", pictures[0], WHITE).target
    taken = []

    def watched():
        for number, picture in enumerate(pictures):
            taken.append(number)
            yield picture

    values = target.values(watched())
    first = next(values)
    assert len(taken) == targets.LARGEST_BATCH  # not all of them at once
    alone = [next(target.values([picture])) for picture in pictures]
    np.testing.assert_allclose([first, *values], alone, rtol=1e-5)


@pytest.mark.parametrize(("side", "patch"), [(37, 7), (53, 8), (5, 5), (5, 1), (6, 3)])
def test_patches_cover_every_pixel_and_end_at_the_border(side, patch):
    starts = methods.starts(side, patch)
    assert {pixel for start in starts for pixel in range(start, start + patch)} == set(range(side))
    assert starts == sorted(set(starts))


def test_the_table_has_the_methods_of_the_settings():
    assert tuple(methods.METHODS) == METHODS
