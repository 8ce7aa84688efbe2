"""The gradient in bands against the plain one: whole, in tiles, wrapped, odd, for several images and threads."""

from functools import partial

import numpy as np
import pytest

from deepdream.gradient import engine
from deepdream.gradient.winograd import bands
from deepdream.network.layers import truncate
from deepdream.network.vgg import architecture
from deepdream.objectives.layers import layer_objective
from deepdream.settings.selection import choose
from tests.objectives.test_guides import guided
from tests.support import SMALL, random_picture, relative_error, vgg

CASES = {
    "a first layer alone": ("block1_conv1", (37, 53), {}),
    "several blocks, odd, raw": ("block1_conv2,block3=0.5", (101, 75), {"space": "raw"}),
    "pools and single channels": ("block2_pool=-1,block4_conv2:1+3", (129, 95), {}),
    "the deepest pool, smaller than the bands": ("block5_pool", (65, 47), {}),
    "tiles that reach outside": ("block3_conv4", (101, 75), {"tile": 48}),
    "wrapped one way": ("block3_conv1", (64, 48), {"tile": 40, "wraps": (False, True)}),
}


def made(text, arrays, *, tile=None, **more):
    table = architecture.layers(SMALL)
    choices = choose(text, {layer.name: layer.channels for layer in table})
    gradient = engine.make(vgg(arrays), layer_objective(choices, "squares"), **more)
    return partial(gradient, tile=tile)


@pytest.mark.parametrize(("text", "size", "more"), CASES.values(), ids=CASES.keys())
def test_bands_give_the_plain_value_and_gradient(text, size, more, small_arrays):
    image = random_picture(*size)[None]
    plain_value, plain = made(text, small_arrays, **more)(image)
    value, slope = made(text, small_arrays, algorithm="winograd", **more)(image)
    assert value[0] == pytest.approx(plain_value[0], rel=1e-5)
    assert relative_error(slope, plain) < 1e-4


def test_every_image_of_a_batch_has_its_own_bands(small_arrays):
    images = np.stack([random_picture(37, 53), random_picture(37, 53, seed=1), random_picture(37, 53, seed=2)])
    plain_values, plain = made("block2", small_arrays)(images)
    values, slopes = made("block2", small_arrays, algorithm="winograd")(images)
    assert values == pytest.approx(plain_values, rel=1e-5)
    assert relative_error(slopes, plain) < 1e-4


def test_a_guide_pulls_alike_in_bands(small_arrays):
    objective = guided(small_arrays, "block2_conv2", [(random_picture(33, 41, seed=5), 1.0)])
    network, image = vgg(small_arrays), random_picture(37, 53)[None]
    plain_value, plain = engine.make(network, objective)(image)
    value, slope = engine.make(network, objective, algorithm="winograd")(image)
    assert value[0] == pytest.approx(plain_value[0], rel=1e-5)
    assert relative_error(slope, plain) < 1e-4


@pytest.mark.parametrize(
    ("shape", "threads", "wanted"),
    [
        ((1, 512, 300, 3), 2, (1, 2, 256)),
        ((1, 600, 900, 3), 2, (1, 2, 320)),  # whole tiles at stride 8
        ((1, 600, 900, 3), 1, (1, 1, 608)),
        ((2, 600, 900, 3), 2, (2, 1, 608)),  # images are shared out before rows
        ((1, 40, 900, 3), 16, (1, 2, 32)),  # no more bands than there are tiles
    ],
)
def test_bands_are_whole_tiles_at_every_convolution(shape, threads, wanted):
    table = truncate(architecture.layers(SMALL), {"block4_conv1"})
    assert bands.cut(shape, table, threads) == wanted


def test_a_size_is_traced_once(small_arrays, monkeypatch):
    gradient = made("block1", small_arrays, algorithm="winograd", tile=48)
    gradient(random_picture(101, 75)[None])
    monkeypatch.setattr(bands, "_forward", None)  # a trace would call it
    gradient(random_picture(101, 75, seed=1)[None])
    gradient(random_picture(80, 120)[None])  # its windows have the same shape
