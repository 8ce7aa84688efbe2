"""A step along the gradient increases every objective, on a small random network."""

import numpy as np
import pytest

from deepdream.gradient import engine
from deepdream.network.vgg import architecture
from deepdream.objectives.layers import KINDS, layer_objective
from deepdream.settings.selection import choose
from tests.objectives.test_guides import guided
from tests.support import SMALL, random_picture, vgg

LAYERS = "block2_pool=2,block3_conv2:1+4"


def assert_larger(arrays, objective):
    """Assert that a small step along the gradient increases the objective and one against it decreases it."""
    picture = random_picture(48, 61)[None]
    gradient = engine.make(vgg(arrays), objective)
    value, slope = gradient(picture)
    step = 1e-3 * slope / np.abs(slope).mean()
    assert gradient(picture - step)[0][0] < value[0] < gradient(picture + step)[0][0]


@pytest.mark.parametrize("kind", KINDS)
def test_layers(small_arrays, kind):
    table = architecture.layers(SMALL)
    choices = choose(LAYERS, {layer.name: layer.channels for layer in table})
    assert_larger(small_arrays, layer_objective(choices, kind))


def test_guides(small_arrays):
    pictures = [(random_picture(40, 33, seed=5), 1.0), (random_picture(24, 57, seed=6), 0.5)]
    assert_larger(small_arrays, guided(small_arrays, LAYERS, pictures))
