"""The grammar of groups and pairs, and what is refused."""

import pytest

from deepdream.compare import groups
from deepdream.compare.groups import Group
from deepdream.errors import SelectionError
from deepdream.network.layers import Layer


def test_the_default_groups():
    assert [group.name for group in groups.DEFAULT] == [
        "block1", "block2", "block3", "block4", "block5", "pooling", "convolutions"
    ]  # fmt: skip


def test_groups_as_typed():
    assert groups.parse("fine = block1,block2=0.5 ; Big Shapes=block5:3\nx=pool") == (
        Group("fine", "block1,block2=0.5"),
        Group("Big Shapes", "block5:3"),
        Group("x", "pool"),
    )
    assert groups.parse("Big Shapes!=block5")[0].stem == "big-shapes"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The groups '' name no group."),
        (" ; ", "The groups ' ; ' name no group."),
        ("block1", "The group 'block1' is not of the form NAME=SELECTION."),
        ("fine=", "The group 'fine=' is not of the form NAME=SELECTION."),
        ("=block1", "The group '=block1' has no name before its =."),
        ("!=block1", "The group '!=block1' has no name before its =."),
        ("a=block1;A=block2", "Two groups are called 'A'."),
        ("a=block1:x", "'x' in 'block1:x' is not a channel number or a range of them."),
    ],
)
def test_groups_that_are_refused(text, message):
    with pytest.raises(SelectionError) as caught:
        groups.parse(text)
    assert caught.value.message in (message, message.replace("'A'", "'a'"))
    assert caught.value.advice


def test_pairs_as_typed():
    names = [group.name for group in groups.pairs("1+3-4")]
    assert names == ["block1_conv2", "block1_pool", "block3_conv4", "block3_pool", "block4_conv4", "block4_pool"]
    assert all(group.paired for group in groups.pairs("1-5"))
    assert groups.pairs("none") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The pairs '' are not block numbers."),
        ("block1", "The pairs 'block1' are not block numbers."),
        ("3-1", "The pairs '3-1' are not block numbers."),
        ("4-7", "There is no block 6 to pair: blocks are 1 to 5."),
        ("0", "There is no block 0 to pair: blocks are 1 to 5."),
    ],
)
def test_pairs_that_are_refused(text, message):
    with pytest.raises(SelectionError) as caught:
        groups.pairs(text)
    assert caught.value.message == message


def test_a_network_without_blocks_is_compared_by_stride():
    table = tuple(
        Layer(name, "conv", 3, 4, stride, 3, counted=name.startswith("conv2d"))
        for name, stride in (("conv2d", 2), ("joined", 2), ("conv2d_1", 2), ("late", 8))
    )
    found = groups.of(table)
    assert [(group.name, group.selection, group.depth) for group in found] == [
        ("stride 2", "joined", 2),
        ("stride 8", "late", 8),
    ]


def test_pairs_follow_the_network_s_counts():
    assert [group.selection for group in groups.pairs("3", (2, 2, 3, 3, 3))] == ["block3_conv3", "block3_pool"]
