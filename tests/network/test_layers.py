"""What follows from the table of layers."""

import pytest

from deepdream.errors import ImageError
from deepdream.network.layers import Layer, check_size, neediest

COARSE = Layer("coarse", "conv", 8, 16, stride=32, receptive_field=100)
WIDE = Layer("wide", "conv", 16, 16, stride=8, receptive_field=100, smallest=75)  # as where nothing is padded


def test_the_neediest_layer_is_not_always_the_coarsest():
    assert neediest((WIDE, COARSE)) == WIDE
    assert neediest((COARSE, Layer("twin", "pool", 16, 16, stride=32, receptive_field=132))).name == "twin"


def test_a_picture_without_a_position_is_rejected_with_both_sizes():
    check_size("The picture is", (75, 300), WIDE, "")
    with pytest.raises(ImageError) as refused:
        check_size("The picture is", (300, 74), WIDE, "Choose an earlier layer.")
    assert str(refused.value) == "The picture is 74x300; wide needs 75 pixels on each side. Choose an earlier layer."
