"""Memory: the budget, the tile it allows, the estimate against the measured peak, and running out of memory."""

import subprocess
import sys

import pytest

from deepdream.errors import SettingError
from deepdream.gradient import cost, engine, memory, tiles
from deepdream.network.layers import truncate
from deepdream.network.objective import Objective
from deepdream.network.vgg import architecture
from deepdream.network.weights import manifest
from deepdream.pipeline import request
from deepdream.runtime import tf
from tests.support import random_picture, relative_error, vgg

VGG19 = architecture.layers(manifest.read()["vgg19"].widths)
GIB = 2**30


def tile(size, allowed, layer="block4_conv4"):
    table = truncate(VGG19, {layer})
    return memory.tile(table, (layer,), size, allowed=allowed, weights=80_000_000, wraps=tiles.FLAT)


def test_the_budget_is_at_most_three_gibibytes():
    assert 0 < memory.budget() <= 3 * GIB


def test_a_picture_that_fits_is_computed_whole():
    assert tile((301, 407), 3 * GIB) is None


def test_the_tile_is_the_largest_that_fits():
    table = truncate(VGG19, {"block4_conv4"})
    margin = tiles.margin(table, ("block4_conv4",))
    for allowed in (2 * GIB, 3 * GIB, 5 * GIB):
        core = tile((5000, 4001), allowed)
        assert core % 8 == 0
        needed = [
            cost.process(table, (5000, 4001), tiles.window((5000, 4001), core=side, margin=margin), weights=80_000_000)
            for side in (core, core + 8)
        ]
        assert needed[0] <= allowed < needed[1]


def test_deeper_layers_and_larger_pictures_leave_less_for_a_tile():
    assert tile((4000, 4000), 3 * GIB, "block5_conv4") < tile((4000, 4000), 3 * GIB, "block4_conv4")
    assert tile((6000, 6000), 3 * GIB) < tile((3000, 3000), 3 * GIB)


def test_too_little_memory_is_rejected_before_anything_is_computed():
    with pytest.raises(SettingError) as refused:
        request.understand(
            random_picture(400, 600), {"network": "pocket", "memory": "600MiB", "layers": "block4_conv2"}
        )
    assert str(refused.value).startswith("memory 600MiB is too little: 600x400 pixels to block4_conv2 need 6")
    assert str(refused.value).endswith(
        "MiB in the smallest tiles. Allow more with --memory, or choose a smaller --size or earlier layers."
    )


def test_the_tile_that_memory_allows_is_recorded():
    understood = request.understand(
        random_picture(1500, 1600), {"network": "pocket", "memory": "1GiB", "layers": "block3"}
    )
    assert understood.settings.tile
    assert understood.settings.tile % 8 == 0


def test_a_gradient_traced_for_two_sizes_is_not_traced_again_for_any_tile(small_arrays):
    traces = []

    def densities(seen):
        traces.append(1)
        return {"block2_conv1": tf.reduce_mean(seen["block2_conv1"], axis=-1)}

    gradient = engine.make(vgg(small_arrays), Objective(("block2_conv1",), densities))
    pictures = random_picture(150, 200)[None]
    first = gradient(pictures, 64)[1]
    gradient(pictures, 48)
    count = len(traces)
    assert relative_error(gradient(pictures, 32)[1], first) < 1e-5
    assert len(traces) == count


PROGRAM = """
import sys
import numpy as np
from deepdream.benchmark.worker import peak  # not getrusage, which begins with the memory of the parent
from deepdream.pipeline import request, run
side, layers, tile, algorithm = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]) or None, sys.argv[4]
picture = np.random.default_rng(0).random((side, side, 3), np.float32)
given = {"network": "pocket", "layers": layers, "octaves": 1, "steps": 2, "jitter": 4, "tile": tile, "memory": "16GiB"}
half = algorithm == "bfloat16"
given |= {"precision": "bfloat16"} if half else {"precision": "float32", "convolution": algorithm}
records = list(run.run(request.understand(picture, given)))
print(records[0].memory, peak())
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is counted in other units elsewhere")
@pytest.mark.parametrize(
    ("side", "layers", "tile", "algorithm"),
    [
        (64, "block1", 0, "direct"),
        (1000, "block4", 0, "direct"),
        (1700, "block2", 0, "direct"),
        (700, "block5", 256, "direct"),
        (300, "block1", 0, "winograd"),
        (300, "block1", 0, "strips"),
        (1000, "block4", 0, "strips"),
        (1000, "block4", 0, "winograd"),
        (700, "block5", 256, "winograd"),
        (64, "block1", 0, "bfloat16"),
        (1000, "block4", 0, "bfloat16"),
        (700, "block5", 256, "bfloat16"),
    ],
)
def test_the_estimate_is_within_thirty_percent_of_the_measured_peak(side, layers, tile, algorithm):
    command = [sys.executable, "-c", PROGRAM, str(side), layers, str(tile), algorithm]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    estimated, peak = (int(number) for number in done.stdout.split())
    assert 0.7 < estimated / peak < 1.3
