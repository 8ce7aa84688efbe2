"""A negative weight makes a layer weaker than it was in the picture, and not only weaker than it would have become."""

import numpy as np
import pytest

import deepdream
from deepdream import images
from deepdream.ascent.transforms import silent_or_normalized
from deepdream.network.weights import lookup
from deepdream.pipeline import plan, provenance
from deepdream.pipeline.request import understand
from deepdream.runtime import tf
from tests.support import random_picture

QUICK = {"network": "pocket", "octaves": 2, "steps": 6, "jitter": 4}


@pytest.fixture(scope="module")
def activation():
    """The mean square of a block's activations on a picture."""
    network = lookup.load("pocket")
    names = {block: [layer.name for layer in network.table if layer.name.startswith(block)] for block in BLOCKS}
    look = network.activations(tuple(name for found in names.values() for name in found))

    def measure(picture, block):
        seen = look(tf.constant(picture[None], tf.float32))
        return float(np.mean([np.square(seen[name].numpy()).mean() for name in names[block]]))

    return measure


BLOCKS = ("block2", "block3", "block5")


@pytest.mark.parametrize(("up", "down"), [("block5", "block2"), ("block5", "block3")])
def test_a_suppressed_layer_ends_below_the_original_and_the_other_above_it(activation, up, down):
    picture = images.read(deepdream.SAMPLE, max_side=150).pixels
    made = deepdream.dream(picture, layers=f"{up},{down}=-1", **QUICK).picture
    assert activation(made, down) < activation(picture, down)
    assert activation(made, up) > activation(picture, up)


def test_relative_weights_suppress_below_the_original_and_absolute_ones_keep_their_old_meaning(activation):
    picture = images.read(deepdream.SAMPLE, max_side=150).pixels
    relative, absolute = (
        activation(deepdream.dream(picture, layers="block5,block2=-1", suppression=how, **QUICK).picture, "block2")
        for how in ("relative", "absolute")
    )
    assert relative < activation(picture, "block2")
    assert relative != absolute


@pytest.mark.parametrize("layers", ["block3", "block2=0.5,block3", "block4,block2=2"])
def test_without_a_negative_weight_both_are_the_same_to_the_bit(layers):
    picture = random_picture(45, 63)
    first, second = (
        deepdream.dream(picture, layers=layers, suppression=how, **QUICK | {"steps": 2}).picture
        for how in ("relative", "absolute")
    )
    assert (first == second).all()


def test_an_aim_is_parted_by_weight_at_unit_size():
    (aim,) = (
        understand(random_picture(45, 63), {"network": "pocket", "layers": "block3,block2=-0.5", "octaves": 1})
        .octaves[0]
        .targets
    )
    parts = aim.by_weight()
    assert [part.choices[0].layer[:6] for part, _ in parts] == ["block3", "block2"]
    assert [weight for _, weight in parts] == pytest.approx([1 / np.sqrt(1.25), -0.5 / np.sqrt(1.25)])
    assert all(choice.weight == 1 for part, _ in parts for choice in part.choices)
    assert [part.table[-1].name for part, _ in parts] == ["block3_pool", "block2_pool"]
    assert isinstance(aim, plan.Target)


def test_what_has_gone_silent_is_suppressed_no_further():
    nothing = np.zeros((3, 5, 3), np.float32)
    assert (silent_or_normalized(nothing, rule="rms", strength=-1.0) == 0).all()


@pytest.mark.parametrize(
    ("layers", "meant"), [("block5,block2=-0.5", "absolute"), ("block5", "relative"), ("block5,block2=0.5", "relative")]
)
def test_a_picture_of_an_earlier_version_means_what_it_meant(tmp_path, layers, meant):
    record = deepdream.dream(random_picture(45, 63), layers=layers, **QUICK | {"steps": 1}).recipe
    del record["settings"]["suppression"]
    file = tmp_path / "old.png"
    images.write(file, random_picture(45, 63), recipe=record)
    assert provenance.read(file)["settings"]["suppression"] == meant
