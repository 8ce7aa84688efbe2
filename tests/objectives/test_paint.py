"""Paint on one brush is that brush's selection; on several, each place follows its own."""

import numpy as np
import pytest

from deepdream.gradient import engine
from deepdream.network.objective import Paint
from deepdream.network.vgg import architecture
from deepdream.objectives.layers import layer_objective
from deepdream.objectives.paint import paint_objective, vectors
from deepdream.settings.selection import choose
from tests.support import SMALL, random_picture, relative_error, vgg

CHANNELS = {layer.name: layer.channels for layer in architecture.layers(SMALL)}


def painted(*brushes, index):
    return Paint(index, vectors([choose(brush, CHANNELS) for brush in brushes], CHANNELS))


def gradient_of_paint(arrays, layers, **how):
    return engine.make(vgg(arrays), paint_objective(layers), **how)


@pytest.mark.parametrize("algorithm", ["direct", "transpose", "bfloat16", "winograd", "strips"])
def test_all_paint_on_one_channel_is_that_channel_s_objective_exactly(small_arrays, algorithm):
    images = random_picture(51, 70)[None]
    paint = painted("block4_conv2:3", index=np.ones((51, 70), np.uint8))
    plain = engine.make(
        vgg(small_arrays), layer_objective(choose("block4_conv2:3", CHANNELS), "squares"), algorithm=algorithm
    )
    value, slope = gradient_of_paint(small_arrays, ("block4_conv2",), algorithm=algorithm)(images, None, paint)
    expected_value, expected = plain(images)
    assert expected.any()
    assert np.array_equal(slope, expected)
    assert np.array_equal(value, expected_value)


@pytest.mark.parametrize("brush", ["block3_conv1", "block4_conv2:1+3,block2_conv1:4=0.5", "block2_pool=2"])
def test_any_selection_can_be_a_brush(small_arrays, brush):
    images, choices = random_picture(43, 60)[None], choose(brush, CHANNELS)
    plain = engine.make(vgg(small_arrays), layer_objective(choices, "squares"))(images)
    layers = tuple(choice.layer for choice in choices)
    made = gradient_of_paint(small_arrays, layers)(images, None, painted(brush, index=np.ones((43, 60), np.uint8)))
    assert relative_error(made[1], plain[1]) < 1e-5
    assert made[0] == pytest.approx(plain[0], rel=1e-5)


def three_brushes():
    """Paint of three brushes on two layers, in shapes that no tile and no stride follows."""
    rows, columns = np.mgrid[:101, :147]
    index = ((rows // 13 + columns // 17) % 4).astype(np.uint8)
    return painted("block3_conv2:2", "block4_conv1:0+5", "block3_conv2:1,block4_conv1:2", index=index)


@pytest.mark.parametrize("wraps", [(False, False), (False, True)])
def test_tiles_of_paint_add_up_to_the_whole(small_arrays, wraps):
    size = (101, 144 if wraps[1] else 147)
    paint = three_brushes()
    paint = Paint(np.ascontiguousarray(paint.index[:, : size[1]]), paint.vectors)
    gradient = gradient_of_paint(small_arrays, ("block3_conv2", "block4_conv1"), wraps=wraps)
    images = random_picture(*size)[None]
    (value, slope), (tiled_value, tiled) = (gradient(images, tile, paint) for tile in (None, 40))
    assert relative_error(tiled, slope) < 2e-6
    assert tiled_value == pytest.approx(value, rel=1e-5)


def test_winograd_s_bands_take_the_paint_of_their_rows(small_arrays):
    layers, images = ("block3_conv2", "block4_conv1"), random_picture(101, 147)[None]
    direct, winograd = (
        gradient_of_paint(small_arrays, layers, algorithm=name)(images, None, three_brushes())
        for name in ("direct", "winograd")
    )
    assert relative_error(winograd[1], direct[1]) < 1e-3
    assert winograd[0] == pytest.approx(direct[0], rel=1e-4)


def test_another_channel_or_another_place_traces_nothing(small_arrays):
    traced = []
    objective = paint_objective(("block3_conv2",))

    def densities(*given):
        traced.append(1)
        return objective.densities(*given)

    gradient = engine.make(vgg(small_arrays), type(objective)(objective.layers, densities))
    images = random_picture(40, 56)[None]
    for channel, rows in ((1, 20), (2, 33), (5, 7)):
        index = np.zeros((40, 56), np.uint8)
        index[:rows] = 1
        gradient(images, None, painted(f"block3_conv2:{channel}", index=index))
    assert len(traced) == 1
