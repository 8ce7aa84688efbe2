"""Requests that a network can't serve, rejected before any work."""

import re

import pytest

from deepdream.errors import OutOfMemoryError, SettingError
from deepdream.gradient import cost, engine
from deepdream.network.objective import Objective
from deepdream.network.weights import lookup
from deepdream.pipeline.request import understand
from deepdream.runtime import tf
from tests.network import keras_examples
from tests.support import random_picture


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return str(keras_examples.saved(keras_examples.branching(), tmp_path_factory.mktemp("own") / "mine.keras"))


def refusal(own, **given):
    with pytest.raises(SettingError) as caught:
        understand(random_picture(120, 161), {"network": own, **given})
    return f"{caught.value}"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"tileable": True},
            "tileable can't be used with mine.keras: a picture wraps around in windows that extend over",
        ),
        (
            {"panorama": True},
            "panorama can't be used with mine.keras: a picture wraps around in windows that extend over",
        ),
        (
            {"tile": 64},
            "tile 64 can't be used with mine.keras: its layers have their own padding and strides, so that tiles",
        ),
        (
            {"convolution": "transpose"},
            "convolution transpose can't be used with mine.keras: it is computed with TensorFlow",
        ),
        (
            {"convolution": "winograd"},
            "convolution winograd can't be used with mine.keras: it is computed with TensorFlow",
        ),
        (
            {"precision": "bfloat16"},
            "precision bfloat16 can't be used with mine.keras: it is computed in the precision",
        ),
    ],
)
def test_what_needs_windows_or_our_own_layers_is_rejected(own, given, says):
    assert refusal(own, **given).startswith(says)


def test_a_picture_that_does_not_fit_is_rejected_with_the_side_that_does(own):
    picture = random_picture(1200, 1610)
    wanted = understand(random_picture(120, 161), {"network": own}).octaves[-1].targets[0].table
    shown = (932, 1232)  # of 900x1200, with mirror images
    allowed = cost.process(wanted, shown, shown, weights=50_000)
    with pytest.raises(SettingError) as caught:
        understand(picture, {"network": own, "memory": allowed})
    assert re.fullmatch(
        r"memory \d+MiB is too little: 1610x1200 pixels to join need [\d.]+[MG]iB in one piece, and mine.keras can't "
        r"be cut into tiles.",
        caught.value.message,
    )
    side = int(re.search(r"--max-side (\d+)", caught.value.advice)[1])
    assert 1150 <= side <= 1200
    assert understand(picture, {"network": own, "memory": allowed, "max_side": side}).settings.tile is None


def test_where_nothing_fits_no_side_is_named(own):
    refused = refusal(own, memory="400MiB")
    assert refused.endswith("Allow more with --memory, or choose earlier layers.")


@pytest.mark.parametrize(
    "given", [{"tileable": True}, {"panorama": True}, {"tile": 64}, {"convolution": "winograd"}], ids=str
)
def test_our_own_networks_serve_all_of_it(given):
    settings = understand(random_picture(64, 128), {"network": "pocket", **given}).settings
    assert {name: getattr(settings, name) for name in given} == given


def test_memory_that_runs_out_is_reported_with_the_picture_s_size(own):
    def densities(seen):
        raise tf.errors.ResourceExhaustedError(None, None, "no more")

    gradient = engine.make(lookup.load(own), Objective(("edges",), densities))
    with pytest.raises(OutOfMemoryError, match="Memory ran out on a picture of 9x5, which can't be cut into tiles"):
        gradient(random_picture(5, 9)[None])
