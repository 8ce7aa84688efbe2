"""The layers to look at."""

import pytest

from deepdream.errors import ImageError, SelectionError
from deepdream.features import layers
from deepdream.network.weights import lookup

LAST = ["block1_conv2", "block2_conv2", "block3_conv4", "block4_conv4", "block5_conv4"]


@pytest.fixture(scope="module")
def pocket():
    return lookup.load("pocket")


def test_each_blocks_last_convolution_unless_asked_otherwise(pocket):
    assert layers.choose(None, pocket, (90, 91)).layers == dict.fromkeys(LAST)
    asked = layers.choose("block1_conv2:1+3,block2_p=0.5", pocket, (90, 91)).layers
    assert asked == {"block1_conv2": (1, 3), "block2_pool": None}


def test_layers_that_are_too_deep_are_left_out_by_default_with_a_note(pocket):
    found = layers.choose(None, pocket, (7, 300))
    assert list(found.layers) == LAST[:3]
    assert found.note == "block4_conv4, block5_conv4 left out: the picture is 300x7."


def test_a_selected_layer_that_is_too_deep_is_refused(pocket):
    with pytest.raises(ImageError) as caught:
        layers.choose("block1,block5_pool", pocket, (31, 300))
    assert str(caught.value) == (
        "The picture is 300x31; block5_pool needs 32 pixels on each side. "
        "Choose an earlier layer or a picture of 32x32 at least."
    )


@pytest.mark.parametrize("target", ["class:leopard", "block4_conv2:top3", "block4_conv2:like(a.jpg)"])
def test_a_computed_target_is_no_channel_to_rank(pocket, target):
    layer = "block5_conv4" if target.startswith("class") else "block4_conv2"
    with pytest.raises(SelectionError) as caught:
        layers.choose(target, pocket, (90, 91))
    assert str(caught.value) == f"{target} is no channel: activations ranks channels. Type for example {layer}."
