"""What a worker receives, and that this package's worker computes it."""

import json

import numpy as np
import pytest

from deepdream.benchmark import engine_worker, interleave, plan
from deepdream.benchmark.workload import from_json, random_weights, write_weights
from deepdream.cli import bench
from tests.benchmark.made import workload
from tests.support import SMALL, random_picture, relative_error


def test_a_workload_survives_json(tmp_path):
    sent = workload(tmp_path, tile=64, threads=3, space="raw")
    assert from_json(sent.as_json()) == sent
    assert json.loads(sent.as_json())["size"] == [10, 20]


def test_a_workload_knows_its_layers(tmp_path):
    given = workload(tmp_path, layers="block2_conv,block1_pool")
    assert [choice.layer for choice in given.choices] == ["block1_pool", "block2_conv1", "block2_conv2"]
    assert [layer.name for layer in given.table][-1] == "block2_conv2"


def test_weights_survive_their_file(tmp_path):
    arrays = random_weights(SMALL)
    write_weights(tmp_path / "weights.npz", arrays)
    for name, pair in workload(tmp_path).read_weights().items():
        assert (pair[0] == arrays[name][0]).all()
        assert (pair[1] == arrays[name][1]).all()


def test_random_weights_have_the_deviation_that_keeps_activations_in_scale(tmp_path):
    first, again, other = (random_weights((64, 64, 64, 64, 64), seed=seed) for seed in (0, 0, 1))
    kernel = first["block3_conv2"][0]
    assert kernel.std() == pytest.approx(np.sqrt(2 / (9 * 64)), rel=0.01)
    assert (kernel == again["block3_conv2"][0]).all()
    assert (kernel != other["block3_conv2"][0]).any()


@pytest.fixture
def case_folder(tmp_path):
    write_weights(tmp_path / "weights.npz", random_weights(SMALL))
    np.save(tmp_path / "picture.npy", random_picture(37, 53))
    return tmp_path


@pytest.mark.parametrize("path", bench.PATHS)
def test_every_algorithm_gives_the_gradient_of_direct_convolution(case_folder, path):
    def gradient(name, **changes):
        return engine_worker.prepare(workload(case_folder, name, size=(37, 53), layers="block3_conv", **changes))()()

    assert gradient(path).shape == (37, 53, 3)
    assert relative_error(gradient(path), gradient("direct")) < (0.1 if path == "bfloat16" else 1e-3)


@pytest.mark.slow
def test_the_algorithms_step_in_turn(case_folder):
    common = {"size": (37, 53), "layers": "block2_conv", "threads": 1}
    named = {name: workload(case_folder, name, **common) for name in ("direct", "winograd")}
    records = list(interleave.run(plan.Case(named).workers, rounds=2))
    assert [type(record).__name__ for record in records] == ["Ready"] * 2 + ["Timing"] * 4, records
    assert relative_error(*(np.load(one.gradient) for one in named.values())) < 1e-3
    assert all(record.peak > 100e6 for record in records)
