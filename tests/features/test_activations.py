"""Which channels a picture excites, on networks where it is known."""

from dataclasses import replace

import numpy as np
import pytest

from deepdream.features import activations
from deepdream.network.vgg import architecture
from deepdream.objectives import excitement
from tests.support import SMALL, random_arrays, random_picture, vgg


@pytest.fixture
def sees_colours():
    """A network whose first layer's channels 0, 1, 2 are blue, green and red, and whose channel 3 is silent."""
    arrays = random_arrays(SMALL)
    kernel = np.zeros((3, 3, 3, 4), np.float32)
    for colour in range(3):
        kernel[1, 1, colour, colour] = 1
    return vgg(arrays | {"block1_conv1": (kernel, np.zeros(4, np.float32))})


def test_a_red_patch_is_found_by_the_channel_that_sees_red(sees_colours):
    picture = np.zeros((33, 50, 3), np.float32)
    picture[10:14, 20:30, 0] = 1
    picture[12, 26, 0] = 1
    (found,) = activations.rank(sees_colours, picture, {"block1_conv1": None}, top=4).values()
    assert [one.channel for one in found] == [2]  # the silent ones are left out
    assert found[0].spread == pytest.approx(40 / (33 * 50))
    assert found[0].mean == pytest.approx(40 * (255 - 123.68) / (33 * 50), rel=1e-4)
    assert 10 <= found[0].peak[0] < 14
    assert 20 <= found[0].peak[1] < 30
    assert (found[0].map > 0).sum() == 40


def test_the_peak_of_a_deep_layer_is_given_in_pixels_of_the_picture(sees_colours):
    arrays = dict(sees_colours.arrays)
    for name in ("block1_conv2", "block2_conv1"):
        kernel = np.zeros_like(arrays[name][0])
        kernel[1, 1, 2, 2] = 1
        arrays[name] = kernel, np.zeros_like(arrays[name][1])
    picture = np.zeros((64, 80, 3), np.float32)
    picture[40:44, 60:64, 0] = 1
    (found,) = activations.rank(vgg(arrays), picture, {"block2_conv1": None}, top=1).values()
    assert found[0].channel == 2
    assert 40 <= found[0].peak[0] < 44
    assert 60 <= found[0].peak[1] < 64


def test_channels_are_ranked_by_mean_over_baseline():
    weights, picture = vgg(random_arrays(SMALL)), random_picture(40, 53)
    maps = excitement.feature_maps(weights, picture, ["block3_conv1"])["block3_conv1"]
    ratio = maps.mean(axis=(0, 1)) / excitement.usual(weights, ["block3_conv1"])["block3_conv1"]
    (found,) = activations.rank(weights, picture, {"block3_conv1": None}, top=3).values()
    assert [one.channel for one in found] == np.argsort(-ratio)[:3].tolist()
    np.testing.assert_allclose([one.excitement for one in found], np.sort(ratio)[::-1][:3], rtol=1e-6)
    (some,) = activations.rank(weights, picture, {"block3_conv1": (0, 4)}, top=3).values()
    assert {one.channel for one in some} <= {0, 4}


def test_a_channels_scale_does_not_change_its_excitement():
    arrays, picture = random_arrays(SMALL), random_picture(40, 53)
    kernel, bias = (array.copy() for array in arrays["block2_conv2"])
    kernel[..., 1] *= 3
    bias[1] *= 3
    before, after = (
        {one.channel: one.excitement for one in activations.rank(net, picture, {"block2_conv2": None}, top=9)[
            "block2_conv2"]}
        for net in (vgg(arrays), vgg(arrays | {"block2_conv2": (kernel, bias)}))
    )  # fmt: skip
    assert after[1] == pytest.approx(before[1], rel=1e-3)


def test_the_usual_is_what_the_file_says_where_it_says_it():
    arrays, means = random_arrays(SMALL), np.array([2.0, 0.0, 4.0, 6.0], np.float32)
    knows = replace(vgg(arrays), usual={"block1_conv1": means})
    assert excitement.usual(knows, ["block1_conv1"])["block1_conv1"].tolist() == pytest.approx([2, 0.3, 4, 6])
    both = ["block1_conv1", "block2_conv1"]  # one of them has to be measured, and then both are, by one measure
    for name, mean in excitement.usual(vgg(arrays), both).items():
        np.testing.assert_array_equal(excitement.usual(knows, both)[name], mean)


def test_around_a_point_are_the_positions_that_mostly_see_it():
    layer = next(layer for layer in architecture.layers(SMALL) if layer.name == "block3_conv1")  # stride 4, sees 24
    rows, columns = np.mgrid[:10, :13]
    found = activations.around(np.stack([rows, columns], axis=-1), layer, (17, 30))
    assert np.unique(found[..., 0]).tolist() == [2, 3, 4, 5]  # positions 4 pixels apart, from 17 - 6 to 17 + 6
    assert np.unique(found[..., 1]).tolist() == [6, 7, 8, 9]
    assert activations.around(np.zeros((1, 1, 3)), layer, (400, 400)).shape == (1, 1, 3)
    whole = np.zeros((5, 6, 3))
    assert activations.around(whole, layer, None) is whole


def test_only_what_is_at_the_point_counts(sees_colours):
    picture = np.zeros((64, 80, 3), np.float32)
    picture[:10, :10, 2] = 1  # much blue in a corner, a little red elsewhere
    picture[40:42, 60:62, 0] = 1
    first = {}
    for at in (None, (41, 61), (5, 5)):
        (found,) = activations.rank(sees_colours, picture, {"block1_conv1": None}, top=4, at=at).values()
        first[at] = [one.channel for one in found]
    assert set(first[None]) == {0, 2}
    assert first[41, 61] == [2]
    assert first[5, 5] == [0]
