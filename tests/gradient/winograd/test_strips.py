"""The gradient on strips of tiles against the plain one, as in bands; and no further size is compiled or traced."""

import collections
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from deepdream.gradient import engine
from deepdream.gradient.winograd import grid, kernels, strips
from tests.gradient.winograd.test_bands import CASES, made
from tests.objectives.test_guides import guided
from tests.support import random_picture, relative_error, vgg


@pytest.mark.parametrize(("text", "size", "more"), CASES.values(), ids=CASES.keys())
def test_strips_give_the_plain_value_and_gradient(text, size, more, small_arrays, monkeypatch):
    monkeypatch.setattr(grid, "SHALLOW", 21)  # several strips, none of them whole rows
    monkeypatch.setattr(grid, "DEEP", 8)
    image = random_picture(*size)[None]
    plain_value, plain = made(text, small_arrays, **more)(image)
    value, slope = made(text, small_arrays, algorithm="strips", **more)(image)
    assert value[0] == pytest.approx(plain_value[0], rel=1e-5)
    assert relative_error(slope, plain) < 1e-4


def test_every_image_of_a_batch_is_computed_as_if_alone(small_arrays):
    images = np.stack([random_picture(32, 64), random_picture(32, 64, seed=1), random_picture(32, 64, seed=2)])
    plain_values, plain = made("block2", small_arrays)(images)
    values, slopes = made("block2", small_arrays, algorithm="strips")(images)
    assert values == pytest.approx(plain_values, rel=1e-5)
    assert relative_error(slopes, plain) < 1e-4


def test_a_guide_pulls_alike_on_strips(small_arrays):
    objective = guided(small_arrays, "block2_conv2", [(random_picture(33, 41, seed=5), 1.0)])
    network, image = vgg(small_arrays), random_picture(37, 53)[None]
    plain_value, plain = engine.make(network, objective)(image)
    value, slope = engine.make(network, objective, algorithm="strips")(image)
    assert value[0] == pytest.approx(plain_value[0], rel=1e-5)
    assert relative_error(slope, plain) < 1e-4


COMPILED = (
    kernels.first,
    kernels.convolution,
    kernels.pool,
    kernels.first_back,
    kernels.convolution_back,
    kernels.pool_back,
)


def counts():
    return [kernel.experimental_get_tracing_count() for kernel in COMPILED]


def test_a_further_size_is_neither_compiled_nor_traced(small_arrays, monkeypatch):
    monkeypatch.setattr(grid, "SHALLOW", 22)  # a shape that no other test has compiled
    before = counts()
    gradient = made("block3", small_arrays, algorithm="strips")
    gradient(random_picture(101, 75)[None])
    compiled = counts()
    assert all(after > earlier for after, earlier in zip(compiled, before, strict=True))
    monkeypatch.setattr(strips, "_forward", None)  # a trace would call it
    gradient(random_picture(64, 130)[None])
    gradient(np.stack([random_picture(37, 53), random_picture(37, 53, seed=1)]))
    assert counts() == compiled


TWO_SIZES = """
import numpy as np
from deepdream.gradient import engine
from deepdream.network.weights import lookup
from deepdream.objectives.layers import layer_objective
from deepdream.settings.selection import choose

network = lookup.load("pocket")
channels = {layer.name: layer.channels for layer in network.table}
gradient = engine.make(network, layer_objective(choose("block3_conv1", channels)), algorithm="strips")
gradient(np.zeros([1, 37, 53, 3], np.float32))
gradient(np.zeros([1, 101, 75, 3], np.float32))
"""


def logged(program):
    """What a program of its own writes to stderr, with a line for each layer that XLA compiles."""
    log = {"TF_CPP_MIN_LOG_LEVEL": "0", "TF_CPP_VMODULE": "device_compilation_profiler=1"}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | log).stderr


@pytest.mark.slow
def test_xla_compiles_every_layer_once():
    times = re.findall(r"Compiled __inference_(\w+?)_\d+ (\d+) times", logged(TWO_SIZES))
    convolutions = 4  # between the first one and block3_conv1, as many shapes
    assert collections.Counter(name for name, _ in times) == {
        "first": 1, "convolution": convolutions, "pool": 2, "first_back": 1, "convolution_back": convolutions,
        "pool_back": 2,
    }  # fmt: skip
    assert {count for _, count in times} == {"1"}


@pytest.mark.slow
def test_a_program_that_ends_early_does_not_wait_for_layers_that_are_not_compiled_yet():
    made = TWO_SIZES.split("gradient(")[0]
    log = logged(made + "import time; time.sleep(0.2)")
    assert log.count("Compiled __inference_") < 8  # of 14
    assert "Traceback" not in log
