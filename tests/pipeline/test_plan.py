"""Targets and their parts."""

import numpy as np
import pytest

from deepdream.gradient import engine
from deepdream.network.layers import truncate
from deepdream.network.weights import lookup
from deepdream.objectives.layers import layer_objective
from deepdream.pipeline.plan import Octave, Target
from deepdream.settings.selection import choose
from tests.support import random_picture, relative_error


@pytest.fixture(scope="module")
def pocket():
    return lookup.load("pocket", None)


def target(network, text, *, apart=True) -> Target:
    choices = choose(text, {layer.name: layer.channels for layer in network.table}, network.name)
    return Target(choices, truncate(network.table, {one.layer for one in choices}), "squares", apart=apart)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("block1", [{"block1_conv1", "block1_conv2", "block1_pool"}]),
        ("block1_conv1,block2_conv1,block5_conv2", [{"block1_conv1"}, {"block2_conv1"}, {"block5_conv2"}]),
        ("block4_conv4,block5_conv2", [{"block4_conv4", "block5_conv2"}]),
    ],
)
def test_layers_that_are_shaped_alike_share_a_gradient(pocket, text, parts):
    assert [set(part.layers) for part in target(pocket, text).parts()] == parts
    (whole,) = target(pocket, text, apart=False).parts()
    assert set(whole.layers) == set().union(*parts)


def test_the_parts_values_and_gradients_add_up_to_the_whole_ones(pocket):
    image = random_picture(61, 83)[None]
    whole = target(pocket, "block1=2,block2_conv1:3+5,block3_pool=0.5")
    parts = [engine.make(pocket, layer_objective(one.choices, "squares"))(image) for one in (*whole.parts(), whole)]
    (*values, value), (*slopes, slope) = zip(*parts, strict=True)
    assert len(values) == 3
    np.testing.assert_allclose(sum(values), value, rtol=1e-5)
    assert relative_error(sum(slopes), slope) < 1e-5


def test_a_network_is_shown_what_mirrors_beyond_the_borders():
    octave = Octave(
        size=(61, 83), steps=1, step_size=0.01, jitter=(0, 16), mirrors=(True, True), distance=None, targets=()
    )
    assert octave.shown == (61, 83 + 16)
