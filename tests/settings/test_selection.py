"""Which layers the terms of --layers match, and which terms raise."""

import pytest

from deepdream.errors import SelectionError
from deepdream.network.vgg import architecture
from deepdream.network.weights import manifest
from deepdream.settings.selection import Choice, choose

CHANNELS = {layer.name: layer.channels for layer in architecture.layers(manifest.read()["vgg19"].widths)}


def names(text: str) -> list[str]:
    return [choice.layer for choice in choose(text, CHANNELS)]


def test_a_block_matches_its_convolutions_and_its_pool():
    assert names("block4") == ["block4_conv1", "block4_conv2", "block4_conv3", "block4_conv4", "block4_pool"]


def test_any_part_of_a_name_matches():
    assert names("pool") == [f"block{n}_pool" for n in range(1, 6)]
    assert names("conv4") == ["block3_conv4", "block4_conv4", "block5_conv4"]
    assert len(names("conv")) == 16


def test_a_star_or_a_question_mark_makes_the_term_a_glob_for_the_whole_name():
    assert names("block?_conv1") == [f"block{n}_conv1" for n in range(1, 6)]
    assert names("*4") == ["block3_conv4", "block4_conv4", "block5_conv4"]


def test_a_weight_applies_to_each_layer_of_its_term():
    chosen = choose("block3_conv1=0.5,block4_conv*=-2", CHANNELS)
    assert [choice.weight for choice in chosen] == [0.5, -2, -2, -2, -2]


def test_channels_are_numbers_and_ranges_sorted_without_duplicates():
    assert choose("block4_conv2:87+12+200-203+12", CHANNELS) == (
        Choice("block4_conv2", (12, 87, 200, 201, 202, 203), 1.0),
    )


def test_channels_and_weight_go_together():
    assert choose("block1_conv2:3=0.25", CHANNELS) == (Choice("block1_conv2", (3,), 0.25),)


def test_a_layer_matched_twice_counts_once_and_takes_the_later_term():
    chosen = choose("block4=2,block4_conv2:5=3", CHANNELS)
    assert len(chosen) == 5
    assert chosen[1] == Choice("block4_conv2", (5,), 3.0)


def test_the_order_is_the_networks():
    assert names("block5_pool,block1_conv1") == ["block1_conv1", "block5_pool"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "blok4",
            "No layer of vgg19 matches 'blok4': its layers are block1_conv1 to block5_pool. "
            "Did you mean block4 or block5 or block3?",
        ),
        (
            "dense",
            "No layer of vgg19 matches 'dense': its layers are block1_conv1 to block5_pool. "
            "List them with: deepdream layers --network vgg19",
        ),
        ("block4_conv2:512", "Channel 512 of block4_conv2 does not exist: its channels are 0 to 511."),
        ("block:64", "Channel 64 of block1_conv1 does not exist: its channels are 0 to 63."),
        (
            "block4_conv2:9-3",
            "'9-3' in 'block4_conv2:9-3' is not a channel number or a range of them. Type for example :12+87+200-210.",
        ),
        ("block4=much", "The weight 'much' in 'block4=much' is not a number. Type for example block4=0.5."),
        ("block4=nan", "The weight 'nan' in 'block4=nan' is not a number. Type for example block4=0.5."),
        (
            "block4=1:3",
            "'block4=1:3' is not a term of a selection: it is a layer name, then :CHANNELS, then =WEIGHT. "
            "Type for example block4_conv2:12+87=0.5.",
        ),
        (" , ", "The selection ' , ' names no layer. Type for example --layers block4."),
        ("block4=0", "The selection 'block4=0' gives every layer the weight 0. Give one of them a weight."),
    ],
)
def test_an_invalid_term_raises_with_one_sentence(text, message):
    with pytest.raises(SelectionError) as refused:
        choose(text, CHANNELS, "vgg19")
    assert str(refused.value) == message


def test_a_full_name_matches_that_layer_alone():
    channels = {"mixed1": 4, "mixed10": 4, "mixed10.conv": 4, "conv": 4}
    assert [choice.layer for choice in choose("mixed1", channels)] == ["mixed1"]
    assert [choice.layer for choice in choose("mixed10=0.5", channels)] == ["mixed10"]
    assert [choice.layer for choice in choose("mixed*", channels)] == ["mixed1", "mixed10", "mixed10.conv"]
    assert [choice.layer for choice in choose("ixed1", channels)] == ["mixed1", "mixed10", "mixed10.conv"]
